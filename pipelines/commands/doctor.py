"""`shouwang doctor`: what is wrong with this installation, in words; `--fix` closes a home folder that others can read.

It looks and changes nothing else: what a killed check left is the next check's to put right, damage a backup's.
"""

from __future__ import annotations

import datetime as dt
import filecmp
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assets import audit, ledger, rights
from assets.errors import WrongUseError
from assets.home import Home
from assets.landing import TOWNSHIP_DIGITS, scan
from pipelines.lock import beijing_now, locked
from policy.errors import PolicyError
from policy.policy import PolicyBook

ROOT: Final = Path(__file__).resolve().parents[2]
LEAST_FREE: Final = 1 << 30
TIMES_NEWEST: Final = 3
"""A check writes its partition, publication and database aside before the old ones go, and spills besides."""
CLOCK_BEHIND: Final = dt.timedelta(minutes=5)
SHOWN: Final = 5
LOCK_SECONDS: Final = 30
LEFTOVERS: Final = (
    "published/.*.part",
    "published/.*.old",
    "lake/.*.part",
    "lake/checks/.*.part",
    "lake/checks/.*.old",
)


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong: code, and in both languages what and what to do."""

    code: str
    zh: str
    en: str


def doctor_command(home: Home, fix: bool, as_json: bool) -> int:
    """Print what is wrong. 0: nothing; 1: something. WrongUseError where there is no home folder at all."""
    if not home.root.is_dir():
        zh, en = (
            f"没有数据目录 {home.root}。请用 --home 指明。",
            f"There is no home folder {home.root}. Name it with --home.",
        )
        raise WrongUseError("home_missing", zh, en)
    today = dt.datetime.fromisoformat(beijing_now()).date()
    closed = _close(home, today) if fix else 0
    found = [trouble for look in LOOKS for trouble in look(home, today)]
    if as_json:
        print(json.dumps({"closed": closed, "problems": [asdict(one) for one in found]}, ensure_ascii=False, indent=1))
        return 1 if found else 0
    if fix:
        print(f"已收紧 {closed} 处权限 / rights put right: {closed}")
    for one in found:
        print(f"✗ [{one.code}] {one.zh}\n  {one.en}")
    print(f"{len(found)} 处问题 / problems" if found else "✓ 未发现问题 / nothing is wrong")
    return 1 if found else 0


def _close(home: Home, today: dt.date) -> int:
    """Close the home folder while no check writes; how many rights were changed."""
    with locked(home, wait=LOCK_SECONDS):
        return rights.close(home, rights.group_named(PolicyBook.load(home.policy), today))


# --- What is looked at -------------------------------------------------------------------------------------------------


def _policy(home: Home, today: dt.date) -> Iterator[Trouble]:
    """The policy can be read, and every county that delivers has one."""
    try:
        book = PolicyBook.load(home.policy)
        rights.group_named(book, today)
    except PolicyError as wrong:
        yield Trouble("policy", f"政策文件有误: {wrong}", "policy files need correction, see above")
        return
    except WrongUseError as wrong:
        yield Trouble(wrong.code, wrong.zh, wrong.en)
        return
    delivered, unusable = scan(home.landing)
    counties = {file.area[:6] for file in delivered if len(file.area) in (6, TOWNSHIP_DIGITS)}
    if lacking := sorted(county for county in counties if not book.has_local_value(county, today)):
        yield Trouble(
            "no_policy",
            f"落地目录中有 {_few(lacking)} 的文件, 但这些地区及其上级没有政策文件。请在 {home.policy} 中添加。",
            f"There are files of {_few(lacking)} and no policy for them or above them. Add a file to {home.policy}.",
        )
    if unusable:
        names = _few([one.shown for one in unusable])
        yield Trouble(
            "landing_names",
            f"落地目录中有 {len(unusable)} 处名称不合约定, 不会被读取: {names}",
            f"{len(unusable)} names in the landing folder follow no agreement and are not read",
        )


def _landing(home: Home, _: dt.date) -> Iterator[Trouble]:
    if not home.landing.is_dir():
        yield Trouble("landing_missing", f"没有落地目录 {home.landing}", f"there is no landing folder {home.landing}")
        return
    folders = [home.landing, *(path for path in home.landing.iterdir() if path.is_dir())]
    if anybody := sorted(
        path.name for path in folders if path.stat().st_mode & 0o022 == 0o022 and not _is_sticky(path)
    ):
        yield Trouble(
            "landing_open",
            f"任何账户都可改动落地文件夹: {_few(anybody)}。请收回其他用户的写权限。",
            "any account can change what lies in these landing folders: take the right to write from others",
        )


def _is_sticky(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o1000)


def _rights(home: Home, today: dt.date) -> Iterator[Trouble]:
    try:
        group = rights.group_named(PolicyBook.load(home.policy), today)
    except (PolicyError, WrongUseError):  # said already
        group = None
    found = [path.relative_to(home.root).as_posix() for path in rights.open_places(home, group, everything=True)]
    if found:
        yield Trouble(
            "open",
            f"{len(found)} 处权限过宽或属于其他账户: {_few(found)}。请运行 shouwang doctor --fix(属于其他账户的须由管理员处理)。",
            f"{len(found)} places are open to others or belong to another account: run shouwang doctor --fix (what belongs "
            "to others is the administrator's to give back)",
        )


def _disk(home: Home, _: dt.date) -> Iterator[Trouble]:
    free, dates = shutil.disk_usage(home.root).free, home.published_dates()
    newest = sum(_size(folder) for day in dates[-1:] for folder in (home.check(day), home.publication(day)))
    needed = max(LEAST_FREE, TIMES_NEWEST * newest)
    if free < needed:
        yield Trouble(
            "disk",
            f"磁盘剩余 {free / 1e9:.1f} GB, 一次核对可能需要 {needed / 1e9:.1f} GB。请腾出空间。",
            f"{free / 1e9:.1f} GB are free and a check may need {needed / 1e9:.1f} GB: make room",
        )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _ledgers(home: Home, _: dt.date) -> Iterator[Trouble]:
    for one in (*audit.problems(home), *ledger.problems(home)):
        where = one.file if one.line is None else f"{one.file}:{one.line}"
        yield Trouble(one.code, f"{where} {one.zh}", f"{where} {one.en}")
    if home.published_dates() and not (home.lake / "secret" / "pseudonym.key").is_file():
        yield Trouble(
            "key_missing",
            "lake/secret/pseudonym.key 不在了: 同一人将得到另一个代号。请从备份恢复。",
            "lake/secret/pseudonym.key is gone: the same person would get another pseudonym. Restore it from a backup",
        )


def _leftovers(home: Home, _: dt.date) -> Iterator[Trouble]:
    found = [path.name for pattern in LEFTOVERS for path in home.root.glob(pattern)]
    if found:
        yield Trouble(
            "leftovers",
            f"有正在运行或中断的核对留下的 {len(found)} 处: {_few(found)}。下次核对会清除。",
            f"{len(found)} things of a check that runs or was interrupted: the next check removes them",
        )


def _versions(_: Home, __: dt.date) -> Iterator[Trouble]:
    lock = ROOT / "requirements.lock"
    pins = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock.read_text() if lock.is_file() else "", re.M
    )
    other = []
    for name, version in pins:
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:  # of another system, or a tool of developers
            continue
        if found != version:
            other.append(f"{name} {found} ≠ {version}")
    if other:
        yield Trouble(
            "versions",
            f"已安装的程序包与锁定版本不同: {_few(other)}。请重新安装。",
            f"installed packages are not those of the lock file: {_few(other)}. Install again",
        )


def _clock(home: Home, _: dt.date) -> Iterator[Trouble]:
    now = dt.datetime.fromisoformat(beijing_now())
    newest = max((entry.at for entry in audit.entries(home)), key=dt.datetime.fromisoformat, default=None)
    if newest is not None and dt.datetime.fromisoformat(newest) > now + CLOCK_BEHIND:
        yield Trouble(
            "clock",
            f"本机时钟({now:%Y-%m-%d %H:%M})早于审计台账最近一行({newest})。请校准时钟。",
            f"this machine's clock ({now:%Y-%m-%d %H:%M}) is behind the newest audit entry ({newest}): set it right",
        )
    try:
        ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        yield Trouble("time_zone", "缺少时区数据 Asia/Shanghai", "there are no time zone data: install tzdata")


def _dagster(home: Home, _: dt.date) -> Iterator[Trouble]:
    own, shipped = home.dagster / "dagster.yaml", ROOT / "dagster.yaml"
    if own.is_file() and shipped.is_file() and not filecmp.cmp(own, shipped, shallow=False):
        yield Trouble(
            "dagster_yaml",
            f"{own} 与随附的 dagster.yaml 不同; 如为有意改动可不处理, 请对照新版。",
            f"{own} differs from the one shipped; leave it if that is meant, and compare after an upgrade",
        )


LOOKS: Final = (_landing, _policy, _rights, _disk, _ledgers, _leftovers, _versions, _clock, _dagster)


def _few(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
