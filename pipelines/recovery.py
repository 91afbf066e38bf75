"""What a killed check left behind is put right before the next one begins (docs/decisions/0014-nothing-lost.md).

What the audit ledger had announced is completed, what it had not is removed (assets/publication/commit.py).
"""

from __future__ import annotations

import datetime as dt

from assets import audit
from assets.errors import CheckStoppedError
from assets.home import Home, restore_names, sha256
from assets.publication.commit import announcement, drop_waiting, finish
from assets.publication.publish import MANIFEST, Mark, read_mark
from assets.publication.records import INTENDED, is_announced, is_said, newest_records, record
from pipelines.engines.scratch import clear_scratch


def recover(home: Home, at: str) -> list[dt.date]:
    """Complete what was announced, remove what was not. The dates completed. For the holder of the home folder's lock.

    CheckStoppedError when the audit ledger is damaged: that is no crash's work, and building on it would hide it.
    """
    for folder in (home.published, home.lake / "checks", home.lake):
        restore_names(folder)
    clear_scratch(home)
    announced = announcement(audit.settle(home))
    completed = [] if announced is None else finish(home, announced, at)
    drop_waiting(home)
    _complete_record(home, audit.entries(home), at)
    _require_known(home)
    return completed


def require_whole_before(home: Home, as_of: dt.date) -> None:
    """CheckStoppedError when what the check of `as_of` would follow has vanished: its folder or its partition."""
    recorded = newest_records(audit.entries(home))
    newest = max((day for day in {*recorded, *home.published_dates()} if day < as_of), default=None)
    if newest is None:
        return
    gone = home.check(newest) if newest in home.published_dates() else home.publication(newest)
    if gone == home.publication(newest) or not gone.is_dir():
        raise CheckStoppedError(
            "publication_gone",
            f"{newest} 已经发布过, 但 {gone} 不在了。请从备份恢复; 没有备份时用 shouwang check --replay-all 重建已发布的各期"
            "(按各期当时已收到的文件, 摘要相同), 再核对。",
            f"{newest} was published, but {gone} is gone. Restore it from a backup; without one, `shouwang check "
            "--replay-all` makes every recorded date again (of the files each one knew, with equal digests).",
        )


def _complete_record(home: Home, entries: list[audit.Entry], at: str) -> None:
    """The audit entry of a publication of 0.5.3 whose check was killed right after it had appeared.

    A kill leaves one such date, for the next check begins here. More of them are no crash's work (a ledger that was
    removed): those are left for `shouwang verify` to name.
    """
    missing, recorded = [], newest_records(entries)
    for day in home.published_dates():
        mark = read_mark(home.check(day))
        if mark is None or is_said(recorded.get(day), mark) or not is_announced(entries, day, mark):
            continue
        if sha256(home.publication(day) / MANIFEST) == mark.manifest_sha256:
            missing.append((day, mark))
    if len(missing) == 1:
        record(home, *missing[0], at)


def _require_known(home: Home) -> None:
    """A folder among those this program published that it neither announced nor entered is somebody else's: nothing is
    built on it. Dates before the first one on record are of before there were records."""
    entries = audit.entries(home)
    known = {*newest_records(entries), *newest_records(entries, INTENDED)}
    for day in home.published_dates() if newest_records(entries, INTENDED) else ():
        if day > min(known) and day not in known:
            raise CheckStoppedError(
                "publication_unknown",
                f"{home.publication(day)} 不是本程序发布的(审计台账中没有它)。请移走它和 {home.check(day)}, 或从备份恢复台账, 再核对。",
                f"{home.publication(day)} was not published by this program: the audit ledger does not know it. Move it and "
                f"{home.check(day)} away, or restore the ledger from a backup, then check again.",
            )


def unfinished(home: Home, as_of: dt.date) -> list[dt.date]:
    """Published dates before `as_of` that have to be made again before it, oldest first.

    The newest one when partition and folder are not of one run, and every date from where a replay was killed: there
    a date was built on a publication that has been replaced since.
    """
    days = [day for day in home.published_dates() if day < as_of]
    marks = {day: read_mark(home.check(day)) for day in days}
    entries = audit.entries(home)
    for position, day in enumerate(days):
        before = days[position - 1] if position else None
        if before is not None and not _follows(marks[day], marks[before]):
            return days[position - 1 :] if _is_torn(home, before, marks[before], entries) else days[position:]
    return days[-1:] if days and _is_torn(home, days[-1], marks[days[-1]], entries) else []


def _follows(mark: Mark | None, before: Mark | None) -> bool:
    return mark is None or before is None or mark.previous_digest == before.digest


def _is_torn(home: Home, day: dt.date, mark: Mark | None, entries: list[audit.Entry]) -> bool:
    """Whether partition and folder of a date do not belong together, or are not what this program entered. Without a mark
    (of before there were any) only a missing partition tells; one of before 0.6 names no bytes of its partition."""
    if mark is None:
        return not (home.check(day) / "tickets.parquet").is_file()
    if sha256(home.publication(day) / MANIFEST) != mark.manifest_sha256:
        return True
    entry = newest_records(entries).get(day)
    return entry is not None and bool(mark.files) and not is_said(entry, mark)
