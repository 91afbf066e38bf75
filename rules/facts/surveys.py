"""The newest survey that says something, if it is not too old on the check date."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rules.expressions import Lazy, day_text, newest, on_or_before

ISO_DAY = 10
"""Characters of 2026-01-15."""


def _recent(surveys: Lazy, households: Lazy, by: list[str], value: str, as_of: dt.date) -> Lazy:
    """Newest row per group that gives `value`, within the county's survey.max_age_days (oldest day it allows:
    p_survey_from)."""
    given = surveys.filter(on_or_before("surveyed_on", as_of) & ~nw.col(value).is_null())
    latest = newest(given, by, "surveyed_on").select(*by, value, "surveyed_on")
    limits = households.select("household_id", "p_survey_from")
    joined = latest.join(limits, on="household_id", how="inner")
    return joined.filter((nw.col("surveyed_on") >= nw.col("p_survey_from")).fill_null(False)).drop("p_survey_from")


def household_safety(households: Lazy, surveys: Lazy, as_of: dt.date) -> Lazy:
    """Every household with housing_grade and water_safe (null: unknown) and the day each was seen.

    Day and answer are one text, so that the newest answer of each kind is a maximum: one pass over the surveys.
    """
    known = surveys.filter(on_or_before("surveyed_on", as_of))
    newest_each = known.group_by("household_id").agg(
        *(
            nw.when(~nw.col(value).is_null())
            .then(nw.concat_str([day_text("surveyed_on"), nw.col(value)]))
            .max()
            .alias(name)
            for name, value in (("__housing", "housing_grade"), ("__water", "water_safe"))
        )
    )
    limit = nw.col("p_survey_from").dt.to_string("%Y-%m-%d")
    joined = households.select("household_id", "p_survey_from").join(newest_each, on="household_id", how="left")
    columns = []
    for name, value, day in (
        ("__housing", "housing_grade", "housing_surveyed_on"),
        ("__water", "water_safe", "water_surveyed_on"),
    ):
        seen = nw.col(name).str.slice(0, ISO_DAY)
        recent = (seen >= limit).fill_null(False)
        columns.append(nw.when(recent).then(nw.col(name).str.slice(ISO_DAY)).alias(value))
        columns.append(nw.when(recent).then(seen).str.to_date("%Y-%m-%d").alias(day))
    return joined.select("household_id", *columns)


def willingness(households: Lazy, person_surveys: Lazy, as_of: dt.date) -> Lazy:
    """household_id, person_id, labour_willingness as surveyed (有 or 无), surveyed_on."""
    return _recent(person_surveys, households, ["household_id", "person_id"], "labour_willingness", as_of)
