"""The home folder: where things lie. Nothing outside it is ever written."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """`$SHOUWANG_HOME`: landing, policy, lake, published, dagster."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def policy(self) -> Path:
        return self.root / "policy"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    @property
    def ledger(self) -> Path:
        """The delivery ledger, one JSON object a line, only ever appended to."""
        return self.lake / "ledger" / "deliveries.jsonl"

    @property
    def database(self) -> Path:
        return self.published / "civil_affairs.duckdb"

    def check(self, as_of: dt.date) -> Path:
        """The lake's partition of one check date."""
        return self.lake / "checks" / as_of.isoformat()

    def publication(self, as_of: dt.date) -> Path:
        return self.published / as_of.isoformat()

    def published_dates(self) -> list[dt.date]:
        """Check dates with a whole publication, oldest first. The manifest is written last: without it there is none."""
        found = []
        for folder in self.published.glob("????-??-??") if self.published.is_dir() else ():
            if (folder / "manifest.json").is_file():
                found.append(dt.date.fromisoformat(folder.name))
        return sorted(found)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Flush one written file to the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; the file appears under its real name only when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        yield aside
        sync_file(aside)
        aside.replace(path)
        sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)
