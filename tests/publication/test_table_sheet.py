"""Rows written as text are the bytes that xlsxwriter writes cell by cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from assets.publication.sheets import (
    EXCEL_CELL_LIMIT,
    add_table_sheet,
    height_of,
    new_workbook,
    set_up,
    write_cell,
)
from data_contracts.dictionary_words import published

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


def _write(path: Path, rows: list[list[object]], as_table: bool) -> bytes:
    with new_workbook(path, "t", AS_OF) as (book, styles):
        sheet: Any = add_table_sheet(book, "a") if as_table else book.add_worksheet("a")
        set_up(sheet, COLUMNS, {}, styles)
        for row, values in enumerate(rows, start=1):
            height = height_of(dict(enumerate(values)), {})  # type: ignore[arg-type]
            given = styles.small if row % 2 else None  # a format of its own in every other row
            if as_table:
                sheet.write_table_row(row, [(values[0], given), *((v, None) for v in values[1:])], styles, height)
                continue
            for column, value in enumerate(values):
                write_cell(sheet, row, column, value, styles)
            if given is not None:
                sheet.table[row][0] = sheet.table[row][0]._replace(format=given)
            sheet.set_row(row, height)
        sheet.autofilter(0, 0, len(rows), 2)
    return path.read_bytes()


@pytest.mark.parametrize(
    "rows",
    [[], PLAIN, PLAIN * 20, [[LONG, LONG + "x", HIGH * 9_000], [HIGH * 17_000, "x" * 16_001, LONG]]],
    ids=["none", "few", "many", "long"],
)
def test_a_table_sheet_is_what_xlsxwriter_writes_cell_by_cell(rows: list[list[object]], tmp_path: Path) -> None:
    assert _write(tmp_path / "one.xlsx", rows, True) == _write(tmp_path / "two.xlsx", rows, False)


def test_a_row_that_lacks_a_cell_is_not_written(tmp_path: Path) -> None:
    with new_workbook(tmp_path / "a.xlsx", "t", AS_OF) as (book, styles):
        sheet = add_table_sheet(book, "a")
        set_up(sheet, COLUMNS, {}, styles)
        with pytest.raises(ValueError, match="shorter"):
            sheet.write_table_row(1, [("x", None)], styles, 20)
