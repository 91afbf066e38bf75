"""What a workbook is before it is opened: an archive of XML parts whose sizes are told, and whose sheets are looked over once.

The library that reads workbooks fills a grid up to the last cell of a sheet: one stray value in XFD1048576 would ask for half a
terabyte. So the bounds of the sheet are looked up in its bytes first, and a few values far outside the table are left out.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final
from xml.etree import ElementTree

from assets.reading.errors import DeliveryBrokenError, too_large
from data_contracts.contract import Limits

STRAY: Final = 100
"""So many cells beyond the contract's columns are somebody's slip, more are a table too wide."""
_CELL: Final = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_ROW: Final = re.compile(rb"<(?:\w+:)?row\b")
_WHOLE_CELL: Final = rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']%s["'](?:[^>]*/>|[^>]*>.*?</(?:\w+:)?c\s*>)"""
_BLOCK: Final = 4 << 20
_ENCRYPTED: Final = 1


def require_workbook(path: Path, limits: Limits) -> None:
    """What the archive's directory says. Raises DeliveryBrokenError (password, archive, old_excel, unreadable, too_large) and
    zipfile.BadZipFile."""
    with zipfile.ZipFile(path) as book:
        members = book.infolist()
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise DeliveryBrokenError("password")
        names = {member.filename.replace("\\", "/").lower() for member in members}
        if "xl/workbook.bin" in names:
            raise DeliveryBrokenError("old_excel", "xlsb", "xlsb")
        if "[content_types].xml" not in names:
            raise DeliveryBrokenError("archive")
        if not any(name.endswith("workbook.xml") for name in names):
            raise DeliveryBrokenError("unreadable", "不是 Excel 工作簿", "no Excel workbook")
        size = sum(member.file_size for member in members)
        if size > limits.workbook_bytes:
            raise too_large("解压后的字节数", "bytes unpacked", size, limits.workbook_bytes)


def sheet_parts(path: Path) -> list[str | None]:
    """The part that holds each sheet, in their order, by way of the workbook's relationships; None where a workbook is put
    together so oddly that it cannot be found. An empty list stands for no sheet found at all."""
    with zipfile.ZipFile(path) as book:
        try:
            sheets = [e for e in _xml(book, "xl/workbook.xml").iter() if _local(e.tag) == "sheet"]
            relations = {e.get("Id"): e.get("Target", "") for e in _xml(book, "xl/_rels/workbook.xml.rels")}
        except (KeyError, ElementTree.ParseError):
            return []
        parts: list[str | None] = []
        names = set(book.namelist())
        for sheet in sheets:
            key = next((v for name, v in sheet.attrib.items() if _local(name) == "id" and name != "id"), None)
            part = posixpath.normpath(posixpath.join("/xl", relations.get(key, ""))).lstrip("/")
            parts.append(part if part in names else None)
        return parts


def _xml(book: zipfile.ZipFile, part: str) -> ElementTree.Element:
    return ElementTree.fromstring(book.read(part))


def _local(name: str) -> str:
    """A name without its namespace: there are two dialects of these."""
    return name.rpartition("}")[2]


@dataclass(frozen=True)
class Bounds:
    """The last row and column in use, without a few cells beyond the contract's columns: those are `stray`."""

    rows: int
    columns: int
    stray: tuple[bytes, ...]


def bounds(path: Path, part: str, limits: Limits) -> Bounds:
    """Looks over a sheet as a stream. Raises DeliveryBrokenError (too_large)."""
    rows = columns = read = counted = 0
    stray: list[bytes] = []
    with zipfile.ZipFile(path) as book, book.open(part) as stream:
        for block in _whole_tags(stream):
            read += len(block)
            if read > limits.workbook_bytes:
                raise too_large("解压后的字节数", "bytes unpacked", None, limits.workbook_bytes)
            counted += len(_ROW.findall(block))
            found = _CELL.findall(block)
            if not found:
                continue
            wide = {letters for letters in {letters for letters, _ in found} if _column(letters) >= limits.columns}
            inside = [cell for cell in found if cell[0] not in wide] if wide else found
            stray += [letters + digits for letters, digits in found if letters in wide]
            if len(stray) > STRAY:
                raise too_large("列数", "columns", max(map(_column, wide)) + 1, limits.columns)
            columns = max([columns, *(_column(letters) + 1 for letters in {letters for letters, _ in inside})])
            rows = max([rows, *map(int, {digits for _, digits in inside})])
    rows = max(rows, counted)
    if rows > limits.rows:
        raise too_large("行数", "rows", rows, limits.rows)
    if rows * columns > limits.workbook_cells:
        raise too_large("已用区域的单元格数", "cells in the used range", rows * columns, limits.workbook_cells)
    return Bounds(rows, columns, tuple(stray))


def _whole_tags(stream: IO[bytes]) -> Iterator[bytes]:
    """Blocks that end with a tag, so that none is cut in two."""
    rest = b""
    for block in iter(partial(stream.read, _BLOCK), b""):
        cut = block.rfind(b">") + 1
        yield rest + block[:cut] if cut else b""
        rest = block[cut:] if cut else rest + block
    yield rest


def without(path: Path, parts: dict[str, tuple[bytes, ...]]) -> io.BytesIO:
    """The workbook without the stray cells of each part, in memory; the file itself is never modified."""
    copy = io.BytesIO()
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(copy, "w") as new:
        for name in book.namelist():
            content = book.read(name)
            if places := parts.get(name):
                pattern = _WHOLE_CELL % (b"(?:%s)" % b"|".join(places))
                content = re.sub(pattern, b"", content, flags=re.DOTALL)
            new.writestr(name, content)
    copy.seek(0)
    return copy


def _column(letters: bytes) -> int:
    """A → 0, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def place(row: int, column: int) -> str:
    """Row and column from 0 as people name a cell: (0, 26) → AA1."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"
