"""A worksheet for thousands of rows: below its header the rows are made column by column and written as one text.

xlsxwriter keeps every cell as an object until the workbook is closed and then looks up type, place and format of each:
for the workbooks of a large county that was most of what a publication took. Here whatever comes again in a column is
worked out once; everything else of the sheet is left to xlsxwriter, and the file has the very bytes it would have
written (tests/publication/test_table_sheet.py).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings
from xlsxwriter.utility import _utf16_truncate, xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from assets.publication.cell_styles import Styles, shown_text

LONGEST_BEYOND_DOUBT: Final = 16_000
"""Characters of a text that Excel can hold in a cell whatever they are; what is too long is cut off as xlsxwriter does."""
_MARK: Final = "\ue000"  # private use: between texts while they are escaped together
_ESCAPED: Final = re.compile(r"[\x00-\x08\x0b-\x1f]")


_Cell = tuple[Any, str | None, str]
"""Format; the text, where it is one; else what follows the format in the cell's element."""


class TableSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """Header first, by the usual means; then all rows at once."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = ""

    def write_rows(
        self,
        columns: Sequence[Sequence[Any]],
        heights: Sequence[float],
        styles: Styles,
        own: Mapping[int, Any] | None = None,
    ) -> None:
        """The rows below the header. `columns`: the values of each column of the header, of one type and None;
        `heights`: points, one a row; `own`: column -> its format, or value -> format, where it does not go with the type.

        ValueError when a column is longer or shorter than the others or there are more or fewer than in the header.
        """
        names = [xl_col_to_name(column) for column in range(self.dim_colmax + 1)]
        cells = [self._cells(column, styles, (own or {}).get(at)) for at, column in enumerate(columns)]
        self._number_texts(columns, cells)
        self._number_formats(columns, cells)
        numbers = range(self.dim_rowmax + 2, self.dim_rowmax + 2 + len(heights))
        parts: list[Iterable[Any]] = [numbers, map({h: _height(h) for h in set(heights)}.__getitem__, heights)]
        for _, column, known in zip(names, columns, cells, strict=True):
            parts += [numbers, map(self._tails(known).__getitem__, column)]
        row = f'<row r="%d" spans="1:{len(names)}"%s>' + "".join(f'<c r="{name}%d"%s' for name in names) + "</row>"
        self._rows = "".join(map(row.__mod__, zip(*parts, strict=True)))
        self.dim_rowmax += len(heights)

    def _number_texts(self, columns: Sequence[Sequence[Any]], cells: Sequence[Mapping[Any, _Cell]]) -> None:
        """Texts are numbered as they are met in the file, row by row."""
        with_texts = [
            map({value: cell[1] for value, cell in known.items()}.__getitem__, column)
            for column, known in zip(columns, cells, strict=True)
            if any(cell[1] is not None for cell in known.values())
        ]
        texts = list(filter(None, chain.from_iterable(zip(*with_texts, strict=True))))
        table = self.str_table
        for text in dict.fromkeys(texts):
            table.string_table.setdefault(text, len(table.string_table))
        table.count, table.unique_count = table.count + len(texts), len(table.string_table)

    def _number_formats(self, columns: Sequence[Sequence[Any]], cells: Sequence[Mapping[Any, _Cell]]) -> None:
        """So are formats, those of the header first."""
        met = []
        for at, (column, known) in enumerate(zip(columns, cells, strict=True)):
            first_values = {cell[0]: value for value, cell in reversed(list(known.items()))}
            met += [(column.index(value), at, style) for style, value in first_values.items()]
        header = [cell.format for _, cell in sorted(self.table[self.dim_rowmax].items())]
        for style in (*header, *(style for *_, style in sorted(met, key=lambda place: place[:2]))):
            style._get_xf_index()

    def _tails(self, known: Mapping[Any, _Cell]) -> dict[Any, str]:
        """What follows a cell's place in its element."""
        number = self.str_table.string_table
        styled = {style: f' s="{style._get_xf_index()}"' for style in {cell[0] for cell in known.values()}}
        return {
            value: f"{styled[style]}{rest}" if text is None else f'{styled[style]} t="s"><v>{number[text]}</v></c>'
            for value, (style, text, rest) in known.items()
        }

    def _cells(self, column: Iterable[Any], styles: Styles, own: Any) -> dict[Any, _Cell]:
        """What each value becomes; most are texts of a usual length."""
        known = {
            value: (styles.text, value, "")
            if type(value) is str and 0 < len(value) <= LONGEST_BEYOND_DOUBT
            else self._by_type(value, styles)
            for value in dict.fromkeys(column)
        }
        if own is None:
            return known
        style_of = own.get if isinstance(own, Mapping) else lambda _: own
        return {value: (style_of(value), text, rest) for value, (_, text, rest) in known.items()}

    def _by_type(self, value: object, styles: Styles) -> _Cell:
        """As sheets.write_cell does it."""
        match value:
            case None | "":
                return styles.text, None, "/>"
            case bool():
                return styles.text, "是" if value else "否", ""
            case int() | float():
                style = styles.integer if float(value).is_integer() else styles.decimal
                return style, None, f"><v>{value:.16G}</v></c>"
            case dt.date():
                return styles.date, None, f"><v>{self._convert_date_time(value):.16G}</v></c>"
            case _:
                text = shown_text(str(value))
                is_fitting = len(text) <= LONGEST_BEYOND_DOUBT
                return styles.text, text if is_fitting else _utf16_truncate(text, self.xls_strmax), ""

    def _write_rows(self) -> None:
        super()._write_rows()
        self.fh.write(self._rows)
        self._rows = ""


def _height(points: float) -> str:
    """A row's height in its element, in whole pixels."""
    return f' ht="{int(points * 4.0 / 3.0 + 0.5) * 0.75:.16g}" customHeight="1"'


class TableBook(Workbook):  # type: ignore[misc]  # as above
    """A workbook that writes its many texts at once."""

    def _get_packager(self) -> Packager:
        return _Packager()


class _Packager(Packager):  # type: ignore[misc]  # as above
    def _write_shared_strings_file(self) -> None:
        texts = _Texts()
        texts.string_table = self.workbook.str_table
        if texts.string_table.count:
            texts._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            texts._assemble_xml_file()


class _Texts(SharedStrings):  # type: ignore[misc]  # as above
    def _write_sst_strings(self) -> None:
        """All texts escaped as one; where one of them needs more than that, each by itself."""
        texts = self.string_table.string_array
        whole = _MARK.join(texts)
        is_plain = whole.count(_MARK) == len(texts) - 1 and list(map(str.strip, texts)) == texts
        is_plain &= not any(rare in whole for rare in ("_x", "<r>", "\ufffe", "\uffff")) and not _ESCAPED.search(whole)
        if not is_plain:
            super()._write_sst_strings()
            return
        self.fh.write(f"<si><t>{self._escape_data(whole).replace(_MARK, '</t></si><si><t>')}</t></si>")
