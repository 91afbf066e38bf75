"""返贫致贫风险: covered, at_risk or none, from four factors of which an unknown one does not count (spec page 3)."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from rules.expressions import PPM, Lazy
from rules.facts.freshness import Fresh
from rules.packed import bits, names_of
from rules.registry import fact, label

FACTORS: Final = ("housing_safety", "income_below_standard", "labour_capacity", "water_safety")
"""In the order in which they are listed."""


def _capacity(labour_capacity: Lazy) -> Lazy:
    """household_id, has_full: households with a member whose capacity is full or unknown, and whether one is full."""
    capacity = nw.col("labour_capacity")
    known = labour_capacity.filter((capacity == "full") | (capacity == "unknown"))
    return known.group_by("household_id").agg((capacity == "full").any().alias("has_full"))


def _capacity_factor() -> nw.Expr:
    """yes when every active member's capacity is none or partial, unknown when one is unknown and nobody's is full.

    A household without members has no capacity to speak of: the factor needs at least one active member.
    """
    return (
        nw.when(nw.col("has_full") | (nw.col("active_members") == 0))
        .then(nw.lit("no"))
        .when(~nw.col("has_full"))
        .then(nw.lit("unknown"))
        .otherwise(nw.lit("yes"))
    )


def _income_factor(standard: nw.Expr) -> nw.Expr:
    """Known for admitted households with fresh tax and pension feeds and a standard."""
    fresh = nw.col("is_admitted") & nw.col("fresh_tax") & nw.col("fresh_pensions")
    below = nw.col("countable_e6") < standard * nw.col("active_members") * (12 * PPM)
    return (
        nw.when(~fresh | standard.is_null() | nw.col("countable_e6").is_null())
        .then(nw.lit("unknown"))
        .when(below)
        .then(nw.lit("yes"))
        .otherwise(nw.lit("no"))
    )


@label(covered="已纳入低保或特困", at_risk="存在风险", none="未达风险条件")
@fact(keep=True, zh="风险标签: 返贫风险因素", en="Risk label: factors of falling back into poverty")
def poverty_return_risk(
    households: Lazy,
    risk_min_factors: nw.Expr,
    *,
    labour_capacity: Lazy,
    household_safety: Lazy,
    income: Lazy,
    standard_dibao: nw.Expr,
    fresh: Fresh,
) -> Lazy:
    """household_id, poverty_return_risk, factors and unknown_factors (names joined by commas, sorted)."""
    joined = (
        households.join(fresh.rows.select("coverage", "fresh_tax", "fresh_pensions"), on="coverage", how="left")
        .join(household_safety.select("household_id", "housing_safety", "water_safety"), on="household_id", how="left")
        .join(_capacity(labour_capacity), on="household_id", how="left")
        .join(income.select("household_id", "countable_e6"), on="household_id", how="left")
    )
    counted = _counted(joined, standard_dibao)
    risk = (
        nw.when(nw.col("has_basic_support"))
        .then(nw.lit("covered"))
        .when((nw.col("__number") >= risk_min_factors).fill_null(False))
        .then(nw.lit("at_risk"))
        .otherwise(nw.lit("none"))
    )
    return counted.select(
        "household_id",
        risk.alias("poverty_return_risk"),
        names_of("__yes", FACTORS).alias("factors"),
        names_of("__unknown", FACTORS).alias("unknown_factors"),
        nw.col("__number").alias("factor_count"),
        risk_min_factors.cast(nw.Int64).alias("min_factors"),
    )


def _counted(homes: Lazy, standard: nw.Expr) -> Lazy:
    """`homes` with the factors that hold and the unknown ones as bits, and how many hold. Step by step: an engine would
    otherwise work out a factor again wherever it is named."""
    states = homes.with_columns(
        _capacity_factor().alias("labour_capacity"), _income_factor(standard).alias("income_below_standard")
    )
    yes = [(nw.col(name) == "yes") | (nw.col(name) == "unsafe") for name in FACTORS]
    unknown = [nw.col(name) == "unknown" for name in FACTORS]
    return states.with_columns(
        bits(yes).alias("__yes"),
        bits(unknown).alias("__unknown"),
        nw.sum_horizontal(*(flag.cast(nw.Int64) for flag in yes)).cast(nw.Int64).alias("__number"),
    )
