"""One check date from landing files to publication: the stages in order, the lock, the blocking checks.

The command line and Dagster both drive this class; neither knows more than the names of the stages.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TextIO

import polars as pl

from assets import reconciliation, rights
from assets.changes import ALL_BECAUSE, Scope, everything
from assets.deliveries import Stock, take_stock, write_ledger
from assets.engine import Engine
from assets.errors import CheckStoppedError, WrongUseError
from assets.facts import Facts, build_facts
from assets.fallback import require_fallback
from assets.findings import Findings, find_all
from assets.home import Home, private
from assets.households import Lists, Registers, build_registers, freshness, read_lists
from assets.incremental import Earlier, Update, basis_of
from assets.lake import POLARS_IO, UNREADABLE, is_damage
from assets.landing import readable
from assets.people import read_people
from assets.publication.proof import require_state
from assets.publication.publish import read_manifest
from assets.reconciliation import Reconciliation
from assets.tickets import Ticketing, make_tickets
from pipelines.engines import make_engine, require_engine
from pipelines.memory import uncollected
from pipelines.publication import publish
from pipelines.recovery import recover, unfinished
from pipelines.scratch import clear_scratch, scratch_root
from policy.policy import PolicyBook

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
LOCK_POLL_SECONDS: Final = 0.1
DAMAGED: Final = "rows_gone"


def beijing_now() -> str:
    """The only clock: when files arrived and publications were made, in Asia/Shanghai."""
    return dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).isoformat(timespec="seconds")


@contextmanager
def locked(home: Home, wait: float = 0, say: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """One check at a time in a home folder; a second one waits `wait` seconds, then it is told who holds it."""
    path = home.lake / ".lock"
    with private(), _lock_file(path) as stream:
        until, is_told = time.monotonic() + wait, False
        while (holder := _take_lock(stream)) is not None:
            if time.monotonic() >= until:
                raise CheckStoppedError(
                    "locked",
                    f"另一个核对正在此目录运行({holder})。请等它结束后再试, 或加 --wait 秒数等候。",
                    f"Another check is running in this home folder ({holder}). Try again when it has ended, or let "
                    "--wait SECONDS wait for it.",
                )
            if not is_told:
                say(f"等候另一个核对结束 / waiting for another check to end: {holder}")
                is_told = True
            time.sleep(min(LOCK_POLL_SECONDS, max(0.0, until - time.monotonic())))
        stream.truncate(0)
        stream.write(f"pid {os.getpid()}, {beijing_now()}")
        stream.flush()
        yield
        stream.truncate(0)


def _lock_file(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a+", encoding="utf-8")


def _take_lock(stream: TextIO) -> str | None:
    """None when the lock is ours now, else who holds it."""
    for _ in range(3):
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            stream.seek(0)
            if holder := stream.read().strip():
                return holder
            time.sleep(LOCK_POLL_SECONDS)  # it has the lock and is about to write its name
    return "?"


@dataclass
class CheckRun:
    """The state of one check while it runs; each stage fills in its part."""

    home: Home
    as_of: dt.date
    engine_name: str = "duckdb"
    without_rejected: bool = False
    full_because: str = ""
    now: Callable[[], str] = beijing_now
    progress: Callable[[str], None] = lambda _: None
    previous: dt.date | None = None
    redone: tuple[dt.date, ...] = ()
    checks: list[Reconciliation] = field(default_factory=list)
    earlier: Earlier | None = None
    update: Update | None = None
    scope: Scope = field(default_factory=lambda: everything("asked"))
    book: PolicyBook = field(init=False)
    group: int | None = field(init=False)
    stock: Stock = field(init=False)
    lists: Lists = field(init=False)
    registers: Registers = field(init=False)
    fresh: pl.DataFrame = field(init=False)
    facts: Facts = field(init=False)
    findings: Findings = field(init=False)
    ticketing: Ticketing = field(init=False)
    published: Path = field(init=False)
    is_changed: bool = field(init=False)

    @cached_property
    def engine_of_all(self) -> Engine:
        """Started where it is needed, not for a few households: Spark takes minutes and half of the memory."""
        return make_engine(self.engine_name, scratch_root(self.home))

    @property
    def engine(self) -> Engine:
        """What computes: a few households need no engine of their own, and Polars begins at once."""
        if self.update is None or self.scope.is_all:
            return self.engine_of_all
        return self.update.engine

    @property
    def folder(self) -> Path:
        """The lake partition while it is being made; it gets its real name with the publication."""
        return self.home.check(self.as_of).with_name(f".{self.as_of.isoformat()}.part")

    @property
    def partition(self) -> Path:
        """Where the lake partition is now: under its working name until it is published."""
        return self.folder if self.folder.is_dir() else self.home.check(self.as_of)

    def run(self) -> None:
        """All stages. Raises ShouwangError; whatever happens, what was published before stays as it was."""
        for stage in STAGES:
            self.progress(stage)
            self.stage(stage)

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

    def take_deliveries(self) -> None:
        """Policy, a fresh folder, and a look at what has arrived."""
        require_engine(self.engine_name)
        require_state(self.home, self.as_of)
        self.book = PolicyBook.load(self.home.policy)
        self.group = rights.group_named(self.book, self.as_of)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.stock = take_stock(self.home, self.as_of, self.folder, self.now, self.book)
        earlier, why = (None, self.full_because) if self.full_because else Earlier.find(self.home, self.as_of)
        self.scope = everything(why)
        self.earlier = earlier
        if earlier is None:
            _ = self.engine_of_all  # what keeps it from starting is told before everything has been read
        else:
            self.stock.stored = earlier.rows()

    def make_registers(self) -> None:
        """Civil affairs' own lists. Where an earlier check is there to build on, of the households that have changed."""
        try:
            self.lists = read_lists(self.stock, self.book)
        except CheckStoppedError:
            write_ledger(self.stock)  # why a list was rejected is a fact, also when the check stops for it
            raise
        if self.earlier is not None:
            scratch = scratch_root(self.home)
            few = make_engine("polars", scratch)
            self.update = Update(self.stock, few, self.book, self.lists, self.earlier, scratch / "part")
            self.scope = self.update.about_registers()
        if self.update is None or self.scope.is_all:
            self.registers = build_registers(self.stock, self.engine, self.lists)
        else:
            self.registers = self.update.registers(self.scope)
        self.registers.gaps.write_parquet(self.folder / "gaps.parquet")

    def read_people_feeds(self) -> None:
        """The departments' feeds; the ledger is written even when the check stops here, for it records facts."""
        read_people(self.stock, self.registers, self.engine)
        write_ledger(self.stock)
        self._require(reconciliation.rows_conserved(self.stock))
        if not self.without_rejected:
            require_fallback(self.stock, set(self.registers.coverages))
        self.fresh = freshness(self.stock, self.registers.coverages)

    def gather_facts(self) -> None:
        if self.update is not None:
            had_few, self.scope = not self.scope.is_all, self.update.about_facts(self.scope, self.fresh, self.registers)
            if not self.scope.is_all:
                self.facts = self.update.facts(self.scope, self.registers, self.fresh)
                return
            if had_few:  # too many have changed after all: their registers are made anew as well
                self.registers = build_registers(self.stock, self.engine, self.lists)
        self.facts = build_facts(self.stock, self.engine, self.registers, self.fresh)

    def find(self) -> None:
        standing = None if self.update is None else self.update.standing(self.scope, self.registers)
        self.findings = find_all(self.engine, self.registers, self.facts, self.fresh, standing)
        self.engine.finish()  # from here on the lake's tables are read
        households = self.engine.collect(self.registers.households.select("household_id")).height
        self._require(reconciliation.households_counted_once(self.findings, households))

    @uncollected()
    def make_ticket_stage(self) -> None:
        self.ticketing = make_tickets(
            self.stock,
            self.engine,
            self.registers,
            self.findings,
            self.fresh,
            self.book,
            self.previous,
        )
        write_ledger(self.stock)
        # Only now: the rows of reports are among what the next check takes over.
        basis_of(self.stock, self.lists, self.book, self.fresh, self.findings.county_reasons).write(self.folder)
        for check in (
            reconciliation.no_orphan_finding,
            reconciliation.deadline_present,
            reconciliation.keys_unique,
        ):
            self._require(check(self.ticketing))
        self._require(reconciliation.status_is_sum_of_events(self.ticketing, self.stock))

    @uncollected()
    def publish_stage(self) -> None:
        self.published, self.is_changed = publish(self)

    def _require(self, check: Reconciliation) -> None:
        self.checks.append(check)
        if not check.passed:
            raise CheckStoppedError(
                check.name,
                f"发布前核对未通过: {check.zh}({check.problems} 处不符, 共 {check.counted})。未发布任何内容。",
                f"A check before publication failed: {check.en} ({check.problems} of {check.counted}). Nothing was published.",
            )

    def close(self) -> None:
        """Nothing of this run is at work in its folder any more, and its memory is free for the next one. For the end of a
        check, whatever ended it."""
        if "engine_of_all" in vars(self):
            with suppress(Exception):  # what ended the check has been said already
                self.engine_of_all.close()

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
) -> CheckRun:
    """Check one date (and, with `replay`, redo the later ones). Returns the run of `as_of`.

    What a killed check left is put right first; earlier dates it left half done are done again (`redone` of the run).
    `full`: nothing of an earlier check is taken over. `wait`: seconds to wait for another check's lock. `progress` hears
    the stages, `say` what people should know besides. Raises WrongUseError when a newer date is already published and
    `replay` is not asked for, CheckStoppedError when a blocking check fails, the disk is full or a folder unreadable.
    """
    _require_landing(home)
    with storage_errors(), locked(home, wait, say):
        if is_open := rights.open_in_words(home, as_of):
            say(is_open)
        recover(home, as_of, now())
        later = _later(home, as_of, replay=replay)

        def check(day: dt.date) -> CheckRun:
            how = (engine, without_rejected, "asked" if full else "")
            return _one(CheckRun(home, day, *how, now=now, progress=progress), say)

        redone = tuple(unfinished(home, as_of))
        for day in redone:
            say(f"{day} 的上次核对中断, 先重做 / the check of {day} was interrupted and is done again first")
            check(day)
        asked = check(as_of)
        asked.redone = redone
        for day in later:
            check(day)
        return asked


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
    return _one(
        CheckRun(run.home, run.as_of, run.engine_name, run.without_rejected, DAMAGED, run.now, run.progress), say
    )


@contextmanager
def storage_errors() -> Iterator[None]:
    """Disk trouble as words instead of a traceback. Texts of libraries are left out: they may quote cells."""
    try:
        yield
    except OSError as error:
        where = readable(str(error.filename or ""))  # a clerk may have named a file after a person
        raise _storage(error.strerror or type(error).__name__, where) from error
    except pl.exceptions.ComputeError as error:
        if POLARS_IO not in str(error):
            raise
        raise _storage("I/O", "") from None


def _storage(what: str, where: str) -> CheckStoppedError:
    return CheckStoppedError(
        "storage",
        f"读写失败({what}) {where}。请检查磁盘空间与权限; 此前的发布未受影响。",
        f"Reading or writing failed ({what}) {where}. Check disk space and permissions; what was published before is "
        "untouched.",
    )
