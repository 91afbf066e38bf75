"""The newest survey that says something, if it is not too old on the check date."""

from __future__ import annotations

import datetime as dt
from typing import Final

import narwhals as nw

from rules.clocks import Dates
from rules.expressions import Lazy, on_or_before, owner
from rules.labels.housing_safety import housing_safety
from rules.labels.water_safety import water_safety
from rules.packed import answer_in, day_and_answer, day_of_answer
from rules.registry import fact

GRADES: Final = ("A", "B", "C", "D")
WATER: Final = ("是", "否")
WILLING: Final = ("无", "有")


@fact(
    keep=True,
    clock=Dates("surveyed_on", days=("survey.max_age_days",)),
    zh="风险标签: 住房安全与饮水安全",
    en="Risk labels: housing and drinking water",
)
def household_safety(households: Lazy, household_surveys: Lazy, survey_max_age_days: nw.Expr, as_of: dt.date) -> Lazy:
    """housing_grade and water_safe (null: unknown) of every household, the day each was seen, and both labels: the newest
    survey that gives one, not older than the county allows."""
    kinds = (("housing_grade", "housing_surveyed_on", GRADES), ("water_safe", "water_surveyed_on", WATER))
    known = household_surveys.filter(on_or_before("surveyed_on", as_of))
    newest_each = known.group_by("household_id").agg(
        *(day_and_answer("surveyed_on", value, answers).max().alias(f"__{value}") for value, _, answers in kinds),
        *(day_of_answer("surveyed_on", value).max().alias(day) for value, day, _ in kinds),
    )
    dated = households.select("household_id", survey_max_age_days.alias("__oldest"))
    joined = dated.join(newest_each, on="household_id", how="left")
    columns = []
    for value, day, answers in kinds:
        recent = (nw.col(day) >= nw.col("__oldest")).fill_null(False)
        columns.append(nw.when(recent).then(answer_in(f"__{value}", answers)).alias(value))
        columns.append(nw.when(recent).then(nw.col(day)).alias(day))
    recent_only = joined.with_columns(*columns).drop("__housing_grade", "__water_safe", "__oldest")
    return recent_only.with_columns(housing_safety(), water_safety())


@fact(clock=Dates("surveyed_on"), per_person=("person_surveys",))
def surveyed_willingness(person_surveys: Lazy, as_of: dt.date) -> Lazy:
    """The newest answer about work: `answer` (有 or 无) and surveyed_on."""
    value = "labour_willingness"
    newest_each = (
        person_surveys.filter(on_or_before("surveyed_on", as_of))
        .group_by(owner(person_surveys))
        .agg(
            day_and_answer("surveyed_on", value, WILLING).max().alias("__said"),
            day_of_answer("surveyed_on", value).max().alias("surveyed_on"),
        )
    )
    return newest_each.select(*owner(person_surveys), answer_in("__said", WILLING).alias("answer"), "surveyed_on")
