"""Hand-made households: small builders that fill every feed, so that a case states only what matters to it.

A household built with defaults is admitted and hits no rule: consent given, declared, in a programme without an income
limit, means well above any standard, no survey, nothing owned. Amounts are fen, days are relative to the check date.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from sample.columns import KNOWN_FROM, feed_frame
from sample.households import PROGRAMMES, RIGID, Scope
from sample.identity import numbers, sequence_of
from sample.income import MONTH, RURAL_PENSION, WAGES, yyyymm
from sample.possessions import (
    AREA,
    CAR,
    CURRENT,
    DWELLING,
    REGISTERED,
    SHARE,
    VEHICLE,
    plates,
    portion_start,
    unit_numbers,
)
from sample.registers import FEMALE, MALE, NORMAL, RURAL, URBAN
from sample.truth import Case, Gap, NotConsented, Result

YUAN = 100
_NAMES = ("安和", "白云", "常青", "东升", "方圆", "谷雨", "海晏", "嘉禾", "康宁", "立春", "明德", "宁远", "思源")
_SURNAMES = ("甄", "殷", "柳", "沙", "伍", "祝", "岳", "凌", "柯", "盛")


def _pick_name(number: int) -> str:
    return _SURNAMES[number % len(_SURNAMES)] + _NAMES[number * 5 % len(_NAMES)]


@dataclass(frozen=True)
class Person:
    """One invented person."""

    number: str
    name: str


@dataclass
class Nursery:
    """Collects the rows of all planted households of one county and what is expected of them."""

    scope: Scope
    newest_tax: date
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    households: int = 0
    members: set[str] = field(default_factory=set)
    cases: list[Case] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    not_consented: list[NotConsented] = field(default_factory=list)
    not_looked_at: list[str] = field(default_factory=list)
    _born: Counter[tuple[date, bool]] = field(default_factory=Counter)
    _people: int = 0
    _things: int = 0

    @property
    def today(self) -> date:
        return self.scope.as_of

    def ago(self, days: int) -> date:
        """The date that many days before the check date; negative: after it."""
        return self.today - timedelta(days=days)

    @property
    def month(self) -> int:
        """Month index of the check date; the window is the twelve before it."""
        return self.today.year * 12 + self.today.month - 1

    def add(self, feed: str, **row: Any) -> None:
        """One row, columns as in the contract."""
        self.rows.setdefault(feed, []).append(row)

    def person(
        self, age: int = 45, male: bool = True, *, born: date | None = None, status: str | None = NORMAL,
        status_date: date | None = None, registered_name: str | None = None, name: str | None = None,
    ) -> Person:  # fmt: skip
        """A person with a household registration, unless `status` is None."""
        birth = born or date(self.today.year - age, 1, 10) + timedelta(days=self._people % 17)
        area = self.scope.book.codes(self.scope.county.code, 2 * self.scope.block)[0]
        rank = self._born[(birth, male)]
        self._born[(birth, male)] += 1
        days = np.array([birth], dtype="datetime64[D]")
        sequence = sequence_of(np.array([rank]), 2 * self.scope.block, days.astype(np.int64), np.array([male]))
        number = str(numbers(np.array([int(area)]), days, sequence)[0])
        chosen = name if name is not None else _pick_name(self._people)
        self._people += 1
        if status:
            self.add(
                "household_registration", person_id=number, name=registered_name or chosen,
                sex=MALE if male else FEMALE, birth_date=birth, hukou_no=f"9{self._people:08d}", relation_to_head="户主",
                area_code=self.scope.county.townships[0].code[:9] + "201", status=status, status_date=status_date,
            )  # fmt: skip
        return Person(number, chosen)

    def family(
        self, *members: Person, programme: int = RIGID, second: int | None = None, urban: bool = False,
        covered: int | None = None, signed: bool = True, transfer: int | None = None, declared: bool = True,
        joined: date | None = None, left: date | None = None, township: str | None = None, ended: date | None = None,
        applicant: Person | None = None, listed: bool = True, started: date | None = None,
    ) -> str:  # fmt: skip
        """A household on the roster; the first member applies, the last one is who joined or left. Returns its id."""
        self.households += 1
        household = f"H{self.scope.county.code}{self.households:08d}"
        towns = self.scope.county.townships
        code = towns[self.households % len(towns)].code if township is None else township
        for each in (programme,) if second is None else (programme, second):
            self.add(
                "assistance_roster", household_id=household, program=PROGRAMMES[each],
                applicant_id=(applicant or members[0]).number, category="A", urban_rural=URBAN if urban else RURAL,
                township_code=code or None, started_on=started or self.ago(400), ended_on=ended,
                monthly_amount=400 * YUAN, persons_covered=covered or max(1, len(members) - (left is not None)),
            )  # fmt: skip
        self.members |= {member.number for member in members}
        for place, member in enumerate(members if listed else ()):
            last = place == len(members) - 1
            self.add(
                "household_members", household_id=household, person_id=member.number, name=member.name or None,
                relation_to_applicant="其他", joined_on=joined if last else None, left_on=left if last else None,
            )  # fmt: skip
            if signed:
                self.sign(household, member)
        if declared:
            self.declare(household, transfer_income=40_000 * YUAN if transfer is None else transfer)
        return household

    def sign(
        self, household: str, member: Person, days: int = 300, until: date | None = None, revoked: date | None = None
    ) -> None:
        """A signature `days` before the check date."""
        self.add(
            "authorisations", household_id=household, person_id=member.number, signed_on=self.ago(days),
            valid_until=until, revoked_on=revoked,
        )  # fmt: skip

    def declare(self, household: str, days: int = 200, **amounts: int) -> None:
        """A declaration; amounts by column."""
        self.add("declarations", household_id=household, declared_on=self.ago(days), **amounts)

    def declare_asset(self, household: str, number: str, days: int = 200, kind: str = VEHICLE) -> None:
        """One declared thing."""
        row = {"asset_kind": kind, "asset_no": number}
        self.add("declared_assets", household_id=household, declared_on=self.ago(days), **row)

    def vehicle(self, owner: Person, kind: str = CAR, status: str = "A") -> str:
        """A vehicle; returns its plate."""
        self._things += 1
        ordinal = np.array([portion_start(self.scope, 0) + self._things])
        plate = str(plates(self.scope.county.plate_prefix, ordinal)[0])
        self.add(
            "vehicles", person_id=owner.number, owner_name=owner.name, plate_no=plate, plate_type="02",
            vehicle_type=kind, use_nature="A", brand_model="五菱宏光", first_registered_on=self.ago(900), status=status,
        )  # fmt: skip
        return plate

    def home(
        self, owner: Person, area: int = 80 * AREA, *, usage: str = DWELLING, kind: str = REGISTERED,
        status: str = CURRENT, share: int = SHARE, unit: str | None = None,
    ) -> str:  # fmt: skip
        """A property row; returns the unit number. `area` and `share` in the contract's scales."""
        self._things += 1
        number = unit or str(unit_numbers(self.scope, np.array([portion_start(self.scope, 0) + self._things]))[0])
        self.add(
            "property", person_id=owner.number, unit_no=number, certificate_no=f"不动产权第{self._things}号",
            record_kind=kind, share=share, area_m2=area, usage=usage, location=self.scope.county.name,
            registered_on=self.ago(1500), status=status,
        )  # fmt: skip
        return number

    def tax(
        self,
        person: Person,
        month: int,
        income: int,
        length: int = MONTH,
        item: str = WAGES,
        *,
        payer: str = "守望样例公司",
    ) -> None:
        """A tax row whose period begins `month` months before the check month, delivered by the check date."""
        begin = self.month - month
        known = date((begin + length) // 12, (begin + length) % 12 + 1, 1)
        self.add(
            "tax", person_id=person.number, period=int(yyyymm(np.array([begin]))[0]), period_months=length,
            income_item=item, withholding_agent=payer, income=income, tax=0,
            **{KNOWN_FROM: min(known, self.newest_tax)},
        )  # fmt: skip

    def wages(self, person: Person, yearly: int, months: int = 12) -> None:
        """Monthly wage rows in the last `months` months of the window that sum to exactly `yearly`."""
        each = yearly // months
        for month in range(1, months + 1):
            self.tax(person, month, each + (yearly - each * months if month == 1 else 0))

    def pensions(self, person: Person, yearly: int, kind: str = RURAL_PENSION, basic: int = 0) -> None:
        """Twelve pension rows in the window that sum to `yearly` without the monthly `basic` part."""
        for month in range(1, 13):
            amount = yearly // 12 + basic + (yearly % 12 if month == 1 else 0)
            period = int(yyyymm(np.array([self.month - month]))[0])
            self.add(
                "pensions", person_id=person.number, insurance_type=kind, period=period, amount=amount,
                basic_amount=basic or None,
            )  # fmt: skip

    def certificate(
        self, person: Person, category: str, grade: str, issued: int = 1000, until: date | None = None
    ) -> None:
        """A disability certificate issued `issued` days before the check date."""
        self.add(
            "disability", person_id=person.number, category=category, grade=grade, issued_on=self.ago(issued),
            valid_until=until,
        )  # fmt: skip

    def survey(self, household: str, days: int, grade: str | None = None, water: str | None = None) -> None:
        """A visit `days` before the check date."""
        self.add(
            "household_surveys", household_id=household, surveyed_on=self.ago(days), surveyor="守望样例",
            housing_grade=grade, water_safe=water,
        )  # fmt: skip

    def add_willingness(self, person: Person, days: int, answer: str) -> None:
        """An answer about work `days` before the check date."""
        self.add("person_surveys", person_id=person.number, surveyed_on=self.ago(days), labour_willingness=answer)

    def unseen(self, household: str | None, person: Person, plate: str, why: str) -> NotConsented:
        """Somebody whose car must not show up anywhere."""
        return NotConsented(household, person.number, plate, why)

    def expect(
        self, household: str, rule: str, hit: bool | None, why: str, *persons: Person, needs_standard: bool = False
    ) -> None:
        """What one rule must say about the household; None: not_checked."""
        result: Result = "not_checked" if hit is None else "hit" if hit else "no_hit"
        numbers_of = tuple(person.number for person in persons)
        self.cases.append(Case(household, self.scope.county.code, rule, result, why, numbers_of, needs_standard))

    def expect_gap(self, household: str, gap: str, holds: bool, why: str) -> None:
        """Whether the household has this gap."""
        self.gaps.append(Gap(household, self.scope.county.code, gap, holds, why))

    def frames(self) -> dict[str, pl.DataFrame]:
        """All rows by feed."""
        result = {}
        for feed, rows in self.rows.items():
            names = list(dict.fromkeys(name for row in rows for name in row if name != KNOWN_FROM))
            values = {name: [row.get(name) for row in rows] for name in names}
            result[feed] = feed_frame(feed, values, known_from=[row.get(KNOWN_FROM) for row in rows])
        return result
