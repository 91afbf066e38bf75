"""Recorded income beside the declared one, with the tolerance (spec page 3, Income)."""

from __future__ import annotations

from typing import Literal

import narwhals as nw

from rules.expressions import PPM, Lazy
from rules.facts.facts import Facts


def above_declared(facts: Facts, kind: Literal["earnings", "pension"]) -> Lazy:
    """household_id, declared, observed (fen), limit (millionths of a fen) where the recorded sum is above the limit.

    limit = declared + max(ratio x declared, one month of the standard for one person).
    """
    declared, observed = nw.col(f"declared_{kind}"), nw.col(f"observed_{kind}")
    policy = facts.households.select("household_id", "p_tolerance_ppm", "p_standard_fen")
    rows = facts.income.join(policy, on="household_id", how="inner")
    rows = rows.filter(~nw.col("p_standard_fen").is_null() & ~nw.col("p_tolerance_ppm").is_null())
    tolerance = nw.max_horizontal(nw.col("p_tolerance_ppm") * declared, nw.col("p_standard_fen") * PPM)
    rows = rows.with_columns((declared * PPM + tolerance).alias("limit"))
    return rows.filter(observed * PPM > nw.col("limit")).select(
        "household_id", declared.alias("declared"), observed.alias("observed"), "limit"
    )
