"""The moment of publication: all dates that one command has made get their names together, or none of them does.

Everything lies aside under its waiting name (home.waiting), flushed. Then the audit ledger announces which dates get which
manifests and partitions: until its last line about them nothing has happened, and what waits is removed by whoever comes
next; after it everything happens, if need be by whoever comes next (pipelines/recovery.py). Nothing is ever completed that was not
announced. Steps: every date's partition and folder, their entries in the ledger, the database. Each can be repeated.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assets import audit, rights
from assets.errors import CheckStoppedError
from assets.home import Home, sha256, sync_folder, take_name, waiting
from assets.publication.publish import MANIFEST, Mark, read_mark
from assets.publication.records import (
    DATES,
    INTENDED,
    WITHDRAWN,
    intend,
    is_said,
    newest_records,
    put_waiting_database,
    read_stamp,
    record,
    stamp_path,
)

UNFINISHED: Final = "publication_unfinished"
"""Code of the error that says that an announced publication is not complete yet."""


@dataclass(frozen=True)
class Made:
    """One check date that waits for its name. `is_changed`: the published content is another than before."""

    as_of: dt.date
    mark: Mark
    is_changed: bool
    has_database: bool = False


@dataclass(frozen=True)
class Announced:
    """One check date with the digests of its manifest's bytes and of its partition."""

    as_of: dt.date
    manifest_sha256: str
    partition_sha256: str | None

    def is_of(self, mark: Mark | None) -> bool:
        """Whether a partition with this mark is the one announced."""
        known = (self.manifest_sha256, self.partition_sha256)
        return mark is not None and (mark.manifest_sha256, mark.partition_sha256) == known


@dataclass(frozen=True)
class Announcement:
    """What the audit ledger has said will appear, oldest date first, and what will go. `database`: digest of the manifest
    that a waiting database is of."""

    dates: tuple[Announced, ...]
    database: str | None = None
    withdrawn: dict[str, Any] | None = None


@dataclass(frozen=True)
class Withdrawal:
    """Who takes the publication of a date back, why, and its `batch`, `digest` and `manifest_sha256`."""

    as_of: dt.date
    by: str
    reason: str
    publication: dict[str, Any]

    def enter(self, home: Home, at: str, dates: Sequence[dt.date], shown: str | None) -> dict[str, Any]:
        """Say so in the audit ledger; the entry's fields. `shown`: digest of the manifest that the database is of then."""
        fields = {"as_of": self.as_of.isoformat(), **self.publication, "reason": self.reason, "database": shown}
        fields[DATES] = [day.isoformat() for day in dates]
        return audit.append(home, WITHDRAWN, self.by, at, fields).fields


def announce(home: Home, made: Sequence[Made], at: str, withdrawal: Withdrawal | None = None) -> Announcement:
    """Say in the audit ledger what is about to appear, and what to go; nothing else has happened yet.

    What lies there already byte for byte is not announced: it takes its own place.
    """
    audit.require_writable(home)
    recorded = newest_records(audit.entries(home))
    # What replaces a folder that was changed is on record too, also where it says the same as the one before.
    new = [one for one in made if one.is_changed or not is_said(recorded.get(one.as_of), one.mark)]
    dates = [one.as_of for one in new] + ([] if withdrawal is None else [withdrawal.as_of])
    for one in new:
        intend(home, one.as_of, one.mark, at, dates)
    shown = next((one.mark.digest for one in made if one.has_database), None)
    gone = None if withdrawal is None else withdrawal.enter(home, at, dates, shown)
    said = (Announced(one.as_of, one.mark.manifest_sha256, one.mark.partition_sha256) for one in made)
    return Announcement(tuple(said), shown, gone)


def announcement(entries: Iterable[audit.Entry]) -> Announcement | None:
    """The newest announcement; None where there is none, or where a crash came before it was complete."""
    said = [entry for entry in entries if entry.kind in (INTENDED, WITHDRAWN)]
    if not said:
        return None
    last = said[-1].fields
    names = last.get(DATES, [last["as_of"]])
    if names[-1] != last["as_of"]:
        return None
    intended = newest_records(said, INTENDED)
    days = [dt.date.fromisoformat(name) for name in names]
    of = [(day, intended[day].fields) for day in days if day in intended]
    dates = tuple(Announced(day, f["manifest_sha256"], f.get("partition_sha256")) for day, f in of)
    if said[-1].kind == WITHDRAWN:
        return Announcement(dates, last["database"], last)
    return Announcement(dates, last["digest"])


