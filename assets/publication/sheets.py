"""What all our workbooks share: a fixed creation date, headers from the contract, text as text, A4 landscape.

Cells are written by type and never guessed: a text that begins with = stays text, long digits stay digits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data_contracts import Column

A4: Final = 9
DATE_FORMAT: Final = "yyyy-mm-dd"
EXCEL_CELL_LIMIT: Final = 32_767
SEVERITY_COLOURS: Final = {"red": "#F8CBCB", "orange": "#FBE0C3", "yellow": "#FFF3C4", "blue": "#D6E6F5"}


@dataclass(frozen=True)
class Styles:
    """The formats of one workbook."""

    header: Any
    text: Any
    date: Any
    integer: Any
    entry_header: Any
    entry_text: Any
    entry_date: Any
    severities: Mapping[str, Any]
    title: Any


@contextmanager
def new_workbook(path: Path, title: str, as_of: dt.date) -> Iterator[tuple[Any, Styles]]:
    """An xlsxwriter workbook whose bytes depend on its content alone, and its formats."""
    import xlsxwriter

    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options)
    # The check date instead of the clock: the same inputs give the same bytes.
    book.set_properties({"title": title, "author": "守望 shouwang", "created": dt.datetime.combine(as_of, dt.time())})
    try:
        yield book, _styles(book)
    finally:
        book.close()


def _styles(book: Any) -> Styles:
    base = {"font_name": "宋体", "font_size": 10, "valign": "top", "border": 1, "text_wrap": True}
    head = {**base, "bold": True, "valign": "vcenter", "bg_color": "#DDE6F0"}
    entry = {**base, "locked": False}
    return Styles(
        header=book.add_format(head),
        text=book.add_format({**base, "num_format": "@"}),
        date=book.add_format({**base, "num_format": DATE_FORMAT}),
        integer=book.add_format({**base, "num_format": "0"}),
        entry_header=book.add_format({**head, "bg_color": "#E2F0D9"}),
        entry_text=book.add_format({**entry, "num_format": "@"}),
        entry_date=book.add_format({**entry, "num_format": DATE_FORMAT}),
        severities={
            severity: book.add_format({**base, "bold": True, "bg_color": colour})
            for severity, colour in SEVERITY_COLOURS.items()
        },
        title=book.add_format({"font_name": "宋体", "font_size": 12, "bold": True}),
    )


def write_cell(sheet: Any, row: int, column: int, value: object, styles: Styles) -> None:
    """One locked cell by the value's own type."""
    match value:
        case None | "":
            sheet.write_blank(row, column, None, styles.text)
        case bool():
            sheet.write_string(row, column, "是" if value else "否", styles.text)
        case int() | float():
            sheet.write_number(row, column, value, styles.integer)
        case dt.date():
            sheet.write_datetime(row, column, value, styles.date)
        case _:
            text = str(value)
            shown = text if len(text) <= EXCEL_CELL_LIMIT else text[: EXCEL_CELL_LIMIT - 1] + "…"
            sheet.write_string(row, column, shown, styles.text)


def set_up(sheet: Any, columns: Sequence[Column], widths: Mapping[str, int], styles: Styles, entry_from: int) -> None:
    """Header row, widths, frozen header, print set-up. Columns from `entry_from` on are for the clerk to fill in."""
    for index, column in enumerate(columns):
        style = styles.entry_header if index >= entry_from else styles.header
        sheet.set_column(index, index, widths.get(column.name, 14))
        sheet.write_string(0, index, column.header_zh, style)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.repeat_rows(0)
    sheet.set_footer("&L守望 · 待核实,不作认定&R第 &P 页 / 共 &N 页")


def protect(sheet: Any) -> None:
    """Locked cells cannot be changed by accident; there is no password, whoever must may lift it."""
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
