"""`shouwang verify`: proves that what was published is still what was published, or names the file that is not.

What is held against what: every line of both ledgers against its own hash and the line before; every manifest,
byte for byte, against its newest audit entry; every published file against its manifest; every manifest against
the one before it; every file of the lake's partitions against the partition's mark, and that against the audit entry;
the database against its stamp. Nothing is written and nothing that lies there can make it fail.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assets import audit, ledger
from assets.audit import Damage
from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home, dated_folders, sha256
from assets.publication.publish import MANIFEST, MARK, digest, read_mark
from assets.publication.records import DELIVERIES, PUBLISHED, is_announced, newest_records, read_stamp, stamp_path


@dataclass
class Report:
    """What was held against its record, and what did not agree."""

    publications: int = 0
    files: int = 0
    partition_files: int = 0
    audit_entries: int = 0
    problems: list[Damage] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class _Link:
    """What the next publication must say about this one."""

    as_of: dt.date
    batch: int
    digest: str


_BEFORE_THE_FIRST = _Link(dt.date.min, 0, "")

WORDS = {
    "file_missing": ("清单中的文件不在了", "listed in the manifest and not there"),
    "file_changed": ("内容与清单不符, 已被改动", "changed: not what the manifest says"),
    "file_extra": ("清单中没有这个文件", "not in the manifest"),
    "extra": ("不是发布的内容", "nothing that was published"),
    "unfinished": ("中断的核对留下的, 下次核对会清除", "left by an interrupted check; the next check removes it"),
    "unreadable": ("无法读取", "cannot be read"),
    "publication_gone": ("审计台账中有此发布, 文件夹不在了", "in the audit ledger, and the folder is gone"),
    "manifest_missing": ("没有发布清单", "there is no manifest"),
    "manifest_changed": ("与审计台账记录的字节不符, 已被改动", "changed: not the bytes the audit ledger knows"),
    "not_recorded": (
        "审计台账尚无此发布的记录, 重新核对会补上",
        "not in the audit ledger yet; checking again enters it",
    ),
    "partition_changed": (
        "与审计台账记录的分区不符, 已被改动",
        "changed: not the partition that the audit ledger knows",
    ),
    "partition_unfinished": (
        "中断的核对留下的, 重新核对该日",
        "left by an interrupted check; check that date again",
    ),
    "chain_broken": ("与上一批次不衔接", "does not follow the batch before"),
    "database_missing": ("分析库不在了", "the database is not there"),
    "database_changed": ("分析库与 lake/database_of 记录不符", "not the bytes that lake/database_of knows"),
    "database_old": (
        "分析库不是最新发布的, 重新核对会更新",
        "not of the newest publication; checking again replaces it",
    ),
    "database_unknown": ("没有记录分析库的字节", "nothing says which bytes the database has"),
}
_UNFINISHED = (".part", ".old", ".wal", ".next")


def verify(home: Home, head: Path | None = None) -> Report:
    """Hold everything published against what is on record about it. Never raises on what lies in the folders.

    `head`: a copy of `audit.head` that was kept elsewhere; the ledger must still hold the line it names.
    """
    report = Report()
    damages = [*audit.problems(home), *(audit.against_head(home, head) if head is not None else ())]
    entries = audit.entries(home)
    ends = [entry.fields.get(DELIVERIES) for entry in entries if entry.kind == PUBLISHED]
    report.problems += [*damages, *ledger.problems(home, next((str(end) for end in reversed(ends) if end), ""))]
    report.audit_entries = len(entries)
    recorded = newest_records(entries)
    on_disk = dated_folders(home.published)
    link: _Link | None = _BEFORE_THE_FIRST  # None: cannot be told
    for day in sorted({*on_disk, *recorded}):
        record = recorded.get(day)
        if day not in on_disk:
            _add(report, "publication_gone", home.publication(day), home)
            link = _recorded_link(day, record)
            continue
        report.publications += 1
        try:
            link = _publication(home, report, day, record, link, bool(damages))
            _partition(home, report, day, entries)
        except OSError:
            _add(report, "unreadable", home.publication(day), home)
            link = _recorded_link(day, record)
    report.problems += _strangers(home, on_disk)
    _database(home, report, link)
    return report


def verify_command(home: Home, as_json: bool, head: Path | None = None) -> int:
    """Print what was proven or what broke. 0: all of it holds; 1: something does not. WrongUseError without a home."""
    if not home.published.is_dir() and not home.lake.is_dir():
        raise WrongUseError(
            "nothing_published",
            f"{home.root} 中没有发布内容。请用 --home 指明数据目录。",
            f"Nothing was published in {home.root}. Name the home folder with --home.",
        )
    before = _check_traces(home)
    report = verify(home, head)
    if not report.is_sound and (before[0] or before != _check_traces(home)):
        raise CheckStoppedError(
            "locked",
            "验证期间有核对在运行, 结果不可用。请在核对结束后再验证。",
            "A check was running meanwhile; verify again when it has ended.",
        )
    if as_json:
        status = "sound" if report.is_sound else "broken"
        print(json.dumps({"status": status, **asdict(report)}, ensure_ascii=False, indent=1))
    else:
        print(in_words(report))
    return 0 if report.is_sound else 1


def in_words(report: Report) -> str:
    """The report for people, one problem a line."""
    lines = [
        f"✗ {p.file}{'' if p.line is None else f':{p.line}'}  {p.zh} / {p.en}  [{p.code}]" for p in report.problems
    ]
    counts = (
        f"{report.publications} 次发布 publications, {report.files} 个文件 files, "
        f"数据湖 {report.partition_files} 个文件 files of the lake, "
        f"审计台账 {report.audit_entries} 行 audit entries"
    )
    if report.is_sound:
        return f"✓ 均未改动 / nothing was changed: {counts}"
    hint = (
        "清单、文件与分析库: 从备份恢复, 或重做该日(check --as-of 日期 --replay)。审计台账只能从备份恢复。\n"
        "Manifests, files, database: restore a backup or redo the date (check --as-of DATE --replay). "
        "The audit ledger can only come from a backup."
    )
    return "\n".join([*lines, f"{len(lines)} 处问题 problems; {counts}", hint])


# --- One publication ---------------------------------------------------------------------------------------------------


def _publication(
    home: Home, report: Report, day: dt.date, record: audit.Entry | None, link: _Link | None, is_ledger_damaged: bool
) -> _Link | None:
    """Hold one folder against its record; what the next one must follow, None when that cannot be told."""
    folder = home.publication(day)
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
    except OSError:
        _add(report, "manifest_missing" if not path.exists() else "unreadable", path, home)
        return _recorded_link(day, record)
    report.files += 1
    found, manifest = sha256(path), _parsed(raw)
    mark = read_mark(home.check(day))
    is_marked = mark is not None and mark.manifest_sha256 == found
    is_recorded = record is not None and record.fields["manifest_sha256"] == found
    if not is_recorded and (is_marked or (record is None and mark is None)):
        # A crash right after it appeared, or a date of before there were records; a lost line is named already.
        if not is_ledger_damaged:
            _add(report, "not_recorded", path, home)
    elif not is_recorded:
        _add(report, "manifest_changed", path, home)
        # Its content may still be proven: only blanks or the time of making were changed.
        if manifest is None or record is None or digest(manifest) != record.fields["digest"]:
            return _recorded_link(day, record)
    if manifest is None or not _is_manifest(manifest):
        if record is None:
            _add(report, "manifest_changed", path, home)
        return _recorded_link(day, record)
    report.files += _files(home, report, folder, {e["path"]: e["sha256"] for e in manifest["files"]}, MANIFEST)
    return _chain(home, report, day, manifest, link)


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        manifest = json.loads(raw)
        json.dumps(manifest, ensure_ascii=False).encode()  # lone surrogates cannot be hashed
    except (ValueError, RecursionError):
        return None
    return manifest if isinstance(manifest, dict) else None


def _is_manifest(manifest: dict[str, Any]) -> bool:
    listed = manifest.get("files")
    return (
        isinstance(listed, list)
        and all(isinstance(e, dict) and {type(e.get("path")), type(e.get("sha256"))} == {str} for e in listed)
        and type(manifest.get("batch")) is int
        and manifest.get("digest") == digest(manifest)
    )


def _files(home: Home, report: Report, folder: Path, listed: dict[str, str], own: str) -> int:
    """Hold the files of a folder but its `own` list against what the list says; how many were read."""
    found = {path.relative_to(folder).as_posix(): path for path in _walk(folder)}
    found.pop(own, None)
    for name in sorted(listed.keys() - found.keys()):
        _add(report, "file_missing", folder / name, home)
    read = 0
    for name, path in sorted(found.items()):
        if name not in listed:
            _add(report, "file_extra", path, home)
            continue
        read += 1
        try:
            if not stat.S_ISREG(path.lstat().st_mode) or sha256(path) != listed[name]:
                _add(report, "file_changed", path, home)
        except OSError:
            _add(report, "unreadable", path, home)
    return read


def _partition(home: Home, report: Report, day: dt.date, entries: list[audit.Entry]) -> None:
    """Hold the lake's partition of a date against its mark, and the mark against the ledger. Nothing is known of the bytes
    of partitions made before 0.6."""
    partition, record = home.check(day), newest_records(entries).get(day)
    mark = read_mark(partition)
    known = None if record is None else record.fields.get("partition_sha256")
    if known is not None and (mark is None or mark.partition_sha256 != known):
        is_left = mark is not None and is_announced(entries, day, mark)
        _add(report, "partition_unfinished" if is_left else "partition_changed", partition / MARK, home)
    if mark is not None and mark.files:
        report.partition_files += _files(home, report, partition, mark.files, MARK)


def _walk(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is no folder itself, empty folders besides."""
    for path in sorted(folder.iterdir()):
        inner = list(_walk(path)) if path.is_dir() and not path.is_symlink() else []
        yield from inner or [path]


