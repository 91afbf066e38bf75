"""What all our workbooks share: a fixed creation date, headers from the contract, text as text, A4 landscape.

Cells are written by type and never guessed: a text that begins with = stays text, long digits stay digits.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from assets.publication.cell_styles import Styles, shown_text, styles_of
from assets.publication.table_sheet import TableBook, TableSheet
from data_contracts import Column

A4: Final = 9
EXCEL_ROW_LIMIT: Final = 409
DEFAULT_WIDTH: Final = 14
GUIDE: Final = "填写说明"
GUIDE_WIDTH: Final = 110
TITLE_SCALE: Final = 1.3
"""How much larger the guide's first line is written than the others."""
LINE_POINTS: Final = 14.5
HIGHEST_ROW: Final = 409.0
NARROW, WIDE = 1.1, 2.0
"""Widths of an ASCII character and of any other, in digits."""


@contextmanager
def new_workbook(path: Path, title: str, as_of: dt.date, *, in_memory: bool = False) -> Iterator[tuple[Any, Styles]]:
    """An xlsxwriter workbook whose bytes depend on its content alone, and its formats.

    `in_memory`: nothing of it passes through the machine's folder for temporary files.
    """
    from xlsxwriter.exceptions import FileCreateError

    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    options["in_memory"] = in_memory
    book = TableBook(str(path), options)
    # The check date instead of the clock: the same inputs give the same bytes.
    book.set_properties({"title": title, "author": "守望 shouwang", "created": dt.datetime.combine(as_of, dt.time())})
    try:
        yield book, styles_of(book)
    finally:
        try:
            book.close()
        except FileCreateError as failed:  # not an OSError itself; holds the one of the disk
            raise OSError(*failed.args[0].args) from failed


def write_cell(sheet: Any, row: int, column: int, value: object, styles: Styles) -> None:
    """One locked cell by the value's own type."""
    match value:
        case None | "":
            sheet.write_blank(row, column, None, styles.text)
        case bool():
            sheet.write_string(row, column, "是" if value else "否", styles.text)
        case int() | float():
            is_whole = float(value).is_integer()
            sheet.write_number(row, column, value, styles.integer if is_whole else styles.decimal)
        case dt.date():
            sheet.write_datetime(row, column, value, styles.date)
        case _:
            sheet.write_string(row, column, shown_text(str(value)), styles.text)


def add_table_sheet(book: Any, name: str) -> Any:
    """A sheet for many rows below one header row: header by `set_up`, rows by `TableSheet.write_rows`."""
    return book.add_worksheet(name, worksheet_class=TableSheet)


def row_height(cells: Iterable[tuple[object, int]]) -> float:
    """Points a row needs for its texts, each with the width of its column; a Chinese character is two wide.

    Not every spreadsheet program makes wrapped rows high enough by itself when it prints.
    """
    lines = 1
    for value, width in cells:
        if isinstance(value, str):
            wides = (sum(1 if c.isascii() else 2 for c in part) for part in value.split("\n"))
            lines = max(lines, sum(max(1, -(-wide // max(width - 1, 1))) for wide in wides))
    return min(13.5 * lines + 1.5, EXCEL_ROW_LIMIT)


def set_up(
    sheet: Any,
    columns: Sequence[Column],
    widths: Mapping[str, int],
    styles: Styles,
    entries: Collection[str] = (),
    header_row: int = 0,
) -> None:
    """Header row, widths, frozen header, print set-up. Columns named in `entries` are for the clerk to fill in."""
    for index, column in enumerate(columns):
        style = styles.entry_header if column.name in entries else styles.header
        sheet.set_column(index, index, widths.get(column.name, DEFAULT_WIDTH))
        sheet.write_string(header_row, index, column.header_zh, style)
    set_height(sheet, header_row, {column.name: column.header_zh for column in columns}, widths)
    sheet.freeze_panes(header_row + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.repeat_rows(header_row)
    sheet.set_footer("&L守望 · 待核实,不作认定&R第 &P 页 / 共 &N 页")


def write_guide(sheet: Any, styles: Styles, lines: Sequence[str], choices: Column) -> str:
    """A sheet of lines and, below them, what a column may say; returns the reference of that list."""
    sheet.set_column(0, 0, GUIDE_WIDTH)
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line, styles.title if row == 0 else styles.text)
        scale = TITLE_SCALE if row == 0 else 1.0
        set_height(sheet, row, {"line": line}, {"line": int(GUIDE_WIDTH / scale)}, scale)
    first = len(lines)
    for row, code in enumerate(choices.codes, start=first):
        sheet.write_string(row, 0, code.label_zh, styles.text)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    return f"={GUIDE}!$A${first + 1}:$A${first + len(choices.codes)}"


def set_height(
    sheet: Any, row: int, cells: Mapping[str, object], widths: Mapping[str, int], font_scale: float = 1.0
) -> None:
    """A row as high as its longest cell: LibreOffice shows one line of a wrapped text where no height is given."""
    columns = {name: (value,) for name, value in cells.items()}
    sheet.set_row(row, heights_of(columns, widths, font_scale)[0])


def heights_of(
    columns: Mapping[str, Sequence[object]], widths: Mapping[str, int], font_scale: float = 1.0
) -> list[float]:
    """Points that `set_height` gives each row. `columns`: the values of all rows by column name."""
    lines = []
    for name, values in columns.items():
        width = widths.get(name, DEFAULT_WIDTH)
        known = {value: 1 if value is None else _lines(str(value), width) for value in dict.fromkeys(values)}
        lines.append([known[value] for value in values])
    return [min(HIGHEST_ROW, LINE_POINTS * font_scale * max(most) + 2) for most in zip(*lines, strict=True)]


@lru_cache(maxsize=1024)  # labels, dates and clauses come again in every other workbook
def _lines(text: str, width: int) -> int:
    """Lines of a text in a column of that width. Estimated on the safe side: fonts differ, and no word is broken."""
    room = width - 0.5
    if "\n" in text:
        return sum(max(1, math.ceil(_units(part) / room)) for part in text.split("\n"))
    return 1 if WIDE * len(text) <= room else math.ceil(_units(text) / room)


def _units(text: str) -> float:
    """Width of a text in digits: what is no ASCII, Chinese characters and punctuation above all, takes two."""
    narrow = len(text) if text.isascii() else len(text.encode("ascii", "ignore"))
    return NARROW * narrow + WIDE * (len(text) - narrow)


def protect(sheet: Any) -> None:
    """Locked cells cannot be changed by accident; there is no password, whoever must may lift it."""
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