def finish(home: Home, announcement: Announcement, at: str) -> list[dt.date]:
    """Do what was announced; the dates for which something was left to do. CheckStoppedError when the disk refuses or
    somebody interrupts: what is left is done by the next command."""
    done: list[dt.date] = []
    try:
        for one in announcement.dates:
            if _appear(home, one, at):
                done.append(one.as_of)
        if announcement.database is not None:
            put_waiting_database(home, announcement.database)
        if announcement.withdrawn is not None:
            take_back(home, announcement.withdrawn)
    except (OSError, KeyboardInterrupt) as error:
        raise _unfinished(announcement, done, error) from error
    return done


def take_back(home: Home, fields: dict[str, Any]) -> None:
    """The withdrawn publication leaves the published folder, for `lake/withdrawn`, where only its owner can read what people
    had been shown; its partition and, where no earlier date is left to show, the database go."""
    day, manifest_sha256 = dt.date.fromisoformat(fields["as_of"]), fields["manifest_sha256"]
    folder, partition = home.publication(day), home.check(day)
    if _manifest_sha256(folder) == manifest_sha256:
        kept = home.lake / "withdrawn" / f"{day}-{manifest_sha256[:10]}"
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(kept, ignore_errors=True)
        folder.rename(kept)
        sync_folder(home.published)
        rights.close_folder(kept)
    mark = read_mark(partition)
    if mark is not None and mark.manifest_sha256 == manifest_sha256:
        aside = partition.with_name(f".{partition.name}.part")
        partition.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
    stamp = read_stamp(home)
    if stamp is not None and stamp.digest == fields["digest"]:
        home.database.unlink(missing_ok=True)
        stamp_path(home).unlink()


def drop_waiting(home: Home) -> None:
    """Remove what waits and was not announced. For the holder of the home folder's lock."""
    for folder in (home.published, home.lake / "checks", home.lake):
        for path in folder.glob(".*.next"):
            if path.is_dir():
                aside = path.with_name(f"{path.name}.part")
                path.rename(aside)  # at once: half of it must never carry the name of what is whole
                shutil.rmtree(aside, ignore_errors=True)
            else:
                path.unlink()


def _appear(home: Home, one: Announced, at: str) -> bool:
    """Partition, folder and entry of one date. False where nothing was left to do, or nothing can be done any more."""
    partition, folder = home.check(one.as_of), home.publication(one.as_of)
    moved = one.is_of(read_mark(waiting(partition)))
    if moved:
        take_name(waiting(partition), partition)
    if _manifest_sha256(waiting(folder)) == one.manifest_sha256:
        take_name(waiting(folder), folder)
        moved = True
    mark = read_mark(partition)
    if mark is None or not one.is_of(mark) or _manifest_sha256(folder) != one.manifest_sha256:
        return moved
    return record(home, one.as_of, mark, at) or moved


def _manifest_sha256(folder: Path) -> str | None:
    with suppress(OSError):
        return sha256(folder / MANIFEST)
    return None


def _unfinished(announcement: Announcement, done: list[dt.date], error: BaseException) -> CheckStoppedError:
    dates = [str(one.as_of) for one in announcement.dates]
    left = ", ".join(dates[len(done) :]) or "-"
    placed = ", ".join(map(str, done)) or "-"
    why = (
        getattr(error, "strerror", None) or type(error).__name__
    ) + f" {getattr(error, 'filename', None) or ''}".rstrip()
    return CheckStoppedError(
        UNFINISHED,
        f"发布进行到一半时中断({why})。已发布: {placed}; 尚未就位: {left}, 以及分析库。全部内容已写好, "
        "排除原因后再运行一次核对(任一日期)即自动补完。",
        f"The publication was interrupted half-way ({why}). Published: {placed}; not in place yet: {left}, and the "
        "database. Everything is written; remove the cause and run any check again: it completes the rest first.",
    )
