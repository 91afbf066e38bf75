"""Files as departments send them: CSV in several dialects, Excel, JSON lines, Parquet; written block by block.

Every writer takes a frame in contract columns and the damaged rows that belong after it, and counts what it wrote.
The same calls give the same bytes: no clock, no random order, fixed creation dates.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import polars as pl
import pyarrow.parquet as pq
import xlsxwriter

from data_contracts import Contract
from sample.columns import typed
from sample.faults import LONG, NUMERIC, SHORT, UNDECODABLE, Row

FileFormat = Literal["csv", "xlsx", "jsonl", "parquet"]
Damaged = list[tuple[str, Row]]
CREATED = datetime(2026, 1, 1)
EXCEL_ROWS = 1_048_575


@dataclass(frozen=True)
class Dialect:
    """How one department writes its tables."""

    encoding: Literal["utf-8", "utf-8-sig", "gb18030"] = "utf-8"
    newline: Literal["\n", "\r\n"] = "\n"
    header: Literal["zh", "en", "alias"] = "en"
    reversed_columns: bool = False
    extra: tuple[tuple[str, str], ...] = ()
    omitted: tuple[str, ...] = ()
    main_date: int = 0

    def columns(self, contract: Contract) -> list[str]:
        """Contract columns in this file's order."""
        names = [column.name for column in contract.columns if column.name not in self.omitted]
        return names[::-1] if self.reversed_columns else names

    def headers(self, contract: Contract) -> list[str]:
        """This file's header line, extra columns last."""
        return [self._header(contract, name) for name in self.columns(contract)] + [name for name, _ in self.extra]

    def _header(self, contract: Contract, name: str) -> str:
        column = contract.column(name)
        if self.header == "en":
            return name
        return column.header_aliases[0] if self.header == "alias" and column.header_aliases else column.header_zh


class Writer(Protocol):
    """One open file."""

    rows: int

    def append(self, frame: pl.DataFrame, damaged: Damaged) -> None:
        """Write the rows of `frame`, then the damaged ones."""

    def close(self) -> None:
        """Finish the file."""


class CsvWriter:
    """Text columns to CSV in the dialect's encoding."""

    def __init__(self, path: Path, contract: Contract, dialect: Dialect) -> None:
        self.rows = 0
        self._contract, self._dialect = contract, dialect
        self._file = path.open("wb")
        # The byte order mark belongs to the file, not to every block.
        self._encoding = "utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding
        if dialect.encoding == "utf-8-sig":
            self._file.write(b"\xef\xbb\xbf")
        self._write(_line(dialect.headers(contract), dialect.newline))

    def _write(self, text: str) -> None:
        # Part by part: in GB 18030 the end of one character and the start of the next can look like a third one.
        self._file.write(b"\xff".join(part.encode(self._encoding) for part in text.split(UNDECODABLE)))

    def append(self, frame: pl.DataFrame, damaged: Damaged) -> None:
        names = self._dialect.columns(self._contract)
        extra = [pl.lit(value).alias(name) for name, value in self._dialect.extra]
        chosen = frame.select(*names, *extra)
        text = chosen.write_csv(include_header=False, line_terminator=self._dialect.newline)
        if self._encoding == "utf-8":
            self._file.write(text.encode())
        else:
            self._write(text)
        for kind, row in damaged:
            self._write(_line(_cells(kind, row, names, self._dialect), self._dialect.newline))
        self.rows += frame.height + len(damaged)

    def close(self) -> None:
        self._file.close()


def _cells(kind: str, row: Row, names: list[str], dialect: Dialect) -> list[str]:
    cells = [row[name] or "" for name in names] + [value for _, value in dialect.extra]
    if kind == SHORT:
        return cells[:-2]
    return [*cells, "1"] if kind == LONG else cells


def _line(cells: list[str], newline: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=newline).writerow(cells)
    return buffer.getvalue()


