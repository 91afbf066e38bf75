"""名下有未申报房产."""

import narwhals as nw

from rules.expressions import Lazy, item_key, rows
from rules.facts.assets import units_of_household
from rules.facts.facts import Facts
from rules.rule import rule

HOME = "房产"


@rule(
    direction="verify",
    feeds=("property",),
    parameters=("property.counted_usages",),
    unit="unit",
    statement_zh="不动产登记(含网签)显示, 成员名下有{count}处未列入申报的房产: {items}。家庭申报房产{declared}处。",
    item_zh="{unit_no}({usage}, {area_m2}平方米, 份额{share})",
    clause="阿盟 实施措施 二十二",
)
def undeclared_property(facts: Facts) -> Lazy:
    """A member holds a unit in force, of a usage that counts, that the family did not declare. One item per unit."""
    counted = facts.property_units.join(
        facts.property_counted_usages.select("county", nw.col("value").alias("usage")),
        on=["county", "usage"],
        how="inner",
    )
    declared = facts.declared_assets.filter(nw.col("asset_kind") == HOME).select(
        "household_id", nw.col("asset_no").alias("unit_no")
    )
    undeclared = units_of_household(counted.join(declared, on=["household_id", "unit_no"], how="anti"))
    how_many = declared.group_by("household_id").agg(rows().alias("declared"))
    return undeclared.join(how_many, on="household_id", how="left").select(
        "household_id",
        item_key("unit_no"),
        "unit_no",
        "usage",
        "area_m2_e4",
        "share_e6",
        nw.col("declared").fill_null(0).alias("declared"),
    )
