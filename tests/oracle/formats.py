"""Four file formats -> one raw table: headers and, per row, a line number and raw cells."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq

LOOK_AHEAD = 50


class RejectedFileError(Exception):
    """The delivery is rejected as a whole."""


@dataclass
class RawRow:
    line: int
    cells: dict[str, Any]
    error: str = ""


@dataclass
class RawTable:
    headers: list[str]
    rows: list[RawRow]
    excel: bool = False


def read_table(path: Path) -> RawTable:
    reader = {".csv": read_csv, ".xlsx": read_xlsx, ".parquet": read_parquet, ".jsonl": read_jsonl}[path.suffix]
    return reader(path)


def clean_header(raw: Any) -> str:
    return "" if raw is None else str(raw).strip().strip("\ufeff").strip()


def decode(data: bytes) -> str:
    """UTF-8 (with or without BOM) when it is; else the one of UTF-8 / GB18030 with fewer broken characters."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    candidates = [data.decode("gb18030", "replace"), data.decode("utf-8-sig", "replace")]
    if data.startswith(b"\xef\xbb\xbf"):
        return candidates[1]
    heads = [text.partition("\n")[0].count("\ufffd") for text in candidates]
    if heads[0] != heads[1]:
        return candidates[0] if heads[0] < heads[1] else candidates[1]
    return min(candidates, key=lambda text: text.count("\ufffd"))


def read_csv(path: Path) -> RawTable:
    data = path.read_bytes()
    if not data.endswith(b"\n"):
        raise RejectedFileError("truncated")
    text = decode(data)
    lines = [line.removesuffix("\r") for line in text.split("\n")[:-1]]
    if not lines:
        raise RejectedFileError("unreadable")
    header = split_record(lines[0])
    if header is None:
        raise RejectedFileError("unreadable")
    headers = [clean_header(h) for h in header]
    rows = []
    for number, fields in records(lines, len(headers)):
        if fields is None:
            rows.append(RawRow(number, {}, "row_malformed"))
        elif len(fields) != len(headers):
            rows.append(RawRow(number, {}, "field_count"))
        else:
            rows.append(RawRow(number, pair(headers, fields), "encoding" if "\ufffd" in "".join(fields) else ""))
    return RawTable(headers, rows)


def pair(headers: list[str], fields: list[Any]) -> dict[str, Any]:
    """First column of a name wins."""
    cells: dict[str, Any] = {}
    for header, value in zip(headers, fields, strict=False):
        cells.setdefault(header, value)
    return cells


def split_record(text: str) -> list[str] | None:
    """The fields of one complete record, or None when its quotes make no sense."""
    try:
        parsed = list(csv.reader([text], strict=True))
    except csv.Error:
        return None
    return parsed[0] if len(parsed) == 1 else None


def records(lines: list[str], width: int) -> Iterator[tuple[int, list[str] | None]]:
    """(line number, fields).  A quoted field may span lines only if the joined record then has the right width."""
    i = 1
    while i < len(lines):
        if not lines[i].strip():
            i += 1
            continue
        fields, used = split_record(lines[i]), 1
        if fields is None:
            for extra in range(1, min(LOOK_AHEAD, len(lines) - i)):
                joined = split_joined(lines[i : i + extra + 1])
                if joined is not None and len(joined) == width:
                    fields, used = joined, extra + 1
                    break
        yield i + 1, fields
        i += used


def split_joined(lines: list[str]) -> list[str] | None:
    try:
        parsed = list(csv.reader([line + "\n" for line in lines], strict=True))
    except csv.Error:
        return None
    return parsed[0] if len(parsed) == 1 else None


def read_xlsx(path: Path) -> RawTable:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        grid = [list(row) for row in sheet.iter_rows(values_only=True)]
        book.close()
    except Exception as error:
        raise RejectedFileError("unreadable") from error
    if not grid:
        raise RejectedFileError("unreadable")
    headers = [clean_header(h) for h in grid[0]]
    rows = []
    for number, row in enumerate(grid[1:], start=2):
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row):
            continue
        padded = row + [None] * (len(headers) - len(row))
        rows.append(RawRow(number, pair(headers, padded)))
    return RawTable(headers, rows, excel=True)


def read_parquet(path: Path) -> RawTable:
    try:
        table = pq.ParquetFile(path).read()
    except Exception as error:
        raise RejectedFileError("unreadable") from error
    headers = [clean_header(h) for h in table.column_names]
    columns = [table.column(i).to_pylist() for i in range(len(headers))]
    rows = [RawRow(i + 1, pair(headers, [c[i] for c in columns])) for i in range(table.num_rows)]
    return RawTable(headers, rows)


def read_jsonl(path: Path) -> RawTable:
    data = path.read_bytes()
    if not data.endswith(b"\n"):
        raise RejectedFileError("truncated")
    headers: dict[str, None] = {}
    rows = []
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        if not line.strip():
            continue
        row = json_row(number, line)
        headers.update(dict.fromkeys(row.cells))
        rows.append(row)
    return RawTable(list(headers), rows)


def json_row(number: int, line: bytes) -> RawRow:
    """Numbers with a point or exponent stay text, so that nothing is rounded."""
    try:
        value = json.loads(line.decode("utf-8-sig", "replace"), parse_float=str)
    except ValueError:
        return RawRow(number, {}, "row_malformed")
    if not isinstance(value, dict):
        return RawRow(number, {}, "row_malformed")
    cells = pair([clean_header(k) for k in value], list(value.values()))
    return RawRow(number, cells, "encoding" if "\ufffd" in "".join(map(str, value.values())) else "")