def _chain(home: Home, report: Report, day: dt.date, manifest: dict[str, Any], before: _Link | None) -> _Link:
    says = (manifest["batch"], manifest.get("previous_as_of"), manifest.get("previous_digest"))
    first, link = (1, None, None), before or _BEFORE_THE_FIRST
    should = first if link is _BEFORE_THE_FIRST else (link.batch + 1, link.as_of.isoformat(), link.digest)
    if before is not None and says != should:
        _add(report, "chain_broken", home.publication(day) / MANIFEST, home)
    return _Link(day, manifest["batch"], manifest["digest"])


def _recorded_link(day: dt.date, record: audit.Entry | None) -> _Link | None:
    if record is None or type(record.fields.get("batch")) is not int:
        return None
    return _Link(day, record.fields["batch"], record.fields["digest"])


# --- Beside the publications -------------------------------------------------------------------------------------------


def _strangers(home: Home, dated: list[dt.date]) -> list[Damage]:
    """What lies in the published folder and is neither a publication nor the database."""
    report = Report()
    names = {day.isoformat() for day in dated} | {home.database.name}
    for path in sorted(home.published.iterdir()) if home.published.is_dir() else ():
        if path.name not in names:
            _add(report, "unfinished" if path.name.endswith(_UNFINISHED) else "extra", path, home)
    return report.problems


