"""Excel workbooks: the first sheet, its cells as the text a person would have written."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from assets.reading.errors import DeliveryBrokenError
from assets.reading.excel_errors import error_cells
from assets.reading.pieces import PIECE_ROWS, rows_piece, unique

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


def read_xlsx(path: Path) -> Iterator[pl.DataFrame]:
    """Pieces of the first sheet; rows without any text are none. Raises DeliveryBrokenError (empty)."""
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_path(str(path)) as book:
        sheet = book.get_sheet_by_index(0)
        first_row = 1 + (sheet.start[0] if sheet.start else 0)
        rows = sheet.iter_rows()
        header = [(cell_text(cell) or "").strip() for cell in next(iter(rows), [])]
        if not any(header):
            raise DeliveryBrokenError("empty")
        columns = unique(header)
        errors, first_column = error_cells(path), sheet.start[1] if sheet.start else 0
        buffer: list[list[str | int | None]] = []
        for line, row in enumerate(rows, start=first_row + 1):
            cells = [cell_text(cell) for cell in row]
            for at, error in errors.get(line, {}).items():
                if first_column <= at < first_column + len(cells):  # not beside the table
                    cells[at - first_column] = error
            if any(cell and not cell.isspace() for cell in cells):
                buffer.append([*cells, line, None])
            if len(buffer) >= PIECE_ROWS:
                yield rows_piece(buffer, columns)
                buffer = []
        yield rows_piece(buffer, columns)
