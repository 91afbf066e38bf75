"""What members own on the check date: vehicles and property in force."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from rules.expressions import Lazy, rows

NO_LONGER_OWNED: Final = ("B", "E", "M", "P")
"""Letters of a vehicle's status that end ownership: 转出, 注销, 强制注销, 报废公告."""


def owned_vehicles(vehicles: Lazy) -> Lazy:
    """Vehicles whose status holds none of B, E, M, P."""
    ended = nw.lit(False)
    for letter in NO_LONGER_OWNED:
        ended = ended | nw.col("status").str.contains(letter, literal=True)
    columns = ["household_id", "person_id", "county", "plate_no", "plate_type", "vehicle_type", "first_registered_on"]
    return vehicles.filter(~ended).select(columns)


def property_in_force(property_rows: Lazy) -> Lazy:
    """Units whose status is 现势, registered or signed for (登记 and 网签 alike)."""
    columns = ["household_id", "person_id", "county", "unit_no", "usage", "area_m2_e4", "share_e6"]
    return property_rows.filter(nw.col("status") == "现势").select(columns)


def units_of_household(units: Lazy) -> Lazy:
    """One row per household and unit: the largest area given, the members' largest shares added up to at most 1."""
    per_member = units.group_by("household_id", "unit_no", "person_id").agg(
        nw.col("share_e6").max().alias("share_e6"),
        nw.col("area_m2_e4").max().alias("area_m2_e4"),
        nw.col("usage").min().alias("usage"),
    )
    return (
        per_member.group_by("household_id", "unit_no")
        .agg(
            nw.col("share_e6").sum().cast(nw.Int64).alias("share_sum"),
            nw.col("area_m2_e4").max().alias("area_m2_e4"),
            nw.col("usage").min().alias("usage"),
        )
        .with_columns(nw.min_horizontal(nw.col("share_sum"), nw.lit(1_000_000)).alias("share_e6"))
        .drop("share_sum")
    )


def declared_numbers(declared_assets: Lazy, asset_kind: str, number: str) -> Lazy:
    """household_id and the declared numbers of one kind (机动车, 房产), in a column called `number`."""
    return declared_assets.filter(nw.col("asset_kind") == asset_kind).select(
        "household_id", nw.col("asset_no").alias(number)
    )


def with_declared_count(frame: Lazy, declared: Lazy) -> Lazy:
    """`frame` with `declared`: how many the household declared, 0 where none."""
    counts = declared.group_by("household_id").agg(rows().alias("declared"))
    joined = frame.join(counts, on="household_id", how="left")
    return joined.with_columns(nw.col("declared").fill_null(0).alias("declared"))
