"""What one check does before anything is published: files, registers, departments' feeds, facts, findings, tickets."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from assets import reconciliation, rights
from assets.changes import Scope, everything
from assets.deliveries import Stock, take_stock, write_ledger
from assets.engine import Engine
from assets.errors import CheckStoppedError
from assets.facts import Facts, build_facts
from assets.fallback import require_fallback
from assets.findings import Findings, find_all
from assets.home import Home
from assets.households import Lists, Registers, build_registers, freshness, read_lists
from assets.incremental import Earlier, Update, basis_of
from assets.people import read_people
from assets.publication.proof import require_state
from assets.reconciliation import Reconciliation
from assets.tickets import Ticketing, make_tickets
from pipelines.engines.choose import make_engine, require_engine
from pipelines.engines.memory import uncollected
from pipelines.engines.scratch import scratch_root
from pipelines.lock import beijing_now
from policy.policy import PolicyBook


@dataclass
class Stages:
    """The state of one check while it runs, and the stages up to the tickets; each fills in its part."""

    home: Home
    as_of: dt.date
    engine_name: str = "duckdb"
    without_rejected: bool = False
    full_because: str = ""
    now: Callable[[], str] = beijing_now
    progress: Callable[[str], None] = lambda _: None
    is_newest: bool = True
    known_until: str = ""
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

    def take_deliveries(self) -> None:
        """Policy, a fresh folder, and a look at what has arrived."""
        require_engine(self.engine_name)
        require_state(self.home, self.as_of)
        self.book = PolicyBook.load(self.home.policy)
        self.group = rights.group_named(self.book, self.as_of)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.stock = take_stock(self.home, self.as_of, self.folder, self.now, self.book, known_until=self.known_until)
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
