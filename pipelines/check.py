"""One check date from landing files to publication: the stages in order, the lock, the blocking checks.

The command line and Dagster both drive this class; neither knows more than the names of the stages.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from assets import rights
from assets.changes import ALL_BECAUSE
from assets.errors import ShouwangError, WrongUseError
from assets.home import Home
from assets.lake import UNREADABLE, is_damage
from assets.publication.commit import Made, Withdrawal, announce, drop_waiting, finish
from assets.publication.publish import read_manifest
from pipelines.engines.memory import uncollected
from pipelines.engines.scratch import clear_scratch
from pipelines.lock import beijing_now, locked
from pipelines.publication import publish
from pipelines.recovery import recover, require_whole_before, unfinished
from pipelines.stages import Stages
from pipelines.storage import storage_errors

STAGE_ZH: Final = {
    "deliveries": "清点文件",
    "registers": "家庭与授权",
    "people": "部门数据",
    "facts": "归集事实",
    "findings": "逐条规则",
    "tickets": "预警单据",
    "published": "发布",
}
STAGES: Final = tuple(STAGE_ZH)
ASKED: Final = (
    "home",
    "as_of",
    "engine_name",
    "without_rejected",
    "full_because",
    "now",
    "progress",
    "is_newest",
    "known_until",
)
"""Fields of a run that say what is to be done."""
DAMAGED: Final = "rows_gone"


@dataclass
class CheckRun(Stages):
    """One check: all stages, the publication too."""

    made: Made = field(init=False)

    @property
    def published(self) -> Path:
        return self.home.publication(self.as_of)

    @property
    def is_changed(self) -> bool:
        return self.made.is_changed

    def anew(self, **changes: Any) -> CheckRun:
        """The same check from its beginning; `changes` of what it was asked for."""
        return CheckRun(**{name: getattr(self, name) for name in ASKED} | changes)

    def run(self) -> None:
        """All stages; the publication waits for its name. Raises ShouwangError; whatever happens, nothing has changed."""
        for stage in STAGES:
            self.progress(stage)
            try:
                self.stage(stage)
            except BaseException as error:
                error.add_note(f"{self.as_of} {stage} {self.engine_name}")  # for the engineer's file (unexpected.py)
                raise

    def stage(self, name: str) -> None:
        """One stage by name."""
        {
            "deliveries": self.take_deliveries,
            "registers": self.make_registers,
            "people": self.read_people_feeds,
            "facts": self.gather_facts,
            "findings": self.find,
            "tickets": self.make_ticket_stage,
            "published": self.publish_stage,
        }[name]()

    @uncollected()
    def publish_stage(self) -> None:
        self.made = publish(self)

    def manifest(self) -> dict[str, Any]:
        return read_manifest(self.published)


def run_check(
    home: Home,
    as_of: dt.date,
    *,
    engine: str = "duckdb",
    replay: bool = False,
    without_rejected: bool = False,
    full: bool = False,
    wait: float = 0,
    progress: Callable[[str], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
    now: Callable[[], str] = beijing_now,
    published: Callable[[list[dt.date]], None] = lambda _: None,
) -> CheckRun:
    """Check one date (and, with `replay`, redo the later ones). Returns the run of `as_of`.

    What a killed check left is put right first; earlier dates that are not of one run are done again. All dates of a
    command are made aside and get their names together, or none does (`redone`: those besides `as_of`).
    `full`: nothing of an earlier check is taken over. `wait`: seconds to wait for another check's lock. `progress` hears
    the stages, `say` what people should know besides, `published` every date as soon as it has its name. Raises
    WrongUseError when a newer date is already published and `replay` is not asked for, CheckStoppedError when a blocking
    check fails, the disk is full or a folder unreadable.
    """
    _require_landing(home)
    with storage_errors(), locked(home, wait, say):
        if is_open := rights.open_in_words(home, as_of):
            say(is_open)
        if completed := recover(home, now()):
            published(completed)
            say(f"{', '.join(map(str, completed))}: 中断的发布已补完 / the interrupted publication was completed")
        later = _later(home, as_of, replay=replay)
        redone = unfinished(home, as_of)
        require_whole_before(home, (*redone, as_of)[0])
        for day in redone:
            say(f"{day} 的上次核对中断, 先重做 / the check of {day} was interrupted and is done again first")
        run = CheckRun(home, as_of, engine, without_rejected, "asked" if full else "", now=now, progress=progress)
        days = [*redone, as_of, *later]
        done = all_or_nothing(run, days, say)
        published(days)
        return done


def all_or_nothing(
    asked: CheckRun,
    days: list[dt.date],
    say: Callable[[str], None],
    known: Mapping[dt.date, str] = MappingProxyType({}),
    withdrawal: Withdrawal | None = None,
) -> CheckRun:
    """Make all of these dates aside, oldest first, each on the ones before it; then give all of them their names.

    Returns the finished run of the date asked for. `known`: until when a date knew what had arrived, where not today;
    `withdrawal`: of a later date, at once with it. For the holder of the home folder's lock.
    """
    home, done, made = asked.home, asked, list[Made]()
    try:
        for number, day in enumerate(days, start=1):
            if len(days) > 1:
                say(f"{day} ({number}/{len(days)})")
            before = replace(home, aside=frozenset(days[: number - 1]))
            try:
                until = known.get(day, "")
                run = _one(asked.anew(home=before, as_of=day, is_newest=day == days[-1], known_until=until), say)
            except ShouwangError as stopped:
                raise _none_replaced(stopped, day, days) from stopped
            made.append(run.made)
            done = run if day == asked.as_of else done
        announced = announce(home, made, asked.now(), withdrawal)
    except BaseException:
        drop_waiting(home)
        raise
    finish(home, announced, asked.now())
    done.home, done.redone = home, tuple(day for day in days if day < done.as_of)
    return done


def _none_replaced(stopped: ShouwangError, day: dt.date, days: list[dt.date]) -> ShouwangError:
    """Of several dates: which one stopped, and that the others were not replaced either."""
    if len(days) == 1:
        return stopped
    listed = f"{days[0]} … {days[-1]} ({len(days)})"
    return type(stopped)(
        stopped.code,
        f"{stopped.zh}\n停在 {day}; 一并重做的 {listed} 均未替换, 原有发布、分析库与台账保持不变。",
        f"{stopped.en}\n  It stopped at {day}; none of the dates done together, {listed}, was replaced: what was published, "
        "the database and the audit ledger are as they were.",
    )


def _later(home: Home, as_of: dt.date, *, replay: bool) -> list[dt.date]:
    """Published dates after `as_of`; WrongUseError when there are some and they are not to be done again."""
    later = [day for day in home.published_dates() if day > as_of]
    if later and not replay:
        raise WrongUseError(
            "older_date",
            f"{later[-1]} 已发布, 核对日期须依次进行。要重做 {as_of} 及其后各期, 请加 --replay。",
            f"{later[-1]} is already published and check dates run in order. To redo {as_of} and the later ones add --replay.",
        )
    return later


def _require_landing(home: Home) -> None:
    if not home.landing.is_dir():
        raise WrongUseError(
            "landing_missing",
            f"没有落地目录 {home.landing}。请建立它并放入部门文件, 或用 `shouwang sample` 生成示例。",
            f"There is no landing folder {home.landing}. Create it and put the departments' files there, "
            "or make a sample with `shouwang sample`.",
        )


def _one(run: CheckRun, say: Callable[[str], None]) -> CheckRun:
    earlier = [day for day in run.home.published_dates() if day < run.as_of]
    run.previous = earlier[-1] if earlier else None
    try:
        run.run()
        return run
    except (*UNREADABLE, OSError) as error:
        # What a power cut left of the earlier check may look whole until it is read.
        # Whether it is, only its files can tell: an error of our own must not be taken for damage.
        if run.earlier is None or not is_damage(error) or not run.earlier.is_damaged():
            raise
    finally:
        run.close()
        shutil.rmtree(run.folder, ignore_errors=True)
        clear_scratch(run.home)
    zh, en = ALL_BECAUSE[DAMAGED]
    say(f"{zh}, 全部重新计算 / {en}: everything is computed again")
    return _one(run.anew(full_because=DAMAGED), say)
