"""What people report is kept by content: `lake/reports/<sha256>.<form>`, with a list of what came when. Append-only.

A clerk saves the same workbook again under the same name, renames it, clears the folder: a check reads the copies, so
that it neither stops nor says anything else when it is done again. Every further content under a name is a version of
it; all versions count, the newest row by row (assets/returns.py). docs/decisions/0031-peoples-reports.md.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from assets.home import Home, sha256
from assets.landing import BOOKS, LandingFile, Unusable, parse_name, readable, scan
from assets.reading.book_identity import book_of, office_of
from data_contracts import feed_contract

BOOK_FEED: Final = "ticket_outcomes"
"""The feed that the green cells of a township's book belong to."""
_PIECE: Final = 1 << 20
_LARGEST: Final = 256 << 20
"""Bytes of a report that is kept. What is larger is read where it lies, as far as its contract lets it."""


@dataclass(frozen=True)
class Kept:
    """One content under one name, as the list holds it. `known_on`: the day from which it counts."""

    folder: str
    name: str
    sha256: str
    size: int
    form: str
    book: str
    known_on: str
    arrived_at: str

    @property
    def stored_as(self) -> str:
        return f"{self.sha256}.{self.form}"


@dataclass
class KeptReports:
    """The list of one home folder, oldest first."""

    home: Home
    entries: list[Kept] = field(default_factory=list)
    _newest: dict[tuple[str, str], str] = field(default_factory=dict)
    _books: set[tuple[str, str]] = field(default_factory=set)

    @property
    def folder(self) -> Path:
        return self.home.lake / "reports"

    @property
    def list_file(self) -> Path:
        return self.folder / "reports.jsonl"

    @classmethod
    def load(cls, home: Home) -> KeptReports:
        """A last line cut off by a crash is left out: its content is taken from the landing folder again."""
        kept = cls(home)
        if kept.list_file.is_file():
            lines = kept.list_file.read_bytes().split(b"\n")[:-1]
            for line in lines:
                kept._remember(Kept(**json.loads(line)))
        return kept

    def _remember(self, entry: Kept) -> None:
        self.entries.append(entry)
        self._newest[entry.folder, entry.name] = entry.sha256
        self._books.add((entry.book, entry.sha256))

    def take(
        self, files: Iterable[LandingFile], strays: Iterable[Unusable], as_of: dt.date, arrived_at: str
    ) -> tuple[list[LandingFile], list[Unusable]]:
        """Keep what is new in the landing folder. Returns all people's reports ever kept, as deliveries, and what could not
        be kept or recognised. `files`: those with a proper name; `strays`: others in folders of people's reports."""
        for part in self.folder.glob(".*.part"):
            part.unlink(missing_ok=True)
        unread: list[LandingFile] = []
        seen_on = self._seen_on(as_of, arrived_at)
        for file in files:
            try:
                self._keep(file.path, file.feed, file.form, file, seen_on, arrived_at)
            except OSError:
                unread.append(file)
        unusable = [stray for stray in strays if not self._is_book(stray, seen_on, arrived_at)]
        return [*self.deliveries(), *unread], unusable

    def _seen_on(self, as_of: dt.date, arrived_at: str) -> dt.date:
        """The day from which content counts that was not there before and has no day of its own: the check date that sees it
        first, or the newest one published, for what is done again must come out the same; not after the day it arrived."""
        day = max([as_of, *self.home.published_dates()[-1:]])
        try:
            return min(day, dt.date.fromisoformat(arrived_at[:10]))
        except ValueError:
            return day

    def _is_book(self, stray: Unusable, seen_on: dt.date, arrived_at: str) -> bool:
        """Whether it is a book of ours under another name; it is kept then."""
        path = stray.path
        form = path.suffix.lower().removeprefix(".") if path is not None else ""
        try:
            if path is None or path.is_symlink() or not path.is_file() or not book_of(path, form):
                return False
            self._keep(path, path.parent.name, form, None, seen_on, arrived_at)
        except OSError:
            return False
        return True

    def _keep(
        self, path: Path, folder: str, form: str, named: LandingFile | None, seen_on: dt.date, arrived_at: str
    ) -> None:
        name = path.name if named is not None else readable(path.name)
        if path.stat().st_size > _LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        newest = self._newest.get((folder, name))
        if newest == sha256(path):
            return
        aside = self.folder / f".{os.getpid()}.{form}.part"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            digest, size = _copy(path, aside)
            book = book_of(aside, form)
            if newest is None and book and (book, digest) in self._books:
                return  # renamed
            aside.replace(self.folder / f"{digest}.{form}")
        finally:
            aside.unlink(missing_ok=True)
        day = seen_on
        if named is not None:
            day = named.data_on if newest is None else max(named.data_on, day)
        self._append(Kept(folder, name, digest, size, form, book, day.isoformat(), arrived_at))

    def _append(self, entry: Kept) -> None:
        line = json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n"
        with os.fdopen(os.open(self.list_file, os.O_RDWR | os.O_CREAT, 0o600), "rb+") as stream:
            whole = stream.read().rfind(b"\n") + 1
            stream.truncate(whole)  # what a crash cut off
            stream.seek(whole)
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        self._remember(entry)

    def deliveries(self) -> list[LandingFile]:
        """Every content ever kept, the older ones of a name first."""
        versions: dict[tuple[str, str], int] = {}
        found = []
        for entry in self.entries:
            place = (entry.folder, entry.name)
            versions[place] = versions.get(place, 0) + 1
            found.append(self._delivery(entry, versions[place]))
        return found

    def _delivery(self, entry: Kept, version: int) -> LandingFile:
        path, known_on = self.folder / entry.stored_as, dt.date.fromisoformat(entry.known_on)
        named = parse_name(BOOK_FEED if entry.book else entry.folder, Path(entry.name))
        return LandingFile(
            feed=BOOK_FEED if entry.book else entry.folder,
            data_on=known_on if named is None else named.data_on,
            n=1 if named is None else named.n,
            area=office_of(entry.book) if entry.book or named is None else named.area,
            name=entry.name,
            form=entry.form,
            path=path,
            version=version,
            folder=entry.folder,
            book=entry.book,
            known_on=known_on,
            digest=entry.sha256,
            size=entry.size,
        )


