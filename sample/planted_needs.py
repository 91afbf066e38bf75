"""Planted cases of the help rules: housing, water, disability, work, falling back into poverty."""

from __future__ import annotations

from datetime import date, timedelta

from sample.households import DIBAO, WATCHED
from sample.income import QUARTER, SERVICES, WINDFALL
from sample.needs import SAFE, UNSAFE, UNWILLING, WILLING
from sample.nursery import Nursery

YEAR_DAYS = 365
LIMB, MENTAL, MIND = "4", "5", "6"  # 肢体, 智力, 精神


def years_before(day: date, years: int) -> date:
    """The same day that many years earlier; 1 March where there is no 29 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def plant_surveys(made: Nursery) -> None:
    """`unsafe_housing` and `unsafe_water`: the newest survey that says something, not older than 365 days."""
    for rule, bad, good in (("unsafe_housing", "C", "B"), ("unsafe_water", UNSAFE, SAFE)):
        name = "grade" if rule == "unsafe_housing" else "water"
        for visits, hit, why in (
            (((YEAR_DAYS, bad),), True, "surveyed 365 days before as_of"),
            (((YEAR_DAYS + 1, bad),), False, "surveyed 366 days before as_of"),
            (((90, bad), (30, good)), False, "the newest survey says safe"),
            (((90, bad), (30, None)), True, "the newest survey says nothing about it"),
            (((0, bad),), True, "surveyed on as_of"),
        ):
            household = made.family(made.person())
            for days, value in visits:
                made.survey(household, days, **{name: value})
            made.expect(household, rule, hit, why)
    household = made.family(made.person())
    made.survey(household, 20, "D", SAFE)
    made.expect(household, "unsafe_housing", True, "grade D")


def plant_disability(made: Nursery) -> None:
    """`severe_disability_uncovered`: grade, category, validity, programme."""
    rule = "severe_disability_uncovered"
    for category, grade, issued, until, hit, why in (
        (LIMB, "2", 1000, None, True, "grade 2"),
        (LIMB, "3", 1000, None, False, "grade 3 of another category"),
        (MENTAL, "3", 1000, None, True, "grade 3 in category 5"),
        (MIND, "4", 1000, None, False, "grade 4 in category 6"),
        (LIMB, "1", 1000, made.today, True, "valid until as_of"),
        (LIMB, "1", 1000, made.ago(1), False, "valid until the day before as_of"),
        (LIMB, "1", 0, None, True, "issued on as_of"),
        (LIMB, "1", -1, None, False, "issued the day after as_of"),
    ):
        holder = made.person()
        made.certificate(holder, category, grade, issued, until)
        made.expect(made.family(holder), rule, hit, why, holder)
    holder = made.person()
    made.certificate(holder, LIMB, "1")
    household = made.family(holder, programme=WATCHED, second=DIBAO, transfer=1_000)
    made.expect(household, rule, False, "already on dibao", holder)


def plant_work(made: Nursery) -> None:
    """`willing_without_work`: capacity, willingness, and tax rows in the three months before the newest data."""
    rule = "willing_without_work"
    newest = min(made.today, made.newest_tax)
    behind = made.month - (newest.year * 12 + newest.month - 1)
    for begins, length, item, hit, why in (
        (None, 0, "", True, "no tax row at all"),
        (3, 1, SERVICES, False, "earned in the third month before"),
        (4, 1, SERVICES, True, "earned last in the fourth month before"),
        (5, QUARTER, SERVICES, False, "a quarter that reaches into the third month before"),
        (2, 1, WINDFALL, True, "a windfall is no counted item"),
    ):
        person = made.person(38)
        made.add_willingness(person, 30, WILLING)
        if begins is not None:
            made.tax(person, begins + behind, 500_00, length, item)
        household = made.family(person)
        made.expect(household, rule, hit, why, person)
    _plant_ages(made, rule)
    for answers, hit, why in (
        (((YEAR_DAYS, WILLING),), True, "asked 365 days before as_of"),
        (((YEAR_DAYS + 1, WILLING),), False, "asked 366 days before as_of: unknown"),
        (((90, WILLING), (20, UNWILLING)), False, "the newest answer is no"),
    ):
        person = made.person(38)
        for days, answer in answers:
            made.add_willingness(person, days, answer)
        made.expect(made.family(person), rule, hit, why, person)
    person = made.person(38)
    made.add_willingness(person, 30, WILLING)
    household = made.family(person, signed=False)
    made.expect_gap(household, "authorisation_missing", True, "willing, but nobody signed")
    made.expect(household, rule, None, "not_admitted", person)


def _plant_ages(made: Nursery, rule: str) -> None:
    tomorrow = made.today + timedelta(days=1)
    for born, grade, hit, why in (
        (years_before(made.today, 60), None, False, "60 on as_of: no capacity"),
        (years_before(tomorrow, 60), None, True, "60 the day after as_of"),
        (years_before(made.today, 16), None, True, "16 on as_of"),
        (years_before(tomorrow, 16), None, False, "16 the day after as_of"),
        (date(made.today.year - 38, 5, 5), "3", True, "partial capacity: limbs, grade 3"),
        (date(made.today.year - 38, 5, 5), "2", False, "no capacity: limbs, grade 2"),
    ):
        person = made.person(born=born)
        made.add_willingness(person, 30, WILLING)
        if grade:
            made.certificate(person, LIMB, grade)
        covers = grade == "2"  # a severe disability outside dibao would be another rule's hit
        household = made.family(person, programme=DIBAO, transfer=1_000) if covers else made.family(person)
        made.expect(household, rule, hit, why, person)


def plant_risk(made: Nursery) -> None:
    """`poverty_return_risk`: two factors, none of the covering programmes."""
    rule = "poverty_return_risk"
    for second, grade, water, hit, why in (
        (None, "C", UNSAFE, True, "unsafe housing and unsafe water"),
        (None, "C", SAFE, False, "one factor only"),
        (DIBAO, "D", UNSAFE, False, "covered by dibao"),
    ):
        means = None if second is None else 1_000
        household = made.family(made.person(), programme=WATCHED, second=second, transfer=means)
        made.survey(household, 40, grade, water)
        made.expect(household, rule, hit, why)
        made.expect(household, "unsafe_housing", True, f"grade {grade}")
        made.expect(household, "unsafe_water", water == UNSAFE, f"water {water}")
    if not made.scope.county.standards_known:
        return
    year = made.scope.county.standards[1] * 100 * 12 * 2
    for missing, hit in ((1, True), (0, False)):
        pair = made.person(9), made.person(76)
        household = made.family(*pair, programme=WATCHED, transfer=year - missing)
        why = f"nobody can work and means are {missing} fen a year below the standard of two"
        made.expect(household, rule, hit, why, needs_standard=True)
