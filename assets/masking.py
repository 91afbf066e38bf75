"""The one place that masks: identity numbers and names of persons in whatever is shown, logged or published.

Key columns hold checked numbers: `number` and `number_column` shorten them. Free text is what others have written, and a
number may stand anywhere in it, also with spaces or dashes, in full-width digits, of 15 or 18 characters: `text` and
`text_column` look for it. Source of the form: GB 11643-1999; spec pages 4 and 7.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import polars as pl

from assets.reading.identity import CHECK_CHARACTERS, WEIGHTS

SHOWN_FIRST: Final = 6
SHOWN_LAST: Final = 4
LENGTH: Final = 18
OLD_LENGTH: Final = 15
BIRTH_YEARS: Final = range(1880, 2100)
GAP: Final = "[\\s\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\u2212\u30fc\ufe58\ufe63\ufeff\uff0d-]{0,3}"
"""What people put between the parts of a number: white space, dashes, characters nobody sees. A pattern for Rust and Python."""
RUN: Final = rf"\d(?:{GAP}\d){{{OLD_LENGTH - 1},}}(?:{GAP}[XxＸｘ])?"
_TICKET: Final = r"\b\d{6}-\d{8}-[0-9a-f]{10}\b"
"""A ticket's number holds a county and a day as an identity number does, and is not one."""
_FOUND: Final = re.compile(rf"(?P<ticket>{_TICKET})|{RUN}")
_X: Final = "XxＸｘ"
_TOKEN: Final = re.compile(rf"\d+[{_X}]?|[{_X}]")
_HAN: Final = re.compile("[㐀-鿿豈-﫿\U00020000-\U0003ffff]+")


def number(text: str) -> str:
    """First 6 characters, asterisks, last 4: how an identity number is shown."""
    return text[:SHOWN_FIRST] + "*" * (len(text) - SHOWN_FIRST - SHOWN_LAST) + text[-SHOWN_LAST:]


def number_column(column: pl.Expr) -> pl.Expr:
    """`number` of a column of 18 characters."""
    hidden = pl.lit("*" * (LENGTH - SHOWN_FIRST - SHOWN_LAST))
    return pl.concat_str(column.str.slice(0, SHOWN_FIRST), hidden, column.str.slice(-SHOWN_LAST, SHOWN_LAST))


def name_column(column: pl.Expr) -> pl.Expr:
    """A person's name: 张三 as 张*, 欧阳小明 as 欧***; null and empty stay so."""
    return pl.concat_str(column.str.slice(0, 1), column.str.slice(1).str.replace_all(".", "*"))


def text(written: str) -> str:
    """Free text in which every identity number is masked; anything else stays as it is."""
    return _FOUND.sub(lambda found: found[0] if found["ticket"] else _masked_run(found[0]), written)


def text_column(column: pl.Expr) -> pl.Expr:
    """`text` of a column. Only cells with digits enough are looked at one by one."""

    def masked(cells: pl.Series) -> pl.Series:
        suspects = cells.filter(cells.str.contains(RUN).fill_null(False)).unique()
        changed = [(cell, shown) for cell in suspects.to_list() if (shown := text(cell)) != cell]
        return cells.replace([one for one, _ in changed], [other for _, other in changed]) if changed else cells

    return column.map_batches(masked, return_dtype=pl.String)


def file_name(name: str) -> str:
    """A file's name as it may be shown: beside an identity number stands its owner's name, which is shortened too."""
    masked = text(name)
    if masked == name:
        return name
    return _HAN.sub(lambda found: found[0][0] + "*" * (len(found[0]) - 1), masked)


def holds_number(written: str) -> bool:
    """Whether `text` would mask anything."""
    return text(written) != written


def _masked_run(run: str) -> str:
    """Digits with gaps between them: what in them may be an identity number is masked, without its gaps."""
    tokens = [token.span() for token in _TOKEN.finditer(run)]
    places = [place for start, end in tokens for place in range(start, end)]
    digits = "".join("X" if run[place] in _X else str(int(run[place])) for place in places)
    starts, ends = {start for start, _ in tokens}, {end - 1 for _, end in tokens}
    shown, at, first = "", 0, 0
    while first <= len(digits) - OLD_LENGTH:
        length = 0
        for wanted in (LENGTH, OLD_LENGTH):
            last = first + wanted - 1
            if last < len(digits):
                is_apart = places[first] in starts and places[last] in ends
                is_whole = places[last] - places[first] == last - first or wanted == len(digits)
                if _may_be_number(digits[first : last + 1], is_apart=is_apart, is_whole=is_whole):
                    length = wanted
                    break
        if length:
            shown += run[at : places[first]] + number(digits[first : first + length])
            at = places[first + length - 1] + 1
        first += length or 1
    return shown + run[at:]


def _may_be_number(digits: str, *, is_apart: bool, is_whole: bool) -> bool:
    """A day of birth where it belongs, or a right check character: numbers of households and cases have neither, as a rule.

    `is_apart`: no other digit touches it; `is_whole`: without gaps, or all that there is. What is neither needs both proofs.
    """
    if digits[0] == "0" or "X" in digits[:-1]:
        return False
    if len(digits) == OLD_LENGTH:
        return is_apart and is_whole and digits.isdigit() and _is_day("19" + digits[6:12])
    is_born = _is_day(digits[6:14])
    passes = CHECK_CHARACTERS[sum(int(d) * w for d, w in zip(digits, WEIGHTS, strict=False)) % 11] == digits[-1]
    return (is_born and (is_apart or passes)) or (passes and is_apart and is_whole)


def _is_day(digits: str) -> bool:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year in BIRTH_YEARS
    except ValueError:
        return False
