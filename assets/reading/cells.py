"""Cells: text as departments write it into typed values, one small function per kind of column.

Each kind gives the typed values and a reason code where the text has no value; a cell that is empty has no fault here
(whether it may be empty is the contract's matter, see data_contracts/schemas.py). Repairs are those of spec page 2:
spaces, full-width characters, leading apostrophes, thousands commas, 元, five ways of writing a date. The costly
repairs run only on columns that need them: most cells are already plain.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

import polars as pl

from assets.reading import identity
from data_contracts import Column

SPACES: Final = " \t\r\n\u00a0\u3000\u200b\ufeff"
ANY_SPACE: Final = r"[\s\u00a0\u3000\u200b\ufeff]"
APOSTROPHES: Final = "'’‘`"
_EDGE: Final = r"^[\s\u00a0\u3000\u200b\ufeff']|[\s\u00a0\u3000\u200b\ufeff]$"
THOUSANDS: Final = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$"
EXCEL_ERROR: Final = "\ufdd0"  # no character of any text: a cell in which Excel shows an error begins with it
OPEN_KINDS: Final = ("identifier", "code_open", "text", "name", "asset_no")
EXCEL_EPOCH: Final = dt.date(1899, 12, 30)
# Day 2200 is in 1906; a smaller number in a date column is more likely a year. 2958465 is 9999-12-31, "no end".
EXCEL_DAYS: Final = (2_200, 99_999)
EXCEL_NO_END: Final = 2_958_465
EARLIEST: Final = dt.date(1880, 1, 1)
LATEST: Final = dt.date.max  # there are typed dates beyond it, of which Python can make nothing
INFINITY: Final = 2**31 - 1  # how databases write "no end" into a column of days
LARGEST_FEN: Final = 10**11  # one billion yuan in one cell: beyond it products could leave int64


class Cells(NamedTuple):
    """Typed values, and a reason code (or null) for each."""

    values: pl.Series
    faults: pl.Series | None


def _empty_as_null(text: pl.Series) -> pl.Series:
    return text.set(text == "", None) if (text == "").any() else text


def trimmed(text: pl.Series) -> pl.Series:
    """Free text: outer spaces and Excel's leading apostrophe gone; empty is null. Inner characters stay."""
    if not text.str.contains(_EDGE).any():
        return _empty_as_null(text)
    return _empty_as_null(text.str.strip_chars(SPACES).str.strip_prefix("'").str.strip_chars(SPACES))


def compact(text: pl.Series) -> pl.Series:
    """Codes and numbers: NFKC, no spaces, no apostrophe in front; empty is null."""
    if (text.str.len_bytes() != text.str.len_chars()).any():
        text = text.str.normalize("NFKC")
    if text.str.contains(ANY_SPACE).any():
        text = text.str.replace_all(ANY_SPACE, "")
    return _empty_as_null(text.str.strip_chars_start(APOSTROPHES))


def asset_number(text: pl.Series) -> pl.Series:
    """Plates and unit numbers as they are compared and published: NFKC, upper case, letters and digits only."""
    return _empty_as_null(text.str.normalize("NFKC").str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", ""))


def name_key(text: pl.Expr) -> pl.Expr:
    """A name as it is compared: NFKC, without Unicode spaces and the dots used in foreign and minority names."""
    dots = "[\u00b7\u2022\u2027\u2219\u22c5\u30fb]"
    return text.str.normalize("NFKC").str.replace_all(r"[\s\p{Z}\u200b\ufeff]", "").str.replace_all(dots, "")


def name_keys(names: pl.Series) -> pl.Series:
    """`name_key` of each. Common Chinese characters, of which nearly all names consist, stay as they are in NFKC."""
    odd = (~names.str.contains("^[\u4e00-\u9fff]*$")).arg_true()
    return names.alias("name_key").scatter(odd, names.gather(odd).to_frame().select(name_key(pl.first())).to_series())


def _faults(text: pl.Series, values: pl.Series, code: str) -> pl.Series | None:
    wrong = text.is_not_null() & values.is_null()
    if not wrong.any():
        return None
    return pl.select(pl.when(wrong).then(pl.lit(code))).to_series()


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


def _decimal(raw: pl.Series, scale: int) -> Cells:
    """Nearly every cell is digits and perhaps a point: cast as it is, which is four times as fast. The others are repaired."""
    is_plain = raw.str.contains(rf"^[0-9]{{1,13}}(\.[0-9]{{1,{scale}}})?$")
    odd = (~is_plain).arg_true()
    if not len(odd):
        return Cells(_exact(raw, scale), None)
    text = _plain_number(raw.gather(odd))
    repaired = _fixed_point(text, scale)
    values, faults = (
        _exact(raw.set(~is_plain, None), scale).scatter(odd, repaired),
        _faults(text, repaired, "bad_number"),
    )
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(raw))
    return Cells(values, None if faults is None else none.scatter(odd, faults))


