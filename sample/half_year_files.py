"""Files that people send back: rows of a return feed as each office writes them, and published lists filled in.

The bytes depend on the rows alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter
from python_calamine import CalamineWorkbook

from data_contracts import Column, Contract, feed_contract
from data_contracts.publications import published
from sample.writers import CREATED, Dialect, FileFormat, open_writer

Cells = dict[str, str | None]
"""A row of a feed by column name: codes as values, dates in ISO."""
GB, BOM, PLAIN = (Dialect("gb18030", "\r\n", "zh"), Dialect("utf-8-sig", "\r\n", "zh"), Dialect("utf-8", "\n", "zh"))
FORMS: Final[dict[str, tuple[FileFormat, Dialect]]] = {
    "ticket_handling": ("csv", GB),
    "ticket_outcomes": ("jsonl", Dialect(header="en")),
    "clarification_requests": ("csv", BOM),
    "objections": ("xlsx", PLAIN),
    "objection_answers": ("csv", PLAIN),
    "ticket_referrals": ("jsonl", PLAIN),
    "referral_answers": ("csv", GB),
    "recheck_results": ("xlsx", PLAIN),
}


def write_rows(landing: Path, feed: str, area: str, day: dt.date, rows: list[Cells]) -> Path:
    """One file in the form of its office: people write labels and dates their way, systems write codes."""
    file_format, dialect = FORMS[feed]
    contract = feed_contract(feed)
    shown = [
        {column.name: _spelled(column, row.get(column.name), dialect) for column in contract.columns} for row in rows
    ]
    path = landing / feed / f"{area}_{day:%Y%m%d}.{file_format}"
    writer = open_writer(file_format, path, contract, dialect)
    writer.append(pl.DataFrame(shown, schema=dict.fromkeys((c.name for c in contract.columns), pl.String)), [])
    writer.close()
    return path


def _spelled(column: Column, value: str | None, dialect: Dialect) -> str | None:
    if value is None or dialect.header == "en":
        return value
    if column.parse == "date" and dialect.encoding == "gb18030":
        year, month, day = value.split("-")
        return f"{year}年{int(month)}月{int(day)}日"
    return _label(column, value)


def _label(column: Column, value: str) -> str:
    return next((code.label_zh for code in column.codes if code.value == value), value)


def read_list(path: Path, name: str, sheet: int = 0) -> Iterator[dict[str, Any]]:
    """Rows of a published sheet by column name; what stands above its header line is passed over."""
    contract = published(name)
    names = {column.header_zh: column.name for column in contract.columns}
    rows = iter(CalamineWorkbook.from_path(path).get_sheet_by_index(sheet).to_python(skip_empty_area=False))
    header = next(cells for cells in rows if contract.columns[0].header_zh in cells)
    for cells in rows:
        yield {names[str(head)]: cell for head, cell in zip(header, cells, strict=True)}


def fill_in(source: Path, feed: str, entries: Mapping[str, Cells], target: Path) -> None:
    """A published workbook, filled in and saved by an office under `target`. `entries`: ticket number -> row of the feed.

    Rows of other counties are left out: a file speaks for one area.
    """
    contract = feed_contract(feed)
    target.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(target))
    book.set_properties({"created": CREATED})
    as_date = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, (name, rows) in enumerate(_sheets(source)):
        sheet = book.add_worksheet(name)
        header, *rest = rows
        own = [cells for cells in rest if at or _number(header, cells)[:6] == target.name[:6]]
        for line, cells in enumerate([header, *own]):
            entry = entries.get(_number(header, cells), {}) if line and not at else {}
            for place, cell in enumerate(_filled(contract, header, cells, entry)):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(line, place, dt.datetime.combine(cell, dt.time()), as_date)
                elif cell != "":
                    sheet.write(line, place, cell)
    book.close()


def _sheets(source: Path) -> Iterator[tuple[str, list[list[Any]]]]:
    book = CalamineWorkbook.from_path(source)
    for name in book.sheet_names:
        yield name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def _number(header: list[Any], cells: list[Any]) -> str:
    return str(cells[header.index(feed_contract("ticket_outcomes").column("ticket_id").header_zh)])


def _filled(contract: Contract, header: list[Any], cells: list[Any], entry: Mapping[str, str | None]) -> list[Any]:
    """A row with its entries put in, dates as dates and codes as the drop-down list offers them."""
    filled = list(cells)
    for name, value in entry.items():
        if value is not None:
            column = contract.column(name)
            typed = dt.date.fromisoformat(value) if column.parse == "date" else _label(column, value)
            filled[header.index(column.header_zh)] = typed
    return filled
