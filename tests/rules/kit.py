"""Builds a landing folder of real CSV files from a few words.

A household is admitted and blameless until a case says otherwise: a rule's case names only what matters to it.
Numbers and names belong to nobody. Columns come from the contracts, so a missing header cannot creep in.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from data_contracts import feed_contract, feed_contracts
from tests.identity_numbers import check_character

AS_OF = dt.date(2026, 11, 20)
DELIVERED = dt.date(2026, 11, 15)
FEEDS = tuple(feed for feed, contract in feed_contracts().items() if contract.subject != "ticket")
STANDARD = {"standard.dibao": {"urban": 800, "rural": 600}}
Row = dict[str, Any]
_numbers = itertools.count(1)


def identity_number(born: dt.date, serial: int | None = None, area: str = "150626") -> str:
    """A valid number that belongs to nobody; every call without a serial gives another one."""
    serial = next(_numbers) if serial is None else serial
    first = f"{int(area) + serial // 1000:06d}{born:%Y%m%d}{serial % 1000:03d}"
    return first + check_character(first)


def write_file(home: Path, feed: str, area: str, day: dt.date, rows: list[Row], n: int = 1) -> None:
    """One delivery as a department sends it; n > 1 is a correction."""
    path = home / "landing" / feed / f"{area}_{day:%Y%m%d}{f'_{n}' if n > 1 else ''}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [c.name for c in feed_contract(feed).columns], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_policy(home: Path, area: str, values: Mapping[str, Any], since: str = "2026-01-01") -> None:
    """A policy file of one area with the office's own values."""
    dated = {
        name: [{"from": dt.date.fromisoformat(since), "value": value, "basis": "试验", "status": "local"}]
        for name, value in values.items()
    }
    (home / "policy").mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({"area": area, "label": area, "parameters": dated}, allow_unicode=True)
    (home / "policy" / f"{area}.yaml").write_text(text, encoding="utf-8")


class Household:
    """Rows of one household. `people` are the members' numbers; each verb adds or changes one row of one feed."""

    def __init__(self, town: Town, household_id: str, county: str, program: str, born: tuple[str, ...]) -> None:
        self.town, self.id, self.county, self.people = town, household_id, county, list[str]()
        self.number = next(_numbers)
        for day in born:
            self.person(day)
        self.roster = self.programme(program)
        self.declaration = self.add("declarations", household_id=self.id, declared_on="2026-01-10")

    def add(self, feed: str, **values: Any) -> Row:
        self.town.rows[feed].append(values)
        return values

    def programme(self, program: str, **values: Any) -> Row:
        """One more row on the roster."""
        row = {"household_id": self.id, "program": program, "applicant_id": self.people[0] if self.people else "",
               "urban_rural": "城市", "township_code": f"{self.county}100000", "started_on": "2024-01-01",
               "persons_covered": max(1, len(self.people))}  # fmt: skip
        return self.add("assistance_roster", **row | values)

    def person(self, born: str = "1980-06-01", number: str | None = None) -> str:
        """One more member, registered and consenting; `number` where the person is known already."""
        person = number or identity_number(dt.date.fromisoformat(born))
        self.people.append(person)
        self.add("household_members", household_id=self.id, person_id=person, name="甲某")
        self.add("authorisations", household_id=self.id, person_id=person, signed_on="2026-01-05")
        if number is None:
            self.add("household_registration", person_id=person, name="甲某", status="正常",
                     sex="男" if int(person[16]) % 2 else "女")  # fmt: skip
        return person

    def change(self, feed: str, person: int = 0, **values: Any) -> None:
        """Changes the row a member has in a feed."""
        self._row(feed, person).update(values)

    def without(self, feed: str, person: int = 0) -> None:
        """Takes the row of a member out of a feed."""
        self.town.rows[feed].remove(self._row(feed, person))

    def _row(self, feed: str, person: int) -> Row:
        wanted = {"person_id": self.people[person]} | ({"household_id": self.id} if self.is_own(feed) else {})
        return next(row for row in self.town.rows[feed] if wanted.items() <= row.items())

    @staticmethod
    def is_own(feed: str) -> bool:
        return any(column.name == "household_id" for column in feed_contract(feed).columns)

    def plate(self, which: int = 0) -> str:
        """A plate of which there is one in the town."""
        return f"蒙{'ABCDEFGHJK'[which]}{self.number:05d}"

    def vehicle(self, plate: str, vehicle_type: str = "K33", person: int = 0, **values: Any) -> None:
        row = {"plate_no": plate, "plate_type": "02", "vehicle_type": vehicle_type, "status": "A"}
        self.add("vehicles", person_id=self.people[person], **row | values)

    def unit(self, unit: str, area: str = "50", share: str = "", person: int = 0, **values: Any) -> None:
        """A dwelling in force; `unit` is filled up to 28 characters."""
        row = {"unit_no": unit_no(unit), "record_kind": "登记", "area_m2": area, "share": share, "usage": "住宅",
               "status": "现势"}  # fmt: skip
        self.add("property", person_id=self.people[person], **row | values)

    def tax(self, period: str, income: str, months: int = 1, person: int = 0, **values: Any) -> None:
        row = {"period": period, "period_months": months, "income_item": "工资薪金", "withholding_agent": "甲厂"}
        self.add("tax", person_id=self.people[person], income=income, **row | values)

    def pension(self, period: str, amount: str, kind: str = "城镇职工", basic: str = "", person: int = 0) -> None:
        self.add("pensions", person_id=self.people[person], insurance_type=kind, period=period, amount=amount,
                 basic_amount=basic)  # fmt: skip

    def certificate(self, category: int, grade: int, person: int = 0, **values: Any) -> None:
        self.add("disability", person_id=self.people[person], category=category, grade=grade, **values)

    def surveyed(self, on: str = "2026-06-01", housing: str = "", water: str = "") -> None:
        self.add("household_surveys", household_id=self.id, surveyed_on=on, housing_grade=housing, water_safe=water)

    def willing(self, answer: str = "有", on: str = "2026-06-01", person: int = 0) -> None:
        self.add("person_surveys", person_id=self.people[person], surveyed_on=on, labour_willingness=answer)

    def declares(self, kind: str, number: str, on: str = "2026-01-10") -> None:
        self.add("declared_assets", household_id=self.id, declared_on=on, asset_kind=kind, asset_no=number)


def unit_no(text: str) -> str:
    return text.ljust(28, "0")


@dataclass
class Town:
    """Every row of a small population, written as one delivery a feed for the whole region 15."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {feed: [] for feed in FEEDS})
    policies: dict[str, Mapping[str, Any]] = field(default_factory=lambda: {"15": STANDARD})

    def household(
        self, household_id: str, *, born: tuple[str, ...] = ("1980-06-01",), program: str = "低保边缘",
        policy: Mapping[str, Any] | None = None, **roster: Any,
    ) -> Household:  # fmt: skip
        """A household of 150626, or of a county of its own when that has a policy of its own."""
        county = "150626"
        if policy is not None:
            county = f"{159000 + len(self.policies)}"
            self.policies[county] = policy
        household = Household(self, household_id, county, program, born)
        household.roster.update(roster)
        return household

    def write(self, home: Path) -> None:
        for feed, rows in self.rows.items():
            write_file(home, feed, "15", DELIVERED, rows)
        for area, values in self.policies.items():
            write_policy(home, area, values)
