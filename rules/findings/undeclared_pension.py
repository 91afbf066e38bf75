"""养老待遇高于申报."""

import narwhals as nw

from rules.expressions import PPM, Lazy, item_key
from rules.facts.facts import Facts
from rules.rule import rule


@rule(
    direction="verify",
    feeds=("pensions",),
    parameters=("income.tolerance_ratio", "income.exclude_basic_pension", "standard.dibao"),
    unit="yuan_per_year",
    statement_zh="近12个月发放养老待遇合计{observed}元, 家庭申报{declared}元, 超过申报加容差({limit}元): {items}。",
    item_zh="{person_name}的{insurance_type}养老待遇{amount}元",
    clause="阿盟 实施措施 二十二",
)
def undeclared_pension(facts: Facts) -> Lazy:
    """Pensions paid in window W exceed what was declared by more than the tolerance."""
    policy = facts.households.select("household_id", "p_tolerance_ppm", "p_standard_fen")
    rows = facts.income.join(policy, on="household_id", how="inner")
    tolerance = nw.max_horizontal(
        nw.col("p_tolerance_ppm") * nw.col("declared_pension"), nw.col("p_standard_fen") * PPM
    )
    rows = rows.filter(~nw.col("p_standard_fen").is_null() & ~nw.col("p_tolerance_ppm").is_null())
    rows = rows.with_columns((nw.col("declared_pension") * PPM + tolerance).alias("limit"))
    over = rows.filter(nw.col("observed_pension") * PPM > nw.col("limit")).select(
        "household_id",
        nw.col("declared_pension").alias("declared"),
        nw.col("observed_pension").alias("observed"),
        "limit",
    )
    return facts.observed_pensions.join(over, on="household_id", how="inner").select(
        "household_id",
        item_key("person_id", "insurance_type"),
        "person_id",
        "insurance_type",
        "amount_fen",
        "declared",
        "observed",
        "limit",
    )
