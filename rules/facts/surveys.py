"""The newest survey that says something, if it is not too old on the check date."""

from __future__ import annotations

import datetime as dt
from typing import Final

import narwhals as nw

from rules.expressions import Lazy, on_or_before

GRADES: Final = ("A", "B", "C", "D")
WATER: Final = ("是", "否")
WILLING: Final = ("无", "有")


def _day_and_answer(day: str, value: str, answers: tuple[str, ...]) -> nw.Expr:
    """Day and answer as one whole number, null without an answer: the newest answer of each kind is a maximum, so one
    pass over the surveys is enough."""
    date, place = nw.col(day), nw.lit(0)
    for index, answer in enumerate(answers[1:], start=1):
        place = nw.when(nw.col(value) == answer).then(nw.lit(index)).otherwise(place)
    year, month = date.dt.year().cast(nw.Int64), date.dt.month().cast(nw.Int64)
    number = (year * 12 + month) * 31 + date.dt.day().cast(nw.Int64)
    return nw.when(~nw.col(value).is_null()).then(number * len(answers) + place)


def _answer(number: str, answers: tuple[str, ...]) -> nw.Expr:
    """The answer in a maximum of `_day_and_answer`; null where there is none."""
    place = nw.col(number) % len(answers)
    said = nw.lit(answers[0])
    for index, answer in enumerate(answers[1:], start=1):
        said = nw.when(place == index).then(nw.lit(answer)).otherwise(said)
    return nw.when(~nw.col(number).is_null()).then(said)


def _day_of_answer(day: str, value: str) -> nw.Expr:
    return nw.when(~nw.col(value).is_null()).then(nw.col(day))


def household_safety(households: Lazy, surveys: Lazy, as_of: dt.date) -> Lazy:
    """`households` with housing_grade and water_safe (null: unknown) and the day each was seen: the newest survey that
    gives one, not older than the county's survey.max_age_days (oldest day it allows: p_survey_from)."""
    kinds = (("housing_grade", "housing_surveyed_on", GRADES), ("water_safe", "water_surveyed_on", WATER))
    known = surveys.filter(on_or_before("surveyed_on", as_of))
    newest_each = known.group_by("household_id").agg(
        *(_day_and_answer("surveyed_on", value, answers).max().alias(f"__{value}") for value, _, answers in kinds),
        *(_day_of_answer("surveyed_on", value).max().alias(day) for value, day, _ in kinds),
    )
    joined = households.join(newest_each, on="household_id", how="left")
    columns = []
    for value, day, answers in kinds:
        recent = (nw.col(day) >= nw.col("p_survey_from")).fill_null(False)
        columns.append(nw.when(recent).then(_answer(f"__{value}", answers)).alias(value))
        columns.append(nw.when(recent).then(nw.col(day)).alias(day))
    return joined.with_columns(*columns).drop("__housing_grade", "__water_safe")


def willingness(person_surveys: Lazy, as_of: dt.date) -> Lazy:
    """labour_willingness as last surveyed (有 or 无) and surveyed_on, per household_id and person_id, or per person_id
    alone where one delivery speaks for all counties."""
    names = person_surveys.collect_schema().names()
    key = [name for name in ("household_id", "person_id") if name in names]
    value = "labour_willingness"
    newest_each = (
        person_surveys.filter(on_or_before("surveyed_on", as_of))
        .group_by(key)
        .agg(
            _day_and_answer("surveyed_on", value, WILLING).max().alias("__said"),
            _day_of_answer("surveyed_on", value).max().alias("surveyed_on"),
        )
    )
    return newest_each.select(*key, _answer("__said", WILLING).alias(value), "surveyed_on")
