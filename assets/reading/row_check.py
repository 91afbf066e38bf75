"""The check code of a row in a township's workbook: written with it, compared when the workbook comes back.

Each read-only cell has four hexadecimal digits of its own, so that one changed cell can be named; a partial sort, which
moves some cells of a row and leaves the others, shows in the same way. It guards against slips, not against forgery: a
person who wants to can compute a code. What opening and saving in Excel, WPS or LibreOffice may change is left out of it:
spaces, line ends, widths of characters, how a date or a number is written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import polars as pl

from assets.reading.cells import typed
from assets.reading.headers import tidy
from assets.reading.pieces import FAULT, LINE
from assets.reading.typed_files import as_text
from data_contracts import Column
from data_contracts.publications import published

FEED: Final = "ticket_outcomes"
SHEET: Final = "township_workbook"
CHECK: Final = "row_check"
CODE: Final = "read_only_changed"
CURRENT: Final = "1"
CHECKED: Final[dict[str, tuple[str, ...]]] = {
    "1": (
        "ticket_id", "severity", "direction", "household_id", "programme", "applicant_name", "applicant_id_masked",
        "labels", "to_verify", "figures", "clauses", "assumed", "owner", "status", "opened_on", "due_on",
        "provisional_mark", "days_left", "overdue_days", "escalated_to",
    ),
}  # fmt: skip
"""The read-only columns of each version of the sheet: a workbook published before a new one may come back after it."""

_DIGITS: Final = 4
_STOP: Final = "。"
_LEFT_OUT: Final = re.compile(r"[\s\u200b\ufeff]")


def normalised(text: str | None) -> str:
    """Text as it is checked: NFKC, no white space. (A space taken out may leave two characters that now are one.)

    Sentence by sentence: most say what those of other tickets say, and no character becomes one with a full stop.
    """
    if not text or text.isascii():  # NFKC leaves ASCII as it is
        return _LEFT_OUT.sub("", text or "")
    return _STOP.join(map(_normalised, text.split(_STOP)))


@lru_cache(maxsize=1024)
def _normalised(text: str) -> str:
    return unicodedata.normalize("NFKC", _LEFT_OUT.sub("", unicodedata.normalize("NFKC", text)))


def written(value: object) -> str:
    """A cell we write, as the reader will see it again: dates in ISO, whole numbers in digits."""
    return value.isoformat() if isinstance(value, dt.date) else "" if value is None else str(value)


def _digits(name: str, text: str) -> str:
    return hashlib.sha256(f"{name}|{normalised(text)}".encode()).hexdigest()[:_DIGITS]


def row_checks(columns: Mapping[str, Sequence[object]]) -> list[str]:
    """The code of each row: version, colon, four digits for each read-only cell. `columns`: all rows' cells by column
    name, as shown. Two thirds of them say what the same column says in other rows."""
    parts = []
    for name in CHECKED[CURRENT]:
        digits = {value: _digits(name, written(value)) for value in dict.fromkeys(columns[name])}
        parts.append([digits[value] for value in columns[name]])
    return [f"{CURRENT}:{''.join(row)}" for row in zip(*parts, strict=True)]


def changed_cells(piece: pl.DataFrame) -> pl.Series | None:
    """For each row of a file the header of the first read-only cell that is not as we published it, else null.

    None where the file has no check codes. A read-only column that was taken out as a whole is not missed; a row without
    a sound code is not as published.
    """
    known = {tidy(spelling): c for c in published(SHEET).columns for spelling in c.headers}
    found: dict[str, tuple[Column, str]] = {}
    for header in piece.columns:
        column = None if header in (LINE, FAULT) else known.get(tidy(header))
        if column is not None:  # the first one counts: a clerk may have added another of the same name
            found.setdefault(column.name, (column, header))
    if CHECK not in found:
        return None
    codes = as_text(piece[found[CHECK][1]]).to_list()
    names = [name for name in found if any(name in columns for columns in CHECKED.values())]
    rows = zip(*(_texts(piece[found[name][1]], found[name][0]) for name in names), strict=True)
    wrong = [_first_wrong(code, dict(zip(names, row, strict=True))) for code, row in zip(codes, rows, strict=True)]
    titles = {name: column.header_zh for name, (column, _) in found.items()}
    return pl.Series([None if name is None else titles[name] for name in wrong], dtype=pl.String)


def _texts(raw: pl.Series, column: Column) -> list[str]:
    """Cells as `written` wrote them, however the program that saved them writes dates and numbers."""
    text = as_text(raw)
    match column.logical_type:
        case "date":
            values = typed(text, column, dt.date.min).values.dt.to_string("%Y-%m-%d")
        case "integer":
            values = typed(text, column, dt.date.min).values.cast(pl.String)
        case _:
            values = text
    return values.fill_null(text).fill_null("").to_list()


def _parts(code: str) -> Iterator[tuple[str, str]] | None:
    """Column and digits of each part of a code; None for one that is none of ours."""
    version, _, digits = code.partition(":")
    names = CHECKED.get(version, ())
    if not names or len(digits) != _DIGITS * len(names):
        return None
    return ((name, digits[at * _DIGITS : (at + 1) * _DIGITS]) for at, name in enumerate(names))


def _first_wrong(code: str | None, cells: Mapping[str, str]) -> str | None:
    parts = _parts(normalised(code))
    if parts is None:
        return CHECK
    return next((name for name, digits in parts if name in cells and _digits(name, cells[name]) != digits), None)
