"""名下有未申报机动车."""

import narwhals as nw

from rules.expressions import Lazy, item_key, rows
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
    declared = facts.declared_assets.filter(nw.col("asset_kind") == VEHICLE).select(
        "household_id", nw.col("asset_no").alias("plate_no")
    )
    undeclared = counted.join(declared, on=["household_id", "plate_no"], how="anti")
    how_many = declared.group_by("household_id").agg(rows().alias("declared"))
    return undeclared.join(how_many, on="household_id", how="left").select(
        "household_id",
        item_key("plate_no"),
        "person_id",
        "plate_no",
        "plate_type",
        "vehicle_type",
        "first_registered_on",
        nw.col("declared").fill_null(0).alias("declared"),
    )
