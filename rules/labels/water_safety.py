"""饮水安全: safe, unsafe or unknown (乌民政发〔2025〕23号 二(二)7)."""

from __future__ import annotations

import narwhals as nw

from rules.registry import label


@label(safe="安全", unsafe="不安全")
def water_safety() -> nw.Expr:
    """From water_safe of the newest survey that is not too old."""
    answer = nw.col("water_safe").fill_null("")
    return (
        nw.when(answer == "否")
        .then(nw.lit("unsafe"))
        .when(answer == "是")
        .then(nw.lit("safe"))
        .otherwise(nw.lit("unknown"))
        .alias("water_safety")
    )
