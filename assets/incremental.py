"""A check that builds on an earlier one: computes the households that have changed and takes the others over.

The calculation itself is the same: registers, facts and findings are made of fewer households, written beside the
partition, and put together with the earlier tables. What is published cannot be told from a full calculation
(docs/decisions/0025-cost-follows-change.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl
from polars import selectors as cs

from assets.basis import (
    Basis,
    county_digests,
    coverage_digests,
    in_force_now,
    newest_basis,
    program_digest,
    stored_rows,
)
from assets.calendar import Calendar, subject_of
from assets.changes import (
    Scope,
    differing,
    everything,
    households_of,
    moved,
    scope_of,
    with_those_who_share_people,
)
from assets.deliveries import Stock
from assets.engine import Engine
from assets.facts import KEPT, Facts, build_facts
from assets.findings import ITEM_SCHEMA, Standing, county_reasons
from assets.home import Home
from assets.households import HOUSEHOLD_FEEDS, PERSON_FEEDS, ROSTER, Lists, Registers, build_registers, limited
from assets.lake import REGISTERS, is_unreadable, merge_tables
from assets.stored_rows import StoredRows
from policy.policy import PolicyBook
from rules.findings import ALL
from rules.registry import FACTS

TAKEN_OVER: Final = (*REGISTERS, *KEPT, "gaps", "aid", "item_states")
"""Tables of the earlier check."""


@dataclass(frozen=True)
class Earlier:
    """The check to build on."""

    partition: Path
    basis: Basis

    @classmethod
    def find(cls, home: Home, as_of: dt.date) -> tuple[Earlier | None, str]:
        """The newest check up to and with `as_of`, or why there is none to build on (changes.ALL_BECAUSE)."""
        found = newest_basis(home, as_of)
        if found is None:
            return None, "no_basis"
        earlier = cls(*found)
        if earlier.basis.program != program_digest():
            return None, "program"
        if not all((earlier.partition / f"{name}.parquet").is_file() for name in TAKEN_OVER):
            return None, "rows_gone"
        return earlier, ""

    def is_damaged(self) -> bool:
        """Whether anything that is taken over from it cannot be read. Asked when an error may have come of that."""
        tables = [self.partition / f"{name}.parquet" for name in TAKEN_OVER]
        return any(map(is_unreadable, (*tables, *(self.partition / path for path in self.basis.rows.values()))))

    def rows(self) -> StoredRows:
        """Its accepted rows, by delivery."""
        return StoredRows(self.partition, {key: self.partition / path for key, path in self.basis.rows.items()})


@dataclass
class Update:
    """One check on top of an earlier one. `engine`: computes the few; `beside`: a folder for what nobody keeps."""

    stock: Stock
    engine: Engine
    book: PolicyBook
    lists: Lists
    earlier: Earlier
    beside: Path

    def about_registers(self) -> Scope:
        """Households whose admission, members or declaration may be others than before."""
        basis = self.earlier.basis
        if why := self._calendar.everything:
            return everything(why)
        roster = self._roster
        before = pl.read_parquet(self.earlier.partition / "aid.parquet")
        if before.columns != roster.columns:
            return everything("rows_gone")
        changed = [one.join(other, on=roster.columns, how="anti", nulls_equal=True)["household_id"]
                   for one, other in ((before, roster), (roster, before))]  # fmt: skip
        counties = _other_keys(basis.counties, self._counties())
        changed.append(roster.filter(pl.col("county").is_in(counties))["household_id"])
        changed.append(self._calendar.of_rows(ROSTER, [self.lists.roster]))
        for feed in HOUSEHOLD_FEEDS:
            changed += self._of_feed(feed)
        return scope_of(changed, self._households)

    def about_facts(self, registers: Scope, fresh: pl.DataFrame, complete: Registers) -> Scope:
        """Households whose findings may be others than before. `complete`: the registers of all."""
        if registers.households is None:
            return registers
        basis, roster = self.earlier.basis, self._roster
        now = coverage_digests(fresh, county_reasons(complete, fresh))
        coverages = _other_keys(basis.coverages, now)
        changed = [registers.households, roster.filter(pl.col("coverage").is_in(coverages))["household_id"]]
        members = self.engine.collect(complete.members.select("household_id", "person_id"))
        changed.append(self._calendar.of_age(members))
        links = self._links()
        for feed in PERSON_FEEDS:
            subjects, whole = self._of_feed(feed)
            is_of_people = subject_of(feed) == "person_id"
            changed += [households_of([subjects], links) if is_of_people else subjects, whole]
        scope = scope_of(changed, self._households)
        if scope.households is None:
            return scope
        return scope_of([with_those_who_share_people(scope.households, links)], self._households)

    def registers(self, scope: Scope) -> Registers:
        """Registers of all households, those of `scope` computed: frames over the partition's tables."""
        assert scope.households is not None
        part, folder = replace(self.stock, folder=self.beside / "registers"), self.stock.folder
        part.folder.mkdir(parents=True)
        made = build_registers(part, self.engine, self.lists, scope.households)
        self.engine.finish()
        ageing = self.lists.policy.scalars.select("county", cs.date())  # days before the check date
        merge_tables(REGISTERS, self.earlier.partition, part.folder, folder, scope.households, ageing)
        gaps = pl.read_parquet(self.earlier.partition / "gaps.parquet")
        gaps = pl.concat([_without(gaps, scope.households), made.gaps]).sort("household_id", maintain_order=True)
        households, members = (self.engine.scan([folder / f"{name}.parquet"], pl.DataFrame()) for name in REGISTERS)
        return replace(made, households=households, members=members, gaps=gaps, only=None)

    def facts(self, scope: Scope, complete: Registers, fresh: pl.DataFrame) -> Facts:
        """Facts of the households of `scope`; the partition's tables are those of all."""
        assert scope.households is not None
        part = replace(self.stock, folder=self.beside / "facts")
        registers = limited(part, self.engine, complete, self.stock.folder, scope.households)
        facts = build_facts(part, self.engine, registers, fresh)
        self.engine.finish()
        merge_tables(KEPT, self.earlier.partition, part.folder, self.stock.folder, scope.households)
        return facts

    def standing(self, scope: Scope, complete: Registers) -> Standing | None:
        """What holds of the households outside `scope`."""
        if scope.households is None:
            return None
        items = pl.read_parquet(self.earlier.partition / "item_states.parquet", columns=list(ITEM_SCHEMA))
        registration = self.engine.scan([self.stock.folder / "facts" / "registration.parquet"], pl.DataFrame())
        return Standing(_without(items, scope.households), complete.households, registration)

    @cached_property
    def _roster(self) -> pl.DataFrame:
        return pl.read_parquet(self.lists.roster)

    @property
    def _households(self) -> int:
        return self._roster["household_id"].n_unique()

    def _counties(self) -> dict[str, str]:
        return county_digests(self.lists.policy, self.lists.counties, self.book, self.stock.as_of)

    def _of_feed(self, feed: str) -> tuple[pl.Series, pl.Series]:
        """Whose rows of a feed make a difference (changes.subject_of), and households of counties for which it may speak
        otherwise."""
        basis, stock = self.earlier.basis, self.stock
        in_force = in_force_now(stock, self.lists.coverages, [feed])[feed]
        found = moved(feed, basis, self.earlier.partition, stock, in_force)
        paths = [d.rows_path for d in stock.of_feed(feed) if d.rows_path is not None]
        whole = self._roster.filter(pl.col("coverage").is_in(found.coverages))["household_id"]
        of_rows = [differing(feed, found), self._calendar.of_rows(feed, paths)]
        return pl.concat(of_rows), whole

    @cached_property
    def _calendar(self) -> Calendar:
        return Calendar((*FACTS.values(), *ALL), self.earlier.basis.day, self.stock.as_of, self.lists.policy)

    def _links(self) -> pl.DataFrame:
        """household_id, person_id of everybody who is or was a member, by today's lists or the earlier ones."""
        columns = ["household_id", "person_id"]
        now = [d.rows_path for d in self.stock.of_feed("household_members") if d.rows_path is not None]
        paths = [self.earlier.partition / "members.parquet", *now]
        return pl.concat([pl.scan_parquet(path, glob=False).select(columns) for path in paths]).unique().collect()


def basis_of(
    stock: Stock, lists: Lists, book: PolicyBook, fresh: pl.DataFrame, reasons: Mapping[tuple[str, str], str]
) -> Basis:
    """What the check of `stock` was made of."""
    return Basis(
        as_of=stock.as_of.isoformat(),
        program=program_digest(),
        counties=county_digests(lists.policy, lists.counties, book, stock.as_of),
        coverages=coverage_digests(fresh, reasons),
        in_force=in_force_now(stock, lists.coverages, (*HOUSEHOLD_FEEDS, *PERSON_FEEDS)),
        rows=stored_rows(stock),
    )


def _other_keys(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [key for key in {*before, *now} if before.get(key) != now.get(key)]


def _without(frame: pl.DataFrame, households: pl.Series) -> pl.DataFrame:
    return frame.join(households.alias("household_id").to_frame(), on="household_id", how="anti", maintain_order="left")
