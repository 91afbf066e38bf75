"""Income as page 3 uses it, in exact fractions of a yuan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from .households import Household
from .in_force import InForce
from .policy import Policy, fraction
from .reading import Row

JOB_ITEMS = ("工资薪金", "劳务报酬")
URBAN_RURAL = {"城市": "urban", "农村": "rural"}


def month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def last_month(row: Row) -> int:
    return int(row["period"]) + int(row["period_months"]) - 1


def tax_rows(household: Household, in_force: InForce, counted_items: list[str]) -> list[Row]:
    """Counted rows wholly in W; a row inside a longer one of the same person, payer and item does not count."""
    end = month_number(in_force.as_of)
    inside = [
        row
        for person in household.persons
        for row in in_force.of("tax", household.county, "person_id", person)
        if row["period"] >= end - 12 and last_month(row) < end and row["income_item"] in counted_items
    ]
    longer = [row for row in inside if int(row["period_months"]) > 1]
    return [row for row in inside if not any(swallowed(row, other) for other in longer)]


def swallowed(row: Row, other: Row) -> bool:
    if int(other["period_months"]) <= int(row["period_months"]):
        return False
    same = all(row[c] == other[c] for c in ("person_id", "withholding_agent", "income_item"))
    return same and other["period"] <= row["period"] and last_month(row) <= last_month(other)


def pension_rows(household: Household, in_force: InForce) -> list[Row]:
    end = month_number(in_force.as_of)
    return [
        row
        for person in household.persons
        for row in in_force.of("pensions", household.county, "person_id", person)
        if end - 12 <= row["period"] < end
    ]


def pension_amount(row: Row, exclude_basic: bool) -> Fraction:
    amount = Fraction(row["amount"])
    if exclude_basic and row["insurance_type"] == "城乡居民":
        amount -= Fraction(row["basic_amount"])
    return amount


def sum_income(rows: list[Row], items: tuple[str, ...] = ()) -> Fraction:
    return sum((Fraction(r["income"]) for r in rows if not items or r["income_item"] in items), Fraction(0))


def declared_earnings(household: Household) -> Fraction:
    declaration: dict[str, Any] = household.declaration or {}
    return sum(
        (Fraction(declaration.get(c, 0)) for c in ("wage_income", "business_income", "property_income")), Fraction(0)
    )


def declared(household: Household, column: str) -> Fraction:
    return Fraction((household.declaration or {}).get(column, 0))


@dataclass
class Income:
    """Everything the economic rules compare."""

    rows: list[Row]
    pensions: list[Row]
    exclude_basic: bool
    standard: Fraction | None
    tolerance_ratio: Fraction
    job_cost_ratio: Fraction
    declared_earnings: Fraction
    declared_pension: Fraction
    declared_transfer: Fraction
    heads: int

    @cached_property
    def observed_earnings(self) -> Fraction:
        return sum_income(self.rows)

    @cached_property
    def observed_pension(self) -> Fraction:
        return sum((pension_amount(r, self.exclude_basic) for r in self.pensions), Fraction(0))

    @cached_property
    def countable(self) -> Fraction:
        net = self.observed_earnings - self.job_cost_ratio * sum_income(self.rows, JOB_ITEMS)
        earnings = max(self.declared_earnings, net)
        return earnings + max(self.declared_pension, self.observed_pension) + self.declared_transfer

    @cached_property
    def per_head_month(self) -> Fraction:
        return self.countable / 12 / self.heads

    def tolerance(self, declared_amount: Fraction) -> Fraction:
        return max(self.tolerance_ratio * declared_amount, self.standard or Fraction(0))


def dibao_standard(household: Household, policy: Policy, as_of: date) -> Fraction | None:
    """Yuan a month for one person, of the county and urban/rural; None when there is none."""
    table = policy.value(household.county, "standard.dibao", as_of) or {}
    amount = table.get(URBAN_RURAL[household.main["urban_rural"]])
    return None if amount is None else fraction(amount)


def income_of(household: Household, in_force: InForce, policy: Policy) -> Income:
    """Call only when every parameter but the standard is in force and the household is admitted."""
    income: Income = household.income or assess(household, in_force, policy)
    household.income = income
    return income


def assess(household: Household, in_force: InForce, policy: Policy) -> Income:
    def value(name: str) -> Any:
        return policy.value(household.county, name, in_force.as_of)

    return Income(
        rows=tax_rows(household, in_force, value("income.counted_items") or []),
        pensions=pension_rows(household, in_force),
        exclude_basic=bool(value("income.exclude_basic_pension")),
        standard=dibao_standard(household, policy, in_force.as_of),
        tolerance_ratio=fraction(value("income.tolerance_ratio") or 0),
        job_cost_ratio=fraction(value("income.job_cost_deduction_ratio") or 0),
        declared_earnings=declared_earnings(household),
        declared_pension=declared(household, "pension_income"),
        declared_transfer=declared(household, "transfer_income"),
        heads=len(household.members),
    )
