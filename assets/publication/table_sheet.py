"""A worksheet for thousands of rows: each row below the header is turned into its part of the file when it is written.

xlsxwriter keeps every cell as an object until the workbook is closed and then looks up type, place and format of each:
for the workbooks of a large county that was most of what a publication took. Here a row is a text from the start, which
takes less time and memory; everything else of the sheet is left to xlsxwriter, and the file has the very bytes it would
have written (tests/publication/test_table_sheet.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from assets.publication.sheets import Styles, shown_text

LONGEST_BEYOND_DOUBT = 16_000
"""Characters of a text that Excel can hold in a cell whatever they are; xlsxwriter cuts off what is too long."""


class TableSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types for mypy
    """Header first, by the usual means; then rows from the top, each with a value for every column of the header."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: dict[int, str] = {}
        self._columns: list[str] = []
        self._format_numbers: dict[Any, int] = {}
        self._date_numbers: dict[dt.date, str] = {}

    def write_table_row(self, row: int, cells: Iterable[tuple[object, Any]], styles: Styles, height: float) -> None:
        """One row: each value with its format, or None for the one that goes with its type (sheets.write_cell)."""
        if not self._columns:
            self._begin()
        self.set_row(row, height)
        number, known, parts = row + 1, self._format_numbers, []
        text_number = self.str_table._get_shared_string_index
        for column, (value, given) in zip(self._columns, cells, strict=True):
            # Most cells are texts of a usual length: they are spared three calls each.
            if isinstance(value, str) and 0 < len(value) <= LONGEST_BEYOND_DOUBT:
                own, rest = styles.text, f' t="s"><v>{text_number(value)}</v></c>'
            else:
                own, rest = self._by_type(value, styles)
            style = own if given is None else given
            if style not in known:
                known[style] = style._get_xf_index()
            parts.append(f'<c r="{column}{number}" s="{known[style]}"{rest}')
        self._cells[row] = "".join(parts)

    def text_number(self, text: str) -> int:
        """Number of a text in the workbook's list of texts; it counts as written once more."""
        if len(text) > LONGEST_BEYOND_DOUBT:
            self._write_string(self.dim_rowmax, 0, text)
            return int(self.table.pop(self.dim_rowmax)[0].string)
        return int(self.str_table._get_shared_string_index(text))

    def _begin(self) -> None:
        # Formats are numbered as they are met in the file: those of the header come before those of the rows.
        for _, cell in sorted(self.table[self.dim_rowmax].items()):
            self._format_numbers[cell.format] = cell.format._get_xf_index()
        self._columns = [xl_col_to_name(column) for column in range(self.dim_colmax + 1)]

    def _by_type(self, value: object, styles: Styles) -> tuple[Any, str]:
        """The format that goes with the value, and what follows it in the cell's element."""
        if value is None or value == "":
            return styles.text, "/>"
        match value:
            case str():
                return styles.text, f' t="s"><v>{self.text_number(shown_text(value))}</v></c>'
            case bool():
                return styles.text, f' t="s"><v>{self.text_number("是" if value else "否")}</v></c>'
            case int() | float():
                style = styles.integer if float(value).is_integer() else styles.decimal
                return style, f"><v>{value:.16G}</v></c>"
            case dt.date():
                if value not in self._date_numbers:
                    self._date_numbers[value] = f"><v>{self._convert_date_time(value):.16G}</v></c>"
                return styles.date, self._date_numbers[value]
            case _:
                return styles.text, f' t="s"><v>{self.text_number(shown_text(str(value)))}</v></c>'

    def _write_empty_row(self, row: int, spans: str | None, row_info: Any = None) -> None:
        """xlsxwriter finds no cells in our rows and takes them for empty ones."""
        cells = self._cells.pop(row, None)
        if cells is None:
            super()._write_empty_row(row, spans, row_info)
        else:
            self._write_row(row, f"1:{len(self._columns)}", row_info)
            self.fh.write(f"{cells}</row>")
