"""Real files on disk and what the reader makes of them. Numbers and names belong to nobody."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from assets.lake import with_numbers
from assets.landing import LandingFile, parse_name
from assets.reading.delivery import Reading, read_delivery
from assets.reading.people_set import PeopleSet
from data_contracts import Column, feed_contract
from tests.identity_numbers import check_character

DATA_ON = dt.date(2026, 11, 1)
BORN = dt.date(1980, 6, 1)
SECRET = "赛罕塔拉"  # a name that must never come out in a message
Row = dict[str, Any]


def number(serial: int = 1, born: dt.date = BORN, area: int = 150626) -> str:
    """A valid number that belongs to nobody."""
    return with_check_digit(f"{area + serial // 1000:06d}{born:%Y%m%d}{serial % 1000:03d}")


def with_check_digit(first17: str) -> str:
    return first17 + check_character(first17)


def wrong_check_digit(person_id: str) -> str:
    """The same number with another last character, which is not 0 so that it does not look rounded."""
    return person_id[:17] + ("1" if person_id[17] != "1" else "2")


def _sound_cell(column: Column, serial: int) -> str:
    if column.codes:
        return column.codes[0].value
    if column.pattern == r"^\d{12}$":
        return "150626001001"
    if column.parse == "asset_no":
        return f"{serial:028d}" if column.min_length else f"蒙K{serial:05d}"
    return {
        "person_id": number(serial),
        "identifier": f"H{serial:06d}",
        "code_open": "A",
        "date": "2020-01-01",
        "period": "202601",
        "money": "100.00",
        "scaled": "1",
        "integer": "1",
    }.get(column.parse, "某甲")


def sound_row(feed: str, serial: int, **values: Any) -> Row:
    """A row without fault by canonical names; every serial has a key of its own."""
    row: Row = {column.name: _sound_cell(column, serial) for column in feed_contract(feed).columns}
    if feed == "household_registration":
        row |= {"birth_date": BORN.isoformat(), "sex": "男" if serial % 2 else "女"}
    return row | values


def sound_rows(feed: str, count: int, first: int = 1) -> list[Row]:
    return [sound_row(feed, serial) for serial in range(first, first + count)]


def as_csv(rows: Sequence[Mapping[str, Any]], header: Sequence[str] | None = None, newline: str = "\n") -> str:
    """Rows as CSV text, quoted where needed."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header or list(rows[0]), lineterminator=newline, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def as_jsonl(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)


def write_xlsx(path: Path, rows: Sequence[Mapping[str, Any]], header: Sequence[str] | None = None) -> Path:
    """A real workbook: text as text, numbers as numbers, dates as date cells; line 1 is the header."""
    names = list(rows[0] if header is None else header)
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("数据")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, names)
        for line, row in enumerate(rows, start=1):
            for at, name in enumerate(names):
                value = row.get(name)
                if isinstance(value, dt.date):
                    sheet.write_datetime(line, at, value, day)
                elif isinstance(value, str):
                    sheet.write_string(line, at, value)
                elif value is not None:
                    sheet.write(line, at, value)
    return path


@dataclass(frozen=True)
class Read:
    """What came of one file: the counts and the stored rows (none where it was rejected)."""

    reading: Reading
    rows: pl.DataFrame

    @property
    def status(self) -> str:
        return self.reading.status

    @property
    def code(self) -> str | None:
        return self.reading.code

    def aside(self) -> list[tuple[int, str | None, str]]:
        """Line, column and code of every row set aside."""
        return [row[:3] for row in self.reading.set_aside_rows.iter_rows()]

    def codes(self) -> dict[int, str]:
        return {line: code for line, _, code in self.aside()}


def landing_file(path: Path, feed: str) -> LandingFile:
    file = parse_name(feed, path)
    assert file is not None, path.name
    return file


def read_path(path: Path, feed: str, keep: PeopleSet | None = None) -> Read:
    """Read a file and check what must hold of every delivery."""
    target = path.parent / "lake" / "1.parquet"
    target.unlink(missing_ok=True)
    reading = read_delivery(landing_file(path, feed), keep, target, 7)
    assert reading.read == reading.accepted + reading.set_aside
    assert reading.set_aside_rows.height == reading.set_aside
    assert target.exists() == (reading.status != "rejected")
    assert [p.name for p in target.parent.iterdir()] == ([target.name] if target.exists() else [])
    rows = with_numbers(pl.read_parquet(target)) if target.exists() else pl.DataFrame()
    if target.exists():
        assert rows.height == reading.kept
    return Read(reading, rows)


def read_bytes(folder: Path, feed: str, content: bytes | str, form: str = "csv", keep: PeopleSet | None = None) -> Read:
    """Write the bytes under a proper name and read them."""
    path = folder / f"150626_{DATA_ON:%Y%m%d}.{form}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_path(path, feed, keep)


def read_cells(folder: Path, feed: str, column: str, cells: Sequence[Any], form: str = "csv") -> list[Any]:
    """What becomes of each cell in one column of an otherwise sound row: the stored value or the reason code.

    `form` "parquet_text" is a column of text in Parquet, "parquet" one of the cells' own type (also an Arrow array). Sound
    rows are added, so that the bad ones stay below the contract's share.
    """
    count = len(cells)
    rows = [sound_row(feed, serial, **{column: cell}) for serial, cell in enumerate(cells, start=1)]
    others = sound_rows(feed, 20 * count, first=count + 1)
    path = folder / f"150626_{DATA_ON:%Y%m%d}.{form.removesuffix('_text')}"
    first = 1
    match form:
        case "csv":
            path.write_text(as_csv(rows + others), encoding="utf-8")
            first = 2
        case "xlsx":
            write_xlsx(path, rows + others)
            first = 2
        case "jsonl":
            path.write_text(as_jsonl(rows + others), encoding="utf-8")
        case "parquet_text":
            pl.DataFrame(rows + others).write_parquet(path)
        case _:
            _write_parquet(path, rows + others, column, cells)
    read = read_path(path, feed)
    assert read.status != "rejected", read.reading
    codes = read.codes()
    stored = iter(read.rows[feed_contract(feed).column(column).stored_as].to_list())
    lines = (
        first
        + np.cumsum([0, *(str(cell).count("\n") if form == "csv" else 0 for cell in cells)])
        + np.arange(count + 1)
    )
    return [codes[line] if line in codes else next(stored) for line in lines[:count].tolist()]


def _write_parquet(path: Path, rows: list[Row], column: str, cells: Sequence[Any]) -> None:
    """The rows with the cells' own type in one column, which no key may need; the first cell is a sound one and fills it up."""
    table = pa.Table.from_pylist([row | {column: None} for row in rows])
    typed = cells if isinstance(cells, pa.Array) else pa.array(cells)
    whole = pa.concat_arrays([typed, *[typed.slice(0, 1)] * (len(rows) - len(typed))])
    pq.write_table(table.set_column(table.column_names.index(column), column, whole), path)


def read_rows(folder: Path, feed: str, rows: Sequence[Mapping[str, Any]], form: str) -> Read:
    """Write the rows in one of the four forms under a proper name and read them."""
    path = folder / f"150626_{DATA_ON:%Y%m%d}.{form}"
    match form:
        case "csv":
            path.write_text(as_csv(rows), encoding="utf-8")
        case "jsonl":
            path.write_text(as_jsonl(rows), encoding="utf-8")
        case "xlsx":
            write_xlsx(path, rows)
        case _:
            pl.DataFrame(rows).write_parquet(path)
    return read_path(path, feed)
