"""住房安全: safe (A, B), unsafe (C, D) or unknown (乌民政发〔2025〕23号 二(二)7)."""

from __future__ import annotations

import narwhals as nw

from rules.registry import label


@label(safe="安全", unsafe="不安全")
def housing_safety() -> nw.Expr:
    """From housing_grade of the newest survey that is not too old."""
    grade = nw.col("housing_grade").fill_null("")
    return (
        nw.when((grade == "C") | (grade == "D"))
        .then(nw.lit("unsafe"))
        .when((grade == "A") | (grade == "B"))
        .then(nw.lit("safe"))
        .otherwise(nw.lit("unknown"))
        .alias("housing_safety")
    )