def _exact(text: pl.Series, scale: int) -> pl.Series:
    return text.cast(pl.Decimal(38, scale)).to_physical().cast(pl.Int64)


def _plain_number(raw: pl.Series) -> pl.Series:
    """Thousands commas go only where they part thousands: anywhere else they say that something is wrong."""
    text = compact(raw)
    if text.str.contains("[,元¥]").any():
        text = text.str.strip_suffix("元").str.strip_prefix("¥")
        grouped = text.str.contains(THOUSANDS)
        text = text.zip_with(~grouped.fill_null(False), text.str.replace_all(",", "", literal=True))
    return text


def _repaired(raw: pl.Series) -> pl.Series:
    return compact(raw).str.to_uppercase()


def person_numbers(raw: pl.Series) -> pl.Series:
    """Identity numbers of 18 characters, repaired as `typed` does and not judged."""
    return identity.lengthen(_repaired(raw))


def _person_id(raw: pl.Series, _: Column, data_on: dt.date) -> Cells:
    odd = (~identity.is_sound(raw, data_on)).arg_true()
    if not len(odd):
        return Cells(raw, None)
    text = _repaired(raw.gather(odd))
    number = identity.lengthen(text)
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(raw))
    return Cells(raw.scatter(odd, number), none.scatter(odd, identity.fault(text, number, data_on)))


def _text(raw: pl.Series, _column: Column, _on: dt.date) -> Cells:
    return Cells(trimmed(raw), None)


def _identifier(raw: pl.Series, _column: Column, _on: dt.date) -> Cells:
    return Cells(compact(raw), None)


def _code_open(raw: pl.Series, _column: Column, _on: dt.date) -> Cells:
    return Cells(compact(raw).str.to_uppercase().str.replace_all(r"[,、;/]", ""), None)


def _code(raw: pl.Series, column: Column, _on: dt.date) -> Cells:
    """Codes by any of their spellings. What is in no list stays as it is; the contract's schema then refuses it."""
    meaning = {spelling: code.value for code in column.codes for spelling in code.spellings()}
    exact = raw.replace_strict(meaning, default=None, return_dtype=pl.String)
    if exact.null_count() == 0:
        return Cells(exact, None)
    text = compact(raw).str.strip_suffix(".0")
    tidy = {spelling.upper(): value for spelling, value in meaning.items()}
    repaired = text.str.to_uppercase().replace_strict(tidy, default=None, return_dtype=pl.String)
    return Cells(exact.fill_null(repaired).fill_null(text), None)


def _asset_no(raw: pl.Series, _column: Column, _on: dt.date) -> Cells:
    return Cells(asset_number(raw), None)


def _iso_dates(text: pl.Series) -> pl.Series:
    return text.str.to_date("%Y-%m-%d", strict=False).set(~text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), None)


def _other_dates(text: pl.Series) -> pl.Series:
    """20260115, 2026/1/15, 2026年1月15日, midnight written out, or an Excel serial. Eight digits exactly: 2026115 is none."""
    column = pl.col("t").str.replace(r"[ T]?00:00(:00(\.0+)?)?$", "")
    ymd = column.str.extract_groups(r"^([0-9]{4})[-/年]([0-9]{1,2})[-/月]([0-9]{1,2})日?$")
    packed = ymd.struct["1"] + ymd.struct["2"].str.zfill(2) + ymd.struct["3"].str.zfill(2)
    eight = pl.when(column.str.contains(r"^[0-9]{8}$")).then(column).otherwise(packed)
    serial = column.str.extract(r"^([0-9]{4,7})(?:\.0+)?$").cast(pl.Int32, strict=False)
    is_serial = serial.is_between(*EXCEL_DAYS) | (serial == EXCEL_NO_END)
    from_serial = pl.when(is_serial).then(pl.lit(EXCEL_EPOCH) + pl.duration(days=serial.fill_null(0)))
    return (
        text.alias("t")
        .to_frame()
        .select(pl.coalesce(eight.str.to_date("%Y%m%d", strict=False), from_serial.cast(pl.Date)))
        .to_series()
    )


