"""Cells of a workbook whose value is not known: Excel shows an error (#N/A, #REF! …), or a formula was never reckoned.

The library that reads workbooks gives them as empty cells, and an empty cell has a meaning: a consent that was never
revoked, an amount of zero. So they are looked up in the sheet itself, which costs one more look at its bytes; only where
there may be one is it parsed.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import IO, Final
from xml.etree import ElementTree

from assets.reading.cells import EXCEL_ERROR

_MARK: Final = re.compile(rb"""\st\s*=\s*["']e["']|<(?:\w+:)?f[\s/>]""")
_LONGEST_MARK: Final = 32
_BLOCK: Final = 1 << 20
_CELL: Final = re.compile(r"^([A-Z]{1,3})[0-9]{1,7}$")

ErrorCells = dict[int, dict[int, str]]
"""Row from 1 → column from 0 → the error as a cell text."""


def error_cells(path: Path, part: str | None) -> ErrorCells:
    """Cells without a known value of a sheet, which is in this part of the file (excel_parts); none where the part is not known."""
    if part is None:
        return {}
    with zipfile.ZipFile(path) as book:
        with book.open(part) as stream:
            if not _has_mark(stream):
                return {}
        with book.open(part) as stream:
            return _parsed(stream)


def _local(name: str) -> str:
    """A name without its namespace: there are two dialects of these."""
    return name.rpartition("}")[2]


def _has_mark(stream: IO[bytes]) -> bool:
    rest = b""
    for block in iter(partial(stream.read, _BLOCK), b""):
        if _MARK.search(rest + block):
            return True
        rest = block[-_LONGEST_MARK:]
    return False


def _parsed(stream: IO[bytes]) -> ErrorCells:
    """Cells and rows may leave out their address: then they stand behind the one before them."""
    found: ErrorCells = defaultdict(dict)
    row, column = 0, -1
    for event, element in ElementTree.iterparse(stream, events=("start", "end")):
        name = _local(element.tag)
        if event == "start":
            if name == "row":
                row, column = int(element.get("r", row + 1)), -1
        elif name == "c":
            place = _CELL.match(element.get("r", ""))
            column = column + 1 if place is None else _number(place[1])
            shown = _unknown(element)
            if shown is not None:
                found[row][column] = EXCEL_ERROR + shown
        elif name == "row":
            element.clear()  # a long sheet would fill the memory
    return found


def _unknown(cell: ElementTree.Element) -> str | None:
    """What an error cell shows, "" for a formula without a stored value, None for any other cell."""
    parts = {_local(part.tag): part.text or "" for part in cell}
    if cell.get("t") == "e":
        return parts.get("v", "")
    is_empty_text = cell.get("t") == "str" and "v" in parts  # a formula may well give a text of no characters
    return "" if "f" in parts and not parts.get("v") and not is_empty_text else None


def _number(letters: str) -> int:
    """A → 0, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
