"""Recorded income beside the declared one, with the tolerance (spec page 3, Income)."""

from __future__ import annotations

import narwhals as nw

from rules.expressions import PPM, Lazy


def above_declared(
    households: Lazy, declared: Lazy, observed: Lazy, kind: str, ratio: nw.Expr, standard: nw.Expr
) -> Lazy:
    """household_id, declared, observed (fen), limit (millionths of a fen) where the recorded sum is above the limit.

    limit = declared + max(ratio x declared, one month of the standard for one person). `kind`: earnings or pension.
    """
    said, seen = nw.col(f"declared_{kind}"), nw.col(f"observed_{kind}")
    policy = households.filter(~standard.is_null() & ~ratio.is_null()).select("household_id", ratio, standard)
    rows = observed.join(declared, on="household_id", how="inner").join(policy, on="household_id", how="inner")
    tolerance = nw.max_horizontal(ratio * said, standard * PPM)
    rows = rows.with_columns((said * PPM + tolerance).alias("limit"))
    return rows.filter(seen * PPM > nw.col("limit")).select(
        "household_id", said.alias("declared"), seen.alias("observed"), "limit"
    )
