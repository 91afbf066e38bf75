"""JSON lines: one object a line, columns may be absent from a line that leaves them empty."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.reading.errors import DeliveryBrokenError
from assets.reading.pieces import FAULT, LINE, PIECE_ROWS, REPLACEMENT, require_final_newline

_SURROGATE_ESCAPE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def read_jsonl(path: Path) -> Iterator[pl.DataFrame]:
    """Pieces of a JSON lines file; raises DeliveryBrokenError (empty, truncated)."""
    columns = _columns(path)
    yield _piece([], [], columns)
    for numbers, lines in _batches(path):
        yield _piece(numbers, _objects(lines), columns)


def _batches(path: Path) -> Iterator[tuple[list[int], list[bytes]]]:
    """Lines that are not blank, with their numbers."""
    with path.open("rb") as stream:
        require_final_newline(stream)
        lines = ((number, line.removeprefix(b"\xef\xbb\xbf").strip()) for number, line in enumerate(stream, start=1))
        filled = ((number, line) for number, line in lines if line)
        while batch := list(islice(filled, PIECE_ROWS)):
            yield [number for number, _ in batch], [line for _, line in batch]


def _columns(path: Path) -> list[str]:
    """Names in order of first appearance: what the first lines leave empty may come later."""
    names: dict[str, None] = {}
    for _, lines in _batches(path):
        for row in _objects(lines):
            if isinstance(row, dict):
                names.update(row)
    if not names:
        raise DeliveryBrokenError("empty")
    return list(names)


def _load(text: str) -> Any:
    """Numbers with a point or an exponent stay text, so that nothing is rounded."""
    return json.loads(text, parse_float=str, parse_constant=lambda _: None)


def _objects(lines: list[bytes]) -> list[dict[str, Any] | str]:
    """The object of each line, or the reason code why it has none. All at once where that goes: it is much faster."""
    if all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
        text = b",".join(lines)
        try:
            rows: list[Any] = [] if _SURROGATE_ESCAPE.search(text) else _load(f"[{text.decode()}]")
        except (ValueError, RecursionError):
            rows = []
        if len(rows) == len(lines):
            return rows
    return [_object(line) for line in lines]


def _object(line: bytes) -> dict[str, Any] | str:
    text = line.decode("utf-8", errors="replace")
    if REPLACEMENT in text:
        return "undecodable"
    try:
        row = _load(text)
    except (ValueError, RecursionError):
        return "bad_json"
    if not isinstance(row, dict):
        return "bad_json"
    return "undecodable" if _SURROGATE.search(json.dumps(row, ensure_ascii=False)) else row


def _piece(numbers: list[int], objects: list[dict[str, Any] | str], columns: list[str]) -> pl.DataFrame:
    faults = [row if isinstance(row, str) else None for row in objects]
    rows: list[dict[str, Any]] = [{} if isinstance(row, str) else row for row in objects]
    cells = [_column(name, [row.get(name) for row in rows]) for name in columns]
    return pl.DataFrame([*cells, pl.Series(LINE, numbers, dtype=pl.Int64), pl.Series(FAULT, faults, dtype=pl.String)])


def _column(name: str, values: list[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.String)
    except (TypeError, OverflowError):  # not all text; a number of 40 digits is none to Polars
        return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)
