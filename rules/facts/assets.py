"""What members own on the check date: vehicles and property in force."""

from __future__ import annotations

import datetime as dt
from typing import Final

import narwhals as nw

from rules.clocks import Dates
from rules.expressions import Lazy, newest, on_or_before, rows
from rules.registry import fact

NO_LONGER_OWNED: Final = ("B", "E", "M", "P")
"""Letters of a vehicle's status that end ownership: 转出, 注销, 强制注销, 报废公告."""


@fact()
def owned_vehicles(vehicles: Lazy) -> Lazy:
    """Vehicles whose status holds none of B, E, M, P."""
    ended = nw.lit(False)
    for letter in NO_LONGER_OWNED:
        ended = ended | nw.col("status").str.contains(letter, literal=True)
    columns = ["household_id", "person_id", "county", "plate_no", "plate_type", "vehicle_type", "first_registered_on"]
    return vehicles.filter(~ended).select(columns)


@fact(keep=True, zh="已授权成员名下计入的不动产", en="Property of members who consented")
def property_units(property: Lazy) -> Lazy:
    """Units whose status is 现势, registered or signed for (登记 and 网签 alike)."""
    columns = ["household_id", "person_id", "county", "unit_no", "usage", "area_m2_e4", "share_e6"]
    return property.filter(nw.col("status") == "现势").select(columns)


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


@fact(clock=Dates("declared_on"))
def declared_assets_in_force(declared_assets: Lazy, declaration: Lazy, as_of: dt.date) -> Lazy:
    """Assets of the newest declared_on ≤ as_of, if that is not before D; otherwise nothing is declared."""
    rows_ = declared_assets.filter(on_or_before("declared_on", as_of))
    latest = newest(rows_, ["household_id"], "declared_on")
    days = declaration.select("household_id", nw.col("declared_on").alias("declaration_on"))
    joined = latest.join(days, on="household_id", how="inner")
    return joined.filter(nw.col("declared_on") >= nw.col("declaration_on")).select(
        "household_id", "asset_kind", "asset_no"
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
