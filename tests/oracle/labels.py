"""The five risk labels (page 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from .cells import birth_date
from .households import Household
from .in_force import InForce
from .income import dibao_standard, income_of
from .policy import Policy, fraction
from .reading import Row

CAPABLE = ("full", "partial")
COVERED = {"低保", "特困"}
FACTOR_LABOUR = "labour_capacity"
FACTOR_HOUSING = "housing_safety"
FACTOR_WATER = "water_safety"
FACTOR_INCOME = "income_below_standard"


@dataclass
class Labels:
    """capacity and willingness per person; willingness only of persons with capacity."""

    capacity: dict[str, str] = field(default_factory=dict)
    willingness: dict[str, str] = field(default_factory=dict)
    housing: str = "unknown"
    water: str = "unknown"
    risk: str = "none"
    factors: list[str] = field(default_factory=list)
    unknown_factors: list[str] = field(default_factory=list)


def age_on(person_id: str, as_of: date) -> int:
    """Completed years, the birthday included; 29 February counts on 1 March in common years."""
    born = birth_date(person_id)
    return as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))


def valid_certificate(person: str, county: str, in_force: InForce) -> Row | None:
    as_of = in_force.as_of
    for row in in_force.of("disability", county, "person_id", person):
        issued = row["issued_on"] is None or row["issued_on"] <= as_of
        if issued and (row["valid_until"] is None or row["valid_until"] >= as_of):
            return row
    return None


def takes_capacity(certificate: Row) -> bool:
    grade, category = int(certificate["grade"]), certificate["category"]
    limit = {"5": 3, "6": 3, "4": 2, "1": 1}.get(category, 0)
    return grade <= limit


def labour_capacity(person: str, household: Household, in_force: InForce, policy: Policy) -> str:
    minor = policy.value(household.county, "labour.minor_age", in_force.as_of)
    retirement = policy.value(household.county, "labour.retirement_age", in_force.as_of)
    if minor is None or retirement is None:
        return "unknown"
    age = age_on(person, in_force.as_of)
    if age < minor or age >= retirement:
        return "none"
    if in_force.trouble("disability", household.county):
        return "unknown"
    certificate = valid_certificate(person, household.county, in_force)
    if certificate is None:
        return "full"
    return "none" if takes_capacity(certificate) else "partial"


def newest_survey(rows: list[Row], column: str, county: str, in_force: InForce, policy: Policy) -> Row | None:
    """The newest survey within survey.max_age_days that gives a value in this column."""
    days = policy.value(county, "survey.max_age_days", in_force.as_of)
    if days is None:
        return None
    first = in_force.as_of - timedelta(days=days)
    fitting = [r for r in rows if r[column] is not None and first <= r["surveyed_on"] <= in_force.as_of]
    return max(fitting, key=lambda r: r["surveyed_on"]) if fitting else None


def labour_willingness(person: str, household: Household, in_force: InForce, policy: Policy) -> str:
    rows = in_force.of("person_surveys", household.county, "person_id", person)
    survey = newest_survey(rows, "labour_willingness", household.county, in_force, policy)
    if survey is None:
        return "unknown"
    return "willing" if survey["labour_willingness"] == "有" else "unwilling"


def household_survey(household: Household, column: str, in_force: InForce, policy: Policy) -> str | None:
    rows = in_force.of("household_surveys", household.county, "household_id", household.household_id)
    survey = newest_survey(rows, column, household.county, in_force, policy)
    return None if survey is None else str(survey[column])


def income_below_standard(household: Household, in_force: InForce, policy: Policy) -> bool | None:
    """None: unknown."""
    if not household.admitted or any(in_force.trouble(feed, household.county) for feed in ("tax", "pensions")):
        return None
    needed = ("income.counted_items", "income.job_cost_deduction_ratio", "income.exclude_basic_pension")
    standard = dibao_standard(household, policy, in_force.as_of)
    if standard is None or any(policy.value(household.county, n, in_force.as_of) is None for n in needed):
        return None
    return income_of(household, in_force, policy).per_head_month < standard


def labour_factor(labels: Labels) -> bool | None:
    values = set(labels.capacity.values())
    if not values or "full" in values:
        return False
    return None if "unknown" in values else True


def labels_of(household: Household, in_force: InForce, policy: Policy) -> Labels:
    labels = Labels()
    for person in household.persons:
        labels.capacity[person] = labour_capacity(person, household, in_force, policy)
        if labels.capacity[person] in CAPABLE:
            labels.willingness[person] = labour_willingness(person, household, in_force, policy)
    grade = household_survey(household, "housing_grade", in_force, policy)
    labels.housing = {"A": "safe", "B": "safe", "C": "unsafe", "D": "unsafe"}.get(grade or "", "unknown")
    water = household_survey(household, "water_safe", in_force, policy)
    labels.water = {"是": "safe", "否": "unsafe"}.get(water or "", "unknown")
    weigh_risk(labels, household, in_force, policy)
    return labels


def weigh_risk(labels: Labels, household: Household, in_force: InForce, policy: Policy) -> None:
    three_valued = {
        FACTOR_LABOUR: labour_factor(labels),
        FACTOR_HOUSING: {"safe": False, "unsafe": True}.get(labels.housing),
        FACTOR_WATER: {"safe": False, "unsafe": True}.get(labels.water),
        FACTOR_INCOME: income_below_standard(household, in_force, policy),
    }
    labels.factors = sorted(name for name, held in three_valued.items() if held)
    labels.unknown_factors = sorted(name for name, held in three_valued.items() if held is None)
    minimum = policy.value(household.county, "risk.min_factors", in_force.as_of)
    if household.programmes & COVERED:
        labels.risk = "covered"
    elif minimum is not None and len(labels.factors) >= fraction(minimum):
        labels.risk = "at_risk"
