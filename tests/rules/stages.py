"""Runs the real stages on a landing folder and tells, household by household, what became of every rule.

`Cases` collects the cases of one rule: each is a function named as a sentence that makes one household different. The
households of all collected files live in one town: one landing folder and one run an engine for hundreds of cases.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from kit import AS_OF, Household, Row, Town

from assets.deliveries import Stock, take_stock
from assets.facts import Facts, build_facts
from assets.findings import Findings, find_all
from assets.home import Home
from assets.households import Registers, build_registers, freshness, read_lists
from assets.lake import with_numbers
from assets.people import read_people
from pipelines.engines.choose import make_engine
from policy.policy import PolicyBook
from rules.findings import ALL


@dataclass
class Outcome:
    """What became of one rule on one household."""

    result: str
    reason: str
    items: list[Row]
    missing: list[str]

    @property
    def keys(self) -> set[str]:
        return {item["item_key"] for item in self.items}


@dataclass
class Run:
    """The stages' results on one engine."""

    stock: Stock
    registers: Registers
    facts: Facts
    findings: Findings
    collect: Callable[[Any], pl.DataFrame]

    @cached_property
    def outcomes(self) -> dict[tuple[str, str], Outcome]:
        """Every rule on every household; counted again, they must give the published counts."""
        households = self.collect(self.facts["households"]).rows(named=True)
        items = by_pair(self.findings.items, "household_id", "rule")
        missing = by_pair(self.findings.missing_records, "household_id")
        found = {}
        for home, rule in itertools.product(households, ALL):
            lost = [row["person_id"] for row in missing.get((home["household_id"],), [])]
            evidence = items.get((home["household_id"], rule.code), [])
            closed = not home["is_township_valid"] or (rule.is_economic and not home["is_admitted"])
            reason = "not_admitted" if closed else self.findings.county_reasons.get((home["coverage"], rule.code), "")
            if not reason and rule.needs_record_of_each_member and lost and not evidence:
                reason = "no_record"
            result = "not_checked" if reason else "hit" if evidence else "no_hit"
            lost = lost if rule.needs_record_of_each_member else []
            found[home["household_id"], rule.code] = Outcome(result, reason, evidence, lost)
        self._check_counts(found, {home["household_id"]: home["county"] for home in households})
        return found

    def _check_counts(self, found: dict[tuple[str, str], Outcome], counties: dict[str, str]) -> None:
        counts: dict[tuple[str, ...], int] = {}
        for (household, rule), outcome in found.items():
            slot = (counties[household], rule, outcome.result, outcome.reason)
            counts[slot] = counts.get(slot, 0) + 1
        published = self.findings.results.select(
            "county", "rule", "result", pl.col("reason").fill_null(""), "households"
        )
        assert counts == {row[:4]: row[4] for row in published.iter_rows()}


def by_pair(frame: pl.DataFrame, *columns: str) -> dict[tuple[str, ...], list[Row]]:
    grouped: dict[tuple[str, ...], list[Row]] = {}
    for row in frame.iter_rows(named=True):
        grouped.setdefault(tuple(row[c] for c in columns), []).append(row)
    return grouped


def run(home: Path, engine_name: str = "duckdb", as_of: dt.date = AS_OF, stock: Stock | None = None) -> Run:
    """The stages of one check date. `stock`: deliveries that were read already, for a second engine."""
    folder = home / "lake" / engine_name / as_of.isoformat()
    folder.mkdir(parents=True)
    place = Home(home)
    stock = take_stock(place, as_of, folder, lambda: "now") if stock is None else replace(stock, folder=folder)
    engine = make_engine(engine_name, place.lake / "tmp")
    registers = build_registers(stock, engine, read_lists(stock, PolicyBook.load(place.policy)))
    read_people(stock, registers, engine)
    fresh = freshness(stock, registers.coverages)
    facts = build_facts(stock, engine, registers, fresh)
    return Run(
        stock, registers, facts, find_all(engine, registers, facts, fresh), lambda f: with_numbers(engine.collect(f))
    )


Build = Callable[[Household], object]
Check = Callable[[Household, Outcome], bool]
ENGINES = ("duckdb", "polars")
TOWN = Town()
_runs: dict[str, Run] = {}
_home: list[Path] = []


def ran(engine_name: str, folder: pytest.TempPathFactory) -> Run:
    """The run of one engine on the households of every collected file."""
    if not _home:
        _home.append(folder.mktemp("town"))
        TOWN.write(_home[0])
    if engine_name not in _runs:
        stock = next(iter(_runs.values())).stock if _runs else None
        _runs[engine_name] = run(_home[0], engine_name, stock=stock)
    return _runs[engine_name]


@dataclass(frozen=True)
class Case:
    household: Household
    result: str
    reason: str
    check: Check | None


class Cases:
    """The cases of one rule, and the test that judges them on every engine."""

    def __init__(self, rule: str, **about: Any) -> None:
        """`about`: how the households of this file are made (see Town.household)."""
        self.rule, self.about = rule, about
        self.listed: dict[str, Case] = {}

    def hit(self, check: Check | None = None, **about: Any) -> Callable[[Build], Build]:
        """The rule holds; `check` looks at the evidence."""
        return self._case("hit", "", check, about)

    def no_hit(self, **about: Any) -> Callable[[Build], Build]:
        return self._case("no_hit", "", None, about)

    def not_checked(self, reason: str, **about: Any) -> Callable[[Build], Build]:
        return self._case("not_checked", reason, None, about)

    def _case(self, result: str, reason: str, check: Check | None, about: dict[str, Any]) -> Callable[[Build], Build]:
        def take(build: Build) -> Build:
            name = build.__name__
            assert name not in self.listed, f"two cases are called {name}"
            household = TOWN.household(f"{self.rule}-{len(self.listed):03d}", **self.about | about)
            build(household)
            self.listed[name] = Case(household, result, reason, check)
            return build

        return take

    def test(self) -> Callable[[str, str, pytest.TempPathFactory], None]:
        """To be bound to a name that begins with test_."""

        @pytest.mark.parametrize("engine_name", ENGINES)
        @pytest.mark.parametrize("case", list(self.listed))
        def judge(case: str, engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
            expected = self.listed[case]
            found = ran(engine_name, tmp_path_factory).outcomes[expected.household.id, self.rule]
            assert (found.result, found.reason) == (expected.result, expected.reason), found.items
            assert expected.check is None or expected.check(expected.household, found), found

        return judge
