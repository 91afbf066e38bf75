"""Small populations for the comparison with the oracle: values crowd around the boundaries, cells are empty, people sit in
two households, deliveries overlap, are corrected, too old, missing or dated tomorrow.

A household keeps its county: which of two counties' files speaks for one that both list is fixed nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import yaml
from kit import FEEDS, Row, identity_number, unit_no, write_file

from data_contracts import feed_contract

COUNTIES = ("150626", "150703", "610101")  # the last one has no standard
AREAS = ("15", "1506", "150626", "150703", "61", "610101")
PROGRAMMES = ("低保", "特困", "低保边缘", "刚性支出困难", "防返贫监测", "退出未满两年")
ITEMS = ("工资薪金", "工资薪金", "劳务报酬", "经营所得", "偶然所得", "财产租赁")
MONEY = ("0", "", "500", "600", "600.01", "800", "800.01", "815", "4800", "7200.01", "8000", "9600", "9600.01", "10000.09",
         "11000", "11000.01", "14400", "14400.01", "16000", "16000.01", "19200.01", "100000", "-300")  # fmt: skip
AREA_M2 = ("", "10", "20", "20", "20.01", "40", "40.0001", "60", "80", "120.5")
SHARE = ("", "1", "0.5", "0.25", "0.8", "0.333333", "0.666667", "0.000001")
NAMES = ("甲某", "甲·某", "甲　某", "乙某", "阿\u30fb某", "阿某", "", "·")
POLICY: dict[str, tuple[Any, ...]] = {
    "standard.dibao": ({"urban": 800, "rural": 600}, {"urban": 815, "rural": 615}, {"urban": 800.5, "rural": 0.01}),
    "income.limit_factor": ({"低保": 1.0, "低保边缘": 1.5}, {"低保": 1.25, "刚性支出困难": 2}, {"防返贫监测": 1.0001}),
    "income.counted_items": (["工资薪金"], ["工资薪金", "偶然所得", "财产租赁"], ["经营所得", "劳务报酬"]),
    "income.tolerance_ratio": (0, 0.1, 0.125, 0.0333),
    "income.job_cost_deduction_ratio": (0, 0.1, 0.3333, 1),
    "income.exclude_basic_pension": (True, False),
    "vehicle.exempt_types": ([], ["M"], ["K33", "H"], ["K3"]),
    "property.counted_usages": (["住宅"], ["车位", "住宅"], ["商业"]),
    "property.dwellings_limit": (1, 2, 3),
    "property.area_per_head": (20, 40, 40.01),
    "labour.minor_age": (16, 18),
    "labour.retirement_age": (55, 60),
    "survey.max_age_days": (0, 30, 365),
    "risk.min_factors": (1, 2, 3),
}
DATES = dt.date(2026, 11, 20), dt.date(2026, 1, 31), dt.date(2027, 2, 28), dt.date(2028, 3, 1)


@dataclass
class Population:
    """What was drawn, so that a failure can be read."""

    as_of: dt.date
    rows: dict[str, list[Row]]


class Maker:
    """Draws one population. `chance` decides everything."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.as_of = chance.choice(DATES)
        self.rows: dict[str, list[Row]] = {feed: [] for feed in FEEDS}
        self.counties: dict[str, str] = {}
        self.is_orderly = False
        self.places = chance.choice((COUNTIES, COUNTIES[:2]))

    def mostly(self, usual: Any, *others: Any) -> Any:
        """Four times out of five the usual value."""
        return usual if self.chance.random() < 0.8 else self.chance.choice(others)

    def unless_orderly(self, usual: Any, *others: Any) -> Any:
        """What keeps a household out of the silent check happens in every third household only."""
        return usual if self.is_orderly else self.mostly(usual, *others)

    def near(self, *days: int) -> str:
        """A day around the check date, or around `days` before it."""
        back = self.chance.choice((0, *days)) + self.chance.choice((-1, 0, 1))
        return (self.as_of - dt.timedelta(days=back)).isoformat()

    def birthday(self) -> dt.date:
        years = self.chance.choice((5, 15, 16, 18, 30, 30, 45, 45, 55, 59, 60, 80))
        day = self.as_of + dt.timedelta(days=self.chance.choice((-1, 0, 1, 90)))
        if day.month == 2 and day.day == 29:
            day = day.replace(day=28)
        return min(day.replace(year=day.year - years), dt.date(2012 if years < 20 else 2000, 2, 29))

    def month(self) -> str:
        index = self.as_of.year * 12 + self.as_of.month - 1 - self.chance.choice((0, 1, 1, 2, 3, 4, 6, 11, 12, 12, 13))
        return f"{index // 12}{index % 12 + 1:02d}"

    def some(self, upper: int) -> range:
        return range(self.chance.randint(0, upper))

    def add(self, feed: str, **values: Any) -> None:
        self.rows[feed].append(values)

    def population(self, households: int) -> Population:
        people = [identity_number(self.birthday(), serial=n, area="150600") for n in range(households * 2)]
        for number in range(households):
            self.household(f"H{number}", people)
        for person in people:
            self.records(person)
        return Population(self.as_of, self.rows)

    def household(self, household: str, people: Sequence[str]) -> None:
        self.is_orderly = self.chance.random() < 0.67
        county = self.counties[household] = self.chance.choice((*COUNTIES[:2], *self.places))
        members = self.chance.sample(list(people), self.chance.randint(1, 3))
        township = self.unless_orderly(f"{county}100000", "", "650102001000", f"{county}10000x")
        for program in {self.chance.choice(PROGRAMMES) for _ in range(self.chance.choice((1, 1, 2)))}:
            self.add("assistance_roster", household_id=household, program=program, urban_rural=self.chance.choice(("城市", "农村")),
                     applicant_id=self.unless_orderly(members[0], people[0]), township_code=township,
                     persons_covered=self.unless_orderly(1, 2, 3), started_on=self.mostly("2024-05-01", self.near(30)),
                     ended_on=self.mostly("", self.near()))  # fmt: skip
        for person in members:
            self.add("household_members", household_id=household, person_id=person, name=self.mostly("甲某", *NAMES),
                     joined_on=self.unless_orderly("", self.near()),
                     left_on="" if person == members[0] else self.mostly("", self.near()))  # fmt: skip
            self.authorise(household, person)
        for _ in range(self.unless_orderly(1, 0, 2, 3)):
            amounts = ("wage_income", "business_income", "pension_income", "property_income", "transfer_income")
            self.add("declarations", household_id=household, declared_on=self.unless_orderly(self.near(200, 300), self.near(0)),
                     **{name: self.mostly("", *MONEY) for name in amounts})  # fmt: skip
        for person in members:
            for number in self.some(2):
                kind, asset = self.chance.choice((("机动车", plate(person, number)), ("房产", shared_unit(number))))
                self.add("declared_assets", household_id=household, declared_on=self.near(0, 200), asset_kind=kind,
                         asset_no=self.mostly(asset, asset.lower()))  # fmt: skip
        for _ in self.some(3):
            self.add("household_surveys", household_id=household, surveyed_on=self.near(30, 365),
                     housing_grade=self.chance.choice(("", "A", "C", "D")), water_safe=self.chance.choice(("", "是", "否")))  # fmt: skip

    def authorise(self, household: str, person: str) -> None:
        for _ in range(self.unless_orderly(1, 0, 2, 3)):
            usual = self.is_orderly or self.chance.random() < 0.2
            self.add("authorisations", household_id=household, person_id=person,
                     signed_on="2025-01-01" if usual else self.near(100, 101),
                     valid_until="" if usual else self.mostly("", self.near()),
                     revoked_on="" if usual else self.mostly("", self.near(100)))  # fmt: skip

    def records(self, person: str) -> None:
        """What departments hold on a person."""
        if self.chance.random() < 0.9:
            self.add("household_registration", person_id=person, name=self.mostly("甲某", *NAMES[:-2]),
                     sex="男" if int(person[16]) % 2 else "女", status=self.mostly("正常", "死亡注销", "迁出", "其他注销"),
                     status_date=self.mostly("", self.near(60)), birth_date=self.mostly("", person[6:14]))  # fmt: skip
        for number in self.some(2):
            self.add("vehicles", person_id=person, plate_no=plate(person, number), plate_type=self.chance.choice(("01", "02")),
                     vehicle_type=self.chance.choice(("K33", "K31", "M21", "H31", "T21")),
                     status=self.chance.choice(("A", "A", "AG", "AB", "GP")))  # fmt: skip
        for _ in self.some(3):
            self.add("property", person_id=person, unit_no=shared_unit(self.chance.randint(0, 3)),
                     record_kind=self.chance.choice(("登记", "网签")), share=self.chance.choice(SHARE),
                     area_m2=self.chance.choice(AREA_M2), usage=self.mostly("住宅", "商业", "车位"),
                     status=self.mostly("现势", "历史"))  # fmt: skip
        for _ in self.some(4):
            self.add("tax", person_id=person, period=self.month(), period_months=self.chance.choice((1, 1, 3, 3, 12)),
                     income_item=self.chance.choice(ITEMS), withholding_agent=self.mostly("甲厂", "乙厂"),
                     income=self.chance.choice(MONEY) or "0")  # fmt: skip
        if self.chance.random() < 0.3:
            self.payroll(person)
        for _ in self.some(2):
            self.add("pensions", person_id=person, insurance_type=self.chance.choice(("城镇职工", "城乡居民", "城乡居民")),
                     period=self.month(), amount=self.chance.choice(MONEY) or "0", basic_amount=self.mostly("", "200"))  # fmt: skip
        if self.chance.random() < 0.4:
            self.add("disability", person_id=person, category=self.chance.choice((1, 4, 5, 6)),
                     grade=self.chance.randint(1, 4), issued_on=self.mostly("", self.near()),
                     valid_until=self.mostly("", self.near()))  # fmt: skip
        for _ in range(self.mostly(1, 0, 2)):
            self.add("person_surveys", person_id=person, surveyed_on=self.near(30, 365),
                     labour_willingness=self.mostly("有", "无"))  # fmt: skip

    def payroll(self, person: str) -> None:
        """Many rows of one payer and item, whose periods overlap in every way."""
        for _ in range(self.chance.randint(3, 7)):
            self.add("tax", person_id=person, period=self.month(), period_months=self.chance.choice((1, 1, 3, 3, 3, 12)),
                     income_item="工资薪金", withholding_agent="丙厂", income=self.chance.choice(("1000", "4000.01")))  # fmt: skip

    def write(self, home: Path) -> None:
        """Deliveries and the policies of two counties."""
        for feed, rows in self.rows.items():
            self.deliver(home, feed, rows)
        for area in (*COUNTIES[:2], "15"):
            self.decide(home, area)
        (home / "policy" / "61.yaml").write_text(
            policy_text("61", {"warning.owner": [("2000-01-01", "county")]}), "utf-8"
        )

    def deliver(self, home: Path, feed: str, rows: list[Row]) -> None:
        """Most feeds come for everybody and fresh; some never, some in overlapping, corrected or old files."""
        own = feed in ("assistance_roster", "household_members")
        days = feed_contract(feed).stale_after_days or 5
        if own or self.chance.random() < 0.9:
            for area in ("15", "61"):
                self.write_some(home, feed, area, self.mostly(5, 0, days, days + 1), 1, rows, 0.97)
        for _ in range(self.mostly(0, 1, 2, 3)):
            age = self.chance.choice((5, 5, -1, 0, 20, days))
            self.write_some(home, feed, self.chance.choice(AREAS), age, self.mostly(1, 2), rows, 0.6)

    def write_some(self, home: Path, feed: str, area: str, age: int, n: int, rows: list[Row], share: float) -> None:
        if feed == "assistance_roster":
            rows = [row for row in rows if self.counties[row["household_id"]].startswith(area)]
        chosen = [self.changed(feed, row) for row in rows if self.chance.random() < share]
        key = [column.name for column in feed_contract(feed).key]
        unique = {tuple(str(row[name]) for name in key): row for row in chosen}
        kept = list(unique.values())
        if feed != "assistance_roster" and self.chance.random() < 0.1:
            kept = self.with_a_duplicate(feed, kept)
        write_file(home, feed, area, self.as_of - dt.timedelta(days=age), kept, n)

    def changed(self, feed: str, row: Row) -> Row:
        """Now and then another delivery says something else."""
        if self.chance.random() < 0.8:
            return row
        others: dict[str, Callable[[], Row]] = {
            "tax": lambda: {"income": self.chance.choice(MONEY) or "0"},
            "pensions": lambda: {"amount": self.chance.choice(MONEY) or "0"},
            "declarations": lambda: {"wage_income": self.chance.choice(MONEY)},
            "authorisations": lambda: {"revoked_on": self.mostly("", self.near(100))},
            "household_surveys": lambda: {"housing_grade": self.chance.choice(("", "B", "D"))},
            "household_members": lambda: {"left_on": self.mostly("", self.near())},
        }
        return row | others[feed]() if feed in others else row

    def with_a_duplicate(self, feed: str, rows: list[Row]) -> list[Row]:
        """One row twice, among so many strangers that the file is still accepted."""
        if not rows:
            return rows
        again = self.changed(feed, self.chance.choice(rows))
        strangers = []
        for number in range(25):
            person = identity_number(dt.date(1990, 1, 1), serial=number, area="150700")
            own = {"household_id": f"X{number}", "person_id": person, "plate_no": f"京X{number:05d}", "name": "丁某",
                   "sex": "男" if int(person[16]) % 2 else "女", "birth_date": ""}  # fmt: skip
            strangers.append(rows[0] | {name: value for name, value in own.items() if name in rows[0]})
        return [*rows, *strangers, again]

    def decide(self, home: Path, area: str) -> None:
        dated: dict[str, list[tuple[str, Any]]] = {}
        for name, values in POLICY.items():
            if self.chance.random() < (0.9 if area == "15" and name == "standard.dibao" else 0.3):
                days = {self.mostly("2025-01-01", self.as_of.isoformat()), self.mostly("2025-01-01", self.near())}
                dated[name] = [(day, self.chance.choice(values)) for day in sorted(days)]
        dated.setdefault("warning.owner", [("2025-01-01", "county")])
        (home / "policy").mkdir(parents=True, exist_ok=True)
        (home / "policy" / f"{area}.yaml").write_text(policy_text(area, dated), "utf-8")


def policy_text(area: str, dated: dict[str, list[tuple[str, Any]]]) -> str:
    parameters = {
        name: [{"from": dt.date.fromisoformat(d), "value": v, "basis": "试验", "status": "local"} for d, v in values]
        for name, values in dated.items()
    }
    return yaml.safe_dump({"area": area, "label": area, "parameters": parameters}, allow_unicode=True)


def plate(person: str, number: int) -> str:
    return f"蒙{'AB'[number]}{person[14:17]}{person[8:10]}"


def shared_unit(number: int) -> str:
    return unit_no(f"U{number}")
