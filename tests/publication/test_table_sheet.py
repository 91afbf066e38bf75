"""Rows written as text are the bytes that xlsxwriter writes cell by cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from assets.publication.cell_styles import EXCEL_CELL_LIMIT, styles_of
from assets.publication.sheets import add_table_sheet, heights_of, new_workbook, set_up, write_cell
from data_contracts.publications import published

AS_OF = dt.date(2026, 1, 15)
COLUMNS = published("readiness_workbook").columns[:3]
PLAIN: list[list[object]] = [
    ["H1", "两行\n文字 & <b>", None],
    ["", 7, 7.5],
    [True, False, dt.date(2026, 1, 15)],
    ["=1+1", " 前后有空格 ", 10**12],
    ["\x01", "_x0001_", -3],
]
LONG = "字" * EXCEL_CELL_LIMIT
HIGH = "\U00020000"
"""A character that counts as two where Excel counts."""


def _as_table(path: Path, rows: list[list[object]]) -> bytes:
    with new_workbook(path, "t", AS_OF) as (book, styles):
        sheet: Any = add_table_sheet(book, "a")
        set_up(sheet, COLUMNS, {}, styles)
        columns = [[row[at] for row in rows] for at in range(3)]
        own = {0: styles.small, 1: dict.fromkeys(columns[1], styles.entry_text)}
        sheet.write_rows(columns, _heights(columns), styles, own)
        sheet.autofilter(0, 0, len(rows), 2)
    return path.read_bytes()


def _cell_by_cell(path: Path, rows: list[list[object]]) -> bytes:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    book.set_properties({"title": "t", "author": "守望 shouwang", "created": dt.datetime.combine(AS_OF, dt.time())})
    styles, sheet = styles_of(book), book.add_worksheet("a")
    set_up(sheet, COLUMNS, {}, styles)
    heights = _heights([[row[at] for row in rows] for at in range(3)])
    for row, values in enumerate(rows, start=1):
        for column, (value, own) in enumerate(zip(values, (styles.small, styles.entry_text, None), strict=True)):
            write_cell(sheet, row, column, value, styles)
            if own is not None:
                sheet.table[row][column] = sheet.table[row][column]._replace(format=own)
        sheet.set_row(row, heights[row - 1])
    sheet.autofilter(0, 0, len(rows), 2)
    book.close()
    return path.read_bytes()


def _heights(columns: list[list[object]]) -> list[float]:
    return heights_of({str(at): column for at, column in enumerate(columns)}, {})


@pytest.mark.parametrize(
    "rows",
    [
        [],
        PLAIN,
        PLAIN * 20,
        [[LONG, LONG + "x", HIGH * 9_000], [HIGH * 17_000, "x" * 16_001, LONG]],
        [["a & b", "一<二>", 1], ["", 7.5, 2.5], [None, "a & b", AS_OF]],
        [["a\ue000b", "c", None]],
        [["a ", "c", None]],
        [["<r>a</r>", "c", None]],
        [["\ufffe", "_x0041_", None]],
    ],
    ids=["none", "few", "many", "long", "plain", "mark", "space", "rich", "rare"],
)
def test_a_table_sheet_is_what_xlsxwriter_writes_cell_by_cell(rows: list[list[object]], tmp_path: Path) -> None:
    assert _as_table(tmp_path / "one.xlsx", rows) == _cell_by_cell(tmp_path / "two.xlsx", rows)


def test_a_column_that_lacks_a_cell_is_not_written(tmp_path: Path) -> None:
    with new_workbook(tmp_path / "a.xlsx", "t", AS_OF) as (book, styles):
        sheet = add_table_sheet(book, "a")
        set_up(sheet, COLUMNS, {}, styles)
        with pytest.raises(ValueError, match="shorter"):
            sheet.write_rows([["x", "y"], ["z"], ["a", "b"]], [20, 20], styles)


def test_a_row_that_lacks_a_column_is_not_written(tmp_path: Path) -> None:
    with new_workbook(tmp_path / "a.xlsx", "t", AS_OF) as (book, styles):
        sheet = add_table_sheet(book, "a")
        set_up(sheet, COLUMNS, {}, styles)
        with pytest.raises(ValueError, match="shorter"):
            sheet.write_rows([["x"], ["y"]], [20], styles)
