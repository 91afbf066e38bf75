"""名下有未申报机动车."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.facts.assets import declared_numbers, with_declared_count
from rules.facts.facts import Facts
from rules.rule import rule

VEHICLE = "机动车"


@rule(
    direction="verify",
    feeds=("vehicles",),
    parameters=("vehicle.exempt_types",),
    unit="vehicle",
    statement_zh="机动车登记显示, 成员名下有{count}辆未列入申报的机动车: {items}。家庭申报机动车{declared}辆。",
    item_zh="{plate_no}({vehicle_type}, 初次登记{first_registered_on}, {person_name})",
    clause="阿盟 实施措施 二十二",
)
def undeclared_vehicle(facts: Facts) -> Lazy:
    """A vehicle registered to a member on the check date, of a type that counts, that the family did not declare."""
    counted = facts.vehicles
    for length in facts.exempt_type_lengths:
        exempt = facts.vehicle_exempt_types.filter(nw.col("length") == length)
        exempt = exempt.select("county", nw.col("value").alias("prefix"))
        counted = counted.with_columns(nw.col("vehicle_type").str.slice(0, length).alias("prefix"))
        counted = counted.join(exempt, on=["county", "prefix"], how="anti")
    declared = declared_numbers(facts.declared_assets, VEHICLE, "plate_no")
    undeclared = counted.join(declared, on=["household_id", "plate_no"], how="anti")
    return with_declared_count(undeclared, declared).select(
        "household_id",
        item_key("plate_no"),
        "person_id",
        "plate_no",
        "plate_type",
        "vehicle_type",
        "first_registered_on",
        "declared",
    )
