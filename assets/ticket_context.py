"""What the tickets ask about households, policy and data dates; looked up for those that have hits or tickets only."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any, NamedTuple

import polars as pl

from assets import masking
from assets.county_policy import CountyPolicy, resolve_counties
from assets.deliveries import Stock
from assets.engine import Engine
from assets.evidence import NO_BASIS, grounds_zh, parameter_entry
from assets.findings import Findings
from assets.households import Registers
from assets.lake import read_table, with_numbers
from data_contracts import feed_contract
from policy.policy import PolicyBook
from rules.findings import ALL, BY_CODE
from rules.rule import Rule
from rules.tickets.state import Ticket
from rules.tickets.today import HouseholdOnTicket, TicketPolicy


class Grounds(NamedTuple):
    """Feeds with their data dates, policy values used, the rule's clauses, and all of it in words, as a ticket shows them."""

    feeds: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    basis: str
    text_zh: str


class TicketContext:
    """Look-ups for the households that have hits or tickets; all others stay in the lake.

    `dates`: (coverage, feed) -> data date of what is in force, None where nothing is.
    """

    def __init__(
        self,
        stock: Stock,
        engine: Engine,
        registers: Registers,
        findings: Findings,
        fresh: pl.DataFrame,
        book: PolicyBook,
        tickets: dict[str, Ticket],
    ) -> None:
        self.registers, self._book, self._as_of = registers, book, stock.as_of
        self.dates: dict[tuple[str, str], dt.date | None] = {
            (coverage, feed): day for coverage, feed, day in fresh.select("coverage", "feed", "data_on").iter_rows()
        }
        self._fresh = set(fresh.filter(pl.col("state") == "fresh").select("coverage", "feed").iter_rows())
        wanted = set(findings.items["household_id"].to_list()) | {t.household_id for t in tickets.values()}
        chosen = engine.frame(pl.DataFrame({"household_id": sorted(wanted)}, schema={"household_id": pl.String}))
        columns = (
            "household_id", "county", "coverage", "township_code", "main_program", "applicant_id", "is_admitted",
            "is_township_valid",
        )  # fmt: skip
        rows = with_numbers(
            engine.collect(registers.households.select(*columns).join(chosen, on="household_id", how="inner"))
        )
        self.households = {row["household_id"]: row for row in rows.iter_rows(named=True)}
        named = registers.members.select("household_id", "person_id", "name")
        members = with_numbers(engine.collect(named.join(chosen, on="household_id", how="inner")))
        self.names = {(household, person): name for household, person, name in members.iter_rows() if name is not None}
        self.missing: dict[str, list[str]] = defaultdict(list)
        for household, person in findings.missing_records.iter_rows():
            if household in wanted:
                self.missing[household].append(person)
        held = read_table(stock.folder, "facts/certificates", ["household_id"], pl.col("household_id").is_in(wanted))
        self._with_certificate = set(held["household_id"].to_list())
        self._reasons = findings.county_reasons
        self._hits = set(findings.items.select("household_id", "rule").unique().iter_rows())
        self._policies: dict[str, TicketPolicy] = {}
        self._grounds: dict[tuple[str, str, str], Grounds] = {}

    def household(self, household_id: str) -> HouseholdOnTicket:
        row = self.households[household_id]
        return HouseholdOnTicket(
            county_code=row["county"],
            township_code=row["township_code"],
            programme=row["main_program"],
            applicant_id=row["applicant_id"],
            applicant_name=masking.text(self.names.get((household_id, row["applicant_id"]), "")),
            has_disability=self._has_disability(household_id, row["coverage"]),
        )

    def _has_disability(self, household_id: str, coverage: str) -> bool | None:
        if household_id in self._with_certificate:
            return True
        return False if (coverage, "disability") in self._fresh else None

    def data_on(self, household_id: str, rule_code: str) -> dt.date | None:
        """The oldest data date among the feeds the rule reads for this household."""
        row = self.households.get(household_id)
        days = [] if row is None else [self.dates.get((row["coverage"], feed)) for feed in BY_CODE[rule_code].sources]
        known = [day for day in days if day is not None]
        return min(known) if known and len(known) == len(days) else None

    def is_checked(self, household_id: str, rule_code: str) -> bool:
        """Whether today's check gave this household a hit or no_hit for the rule."""
        row = self.households.get(household_id)
        rule = BY_CODE[rule_code]
        if row is None or not row["is_township_valid"] or (rule.is_economic and not row["is_admitted"]):
            return False
        if (row["coverage"], rule_code) in self._reasons:
            return False
        no_record = rule.needs_record_of_each_member and household_id in self.missing
        return (household_id, rule_code) in self._hits or not no_record

    def policy(self, county: str) -> TicketPolicy:
        """Also of a county that has no household any more but still has tickets."""
        if county not in self._policies:
            known: CountyPolicy = self.registers.policy
            if (county, "warning.deadline_days") not in known.values:
                known = resolve_counties(self._book, [county], self._as_of)
            self._policies[county] = _ticket_policy(known, county)
        return self._policies[county]

    def grounds(self, household_id: str, rule: Rule) -> Grounds:
        """What a finding of the rule rests on; made once for each county and coverage and shared by their findings."""
        row = self.households[household_id]
        key = (row["county"], row["coverage"], rule.code)
        if key not in self._grounds:
            values = [self.registers.policy.value(row["county"], name) for name in rule.needed_parameters]
            entries = [parameter_entry(value) for value in values if value is not None]
            known = [(feed, self.dates.get((row["coverage"], feed))) for feed in rule.sources]
            feeds = [
                {"feed": feed, "data_date": day.isoformat(), "department": feed_contract(feed).department_zh}
                for feed, day in known
                if day is not None
            ]
            basis, check_basis = (
                self._book.rule_basis(row["county"], code, self._as_of) for code in (rule.code, "silent_check")
            )
            said = grounds_zh(feeds, basis or NO_BASIS, entries, check_basis)
            self._grounds[key] = Grounds(feeds, entries, basis or NO_BASIS, said)
        return self._grounds[key]


def _ticket_policy(policy: CountyPolicy, county: str) -> TicketPolicy:
    def value(parameter: str) -> Any:
        found = policy.value(county, parameter)
        if found is None:
            raise LookupError(f"{county}: {parameter}")
        return found

    days = value("warning.deadline_days")
    return TicketPolicy(
        deadline_days=days.whole(),
        deadline_unit=value("warning.deadline_unit").code(),
        roll_forward=value("warning.roll_forward").flag(),
        owner=value("warning.owner").code(),
        suppress_months=value("warning.suppress_months").whole(),
        severities={rule.code: value(rule.severity_parameter).code() for rule in ALL},
        deadline_basis=days.basis,
        remind_days=value("supervision.remind_days").whole(),
        escalate_days={level: int(n) for level, n in value("supervision.escalate_days").table().items()},
        recheck_share=value("recheck.share").number(),
        correction_days=value("correction.days").whole(),
    )