def _date(raw: pl.Series, _column: Column, _on: dt.date) -> Cells:
    text = compact(raw)
    values = _iso_dates(text)
    rest = text.is_not_null() & values.is_null()
    if rest.any():
        values = values.fill_null(_other_dates(text))
    values = plausible(values)
    return Cells(values, _faults(text, values, "bad_date"))


def plausible(dates: pl.Series) -> pl.Series:
    """Dates without those before anybody alive was born (they are slips or stand for "unknown") or beyond the calendar."""
    strange = ~dates.is_between(EARLIEST, LATEST)
    return dates.set(strange, None) if strange.any() else dates


def _period(raw: pl.Series, _column: Column, _on: dt.date) -> Cells:
    """Months counted from year 0: year * 12 + month - 1, so that months are subtracted as whole numbers."""
    text = compact(raw)
    digits = text
    if not text.str.contains(r"^[0-9]{6}$").all():
        parts = (
            text.alias("t")
            .to_frame()
            .select(
                pl.col("t")
                .str.strip_suffix(".0")
                .str.extract_groups(r"^([0-9]{4})(?:[-/年]([0-9]{1,2})月?|([0-9]{2}))$")
            )
            .to_series()
        )
        month = parts.struct["2"].fill_null(parts.struct["3"])
        digits = parts.struct["1"] + month.str.zfill(2)
    number = digits.cast(pl.Int32, strict=False)
    values = (number // 100) * 12 + number % 100 - 1
    values = values.set(~(number % 100).is_between(1, 12) | ~(number // 100).is_between(1900, 2199), None)
    return Cells(values, _faults(text, values, "bad_period"))


def _money(raw: pl.Series, _column: Column, _on: dt.date) -> Cells:
    cells = _decimal(raw, 2)
    return _bounded(cells.values, cells.faults)


def _bounded(values: pl.Series, faults: pl.Series | None) -> Cells:
    """Amounts beyond what can be computed with are a fault."""
    large = values.abs() > LARGEST_FEN
    if not large.any():
        return Cells(values, faults)
    base = faults if faults is not None else pl.Series([None] * len(values), dtype=pl.String)
    return Cells(
        values.set(large, None), pl.select(pl.when(large).then(pl.lit("out_of_range")).otherwise(base)).to_series()
    )


def _scaled(raw: pl.Series, column: Column, _on: dt.date) -> Cells:
    return _decimal(raw, column.scale)


def _integer(raw: pl.Series, _column: Column, _on: dt.date) -> Cells:
    text = compact(raw).str.replace(r"\.0+$", "").str.strip_suffix("人")
    values = text.set(~text.str.contains(r"^[+-]?[0-9]{1,9}$"), None).cast(pl.Int32, strict=False)
    return Cells(values, _faults(text, values, "bad_number"))


_PARSERS: Final[dict[str, Callable[[pl.Series, Column, dt.date], Cells]]] = {
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


def default_value(column: Column) -> int:
    """What an empty cell of this column means, in stored units."""
    assert column.default is not None
    return int(Decimal(column.default).scaleb(2 if column.parse == "money" else column.scale))


def as_days(raw: pl.Series) -> pl.Series:
    """The day as the department's clocks showed it: a cast would take the day in UTC."""
    return raw if raw.dtype == pl.Date else raw.dt.date()


def days(dates: pl.Series) -> Cells:
    """Days that came as dates or times of day."""
    on = as_days(dates)
    values = plausible(on.set(on.to_physical() == INFINITY, LATEST))
    return Cells(values, _faults(dates, values, "bad_date"))


def units(values: pl.Series, column: Column) -> Cells:
    """Whole units that came as wide integers, where null means empty: bounded, with the contract's default."""
    cells = _bounded(values, None)
    narrow = cells.values.cast(pl.Int64, strict=False)
    return Cells(
        narrow if column.default is None else narrow.set(values.is_null(), default_value(column)), cells.faults
    )


def _without_errors(raw: pl.Series) -> pl.Series:
    """Where any text would do, an error of Excel is none."""
    wrong = raw.str.starts_with(EXCEL_ERROR)
    return raw.set(wrong, None) if wrong.any() else raw


def typed(raw: pl.Series, column: Column, data_on: dt.date) -> Cells:
    """Values and faults of one text column; an empty amount takes the contract's default."""
    if column.parse in OPEN_KINDS:  # the others have no such value: the cell is a fault and not an empty one
        raw = _without_errors(raw)
    cells = _PARSERS[column.parse](raw, column, data_on)
    if column.default is None or cells.values.null_count() == 0:
        return cells
    return Cells(cells.values.set(trimmed(raw).is_null(), default_value(column)), cells.faults)
