"""返贫致贫风险: covered, at_risk or none, from four factors of which an unknown one does not count (spec page 3)."""

from __future__ import annotations

import narwhals as nw

from rules.expressions import PPM, Lazy, rows


def _capacity_factor(labour: Lazy) -> Lazy:
    """household_id, labour_factor: yes when every active member's capacity is none or partial, unknown when one is
    unknown and nobody's is full."""
    capacity = nw.col("labour_capacity")
    counts = labour.group_by("household_id").agg(
        (capacity == "full").any().alias("has_full"),
        (capacity == "unknown").any().alias("has_unknown"),
        rows().alias("n"),
    )
    state = (
        nw.when(nw.col("has_full"))
        .then(nw.lit("no"))
        .when(nw.col("has_unknown"))
        .then(nw.lit("unknown"))
        .otherwise(nw.lit("yes"))
    )
    return counts.select("household_id", state.alias("labour_factor"))


def _income_factor(households: Lazy, income: Lazy) -> Lazy:
    """household_id, income_factor; known for admitted households with fresh tax and pension feeds and a standard."""
    known = households.filter(
        nw.col("is_admitted") & nw.col("fresh_tax") & nw.col("fresh_pensions") & ~nw.col("p_standard_fen").is_null()
    ).select("household_id", "p_standard_fen")
    joined = known.join(income.select("household_id", "countable_e6", "active_members"), on="household_id", how="inner")
    below = nw.col("countable_e6") < nw.col("p_standard_fen") * nw.col("active_members") * (12 * PPM)
    return joined.select(
        "household_id", nw.when(below).then(nw.lit("yes")).otherwise(nw.lit("no")).alias("income_factor")
    )


def poverty_return_risk(households: Lazy, labour: Lazy, safety: Lazy, income: Lazy) -> Lazy:
    """household_id, poverty_return_risk, factors and unknown_factors (names joined by commas, sorted)."""
    joined = (
        households.select("household_id", "has_basic_support", "p_min_factors")
        .join(_capacity_factor(labour), on="household_id", how="left")
        .join(safety.select("household_id", "housing_safety", "water_safety"), on="household_id", how="left")
        .join(_income_factor(households, income), on="household_id", how="left")
    )
    states = {
        # a household without members has no capacity to speak of: the factor needs at least one active member
        "labour_capacity": nw.col("labour_factor").fill_null("no"),
        "housing_safety": nw.col("housing_safety"),
        "water_safety": nw.col("water_safety"),
        "income_below_standard": nw.col("income_factor").fill_null("unknown"),
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
