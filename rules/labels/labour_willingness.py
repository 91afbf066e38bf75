"""劳动意愿: willing, unwilling or unknown, for people with capacity (spec page 3)."""

from __future__ import annotations

import narwhals as nw

from rules.expressions import Lazy


def labour_willingness(capacity: Lazy, surveyed: Lazy) -> Lazy:
    """capacity plus labour_willingness; null for people without capacity.

    `surveyed` is per household_id and person_id or per person_id alone (rules/facts/surveys.py); `capacity` carries
    p_survey_from, the oldest day that the county's survey.max_age_days allows.
    """
    names = surveyed.collect_schema().names()
    key: list[str] = [name for name in ("household_id", "person_id") if name in names]
    answers = surveyed.select(*key, nw.col("labour_willingness").alias("answer"), "surveyed_on")
    joined = capacity.join(answers, on=key, how="left")
    has_capacity = (nw.col("labour_capacity") == "full") | (nw.col("labour_capacity") == "partial")
    recent = (nw.col("surveyed_on") >= nw.col("p_survey_from")).fill_null(False)
    answer = nw.when(recent).then(nw.col("answer")).otherwise(nw.lit("")).fill_null("")
    label = (
        nw.when(has_capacity & (answer == "有"))
        .then(nw.lit("willing"))
        .when(has_capacity & (answer == "无"))
        .then(nw.lit("unwilling"))
        .when(has_capacity)
        .then(nw.lit("unknown"))
    )
    return joined.with_columns(label.alias("labour_willingness")).drop("answer", "surveyed_on")
