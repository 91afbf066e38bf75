"""The home folder: where things lie, and how files and folders appear in it. Nothing outside it is ever written."""

from __future__ import annotations

import ctypes
import datetime as dt
import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assets.errors import WrongUseError

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
WILDCARDS: Final = "*?[]"
UMASK: Final = 0o077
"""Everything is written for its owner alone; who else reads what is published is said in assets/rights.py."""
_CANNOT_EXCHANGE: Final = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM)


@dataclass(frozen=True)
class Home:
    """`$SHOUWANG_HOME`: landing, policy, lake, published, dagster.

    `aside`: check dates that have been made and do not have their names yet; whoever makes the next one finds partition
    and publication of those under their working names (docs/decisions/0035-replay-all-or-nothing.md).
    """

    root: Path
    aside: frozenset[dt.date] = frozenset()

    def __post_init__(self) -> None:
        """WrongUseError for a name that the readers of Parquet files would take for a pattern."""
        if set(WILDCARDS) & set(str(self.root)):
            raise WrongUseError(
                "home_name",
                f"主目录的路径 {self.root} 含有 {' '.join(WILDCARDS)} 之一, 读取文件的程序会把它当作通配符。请给文件夹换个名称。",
                f"The path of the home folder, {self.root}, holds one of {' '.join(WILDCARDS)}: what reads its files takes "
                "them for wildcards. Give the folder another name.",
            )

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
    def audit(self) -> Path:
        """The audit ledger (assets/audit.py), hash-chained, only ever appended to."""
        return self.lake / "ledger" / "audit.jsonl"

    @property
    def audit_head(self) -> Path:
        """Number and hash of the audit ledger's last line."""
        return self.lake / "ledger" / "audit.head"

    @property
    def database(self) -> Path:
        return self.published / "civil_affairs.duckdb"

    def check(self, as_of: dt.date) -> Path:
        """The lake's partition of one check date."""
        folder = self.lake / "checks" / as_of.isoformat()
        return waiting(folder) if as_of in self.aside else folder

    def publication(self, as_of: dt.date) -> Path:
        """The published folder of one check date. One whose content is the same again has nothing aside."""
        folder = self.published / as_of.isoformat()
        return waiting(folder) if as_of in self.aside and waiting(folder).is_dir() else folder

    def published_dates(self) -> list[dt.date]:
        """Check dates with a whole publication, oldest first. The manifest is written last: without it there is none."""
        days = {*dated_folders(self.published), *self.aside}
        return sorted(day for day in days if (self.publication(day) / "manifest.json").is_file())

    def newest_published(self) -> dt.date:
        """The newest check date that is published. WrongUseError (exit 2) while nothing is."""
        if dates := self.published_dates():
            return dates[-1]
        zh, en = f"{self.published} 中尚无已发布的核对。", f"There is no published check in {self.published} yet."
        raise WrongUseError("not_checked", zh, en)


def waiting(path: Path) -> Path:
    """Where what shall be called `path` lies, whole and flushed, until it gets its name."""
    return path.with_name(f".{path.name}.next")


def dated_folders(parent: Path) -> list[dt.date]:
    """Dates that folders of `parent` are named after, oldest first; other names are left alone."""
    found = []
    for folder in parent.iterdir() if parent.is_dir() else ():
        try:
            day = dt.date.fromisoformat(folder.name) if _DATE.fullmatch(folder.name) else None
        except ValueError:  # 2026-13-01
            continue
        if day is not None and folder.is_dir():
            found.append(day)
    return sorted(found)


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces. OSError when it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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


def sync_tree(folder: Path) -> None:
    """Flush every file below a folder. What has another name besides was flushed under that one."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
        elif path.stat().st_nlink == 1:
            sync_file(path)


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


def take_name(aside: Path, target: Path) -> None:
    """The folder `aside` appears as `target`, whole and at once; what was there before is removed afterwards.

    Two folders exchange their names in one step, so that `target` is never absent. Where the system or the file system
    cannot do that, the old one steps aside first, and after a crash in between `restore_names` gives it its name back.
    """
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if not target.exists():
        aside.rename(target)
    elif exchange(aside, target):
        aside.rename(old)  # half of it must never be found under the name of what is whole
    else:
        target.rename(old)
        aside.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def link_or_copy(source: Path, target: Path) -> None:
    """One file under two names: whoever is removed takes nothing away from the other. A copy where there are no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # another file system below one lake, or one without hard links
        shutil.copyfile(source, target)


def exchange(one: Path, other: Path) -> bool:
    """Let two paths of one file system change places in one step. False where that cannot be done.

    Source: renameat2(2), RENAME_EXCHANGE, Linux 3.15 and glibc 2.28.
    """
    library = ctypes.CDLL(None, use_errno=True)
    try:
        renameat2 = library.renameat2
    except AttributeError:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def restore_names(folder: Path) -> None:
    """What a crash left in a folder: an old one that had stepped aside comes back, everything unfinished is removed.

    Only for whoever holds the home folder's lock: the unfinished things of a check that runs are called the same.
    """
    for old in sorted(folder.glob(".*.old")):
        target = folder / old.name[1 : -len(".old")]
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(target)
    for part in (*folder.glob(".*.part"), *folder.glob(".*.part.wal")):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
    if folder.is_dir():
        sync_folder(folder)


@contextmanager
def private() -> Iterator[None]:
    """What this process and its children write meanwhile is for its owner alone."""
    before = os.umask(UMASK)
    try:
        yield
    finally:
        os.umask(before)