def arrived(home: Home, as_of: dt.date, now: str) -> tuple[list[LandingFile], list[Unusable]]:
    """Departments' files as they lie in the landing folder, people's reports as they were kept; what is no delivery."""
    found, strays = scan(home.landing)
    departments = [file for file in found if not is_peoples(file.feed)]
    peoples = [file for file in found if is_peoples(file.feed)]
    maybe = [s for s in strays if s.path is not None and is_peoples(s.path.parent.name)]
    reports, unknown = KeptReports.load(home).take(peoples, maybe, as_of, now)
    rest = [stray for stray in strays if stray not in maybe]
    return sorted([*departments, *reports]), sorted([*rest, *unknown], key=lambda s: s.shown)


def standing(reports: Collection[LandingFile]) -> list[LandingFile]:
    """All contents of people's reports but of those that a file of a higher _n has replaced as a whole; oldest first."""
    newest: dict[tuple[str, dt.date], int] = {}
    for file in reports:
        if not file.book:
            newest[file.area, file.data_on] = max(file.n, newest.get((file.area, file.data_on), 0))
    left = [file for file in reports if file.book or file.n == newest[file.area, file.data_on]]
    return sorted(left, key=lambda file: (file.counts_from, file.precedence, file.version, file.name, file.form))


def is_peoples(feed: str) -> bool:
    """Whether people report there, rather than a department's system deliver."""
    return feed == BOOKS or feed_contract(feed).subject == "ticket"


def _copy(source: Path, target: Path) -> tuple[str, int]:
    """SHA-256 and size of what was copied, which may be another content than a moment ago."""
    digest, size = hashlib.sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as copy, source.open("rb") as stream:
        while piece := stream.read(_PIECE):
            copy.write(piece)
            digest.update(piece)
            size += len(piece)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest(), size
