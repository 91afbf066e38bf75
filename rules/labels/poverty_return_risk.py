"""返贫致贫风险: covered, at_risk or none, from four factors of which an unknown one does not count (spec page 3)."""

from __future__ import annotations

import narwhals as nw

from rules.expressions import PPM, Lazy


def _capacity(labour: Lazy) -> Lazy:
    """household_id, has_full: households with a member whose capacity is full or unknown, and whether one is full."""
    capacity = nw.col("labour_capacity")
    known = labour.filter((capacity == "full") | (capacity == "unknown"))
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


def _income_factor() -> nw.Expr:
    """Known for admitted households with fresh tax and pension feeds and a standard."""
    fresh = nw.col("is_admitted") & nw.col("fresh_tax") & nw.col("fresh_pensions")
    below = nw.col("countable_e6") < nw.col("p_standard_fen") * nw.col("active_members") * (12 * PPM)
    return (
        nw.when(~fresh | nw.col("p_standard_fen").is_null() | nw.col("countable_e6").is_null())
        .then(nw.lit("unknown"))
        .when(below)
        .then(nw.lit("yes"))
        .otherwise(nw.lit("no"))
    )


def poverty_return_risk(households: Lazy, labour: Lazy, income: Lazy) -> Lazy:
    """household_id, poverty_return_risk, factors and unknown_factors (names joined by commas, sorted).

    `households` carries housing_safety, water_safety, the freshness of tax and pensions and the county's policy.
    """
    joined = households.join(_capacity(labour), on="household_id", how="left").join(
        income.select("household_id", "countable_e6"), on="household_id", how="left"
    )
    states = {
        "labour_capacity": _capacity_factor(),
        "housing_safety": nw.col("housing_safety"),
        "water_safety": nw.col("water_safety"),
        "income_below_standard": _income_factor(),
    }
    yes = {name: (state == "yes") | (state == "unsafe") for name, state in states.items()}
    unknown = {name: state == "unknown" for name, state in states.items()}
    number = nw.sum_horizontal(*(flag.cast(nw.Int64) for flag in yes.values()))
    label = (
        nw.when(nw.col("has_basic_support"))
        .then(nw.lit("covered"))
        .when((number >= nw.col("p_min_factors")).fill_null(False))
        .then(nw.lit("at_risk"))
        .otherwise(nw.lit("none"))
    )
    return joined.select(
        "household_id",
        label.alias("poverty_return_risk"),
        _listed(yes).alias("factors"),
        _listed(unknown).alias("unknown_factors"),
        number.cast(nw.Int64).alias("factor_count"),
        nw.col("p_min_factors").cast(nw.Int64).alias("min_factors"),
    )


def _listed(flags: dict[str, nw.Expr]) -> nw.Expr:
    """Names whose flag is true, sorted, separated by commas."""
    parts = [nw.when(flags[name]).then(nw.lit("," + name)).otherwise(nw.lit("")) for name in sorted(flags)]
    return nw.concat_str(parts).str.slice(1)
