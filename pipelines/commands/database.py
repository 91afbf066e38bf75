"""`shouwang database --unmasked`: the analysts' database with numbers and names in full, as a deliberate act.

A named person says what it is for; the intent goes into the audit ledger before anything is made, the act with the file's
digest before the file appears. Nothing of what the file
holds appears on the screen or in a log. The masked database needs no command: copying the published file is enough.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from assets.audit import append
from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home, sha256, sync_file, sync_folder
from assets.publication.database import database_form
from assets.publication.publish import read_manifest
from assets.publication.records import is_database_of
from assets.publication.unmasked import build_unmasked
from pipelines.lock import locked
from pipelines.responsible import has_number, require_said
from pipelines.storage import storage_errors

KIND: Final = "unmasked_database"
LOCK_SECONDS: Final = 30
DUTIES: Final = """\
已生成未遮蔽的分析库(核对日期 {as_of}): {path}
  {tables} 张表, {rows:,} 行, 含公民身份号码与姓名; 文件仅本账户可读(0600)。
  审计台账第 {seq} 行已记录: 何人、何时、何故、文件名与摘要; 文件内容不在其中。
您的责任: 只用于所述事由; 不得发送、复制到共享位置或提交给无权查看的人; 用后删除; 数据仍只是线索, 待核实。
The unmasked database of {as_of} was made: {tables} tables, {rows:,} rows, with identity numbers and names in full; only
this account can read the file. Line {seq} of the audit ledger holds who, when, why, the file's name and digest.
Your duties: use it for the stated reason alone; do not send it, share it or show it to people without the right to see
it; delete it afterwards. What it holds are still only signals, to be verified."""


def unmasked_database(home: Home, out: Path, by: str, reason: str, now: str) -> str:
    """Make the file and say what it obliges to. `now`: a time with zone.

    WrongUseError (exit 2): no name or reason, a path that cannot be, nothing checked; CheckStoppedError (exit 1): the
    published database is not there or not of this version, the audit ledger is damaged, the disk refuses.
    """
    by, reason = by.strip(), reason.strip()
    require_said(by, reason)
    path = _require_place(home, out)
    home.newest_published()
    with storage_errors(), locked(home, wait=LOCK_SECONDS):  # no check may replace database or partition meanwhile
        as_of = home.published_dates()[-1]
        _require_current(home, as_of)
        append(home, f"{KIND}_intended", by, now, {"as_of": as_of.isoformat(), "reason": reason, "file": path.name})
        (home.lake / "tmp").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.lake / "tmp", prefix="unmasked-") as name:
            made = Path(name) / "civil_affairs.duckdb"
            (Path(name) / "tables").mkdir()
            rows = build_unmasked(home, as_of, Path(name) / "tables", made)
            shutil.rmtree(Path(name) / "tables")
            fields = {
                "as_of": as_of.isoformat(),
                "reason": reason,
                "file": path.name,
                "sha256": sha256(made),
                "tables": len(rows),
                "rows": sum(rows.values()),
            }
            seq = _appear(made, path, lambda: append(home, KIND, by, now, fields).seq)
    return DUTIES.format(as_of=as_of, path=path, tables=fields["tables"], rows=fields["rows"], seq=seq)


def _appear(made: Path, path: Path, record: Callable[[], int]) -> int:
    """Copy the file to where it shall be, enter the act, let the file appear: nothing exists that is not on record."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as target, made.open("rb") as source:
            shutil.copyfileobj(source, target, 1 << 20)
        if stat.S_IMODE(aside.stat().st_mode) & 0o077:
            raise WrongUseError(
                "no_permissions",
                f"{path.parent} 所在的磁盘不支持文件权限, 无法保证只有本账户可读, 请换一个位置。",
                f"The disk of {path.parent} keeps no file permissions: others could read the file. Choose another place.",
            )
        sync_file(aside)
        seq = record()
        aside.rename(path)
        sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)
    return seq


def _require_place(home: Home, out: Path) -> Path:
    """The real path of the file to be. Folders that others read, or that a check reads, are no place for it."""
    path = out.expanduser().absolute()
    name = path.name
    if not path.parent.is_dir() or not name.isprintable() or has_number(name):
        raise WrongUseError(
            "out",
            "--out 应为已存在的文件夹中的一个新文件, 文件名中不得有 15 位以上的数字。",
            "--out must name a new file in a folder that exists; no number of 15 digits or more in its name.",
        )
    path = path.parent.resolve() / name
    for folder in (home.published, home.landing):
        if path.is_relative_to(folder.resolve()):
            raise WrongUseError(
                "out_is_public",
                f"未遮蔽的库不得放在 {folder} 中: 那里的文件供他人读取。请换一个位置。",
                f"The unmasked database may not lie in {folder}: others read what is there. Choose another place.",
            )
    if os.path.lexists(path):
        raise WrongUseError(
            "out_exists", f"{path} 已存在, 请换一个文件名。", f"{path} already exists; choose another name."
        )
    return path


def _require_current(home: Home, as_of: dt.date) -> None:
    """What is taken over must be the newest publication, unharmed, and made by this version of the program."""
    manifest = read_manifest(home.publication(as_of))
    if (home.check(as_of) / "households.parquet").is_file() and is_database_of(
        home, manifest["digest"], database_form()
    ):
        return
    raise CheckStoppedError(
        "database_not_current",
        f"发布的分析库不是 {as_of} 的完整最新版本。请先重做: shouwang check --as-of {as_of}, 再试。",
        f"The published database is not the whole and newest one of {as_of}. Check that date again "
        f"(shouwang check --as-of {as_of}), then try again.",
    )
