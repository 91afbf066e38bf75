"""Active households, their members, and the gaps that keep them out of the silent check (page 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .cells import asset_number
from .feeds import PROGRAMMES
from .in_force import InForce
from .policy import Policy
from .reading import Delivery, Row


@dataclass
class Household:
    """`county` is the coverage county: township_code[:6], or the delivery's area for a township of nowhere."""

    household_id: str
    main: Row
    county: str
    township_valid: bool
    programmes: set[str]
    members: list[Row]
    declaration: Row | None
    plates: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    gaps: dict[str, list[str]] = field(default_factory=dict)
    income: Any = None  # income.py keeps its answer here

    @property
    def admitted(self) -> bool:
        return not self.gaps

    @property
    def programme(self) -> str:
        return str(self.main["program"])

    @property
    def persons(self) -> list[str]:
        return sorted(m["person_id"] for m in self.members)


def township_valid(code: str | None, policy: Policy, as_of: date) -> bool:
    return bool(re.fullmatch(r"[0-9]{12}", code or "")) and policy.knows_area((code or "")[:6], as_of)


def coverage_county(row: Row, delivery: Delivery, valid: bool) -> str:
    """The county whose deliveries count for this roster row ('' = the row is not in force)."""
    first_six = (row["township_code"] or "")[:6]
    if first_six.startswith(delivery.area):
        return first_six
    return "" if valid else delivery.area


def active_on(row: Row, start: str, end: str, as_of: date) -> bool:
    started = row[start] is None or row[start] <= as_of
    return started and (row[end] is None or row[end] > as_of)


@dataclass(frozen=True)
class RosterEntry:
    row: Row
    county: str
    valid: bool
    delivery: Delivery

    @property
    def rank(self) -> tuple[int, int, int, int, str]:
        """First in the order of programmes; then (two counties list it) the newest delivery."""
        day, n, length = self.delivery.order
        return (PROGRAMMES.index(self.row["program"]), -day.toordinal(), -n, -length, self.delivery.area)


def roster_entries(in_force: InForce, policy: Policy) -> dict[str, list[RosterEntry]]:
    entries: dict[str, list[RosterEntry]] = {}
    for delivery in in_force.deliveries.of("assistance_roster"):
        for row in delivery.rows:
            valid = township_valid(row["township_code"], policy, in_force.as_of)
            county = coverage_county(row, delivery, valid)
            if not county or in_force.chosen("assistance_roster", county) != [delivery]:
                continue
            if active_on(row, "started_on", "ended_on", in_force.as_of):
                entries.setdefault(row["household_id"], []).append(RosterEntry(row, county, valid, delivery))
    return entries


def active_households(in_force: InForce, policy: Policy) -> dict[str, Household]:
    households = {}
    for household_id, entries in sorted(roster_entries(in_force, policy).items()):
        first = min(entries, key=lambda entry: entry.rank)
        households[household_id] = assemble(household_id, first, entries, in_force)
    return households


def assemble(household_id: str, first: RosterEntry, entries: list[RosterEntry], in_force: InForce) -> Household:
    as_of, county = in_force.as_of, first.county
    listed = in_force.of("household_members", county, "household_id", household_id)
    household = Household(
        household_id=household_id,
        main=first.row,
        county=county,
        township_valid=first.valid,
        programmes={entry.row["program"] for entry in entries},
        members=[m for m in listed if active_on(m, "joined_on", "left_on", as_of)],
        declaration=newest(in_force.of("declarations", county, "household_id", household_id), "declared_on", as_of),
    )
    declare_assets(household, in_force)
    household.gaps = find_gaps(household, in_force)
    return household


def newest(rows: list[Row], column: str, as_of: date) -> Row | None:
    known = [row for row in rows if row[column] <= as_of]
    return max(known, key=lambda row: row[column]) if known else None


def declare_assets(household: Household, in_force: InForce) -> None:
    """Assets of the newest declared_on, if that is not older than the declaration in force."""
    rows = in_force.of("declared_assets", household.county, "household_id", household.household_id)
    last = newest(rows, "declared_on", in_force.as_of)
    if last is None or (household.declaration and last["declared_on"] < household.declaration["declared_on"]):
        return
    for row in rows:
        if row["declared_on"] == last["declared_on"]:
            target = household.plates if row["asset_kind"] == "机动车" else household.units
            target.add(asset_number(row["asset_no"]))


def find_gaps(household: Household, in_force: InForce) -> dict[str, list[str]]:
    gaps: dict[str, list[str]] = {}
    persons = household.persons
    if not persons:
        gaps["no_members"] = []
    else:
        if len(persons) < household.main["persons_covered"]:
            gaps["members_incomplete"] = []
        if household.main["applicant_id"] not in persons:
            gaps["applicant_missing"] = [household.main["applicant_id"]]
    without = [p for p in persons if not authorised(household, p, in_force)]
    if without:
        gaps["authorisation_missing"] = without
    if household.declaration is None:
        gaps["declaration_missing"] = []
    if not household.township_valid:
        gaps["township_invalid"] = []
    return gaps


def authorised(household: Household, person: str, in_force: InForce) -> bool:
    as_of = in_force.as_of
    rows = [
        row
        for row in in_force.of("authorisations", household.county, "household_id", household.household_id)
        if row["person_id"] == person
    ]
    revocations = [row["revoked_on"] for row in rows if row["revoked_on"] is not None and row["revoked_on"] <= as_of]
    for row in rows:
        signed = row["signed_on"] <= as_of
        lasting = row["valid_until"] is None or row["valid_until"] >= as_of
        revoked = row["revoked_on"] is not None and row["revoked_on"] <= as_of
        ended = any(row["signed_on"] <= day for day in revocations)
        if signed and lasting and not revoked and not ended:
            return True
    return False
