"""住房超出规定."""

import narwhals as nw

from rules.expressions import Lazy, item_key, rows
from rules.facts.assets import units_of_household
from rules.rule import rule

DWELLING = "住宅"


@rule(
    label_en="Dwellings above the limit",
    direction="verify",
    unit="m2_per_head_e10",
    statement_zh="不动产登记(含网签)显示, 成员名下有住宅{count}套, 按份额折算人均{observed}平方米, 高于{limit}平方米: {items}。",
    item_zh="{unit_no}({area_m2}平方米, 份额{share})",
)
def dwellings_over_limit(
    property_units: Lazy, households: Lazy, property_dwellings_limit: nw.Expr, property_area_per_head: nw.Expr
) -> Lazy:
    """As many dwellings as the limit or more, and more floor area a head than the policy allows.

    Area held = sum over units of area x share (area_m2_e4 x share_e6: 10^-10 m2), compared without dividing.
    """
    units = units_of_household(property_units.filter(nw.col("usage") == DWELLING))
    units = units.with_columns((nw.col("area_m2_e4") * nw.col("share_e6")).alias("held_e10"))
    sums = units.group_by("household_id").agg(
        rows().alias("dwellings"), nw.col("held_e10").sum().cast(nw.Int64).alias("held_e10")
    )
    policy = households.select("household_id", "active_members", property_dwellings_limit, property_area_per_head)
    over = sums.join(policy, on="household_id", how="inner").filter(
        (nw.col("dwellings") >= property_dwellings_limit)
        & (nw.col("held_e10") > property_area_per_head * nw.col("active_members") * 1_000_000)
    )
    figures = over.select(
        "household_id",
        nw.col("held_e10").alias("observed"),
        property_area_per_head.alias("limit"),
        nw.col("active_members").alias("heads"),
    )
    return units.join(figures, on="household_id", how="inner").select(
        "household_id", item_key("unit_no"), "unit_no", "usage", "area_m2_e4", "share_e6", "observed", "limit", "heads"
    )
