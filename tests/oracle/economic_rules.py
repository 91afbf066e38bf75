"""The rules that need an economic feed (page 3, table): called for admitted households only."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from .cells import asset_number
from .households import Household
from .income import Income, income_of, last_month, month_number, pension_amount
from .labels import CAPABLE
from .model import Context, Item, RuleResult, decided
from .policy import fraction
from .reading import Row


def rows_of_members(feed: str, household: Household, context: Context) -> list[Row]:
    return [
        row for person in household.persons for row in context.in_force.of(feed, household.county, "person_id", person)
    ]


def undeclared_vehicle(household: Household, context: Context) -> RuleResult:
    exempt = tuple(context.value(household, "vehicle.exempt_types"))
    items = []
    for row in rows_of_members("vehicles", household, context):
        plate = asset_number(row["plate_no"])
        gone = any(letter in row["status"] for letter in "BEMP")
        if gone or row["vehicle_type"].startswith(exempt) or plate in household.plates:
            continue
        names = ("plate_type", "vehicle_type", "first_registered_on")
        fields = {"person": row["person_id"], "plate_no": plate, **{n: row[n] for n in names}}
        items.append(Item(("undeclared_vehicle", plate), fields))
    return decided(items)


def current_units(household: Household, context: Context) -> dict[str, list[Row]]:
    """Normalised unit number -> its 现势 rows of active members."""
    units: dict[str, list[Row]] = {}
    for row in rows_of_members("property", household, context):
        if row["status"] == "现势":
            units.setdefault(asset_number(row["unit_no"]), []).append(row)
    return units


def undeclared_property(household: Household, context: Context) -> RuleResult:
    counted = context.value(household, "property.counted_usages")
    items = []
    for unit, rows in current_units(household, context).items():
        fitting = [row for row in rows if row["usage"] in counted]
        if fitting and unit not in household.units:
            items.append(Item(("undeclared_property", unit), {"unit_no": unit, **area_and_share(fitting)}))
    return decided(items)


def area_and_share(rows: list[Row]) -> dict[str, Any]:
    """Per unit: the largest area given; share = min(1, sum over members of each one's largest)."""
    largest: dict[str, Fraction] = {}
    for row in rows:
        person = row["person_id"]
        largest[person] = max(largest.get(person, Fraction(0)), Fraction(row["share"]))
    return {
        "area_m2": max(Fraction(row["area_m2"]) for row in rows),
        "share": min(Fraction(1), sum(largest.values(), Fraction(0))),
        "usage": rows[0]["usage"],
    }


def dwellings_over_limit(household: Household, context: Context) -> RuleResult:
    dwellings = {}
    for unit, rows in current_units(household, context).items():
        homes = [row for row in rows if row["usage"] == "住宅"]
        if homes:
            dwellings[unit] = area_and_share(homes)
    area = sum((d["area_m2"] * d["share"] for d in dwellings.values()), Fraction(0))
    many = len(dwellings) >= fraction(context.value(household, "property.dwellings_limit"))
    large = area / len(household.members) > fraction(context.value(household, "property.area_per_head"))
    if not (many and large):
        return decided([])
    return decided([Item(("dwellings_over_limit", unit), {"unit_no": unit, **d}) for unit, d in dwellings.items()])


def undeclared_earnings(household: Household, context: Context) -> RuleResult:
    income = income_of(household, context.in_force, context.policy)
    if income.observed_earnings <= income.declared_earnings + income.tolerance(income.declared_earnings):
        return decided([])
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in income.rows:
        groups.setdefault((row["person_id"], row["withholding_agent"], row["income_item"]), []).append(row)
    return decided([earnings_item(group, rows) for group, rows in groups.items()])


def earnings_item(group: tuple[str, str, str], rows: list[Row]) -> Item:
    person, payer, item = group
    months = {m for row in rows for m in range(row["period"], last_month(row) + 1)}
    amount = sum((row["income"] for row in rows), start=rows[0]["income"] * 0)
    fields = {"person": person, "payer": payer, "income_item": item, "amount": amount, "months": len(months)}
    return Item(("undeclared_earnings", person, payer, item), fields)


def undeclared_pension(household: Household, context: Context) -> RuleResult:
    income = income_of(household, context.in_force, context.policy)
    if income.observed_pension <= income.declared_pension + income.tolerance(income.declared_pension):
        return decided([])
    sums: dict[tuple[str, str], Fraction] = {}
    for row in income.pensions:
        slot = (row["person_id"], row["insurance_type"])
        sums[slot] = sums.get(slot, Fraction(0)) + pension_amount(row, income.exclude_basic)
    items = []
    for (person, kind), amount in sums.items():
        fields = {"person": person, "insurance_type": kind, "amount": amount}
        items.append(Item(("undeclared_pension", person, kind), fields))
    return decided(items)


def income_over_standard(household: Household, context: Context) -> RuleResult:
    factor = context.value(household, "income.limit_factor").get(household.programme)
    if factor is None:
        return decided([])
    income = income_of(household, context.in_force, context.policy)
    limit = fraction(factor) * (income.standard or 0)
    if not income.countable > limit * 12 * income.heads:
        return decided([])
    return decided([limit_item(household, income, limit)])


def limit_item(household: Household, income: Income, limit: Fraction) -> Item:
    step = str(math.floor(10 * income.per_head_month / limit)) if limit else ""
    fields = {"per_head_month": income.per_head_month, "limit": limit}
    return Item(("income_over_standard", household.programme, step), fields)


def willing_without_work(household: Household, context: Context) -> RuleResult:
    labels = context.labels[household.household_id]
    items = []
    for person in household.persons:
        able = labels.capacity[person] in CAPABLE and labels.willingness.get(person) == "willing"
        if able and not has_recent_earnings(person, household, context):
            items.append(Item(("willing_without_work", person), {"person": person}))
    return decided(items)


def has_recent_earnings(person: str, household: Household, context: Context) -> bool:
    """A counted row touching the 3 months before the earlier of as_of's month and the newest tax data date's."""
    newest = context.in_force.newest("tax", household.county) or context.as_of
    end = min(month_number(context.as_of), month_number(newest))
    counted = context.value(household, "income.counted_items")
    return any(
        row["income_item"] in counted and row["period"] < end and last_month(row) >= end - 3
        for row in context.in_force.of("tax", household.county, "person_id", person)
    )
