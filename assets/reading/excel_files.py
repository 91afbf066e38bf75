"""Excel workbooks: the sheet with the header, its cells as the text a person would have written."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assets.reading.cells import EXCEL_ERROR
from assets.reading.errors import DeliveryBrokenError
from assets.reading.excel_errors import error_cells
from assets.reading.excel_parts import bounds, place, require_workbook, sheet_parts, without
from assets.reading.footers import is_footer
from assets.reading.headers import HEADER_ROWS, Wanted
from assets.reading.pieces import PIECE_ROWS, rows_piece, unique

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MERGES_SHOWN: Final = 10

# Excel keeps 15 digits of a number; beyond them it has rounded.
FIRST_ROUNDED: Final = 10**15


def cell_text(value: object) -> str | None:
    """A cell as text. A number of more than 15 digits comes out in scientific notation: it has been rounded."""
    match value:
        case None | "":
            return None
        case bool():
            return str(value).upper()
        case int() | float():
            return _number_text(float(value))
        case dt.date():  # a time of day behind it says nothing about the day
            return value.strftime("%Y-%m-%d")
        case _:
            return str(value)


def _number_text(value: float) -> str | None:
    if math.isnan(value):
        return None
    if abs(value) >= FIRST_ROUNDED:
        return f"{value:.15e}"
    return str(int(value)) if value.is_integer() else f"{value:.10f}".rstrip("0").rstrip(".")


def read_xlsx(path: Path, look: Wanted, headers: list[str]) -> Iterator[pl.DataFrame]:
    """Pieces of the sheet that has the header, wherever it stands, hidden ones too; rows without any text are none.

    `headers` gets all its headers. To be run where memory and time are bounded (excel_child). Raises DeliveryBrokenError.
    """
    from python_calamine import CalamineWorkbook

    require_workbook(path, look.limits)
    parts = sheet_parts(path)
    strays = {part: bounds(path, part, look.limits).stray for part in parts if part is not None}
    source = without(path, strays) if any(strays.values()) else io.BytesIO(path.read_bytes())
    with CalamineWorkbook.from_filelike(source) as book:
        table = _table(book, look)
        part = parts[table.number] if len(parts) == len(book.sheet_names) else None
    headers += table.header
    errors, hidden = error_cells(path, part), _hidden_by_merging(table, look)
    kept = [at for at, header in enumerate(table.header) if look.keeps(header)]
    columns = [table.header[at] for at in kept]
    buffer: list[list[str | int | None]] = []
    for line, row in table.rows(among=errors):
        texts = [cell_text(cell) for cell in row]
        _mark(texts, errors.get(line, {}), table.first_column)
        if any(text and not text.isspace() for text in texts):
            _mark(texts, hidden.get(line, {}), table.first_column)
            buffer.append([*(texts[at] for at in kept), line, None])
        if len(buffer) >= PIECE_ROWS:
            yield rows_piece(buffer, columns)
            buffer = []
    yield rows_piece(buffer, columns)


def _mark(texts: list[str | None], marks: Mapping[int, str], first_column: int) -> None:
    for at, mark in marks.items():
        if first_column <= at < first_column + len(texts):  # not beside the table
            texts[at - first_column] = mark


@dataclass
class _Table:
    """A sheet with its header."""

    sheet: CalamineSheet
    number: int
    first_column: int
    header_row: int  # the line it stands on
    header: list[str]

    def rows(self, among: Container[int] = ()) -> Iterator[tuple[int, list[Any]]]:
        """Rows below the header with their line, without those that are wholly empty and not `among` some lines."""
        for line, row in enumerate(islice(self.sheet.iter_rows(), self.header_row, None), start=self.header_row + 1):
            if row.count("") < len(row) or line in among:
                yield line, row


def _table(book: CalamineWorkbook, look: Wanted) -> _Table:
    """The sheet whose header has all required columns, else the one with most of them.

    Raises DeliveryBrokenError: empty (no sheet has a cell), several_tables (rows of the second would be lost in silence).
    """
    tables: list[tuple[int, _Table]] = []
    for number, name in enumerate(book.sheet_names):
        if "Work" not in str(book.sheets_metadata[number].typ):  # charts and macros have no cells
            continue
        sheet = book.get_sheet_by_name(name)
        top = [[cell_text(cell) for cell in row] for row in islice(sheet.iter_rows(), HEADER_ROWS)]
        at, score = look.header_among(top)
        if at >= 0:
            header = unique([(cell or "").strip() for cell in top[at]])
            first_column = sheet.start[1] if sheet.start else 0
            tables.append((score, _Table(sheet, number, first_column, at + 1, header)))
    if not tables:
        raise DeliveryBrokenError("empty")
    whole = [table for score, table in tables if score == len(look.required) and next(table.rows(), None)]
    if len(whole) > 1:
        shown = ", ".join(str(table.number + 1) for table in whole)
        raise DeliveryBrokenError("several_tables", f"第 {shown} 个工作表", f"sheets number {shown}")
    best = max(score for score, _ in tables)
    return whole[0] if whole else next(table for score, table in tables if score == best)


def _hidden_by_merging(table: _Table, look: Wanted) -> dict[int, dict[int, str]]:
    """Cells of wanted columns that are hidden below the header by a merge, as cells whose value is not known: {line: {column
    from 0: mark}}.

    Raises DeliveryBrokenError (merged_cells) for a merge over several rows of a key column: whose rows these are is not known.
    """
    names = {at + table.first_column: look.name(header) for at, header in enumerate(table.header)}
    merges = [area for area in table.sheet.merged_cell_ranges or () if area[1][0] >= table.header_row]
    tops = {area[0][0] + 1 for area in merges}
    shown = {line: row for line, row in table.rows() if line in tops} if merges else {}
    hidden: dict[int, dict[int, str]] = {}
    keys: list[str] = []
    for (top, left), (bottom, right) in merges:
        row, at = shown.get(top + 1, []), left - table.first_column
        if 0 <= at < len(row) and is_footer(cell_text(row[at])):
            continue
        columns = [at for at in range(left, right + 1) if names.get(at) is not None]
        if bottom > top and any(names[at] in look.keys for at in columns):
            keys.append(f"{place(top, left)}:{place(bottom, right)}")
        for line in range(top + 1, bottom + 2):
            for at in columns:
                if (line, at) != (top + 1, left):
                    hidden.setdefault(line, {})[at] = EXCEL_ERROR
    if keys:
        listed = ", ".join(keys[:MERGES_SHOWN]) + (" …" if len(keys) > MERGES_SHOWN else "")
        raise DeliveryBrokenError("merged_cells", listed, listed)
    return hidden
