"""Four file formats -> one raw table: headers and, per row, a line number and raw cells."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from .cells import ERROR

LOOK_AHEAD = 50
TOP = 20


class RejectedFileError(Exception):
    """The delivery is rejected as a whole."""


@dataclass
class RawRow:
    line: int
    cells: dict[str, Any]
    error: str = ""
    is_short: bool = False


@dataclass
class RawTable:
    headers: list[str]
    rows: list[RawRow]
    excel: bool = False


Score = Callable[[list[str]], int]
"""How many of the required columns a row of cells names."""


def read_table(path: Path, score: Score) -> RawTable:
    """`score` tells which of the first rows is the header, and which sheet has it."""
    match path.suffix:
        case ".csv":
            return read_csv(path, score)
        case ".xlsx":
            return read_xlsx(path, score)
        case ".parquet":
            return read_parquet(path)
        case _:
            return read_jsonl(path)


def best(rows: list[list[str]], score: Score) -> int:
    """The first of the first 20 rows with most of what is required; the first that is not blank where none has any."""
    scores = [score(row) for row in rows[:TOP]]
    if max(scores, default=0):
        return scores.index(max(scores))
    return next((at for at, row in enumerate(rows[:TOP]) if any(row)), -1)


def clean_header(raw: Any) -> str:
    text = "" if raw is None else str(raw)
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf")).strip()


def decode(data: bytes) -> str:
    """UTF-8 (with or without BOM) when it is; else the one of UTF-8 / GB18030 with fewer broken characters."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
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


def read_csv(path: Path, score: Score) -> RawTable:
    text = decode(path.read_bytes())
    if text.endswith("\x1a"):
        text = text.rstrip("\x1a").removesuffix("\n") + "\n"
    if not text.endswith("\n"):
        raise RejectedFileError("truncated")
    lines = [line.removesuffix("\r") for line in text.split("\n")[:-1]]
    lines[0] = lines[0].lstrip("\ufeff\u200b")
    told = re.fullmatch(r'"?sep=(.)"?\s*', lines[0])
    begin = 1 if told else 0
    found = []
    for mark in [told[1]] if told else [",", ";", "\t", "|"]:
        top = [[clean_header(h) for h in split_record(line, mark) or []] for line in lines[begin : begin + TOP]]
        at = best(top, score)
        found.append((score(top[at]) if at >= 0 else -1, -len(found), mark, begin + at, top[at] if at >= 0 else []))
    _, _, mark, at, headers = max(found)
    if not any(headers):
        raise RejectedFileError("empty")
    rows = []
    for number, fields in records(lines, len(headers), at + 1, mark):
        if fields is None:
            rows.append(RawRow(number, {}, "row_malformed"))
        elif "\ufffd" in "".join(fields):
            rows.append(RawRow(number, {}, "encoding"))
        else:
            surplus = any(field.strip() for field in fields[len(headers) :])
            rows.append(
                RawRow(number, pair(headers, fields), "field_count" if surplus else "", len(fields) < len(headers))
            )
    return RawTable(headers, rows)


def pair(headers: list[str], fields: list[Any]) -> dict[str, Any]:
    """First column of a name wins."""
    cells: dict[str, Any] = {}
    for header, value in zip(headers, fields, strict=False):
        cells.setdefault(header, value)
    return cells


def split_record(text: str, mark: str) -> list[str] | None:
    """The fields of one complete record, or None when its quotes make no sense."""
    try:
        parsed = list(csv.reader([text], delimiter=mark, strict=True))
    except csv.Error:
        return None
    return parsed[0] if len(parsed) == 1 else None


def records(lines: list[str], width: int, begin: int, mark: str) -> Iterator[tuple[int, list[str] | None]]:
    """(line number, fields).  A quoted field may span lines only if the joined record then has the right width."""
    i = begin
    while i < len(lines):
        if not lines[i].strip():
            i += 1
            continue
        fields, used = split_record(lines[i], mark), 1
        if fields is None:
            for extra in range(1, min(LOOK_AHEAD, len(lines) - i)):
                joined = split_joined(lines[i : i + extra + 1], mark)
                if joined is not None and len(joined) == width:
                    fields, used = joined, extra + 1
                    break
        yield i + 1, fields
        i += used


