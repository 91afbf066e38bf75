"""劳动意愿: willing, unwilling or unknown, for people with capacity (spec page 3)."""

from __future__ import annotations

import narwhals as nw

from rules.clocks import Dates
from rules.expressions import Lazy, owner
from rules.registry import fact, label


@label(willing="有劳动意愿", unwilling="无劳动意愿")
def labour_willingness() -> nw.Expr:
    """From `answer` (有, 无 or null) of people with labour_capacity; null for people without."""
    has_capacity = (nw.col("labour_capacity") == "full") | (nw.col("labour_capacity") == "partial")
    answer = nw.col("answer").fill_null("")
    return (
        nw.when(has_capacity & (answer == "有"))
        .then(nw.lit("willing"))
        .when(has_capacity & (answer == "无"))
        .then(nw.lit("unwilling"))
        .when(has_capacity)
        .then(nw.lit("unknown"))
        .alias("labour_willingness")
    )


@fact(
    keep=True,
    clock=Dates("surveyed_on", days=("survey.max_age_days",)),
    zh="风险标签: 劳动能力与就业意愿",
    en="Risk labels: labour capacity and willingness",
)
def labour(labour_capacity: Lazy, surveyed_willingness: Lazy, survey_max_age_days: nw.Expr) -> Lazy:
    """household_id, person_id, labour_capacity, labour_willingness of every member: as answered in the newest survey, if that
    is not older than the county allows."""
    asked = labour_capacity.join(surveyed_willingness, on=owner(surveyed_willingness), how="left")
    recent = (nw.col("surveyed_on") >= survey_max_age_days).fill_null(False)
    answer = nw.when(recent).then(nw.col("answer"))
    answered = asked.with_columns(answer.alias("answer")).with_columns(labour_willingness())
    return answered.select("household_id", "person_id", "labour_capacity", "labour_willingness")
