"""The landing folder: which files there are, what their names say, which cannot be taken and why.

Name: `<feed>/<area>_<YYYYMMDD>[_<n>].<csv|xlsx|parquet|jsonl>` (spec page 2). Feeds about tickets may also come from one
township, with its 12 digits as area. Files that are still being copied (hidden, `~$…`, `.tmp`, `.part`) are left alone
until they have their final name, and so is what Windows puts beside others (`Thumbs.db`, `desktop.ini`). Links are not
followed: what they lead to may change, or be anything at all.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from assets import masking
from assets.reading.errors import DeliveryBrokenError
from assets.reading.kinds import require_form, told_by_content
from data_contracts import feed_contract, feed_contracts

FILE_NAME: Final = re.compile(
    r"^(\d{2}|\d{4}|\d{6}|\d{12})_(\d{8})(?:_(\d{1,4}))?\.(csv|xlsx|parquet|jsonl)$", re.IGNORECASE | re.ASCII
)
BOOKS: Final = "books"
"""The folder into which any workbook of ours may come back, under any name."""
TOWNSHIP_DIGITS: Final = 12
UNFINISHED: Final = re.compile(
    r"^(\.|~\$|(thumbs\.db|desktop\.ini)$)|\.(tmp|part|partial|filepart|crdownload)$", re.IGNORECASE
)


@dataclass(frozen=True, order=True)
class LandingFile:
    """One file a department delivered, as its name describes it.

    Of people's reports, which are read from their copies (assets/kept_reports.py), also: which content under this name it
    is, the folder it came in, the identity of the book, the day from which it counts, SHA-256 and size.
    """

    feed: str
    data_on: dt.date
    n: int
    area: str
    name: str
    form: str
    path: Path = field(compare=False)
    version: int = 1
    folder: str = ""
    book: str = ""
    known_on: dt.date | None = None
    digest: str = ""
    size: int = 0

    @property
    def slot(self) -> tuple[str, str, dt.date, int]:
        """What a name claims: feed, area, data date, correction number."""
        return (self.feed, self.area, self.data_on, self.n)

    @property
    def precedence(self) -> tuple[dt.date, int, int]:
        """Newest data date, then highest correction, then the longest area wins (spec page 2)."""
        return (self.data_on, self.n, len(self.area))

    @property
    def shown(self) -> str:
        """The file as people find it again."""
        again = f"#{self.version}" if self.version > 1 else ""
        return f"{self.folder or self.feed}/{self.name}{again}"

    @property
    def counts_from(self) -> dt.date:
        """The first check date on which it counts."""
        return self.known_on or self.data_on

    @property
    def source(self) -> tuple[object, ...]:
        """What is the same for every version of a report: the book, or else the name."""
        return (self.book,) if self.book else self.slot


@dataclass(frozen=True)
class Unusable:
    """Something in the landing folder that is no delivery: machine code, where; `path`, where it may be a book of ours."""

    code: str
    shown: str
    path: Path | None = None


def parse_name(feed: str, path: Path) -> LandingFile | None:
    """The delivery a file name announces; None when the name does not follow the agreement."""
    match = FILE_NAME.match(path.name)
    if match is None:
        return None
    area, day, n, form = match.groups()
    if len(area) == TOWNSHIP_DIGITS and feed_contract(feed).subject != "ticket":
        return None  # departments' data speak for a county at least: a township's part would hide the rest of it
    try:
        data_on = dt.datetime.strptime(day, "%Y%m%d").date()
    except ValueError:
        return None
    if n is not None and int(n) < 1:
        return None
    return LandingFile(feed, data_on, int(n or 1), area, path.name, form.lower(), path)


def readable(name: str) -> str:
    """A name that follows no agreement as it may be shown and stored: archives packed in China bring names in GB18030, which
    are no text here, clerks name files after a person, and a control character would move the cursor."""
    raw = os.fsencode(name)
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        name = raw.decode("gb18030", errors="replace")
    name = "".join(character if character.isprintable() else "?" for character in name)
    return masking.file_name(name)


def _why(path: Path, is_book: bool) -> str:
    """The reason why something is no delivery: what it is, where that tells more than its name. A workbook may have any
    name, so that of one that is cut off its end is the reason and not its missing mark."""
    try:
        if is_book and path.is_file() and path.suffix.lower() == ".xlsx":
            require_form(path, "xlsx")
        told = told_by_content(path) if path.is_file() or path.is_dir() else None
    except DeliveryBrokenError as broken:
        told = None if broken.reason.code == "unreadable" else broken
    except OSError:
        told = None
    return ("unknown_book" if is_book else "bad_name") if told is None else told.reason.code


def scan(landing: Path) -> tuple[list[LandingFile], list[Unusable]]:
    """Every complete file below the landing folder, and what could not be understood."""
    files: list[LandingFile] = []
    unusable: list[Unusable] = []
    for folder in sorted(p for p in landing.iterdir() if not UNFINISHED.search(p.name)) if landing.is_dir() else ():
        if folder.is_symlink():
            unusable.append(Unusable("link", readable(folder.name)))
            continue
        if not folder.is_dir() or folder.name not in (*feed_contracts(), BOOKS):
            unusable.append(Unusable("unknown_feed", readable(folder.name)))
            continue
        for path in sorted(p for p in folder.iterdir() if not UNFINISHED.search(p.name)):
            is_feed = folder.name != BOOKS
            file = parse_name(folder.name, path) if is_feed and path.is_file() else None
            if file is None or path.is_symlink():
                code = "link" if path.is_symlink() else _why(path, is_book=not is_feed)
                unusable.append(Unusable(code, f"{folder.name}/{readable(path.name)}", path))
            else:
                files.append(file)
    return sorted(files), unusable