def split_joined(lines: list[str], mark: str) -> list[str] | None:
    try:
        parsed = list(csv.reader([line + "\n" for line in lines], delimiter=mark, strict=True))
    except csv.Error:
        return None
    return parsed[0] if len(parsed) == 1 else None


def read_xlsx(path: Path, score: Score) -> RawTable:
    try:
        grids, formulas = all_sheets(path, data_only=True), all_sheets(path, data_only=False)
    except Exception as error:
        raise RejectedFileError("unreadable") from error
    found = []
    for grid, written in zip(grids, formulas, strict=True):
        mark_unknown(grid, written)
        top = [[clean_header(cell) for cell in row] for row in grid[:TOP]]
        at = best(top, score)
        if at >= 0:
            found.append((score(top[at]), -len(found), at, grid))
    if not found:
        raise RejectedFileError("empty")
    _, _, at, grid = max(found, key=lambda entry: entry[:2])
    headers = [clean_header(h) for h in grid[at]]
    rows = []
    for number, row in enumerate(grid[at + 1 :], start=at + 2):
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row):
            continue
        padded = row + [None] * (len(headers) - len(row))
        rows.append(RawRow(number, pair(headers, padded)))
    return RawTable(headers, rows, excel=True)


def all_sheets(path: Path, data_only: bool) -> list[list[list[Any]]]:
    book = openpyxl.load_workbook(path, data_only=data_only)
    return [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]


def mark_unknown(grid: list[list[Any]], formulas: list[list[Any]]) -> None:
    """Formulas that were never reckoned have no value, which is not the same as being empty."""
    for row, written in zip(grid, formulas, strict=True):
        for at, (value, formula) in enumerate(zip(row, written, strict=True)):
            if value is None and formula is not None:
                row[at] = ERROR


def read_parquet(path: Path) -> RawTable:
    """INT96 holds instants in UTC; nested columns hold no cells."""
    try:
        file = pq.ParquetFile(path, coerce_int96_timestamp_unit="us")
        instants = [c.path for c in map(file.schema.column, range(len(file.schema))) if c.physical_type == "INT96"]
        table = file.read()
        for at, field in enumerate(table.schema):
            if field.name in instants:
                table = table.set_column(at, field.name, table.column(at).cast(pa.timestamp("us", tz="UTC")))
        table = table.select([field.name for field in table.schema if not pa.types.is_nested(field.type)])
    except Exception as error:
        raise RejectedFileError("unreadable") from error
    headers = [clean_header(h) for h in table.column_names]
    columns = [table.column(i).to_pylist() for i in range(len(headers))]
    rows = [RawRow(i + 1, pair(headers, [c[i] for c in columns])) for i in range(table.num_rows)]
    return RawTable(headers, rows)


def read_jsonl(path: Path) -> RawTable:
    text = decode(path.read_bytes()).rstrip("\x1a")
    if text.lstrip().startswith("[{"):
        values = json.loads(text, parse_float=str)
        rows = [
            RawRow(at, pair([clean_header(k) for k in v], list(v.values()))) for at, v in enumerate(values, start=1)
        ]
        return RawTable(list(dict.fromkeys(h for row in rows for h in row.cells)), rows)
    headers: dict[str, None] = {}
    rows = []
    data = path.read_bytes().rstrip(b"\x1a")
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        row = json_row(number, line)
        headers.update(dict.fromkeys(row.cells))
        rows.append(row)
    if not data.endswith(b"\n") and rows[-1].error:
        raise RejectedFileError("truncated")
    return RawTable(list(headers), rows)


def json_row(number: int, line: bytes) -> RawRow:
    """Numbers with a point or exponent stay text, so that nothing is rounded. NaN is nothing, Infinity is no number."""
    try:
        value = json.loads(line.decode("utf-8-sig", "replace"), parse_float=str, parse_constant=str)
    except ValueError:
        return RawRow(number, {}, "row_malformed")
    if not isinstance(value, dict):
        return RawRow(number, {}, "row_malformed")
    cells = pair([clean_header(k) for k in value], list(value.values()))
    return RawRow(number, cells, "encoding" if "\ufffd" in "".join(map(str, value.values())) else "")
