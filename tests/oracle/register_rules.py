"""The rules that need no economic feed (page 3, table), each household by itself, row by row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from .cells import comparable_name
from .households import Household
from .income import month_number
from .labels import COVERED, household_survey, valid_certificate
from .model import Context, Item, RuleResult, decided
from .reading import Row

AIDED = {"低保", "特困", "低保边缘", "刚性支出困难"}
Finder = Callable[[Row, Row, Household, Context], Item | None]


def per_registered_member(household: Household, context: Context, find: Finder) -> RuleResult:
    """A member without a record makes the rule no_record, unless another member gives a hit."""
    items, missing = [], []
    for member in household.members:
        records = context.in_force.of("household_registration", household.county, "person_id", member["person_id"])
        if not records:
            missing.append(member["person_id"])
            continue
        item = find(member, records[0], household, context)
        if item:
            items.append(item)
    result = decided(items)
    result.missing_records = sorted(missing)
    if missing and not items:
        result.result, result.reason = "not_checked", "no_record"
    return result


def iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def has_status(record: Row, statuses: tuple[str, ...], as_of: date) -> bool:
    return record["status"] in statuses and (record["status_date"] is None or record["status_date"] <= as_of)


def months_on_roster(household: Household, day: date | None, as_of: date) -> int | None:
    """Calendar months after the month of death, up to the month of as_of, in which the household was on the roster."""
    if day is None:
        return None
    first = max(month_number(day) + 1, month_number(household.main["started_on"]))
    return max(0, month_number(as_of) - first + 1)


def find_deceased(member: Row, record: Row, household: Household, context: Context) -> Item | None:
    if not has_status(record, ("死亡注销",), context.as_of):
        return None
    person, day = member["person_id"], record["status_date"]
    months = months_on_roster(household, day, context.as_of)
    return Item(("deceased_member", person, iso(day)), {"person": person, "on": iso(day), "months": months})


def find_cancelled(member: Row, record: Row, _household: Household, context: Context) -> Item | None:
    if not has_status(record, ("迁出", "其他注销"), context.as_of):
        return None
    person, day = member["person_id"], record["status_date"]
    return Item(("registration_cancelled", person, iso(day)), {"person": person, "on": iso(day)})


def find_other_name(member: Row, record: Row, _household: Household, _context: Context) -> Item | None:
    mine, theirs = comparable_name(member["name"] or ""), comparable_name(record["name"] or "")
    if not mine or not theirs or mine == theirs:
        return None
    return Item(("identity_mismatch", member["person_id"]), {"person": member["person_id"]})


def deceased_member(household: Household, context: Context) -> RuleResult:
    return per_registered_member(household, context, find_deceased)


def registration_cancelled(household: Household, context: Context) -> RuleResult:
    return per_registered_member(household, context, find_cancelled)


def identity_mismatch(household: Household, context: Context) -> RuleResult:
    return per_registered_member(household, context, find_other_name)


def enrolled_twice(household: Household, context: Context) -> RuleResult:
    if not household.programmes & AIDED:
        return decided([])
    items = []
    for person in household.persons:
        others = sorted(context.aided_of.get(person, set()) - {household.household_id})
        for other in others:
            items.append(Item(("enrolled_twice", person, other), {"person": person, "households": others}))
    return decided(items)


def unsafe(rule: str, column: str, bad: tuple[str, ...], household: Household, context: Context) -> RuleResult:
    value = household_survey(household, column, context.in_force, context.policy)
    return decided([Item((rule, value), {"grade": value})] if value in bad else [])


def unsafe_housing(household: Household, context: Context) -> RuleResult:
    return unsafe("unsafe_housing", "housing_grade", ("C", "D"), household, context)


def unsafe_water(household: Household, context: Context) -> RuleResult:
    return unsafe("unsafe_water", "water_safe", ("否",), household, context)


def severe_disability_uncovered(household: Household, context: Context) -> RuleResult:
    if household.programmes & COVERED:
        return decided([])
    items = []
    for person in household.persons:
        certificate = valid_certificate(person, household.county, context.in_force)
        if certificate and is_severe(certificate):
            fields = {"person": person, "grade": certificate["grade"], "category": certificate["category"]}
            items.append(Item(("severe_disability_uncovered", person), fields))
    return decided(items)


def is_severe(certificate: Row) -> bool:
    grade, category = int(certificate["grade"]), certificate["category"]
    return grade in (1, 2) or (grade == 3 and category in ("5", "6"))


def poverty_return_risk(household: Household, context: Context) -> RuleResult:
    labels = context.labels[household.household_id]
    if labels.risk != "at_risk":
        return decided([])
    return decided([Item(("poverty_return_risk", *labels.factors), {"factors": labels.factors})])
