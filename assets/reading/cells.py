"""Cells: text as departments write it into typed values, one small function per kind of column.

Each kind gives the typed values and a reason code where the text has no value; a cell that is empty has no fault here
(whether it may be empty is the contract's matter, see data_contracts/schemas.py). What is understood and what is not
stands on spec page 2, "What real files hold". Most cells are plain: the costly repairs look at the others only.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

import polars as pl

from assets.reading import identity
from assets.reading.days import plain_days, plausible, typed_days, written_days
from data_contracts import Column

INVISIBLE: Final = r"[[\p{Cc}\p{Cf}]&&\S]"
_BREAK: Final = r"\s*[\t\n\x0b\x0c\r\x85\x{2028}\x{2029}]\s*"
_APOSTROPHES: Final = "'’‘`"
_DASHES: Final = r"[-‐‑‒–—―−─]+"
_COMPATIBLE_DIGIT: Final = r"[\p{No}\x{1D7CE}-\x{1D7FF}\x{1FBF0}-\x{1FBF9}]"
EXCEL_ERROR: Final = "\ufdd0"  # no character of any text: a cell in which Excel shows an error begins with it
_ERRORS: Final = (
    rf"^(?:{EXCEL_ERROR}.*|#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|UNKNOWN!|CONNECT!"
    r"|BUSY!|EXTERNAL!|PYTHON!|GETTING_DATA)|##+|Err:[0-9]{3})$"
)
_EMPTY: Final = r"^(?:(?i:null|none|nan|n/a)|\\N)$"
NOTHING: Final = "无"
NO_END: Final = ("长期", "长期有效", "永久", "永久有效")
_THOUSANDS: Final = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$"
_TWO_NUMBERS: Final = r"[0-9.,]\s+[0-9.,]|[0-9][^0-9.,Ee]+[0-9]"
_WHOLE: Final = r"^([+-]?[0-9]+)\.0+$"
_ROUNDED: Final = r"^[+-]?(?:[0-9]+\.[0-9]*E[+-]?[0-9]+|[0-9]+E[+-][0-9]+|[0-9]E[1-9][0-9]*|[0-9]{16,}\.0*)$"
"""Numbers as programs write those of more than 15 digits, which they have rounded. 150626E001 is none of them."""
_DECORATION: Final = re.compile(r"[-\u2010-\u2015_()\[\]【】]")
_SEVERAL: Final = re.compile(r"[,、;/|+]")
LARGEST_FEN: Final = 10**11  # one billion yuan in one cell: beyond it products could leave int64
_EARLIEST_PERIOD: Final = dt.date(1990, 1, 1)


class Cells(NamedTuple):
    """Typed values, and a reason code (or null) for each."""

    values: pl.Series
    faults: pl.Series | None


Parser = Callable[[pl.Series, Column, dt.date], Cells]


def _empty_as_null(text: pl.Series) -> pl.Series:
    return text.set(text == "", None)


def trimmed(text: pl.Series) -> pl.Series:
    """Free text without invisible signs, outer spaces and Excel's leading apostrophe, on one line; empty is null."""
    seen = text.str.replace_all(INVISIBLE, "").str.strip_chars().str.strip_prefix("'").str.strip_chars()
    return _empty_as_null(seen.str.replace_all(_BREAK, " "))


def compact(text: pl.Series) -> pl.Series:
    """Codes and numbers: NFKC, no spaces, nothing invisible, no apostrophe in front; empty is null."""
    bare = text.str.replace_all(INVISIBLE, "").str.normalize("NFKC").str.replace_all(r"\s", "")
    return _empty_as_null(bare.str.strip_chars_start(_APOSTROPHES))


def _where(wrong: pl.Series, code: str, other: pl.Series | None = None) -> pl.Series | None:
    """`code` where something is wrong, elsewhere the faults known before."""
    if not wrong.any():
        return other
    before = pl.lit(None, dtype=pl.String) if other is None else other
    return pl.select(pl.when(wrong).then(pl.lit(code)).otherwise(before)).to_series()


def _without_value(text: pl.Series, values: pl.Series, code: str) -> Cells:
    return Cells(values, _where(text.is_not_null() & values.is_null(), code))


# --- Numbers ---------------------------------------------------------------------------------------------------------


