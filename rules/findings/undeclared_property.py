"""名下有未申报房产."""

from rules.expressions import Codes, Lazy, item_key, listed
from rules.facts.assets import declared_numbers, units_of_household, with_declared_count
from rules.rule import rule

HOME = "房产"


@rule(
    label_en="Real property not declared",
    direction="verify",
    unit="unit",
    statement_zh="不动产登记(含网签)显示, 成员名下有{count}处未列入申报的房产: {items}。家庭申报房产{declared}处。",
    item_zh="{unit_no}({usage}, {area_m2}平方米, 份额{share})",
)
def undeclared_property(
    property_units: Lazy, property_counted_usages: Codes, *, declared_assets_in_force: Lazy
) -> Lazy:
    """A member holds a unit in force, of a usage that counts, that the family did not declare. One item per unit."""
    counted = listed(property_units, "usage", property_counted_usages)
    declared = declared_numbers(declared_assets_in_force, HOME, "unit_no")
    undeclared = units_of_household(counted.join(declared, on=["household_id", "unit_no"], how="anti"))
    return with_declared_count(undeclared, declared).select(
        "household_id", item_key("unit_no"), "unit_no", "usage", "area_m2_e4", "share_e6", "declared"
    )
