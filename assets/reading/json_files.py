"""JSON lines: one object a line (or one array of objects), columns may be absent from a line that leaves them empty."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.reading.errors import DeliveryBrokenError, too_large
from assets.reading.excel_files import FIRST_ROUNDED
from assets.reading.headers import Wanted
from assets.reading.pieces import FAULT, LINE, PIECE_ROWS, REPLACEMENT
from assets.reading.text_files import TextFile

Object = dict[str, Any] | str
"""What a line holds, or the reason code why it is no object."""
LONGEST_ARRAY: Final = 1 << 30
_DECODER: Final = json.JSONDecoder(parse_float=str, parse_constant=lambda name: None if name == "NaN" else name)
_ARRAY: Final = re.compile(rb"\s*\[\s*[{\]]")
_BETWEEN: Final = re.compile(r"\s*,?\s*")
_SURROGATE_ESCAPE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def read_jsonl(path: Path, look: Wanted, headers: list[str]) -> Iterator[pl.DataFrame]:
    """Pieces of a JSON lines file, or of one array of objects; `headers` gets its keys, those nobody wants up to as many as
    a file may have columns. Raises DeliveryBrokenError (empty, truncated, unreadable, json_array, too_large)."""
    headers += _keys(path, look)
    columns = [key for key in headers if look.keeps(key)]
    yield _piece([], [], columns)
    for numbers, objects in _batches(path):
        yield _piece(numbers, objects, columns)


def _batches(path: Path) -> Iterator[tuple[list[int], list[Object]]]:
    """Objects with the lines on which they begin."""
    with path.open("rb") as stream:
        text = TextFile.of(stream, _is_whole)
        number = 1
        blocks = text.blocks()
        first = next(blocks, (b"", True))
        if _ARRAY.match(first[0].lstrip(codecs.BOM_UTF8)):
            yield from _array(b"".join(block for block, _ in chain([first], _bounded(blocks))))
            return
        for block, _ in chain([first], blocks):
            lines = [line.removeprefix(codecs.BOM_UTF8).strip() for line in block.split(b"\n")[:-1]]
            filled = [(at, line) for at, line in enumerate(lines, start=number) if line]
            for start in range(0, len(filled), PIECE_ROWS):
                some = filled[start : start + PIECE_ROWS]
                yield [at for at, _ in some], _objects([line for _, line in some])
            number += len(lines)


def _is_whole(line: bytes) -> bool:
    """Whether the last line, which has no line feed, is all there: an object, or the end of an array."""
    text = line.removeprefix(codecs.BOM_UTF8).strip()
    if text.endswith(b"]"):
        rest = text[:-1].strip()
        return not rest or rest.startswith(b"[") or rest.endswith(b"}")
    return text.startswith(b"{") and isinstance(_object(text), dict)


def _bounded(blocks: Iterator[tuple[bytes, bool]]) -> Iterator[tuple[bytes, bool]]:
    length = 0
    for block, is_last in blocks:
        length += len(block)
        if length > LONGEST_ARRAY:
            raise too_large("JSON 数组的字节数", "bytes of a JSON array", None, LONGEST_ARRAY)
        yield block, is_last


def _array(raw: bytes) -> Iterator[tuple[list[int], list[Object]]]:
    """The objects of an array. Raises DeliveryBrokenError (json_array, truncated)."""
    text = raw.decode("utf-8-sig", errors="replace").rstrip()
    if not text.endswith("]"):
        raise DeliveryBrokenError("truncated")
    at, line, seen = text.index("[") + 1, 1, 0
    numbers: list[int] = []
    objects: list[Object] = []
    while (at := _skip(text, at)) < len(text) - 1:
        try:
            row, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            raise DeliveryBrokenError("json_array", f"第 {line} 行之后", f"after line {line}") from None
        line, seen = line + text.count("\n", seen, at), at
        if not isinstance(row, dict):
            raise DeliveryBrokenError("json_array", f"第 {line} 行", f"line {line}")
        numbers.append(line)
        objects.append("undecodable" if _is_damaged(row) else row)
        at = end
        if len(objects) == PIECE_ROWS:
            yield numbers, objects
            numbers, objects = [], []
    yield numbers, objects


def _skip(text: str, at: int) -> int:
    """Behind white space and one comma."""
    found = _BETWEEN.match(text, at)
    return at if found is None else found.end()


def _keys(path: Path, look: Wanted) -> list[str]:
    """Keys in order of first appearance: what the first lines leave empty may come later."""
    names: dict[str, None] = {}
    extra: dict[str, None] = {}
    is_any = False
    for numbers, objects in _batches(path):
        found: dict[str, Any] = {}
        is_any = is_any or bool(numbers)
        for row in objects:
            if isinstance(row, dict):
                found.update(row)
        for key in found:
            if look.keeps(key):
                names[key] = None
            elif len(extra) < look.limits.columns:
                extra[key] = None
    if not is_any:
        raise DeliveryBrokenError("empty")
    if not names and not extra:
        raise DeliveryBrokenError("unreadable", "没有一行是有内容的 JSON 对象", "no line is a JSON object with content")
    return [*names, *extra]


def _load(text: str) -> Any:
    """Numbers with a point or an exponent stay text, so that nothing is rounded; NaN is an empty cell, Infinity is not."""
    return _DECODER.decode(text)


def _objects(lines: list[bytes]) -> list[Object]:
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


def _object(line: bytes) -> Object:
    text = line.decode("utf-8", errors="replace")
    if REPLACEMENT in text:
        return "undecodable"
    try:
        row = _load(text)
        is_damaged = isinstance(row, dict) and _is_damaged(row)
    except (ValueError, RecursionError):
        return "bad_json"
    if not isinstance(row, dict):
        return "bad_json"
    return "undecodable" if is_damaged else row


def _is_damaged(row: dict[str, Any]) -> bool:
    text = json.dumps(row, ensure_ascii=False)
    return REPLACEMENT in text or _SURROGATE.search(text) is not None


def _piece(numbers: list[int], objects: list[Object], columns: list[str]) -> pl.DataFrame:
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
    if isinstance(value, int):  # the point says that it was a number: most programs round those of more than 15 digits
        return str(value) if abs(value) < FIRST_ROUNDED else f"{value}."
    return json.dumps(value, ensure_ascii=False)
