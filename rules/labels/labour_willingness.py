"""劳动意愿: willing, unwilling or unknown, for people with capacity (spec page 3)."""

from __future__ import annotations

import narwhals as nw

from rules.expressions import Lazy


def labour_willingness(capacity: Lazy, surveyed: Lazy) -> Lazy:
    """capacity plus labour_willingness; null for people without capacity."""
    joined = capacity.join(
        surveyed.select("household_id", "person_id", nw.col("labour_willingness").alias("answer")),
        on=["household_id", "person_id"],
        how="left",
    )
    has_capacity = (nw.col("labour_capacity") == "full") | (nw.col("labour_capacity") == "partial")
    answer = nw.col("answer").fill_null("")
    label = (
        nw.when(has_capacity & (answer == "有"))
        .then(nw.lit("willing"))
        .when(has_capacity & (answer == "无"))
        .then(nw.lit("unwilling"))
        .when(has_capacity)
        .then(nw.lit("unknown"))
    )
    return joined.with_columns(label.alias("labour_willingness")).drop("answer")