def _fixed_point(text: pl.Series, scale: int) -> pl.Series:
    """Decimal text as an Int64 of 10^-scale units, half up, exact; null where the text is no plain decimal."""
    column = pl.col("t")
    plain = column.str.contains(r"^[+-]?([0-9]{1,13}(\.[0-9]*)?|\.[0-9]+)$")
    unsigned = column.str.strip_chars_start("+-")
    parts = unsigned.str.split_exact(".", 1)
    whole = parts.struct["field_0"] + pl.lit("0" * scale)
    fraction = (parts.struct["field_1"].fill_null("") + pl.lit("0" * (scale + 1))).str.slice(0, scale + 1)
    magnitude = whole.cast(pl.Int64, strict=False) + (fraction.cast(pl.Int64, strict=False) + 5) // 10
    signed = pl.when(column.str.starts_with("-")).then(-magnitude).otherwise(magnitude)
    return text.alias("t").to_frame().select(pl.when(plain).then(signed)).to_series()


def _plain_decimals(raw: pl.Series, scale: int) -> pl.Series:
    """Digits and perhaps a point: cast as they are, which is four times as fast. Null where there is anything else."""
    is_plain = raw.str.contains(rf"^[0-9]{{1,13}}(\.[0-9]{{1,{scale}}})?$")
    return raw.set(~is_plain, None).cast(pl.Decimal(38, scale)).to_physical().cast(pl.Int64)


def _number(text: pl.Series) -> pl.Series:
    """Thousands commas go only where they part thousands: anywhere else they say that something is wrong."""
    plain = compact(text).str.replace("−", "-", literal=True)
    grouped = plain.str.contains(_THOUSANDS)
    return plain.zip_with(~grouped.fill_null(False), plain.str.replace_all(",", "", literal=True))


def _judged(text: pl.Series, values: pl.Series) -> Cells:
    """One number a cell: what two numbers, or digits of another kind, would make together is none."""
    several = text.str.contains(_COMPATIBLE_DIGIT) | text.str.normalize("NFKC").str.contains(_TWO_NUMBERS)
    values = values.set(several.fill_null(False), None)
    faults = _where(text.is_not_null() & values.is_null(), "bad_number")
    return Cells(values, _where(several.fill_null(False), "number_format", faults))


def _money(text: pl.Series, _column: Column, _on: dt.date) -> Cells:
    number = _number(compact(text).str.strip_suffix("元").str.replace("^([-+−]?)¥", "$1"))
    number = number.set(number.str.contains(f"^{_DASHES}$"), "0")
    cells = _judged(text, _fixed_point(number, 2))
    return _bounded(cells.values, cells.faults)


def _bounded(values: pl.Series, faults: pl.Series | None) -> Cells:
    """Amounts beyond what can be computed with are a fault."""
    large = (values.abs() > LARGEST_FEN).fill_null(False)
    return (
        Cells(values.set(large, None), _where(large, "out_of_range", faults)) if large.any() else Cells(values, faults)
    )


def _scaled(text: pl.Series, column: Column, _on: dt.date) -> Cells:
    number = _number(text)
    values = _fixed_point(number, column.scale)
    if column.maximum == 1:  # a share
        percent = _fixed_point(number.str.strip_suffix("%"), column.scale - 2)
        values = values.zip_with(~number.str.ends_with("%").fill_null(False), percent)
    return _judged(text, values)


def _integer(text: pl.Series, _column: Column, _on: dt.date) -> Cells:
    number = _number(text.str.strip_suffix("人")).str.replace(_WHOLE, "$1")
    return _judged(text, _plain_integers(number))


def _plain_integers(text: pl.Series) -> pl.Series:
    return text.set(~text.str.contains(r"^[+-]?[0-9]{1,9}$"), None).cast(pl.Int32, strict=False)


# --- Identifiers and codes -------------------------------------------------------------------------------------------


def _identifier(text: pl.Series, _column: Column, _on: dt.date) -> Cells:
    """Digits that a program rounded are no number of anything, and two numbers in a cell are none of both."""
    values = compact(text).str.replace(_WHOLE, "$1")
    several = text.str.contains(_COMPATIBLE_DIGIT) | text.str.contains(_BREAK)
    rounded = compact(text).str.to_uppercase().str.contains(_ROUNDED).fill_null(False)
    faults = _where(rounded, "id_rounded", _where(several.fill_null(False), "number_format"))
    return Cells(values if faults is None else values.set(faults.is_not_null(), None), faults)