def _database(home: Home, report: Report, newest: _Link | None) -> None:
    """`newest`: None where it cannot be told."""
    stamp, path = read_stamp(home), home.database
    if not path.exists():
        if report.publications:
            _add(report, "database_missing", path, home)
        return
    report.files += 1
    if stamp is None or stamp.sha256 is None:
        _add(report, "database_unknown", stamp_path(home), home)
        return
    try:
        found = sha256(path)
        if found not in (stamp.sha256, *stamp.instead_of):
            _add(report, "database_changed", path, home)
        elif found != stamp.sha256 or (newest is not None and stamp.digest != newest.digest):
            _add(report, "database_old", path, home)
    except OSError:
        _add(report, "unreadable", path, home)


def _check_traces(home: Home) -> tuple[bool, int]:
    """Whether a check holds the lock, and when one last took or left it."""
    path = home.lake / ".lock"
    try:
        with path.open("rb") as stream:
            changed = path.stat().st_mtime_ns
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False, changed
    except BlockingIOError:
        return True, changed
    except OSError:
        return False, 0


def _add(report: Report, code: str, path: Path, home: Home) -> None:
    # File names may hold any bytes; what is printed must not.
    shown = (
        path.relative_to(home.root).as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    )
    zh, en = WORDS[code]
    report.problems.append(Damage(code, shown.replace("\n", "\\n"), None, zh, en))
