"""The newest survey that says something, if it is not too old on the check date."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rules.expressions import Lazy, newest, on_or_before


def _recent(surveys: Lazy, households: Lazy, by: list[str], value: str, as_of: dt.date) -> Lazy:
    """Newest row per group that gives `value`, within the county's survey.max_age_days (oldest day it allows:
    p_survey_from)."""
    given = surveys.filter(on_or_before("surveyed_on", as_of) & ~nw.col(value).is_null())
    latest = newest(given, by, "surveyed_on").select(*by, value, "surveyed_on")
    limits = households.select("household_id", "p_survey_from")
    joined = latest.join(limits, on="household_id", how="inner")
    return joined.filter((nw.col("surveyed_on") >= nw.col("p_survey_from")).fill_null(False)).drop("p_survey_from")


def household_safety(households: Lazy, surveys: Lazy, as_of: dt.date) -> Lazy:
    """Every household with housing_grade and water_safe (null: unknown) and the day each was seen."""
    housing = _recent(surveys, households, ["household_id"], "housing_grade", as_of)
    water = _recent(surveys, households, ["household_id"], "water_safe", as_of)
    return (
        households.select("household_id")
        .join(housing.rename({"surveyed_on": "housing_surveyed_on"}), on="household_id", how="left")
        .join(water.rename({"surveyed_on": "water_surveyed_on"}), on="household_id", how="left")
    )


def willingness(households: Lazy, person_surveys: Lazy, as_of: dt.date) -> Lazy:
    """household_id, person_id, labour_willingness as surveyed (有 or 无), surveyed_on."""
    return _recent(person_surveys, households, ["household_id", "person_id"], "labour_willingness", as_of)