def _asset_no(text: pl.Series, column: Column, on: dt.date) -> Cells:
    """Plates and unit numbers as they are compared and published: NFKC, upper case, letters and digits only."""
    cells = _identifier(text, column, on)
    return Cells(_empty_as_null(cells.values.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")), cells.faults)


def _code_open(text: pl.Series, _column: Column, _on: dt.date) -> Cells:
    return Cells(compact(text).str.to_uppercase().str.replace_all(r"[,、;/]", ""), None)


def _spellings(column: Column) -> dict[str, str]:
    return {spelling: code.value for code in column.codes for spelling in code.spellings()}


def _exact_codes(raw: pl.Series, column: Column) -> pl.Series:
    return raw.replace_strict(_spellings(column), default=None, return_dtype=pl.String)


def _code(text: pl.Series, column: Column, _on: dt.date) -> Cells:
    """Codes by any of their spellings, brackets and dashes among Chinese characters passed over (农村低保-单人). What is in no
    list stays as it is; the contract's schema then refuses it. Several codes in one cell are told from an unknown one."""
    plain = compact(text).str.replace(_WHOLE, "$1")
    tidy = {_bare(spelling): value for spelling, value in _spellings(column).items()}
    cells = plain.drop_nulls().unique().to_list()
    found = {cell: tidy[_bare(cell)] for cell in cells if _bare(cell) in tidy}
    several = [c for c in cells if c not in found and all(_bare(part) in tidy for part in _SEVERAL.split(c))]
    values = plain.replace_strict(found, default=plain, return_dtype=pl.String) if found else plain
    return Cells(values, _where(plain.is_in(several).fill_null(False), "list_in_cell"))


def _bare(spelling: str) -> str:
    """A spelling of a code as it is looked up."""
    return (spelling if spelling.isascii() else _DECORATION.sub("", spelling)).upper()


def _person_text(text: pl.Series) -> pl.Series:
    """Identity numbers repaired: other digits than those of ASCII and full width are none. A number of 18 digits without
    places (JSON has such) is whole if its check digit is right."""
    plain = compact(text).str.to_uppercase().str.replace(r"^([0-9]{15})\.0+$|^([0-9]{18})\.$", "$1$2")
    return text.zip_with(text.str.contains(_COMPATIBLE_DIGIT).fill_null(False), plain)


def person_numbers(raw: pl.Series) -> pl.Series:
    """Identity numbers of 18 characters, repaired as `typed` does and not judged."""
    return identity.lengthen(_person_text(raw))


def _person_id(text: pl.Series, _column: Column, data_on: dt.date) -> Cells:
    plain = _person_text(text)
    number = identity.lengthen(plain)
    return Cells(number, identity.fault(plain, number, data_on))


def _text(text: pl.Series, _column: Column, _on: dt.date) -> Cells:
    return Cells(trimmed(text), None)


# --- Days and months -------------------------------------------------------------------------------------------------


def _date(text: pl.Series, column: Column, _on: dt.date) -> Cells:
    plain = text.str.normalize("NFKC").str.strip_chars_start(_APOSTROPHES).str.strip_chars()
    values = plausible(written_days(plain))
    values = values.set(text.str.contains(_COMPATIBLE_DIGIT), None)
    if column.name.endswith("_until"):  # a last day of validity
        text = text.set(compact(text).is_in(NO_END), None)
    return _without_value(text, values, "bad_date")


def _plain_periods(text: pl.Series) -> pl.Series:
    """YYYYMM as months counted from year 0: year * 12 + month - 1, so that months are subtracted as whole numbers."""
    number = text.set(~text.str.contains(r"^[0-9]{6}$"), None).cast(pl.Int32, strict=False)
    values = (number // 100) * 12 + number % 100 - 1
    return values.set(~(number % 100).is_between(1, 12) | ~(number // 100).is_between(1900, 2199), None)


def _period(text: pl.Series, column: Column, on: dt.date) -> Cells:
    """A month in one of its forms, or any day of it."""
    column_of = compact(text).alias("t").to_frame()
    form = r"^([0-9]{4})(?:[-/年]([0-9]{1,2})(?:月份?)?|\.([0-9]{2})|([0-9]{2}))(?:\.0+)?$"
    parts = column_of.select(pl.col("t").str.extract_groups(form)).to_series().struct
    digits = parts["1"] + parts["2"].fill_null(parts["3"]).fill_null(parts["4"]).str.zfill(2)
    day = _date(text, column, on).values
    is_number = text.str.contains(r"^[0-9.]+$")
    day = day.set(is_number & (day < _EARLIEST_PERIOD), None)  # 20261 is a slip and not the 20261st day since 1900
    values = _plain_periods(digits.fill_null(day.dt.to_string("%Y%m")))
    return _without_value(text, values, "bad_period")


# --- All kinds -------------------------------------------------------------------------------------------------------

_PARSERS: Final[dict[str, Parser]] = {
    "person_id": _person_id,
    "identifier": _identifier,
    "code": _code,
    "code_open": _code_open,
    "text": _text,
    "name": _text,
    "asset_no": _asset_no,
    "date": _date,
    "period": _period,
    "money": _money,
    "scaled": _scaled,
    "integer": _integer,
}
_PLAIN_TEXT: Final = {
    "identifier": r"^[0-9A-DF-Za-df-z_-]*[0-9]$",
    "asset_no": r"^(?:[一-鿿][0-9A-Z]*|[0-9A-DF-Z]*)[0-9]$",
    "code_open": "^[A-Z][0-9]*$",
    "text": "^[一-鿿（），。、0-9]+$",
    "name": "^[一-鿿]+$",
}
"""What stays as it is. Words for an empty cell, and rounded numbers, match none of them."""


def _plain_text(raw: pl.Series, column: Column) -> pl.Series:
    is_plain = raw.str.contains(_PLAIN_TEXT[column.parse])
    return raw if is_plain.all() else raw.set(~is_plain, None)


def _plain_amounts(raw: pl.Series, column: Column) -> pl.Series:
    return _bounded(_plain_decimals(raw, 2 if column.parse == "money" else column.scale), None).values


_PLAIN: Final[dict[str, Callable[[pl.Series, Column, dt.date], pl.Series]]] = {
    "person_id": lambda raw, _, data_on: raw.set(~identity.is_sound(raw, data_on), None),
    "code": lambda raw, column, _: _exact_codes(raw, column),
    "date": lambda raw, *_: plausible(plain_days(raw)),
    "period": lambda raw, *_: _plain_periods(raw),
    "money": lambda raw, column, _: _plain_amounts(raw, column),
    "scaled": lambda raw, column, _: _plain_amounts(raw, column),
    "integer": lambda raw, *_: _plain_integers(raw),
} | {kind: lambda raw, column, _: _plain_text(raw, column) for kind in _PLAIN_TEXT}
"""Values of the cells that need no repair; null for all others."""


def _repaired(raw: pl.Series, column: Column, data_on: dt.date) -> Cells:
    """Cells that are not plain: errors and words for "empty" are told apart before anything is read."""
    seen = raw.str.replace_all(INVISIBLE, "").str.strip_chars()
    bare = compact(seen)
    is_error = bare.str.contains(_ERRORS).fill_null(False)
    is_empty = bare.is_null() | bare.str.contains(_EMPTY)
    if column.parse not in ("name", "text") and NOTHING not in _spellings(column):
        is_empty |= bare == NOTHING
    if column.parse != "money":  # there it is a nought
        is_empty |= bare.str.contains(f"^{_DASHES}$")
    cells = _PARSERS[column.parse](seen.set(is_error | is_empty, None), column, data_on)
    if column.parse == "text" and not column.is_cell_required:
        return cells
    return Cells(cells.values, _where(is_error, "cell_error", cells.faults))


def default_value(column: Column) -> int:
    """What an empty cell of this column means, in stored units."""
    assert column.default is not None
    return int(Decimal(column.default).scaleb(2 if column.parse == "money" else column.scale))


def _with_default(cells: Cells, column: Column) -> Cells:
    if column.default is None or cells.values.null_count() == 0:
        return cells
    is_empty = cells.values.is_null()
    if cells.faults is not None:
        is_empty &= cells.faults.is_null()
    return Cells(cells.values.set(is_empty, default_value(column)), cells.faults)


def typed(raw: pl.Series, column: Column, data_on: dt.date) -> Cells:
    """Values and faults of one text column; an empty amount takes the contract's default."""
    values = _PLAIN[column.parse](raw, column, data_on)
    odd = (values.is_null() & raw.is_not_null()).arg_true()
    if not len(odd):
        return _with_default(Cells(values, None), column)
    repaired = _repaired(raw.gather(odd), column, data_on)
    faults = repaired.faults
    if faults is not None:
        faults = pl.Series([None], dtype=pl.String).new_from_index(0, len(raw)).scatter(odd, faults)
    return _with_default(Cells(values.clone().scatter(odd, repaired.values), faults), column)


def days(dates: pl.Series) -> Cells:
    """Days that came as dates or times of day."""
    return _without_value(dates, typed_days(dates), "bad_date")


def units(values: pl.Series, column: Column) -> Cells:
    """Whole units that came as wide integers, where null means empty: bounded, with the contract's default."""
    cells = _bounded(values, None)
    return _with_default(Cells(cells.values.cast(pl.Int64, strict=False), cells.faults), column)
