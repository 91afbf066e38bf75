"""Who is looked at: active households, their members, the declaration in force (spec page 3, first section)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import narwhals as nw

from policy.parameters import PROGRAMMES
from rules.expressions import Lazy, empty_or_after, empty_or_on_or_before, newest, on_or_before, rows

BASIC: Final = ("低保", "特困")
"""Programmes that already give basic support: such a household is `covered`."""
ENROLMENT: Final = ("低保", "特困", "低保边缘", "刚性支出困难")
"""Programmes a person may be in once only (rule enrolled_twice)."""

_MAIN_ROW: Final = (
    "applicant_id",
    "township_code",
    "county",
    "coverage",
    "is_township_valid",
    "category",
    "urban_rural",
    "persons_covered",
    "started_on",
)


def active_roster(roster: Lazy, as_of: dt.date) -> Lazy:
    """Roster rows with started_on ≤ as_of and ended_on empty or > as_of, with `rank` (0 = 低保)."""
    return roster.filter(on_or_before("started_on", as_of) & empty_or_after("ended_on", as_of)).with_columns(
        _program_rank().alias("rank")
    )


def _program_rank() -> nw.Expr:
    rank = nw.lit(len(PROGRAMMES) - 1)
    for index in range(len(PROGRAMMES) - 2, -1, -1):
        rank = nw.when(nw.col("program") == PROGRAMMES[index]).then(nw.lit(index)).otherwise(rank)
    return rank.cast(nw.Int64)


def households(roster: Lazy, as_of: dt.date) -> Lazy:
    """One row per active household: its main programme's row and all programmes as bits of `programmes`.

    The roster holds one row per household and programme (its key), so the bits can be added.
    """
    active = active_roster(roster, as_of)
    bit = nw.lit(0)
    for index in range(len(PROGRAMMES)):
        bit = nw.when(nw.col("rank") == index).then(nw.lit(1 << index)).otherwise(bit)
    per_household = (
        active.with_columns(bit.cast(nw.Int64).alias("bit"))
        .group_by("household_id")
        .agg(
            nw.col("rank").min().alias("main_rank"),
            nw.col("bit").sum().cast(nw.Int64).alias("programmes"),
            (nw.col("rank") < len(BASIC)).any().alias("has_basic_support"),
            (nw.col("rank") < len(ENROLMENT)).any().alias("has_enrolment"),
        )
    )
    main = active.select("household_id", "rank", nw.col("program").alias("main_program"), *_MAIN_ROW)
    joined = main.join(per_household, on="household_id", how="inner")
    return joined.filter(nw.col("rank") == nw.col("main_rank")).drop("rank", "main_rank")


def members(household_members: Lazy, active_households: Lazy, as_of: dt.date) -> Lazy:
    """Active members of active households: joined_on empty or ≤ as_of and left_on empty or > as_of. They take over all
    that `active_households` holds."""
    active = household_members.filter(empty_or_on_or_before("joined_on", as_of) & empty_or_after("left_on", as_of))
    return active.select("household_id", "person_id", "name", "name_key").join(
        active_households, on="household_id", how="inner"
    )


def with_members_and_day(active_households: Lazy, active_members: Lazy, declaration: Lazy) -> Lazy:
    """Households with active_members, has_applicant (whether the applicant is one of them) and declared_on.

    `active_members` carries the household's applicant_id.
    """
    counts = active_members.group_by("household_id").agg(
        rows().alias("active_members"),
        (nw.col("person_id") == nw.col("applicant_id")).any().alias("has_applicant"),
    )
    joined = active_households.join(counts, on="household_id", how="left").with_columns(
        nw.col("active_members").fill_null(0).alias("active_members"),
        nw.col("has_applicant").fill_null(False).alias("has_applicant"),
    )
    return joined.join(declaration.select("household_id", "declared_on"), on="household_id", how="left")


def declaration_in_force(declarations: Lazy, as_of: dt.date) -> Lazy:
    """The household's newest declaration with declared_on ≤ as_of; declared_on is D of spec page 2."""
    return newest(declarations.filter(on_or_before("declared_on", as_of)), ["household_id"], "declared_on")
