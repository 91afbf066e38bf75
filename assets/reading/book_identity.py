"""The hidden identity of a workbook that we publish and an office returns: whose it is, of which check date.

`SW1-<office>-<YYYYMMDD>-<check digits>` stands in a document property and in a header cell beside the check codes, so
that a workbook saved under any name by any program, or one sheet of it saved as csv, is still known. The check digits
guard against slips, not against forgery.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import zipfile
from pathlib import Path
from typing import Final

PROPERTY: Final = "shouwang"
_MARK: Final = re.compile(rb"SW1-([0-9]{6}|[0-9]{12})-([0-9]{8})-([0-9a-f]{8})(?![0-9a-f])")
_PARTS: Final = ("docProps/custom.xml", "xl/sharedStrings.xml")
_LONGEST: Final = 32 * 1024 * 1024
"""Bytes of one part that are looked at, unpacked."""
_HEAD: Final = 64 * 1024
"""Bytes of a csv that are looked at: title rows and the header."""


def identity(office: str, as_of: dt.date) -> str:
    """The identity of the book of an office (its area code) and check date."""
    text = f"SW1-{office}-{as_of:%Y%m%d}"
    return f"{text}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def office_of(book: str) -> str:
    """The area code in an identity."""
    return book.split("-")[1]


def is_identity(header: str) -> bool:
    """Whether a header is the mark of one of our books."""
    return _MARK.fullmatch(header.strip().encode()) is not None


def book_of(path: Path, form: str) -> str:
    """The identity of the workbook in a file; "" where it has none, or those of several books.

    Bounded: of an xlsx two parts of the archive are looked at and nothing is opened. Never raises for a damaged file.
    """
    try:
        if form == "xlsx":
            with zipfile.ZipFile(path) as archive:
                return next(filter(None, (_only(_part(archive, name)) for name in _PARTS)), "")
        if form == "csv":
            with path.open("rb") as stream:
                return _only(stream.read(_HEAD).replace(b"\0", b""))  # UTF-16
    except (OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zipfile.BadZipFile, zipfile.LargeZipFile):
        pass  # whoever reads it says what is wrong with it
    return ""


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        return b""
    with archive.open(name) as stream:
        return stream.read(_LONGEST)


def _only(text: bytes) -> str:
    found = {match[0].decode() for match in _MARK.finditer(text)}
    sound = {mark for mark in found if mark == _again(mark)}
    return sound.pop() if len(sound) == 1 else ""


def _again(mark: str) -> str:
    """The identity that its own office and date give."""
    _, office, day, _ = mark.split("-")
    return identity(office, dt.datetime.strptime(day, "%Y%m%d").date())