class JsonWriter:
    """One JSON object a line, keys as headers."""

    def __init__(self, path: Path, contract: Contract, dialect: Dialect) -> None:
        self.rows = 0
        self._names, self._headers = dialect.columns(contract), dialect.headers(contract)
        self._file = path.open("wb")

    def append(self, frame: pl.DataFrame, damaged: Damaged) -> None:
        pairs = list(zip(self._names, self._headers, strict=True))
        frame.select(pl.col(name).alias(header) for name, header in pairs).write_ndjson(self._file)
        for _, row in damaged:
            named = {header: row[name] for name, header in pairs}
            self._file.write(json.dumps(named, ensure_ascii=False).encode() + b"\n")
        self.rows += frame.height + len(damaged)

    def close(self) -> None:
        self._file.close()


class ExcelWriter:
    """One sheet. Amounts are numbers, and dates spelled as serials are real date cells in every second date column."""

    def __init__(self, path: Path, contract: Contract, dialect: Dialect) -> None:
        self.rows = 0
        self._contract, self._dialect = contract, dialect
        self._names = dialect.columns(contract)
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
        self._book.set_properties({"created": CREATED})
        self._sheet = self._book.add_worksheet("Sheet1")
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._sheet.write_row(0, 0, dialect.headers(contract))
        self._parse = {column.name: column.parse for column in contract.columns}
        dates = [name for name in self._names if self._parse[name] == "date"]
        self._real_dates = set(dates[::2])

    def append(self, frame: pl.DataFrame, damaged: Damaged) -> None:
        for cells in frame.select(self._names).iter_rows():
            self._row(dict(zip(self._names, cells, strict=True)), numeric_id=False)
        for kind, row in damaged:
            self._row(row, numeric_id=kind == NUMERIC)

    def _row(self, row: dict[str, Any], numeric_id: bool) -> None:
        self.rows += 1
        if self.rows > EXCEL_ROWS:
            raise ValueError("more rows than a sheet holds; write this feed as csv")
        for place, name in enumerate(self._names):
            value, parse = row[name], self._parse[name]
            if value is None:
                continue
            if numeric_id and parse == "person_id":
                self._sheet.write_number(self.rows, place, float(value))
            elif parse == "date" and len(value) == 5 and value.isdigit():
                self._sheet.write_number(self.rows, place, int(value), self._day if name in self._real_dates else None)
            elif parse in ("money", "integer") and value.replace(".", "", 1).isdigit():
                self._sheet.write_number(self.rows, place, float(value))
            else:
                self._sheet.write_string(self.rows, place, value)
        for place, (_, value) in enumerate(self._dialect.extra, start=len(self._names)):
            self._sheet.write_string(self.rows, place, value)

    def close(self) -> None:
        self._book.close()


class ParquetWriter:
    """Typed columns: Date, Decimal, Int32 and strings; headers in English."""

    def __init__(self, path: Path, contract: Contract, dialect: Dialect) -> None:
        self.rows = 0
        self._feed, self._path, self._names = contract.name, path, dialect.columns(contract)
        self._writer: pq.ParquetWriter | None = None

    def append(self, frame: pl.DataFrame, damaged: Damaged) -> None:
        if damaged:
            raise ValueError("Parquet holds typed rows only")
        table = typed(frame, self._feed).select(self._names).to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd", compression_level=1)
        self._writer.write_table(table)
        self.rows += frame.height

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


_WRITERS: dict[str, type[CsvWriter] | type[JsonWriter] | type[ExcelWriter] | type[ParquetWriter]] = {
    "csv": CsvWriter,
    "jsonl": JsonWriter,
    "xlsx": ExcelWriter,
    "parquet": ParquetWriter,
}


def open_writer(file_format: FileFormat, path: Path, contract: Contract, dialect: Dialect) -> Writer:
    """The writer of one new file; its folder is created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _WRITERS[file_format](path, contract, dialect)
