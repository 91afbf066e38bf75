"""名下有未申报机动车."""

from rules.expressions import Codes, Lazy, item_key, not_beginning_with
from rules.facts.assets import declared_numbers, with_declared_count
from rules.rule import rule

VEHICLE = "机动车"


@rule(
    label_en="Vehicle not declared",
    direction="verify",
    unit="vehicle",
    statement_zh="机动车登记显示, 成员名下有{count}辆未列入申报的机动车: {items}。家庭申报机动车{declared}辆。",
    item_zh="{plate_no}({vehicle_type}, 初次登记{first_registered_on}, {person_name})",
)
def undeclared_vehicle(owned_vehicles: Lazy, vehicle_exempt_types: Codes, *, declared_assets_in_force: Lazy) -> Lazy:
    """A vehicle registered to a member on the check date, of a type that counts, that the family did not declare."""
    counted = not_beginning_with(owned_vehicles, "vehicle_type", vehicle_exempt_types)
    declared = declared_numbers(declared_assets_in_force, VEHICLE, "plate_no")
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
