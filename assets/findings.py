"""Findings of one check date: every rule on every household, with four results and never fewer.

hit | no_hit | not_checked (with the first reason that holds) | suppressed (decided later, with the tickets).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import narwhals as nw
import polars as pl

from assets.county_policy import CountyPolicy
from assets.engine import Engine
from assets.facts import Facts
from assets.households import Registers
from assets.lake import with_numbers
from assets.reading.identity import as_number
from rules.expressions import Lazy, rows
from rules.findings import ALL, ORDER
from rules.rule import Rule

ITEM_SCHEMA: Final[dict[str, type[pl.DataType]]] = {
    "rule": pl.String,
    "household_id": pl.String,
    "item_key": pl.String,
    "person_id": pl.String,
    "on": pl.Date,
    "months": pl.Int64,
    "other_household": pl.String,
    "plate_no": pl.String,
    "plate_type": pl.String,
    "vehicle_type": pl.String,
    "first_registered_on": pl.Date,
    "unit_no": pl.String,
    "usage": pl.String,
    "area_m2_e4": pl.Int64,
    "share_e6": pl.Int64,
    "payer": pl.String,
    "income_item": pl.String,
    "amount_fen": pl.Int64,
    "insurance_type": pl.String,
    "grade": pl.String,
    "factors": pl.String,
    "declared": pl.Int64,
    "observed": pl.Int64,
    "limit": pl.Int64,
    "heads": pl.Int64,
}
"""Items of all rules in one shape: the item's fields, then the figures of the finding as a whole."""


_KIND: Final = ("county", "coverage", "is_admitted", "is_township_valid")


@dataclass(frozen=True)
class Findings:
    """items: ITEM_SCHEMA. missing_records: household_id, person_id of members without a registration record.
    results: county, rule, result, reason, households. county_reasons: (coverage, rule) -> reason not checked."""

    items: pl.DataFrame
    missing_records: pl.DataFrame
    results: pl.DataFrame
    county_reasons: dict[tuple[str, str], str]


def county_reasons(registers: Registers, fresh: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Why a rule cannot be checked for a whole county: feed_missing, feed_stale or policy_missing, in that order."""
    state = {(row["coverage"], row["feed"]): row["state"] for row in fresh.iter_rows(named=True)}
    reasons: dict[tuple[str, str], str] = {}
    for coverage in registers.coverages:
        for rule in ALL:
            states = [state[(coverage, feed)] for feed in rule.feeds]
            if "feed_missing" in states:
                reasons[(coverage, rule.code)] = "feed_missing"
            elif "feed_stale" in states:
                reasons[(coverage, rule.code)] = "feed_stale"
            elif _lacks_policy(registers.policy, coverage, rule):
                reasons[(coverage, rule.code)] = "policy_missing"
    return reasons


def _lacks_policy(policy: CountyPolicy, county: str, rule: Rule) -> bool:
    # A household whose township is unusable is not checked anyway; its pseudo county has no values of its own.
    return any(policy.value(county, name) is None for name in rule.needed_parameters)


@dataclass(frozen=True)
class Standing:
    """What holds of households that were not computed anew. items: theirs, ITEM_SCHEMA; households: as in Registers,
    registration: as in Facts, both of all households."""

    items: pl.DataFrame
    households: Lazy
    registration: Lazy


def find_all(
    engine: Engine, registers: Registers, facts: Facts, fresh: pl.DataFrame, standing: Standing | None = None
) -> Findings:
    """Run the fifteen rules and count every household once per rule. `standing`: where `facts` are of some only."""
    reasons = county_reasons(registers, fresh)
    found = [_in_shape(_with_numbers(engine.collect(facts.run(rule))), rule) for rule in ALL]
    registration = facts["registration"] if standing is None else standing.registration
    unrecorded = registration.filter(~nw.col("has_record")).select("household_id", "person_id")
    missing = with_numbers(engine.collect(unrecorded)).sort("household_id", "person_id")
    households = (registers.households if standing is None else standing.households).select("household_id", *_KIND)
    everyone = engine.collect(households.group_by(*_KIND).agg(rows().alias("households")))
    others = [] if standing is None else [standing.items]
    seen = pl.concat([frame["household_id"] for frame in (*found, *others, missing)]).unique().to_frame()
    kinds = engine.collect(households.join(engine.frame(seen), on="household_id", how="inner"))
    items = pl.concat([_checked(frame, rule, kinds, reasons) for frame, rule in zip(found, ALL, strict=True)])
    items = items.unique(["rule", "household_id", "item_key"], keep="first", maintain_order=True)
    if others:
        items = _in_order(pl.concat([items, *others]))
    return Findings(items, missing, _results(everyone, kinds, items, missing, reasons), reasons)


def _checked(
    found: pl.DataFrame, rule: Rule, kinds: pl.DataFrame, reasons: Mapping[tuple[str, str], str]
) -> pl.DataFrame:
    """Items of households for which the rule may speak."""
    mine = kinds.filter(pl.col("is_township_valid"))
    if rule.is_economic:
        mine = mine.filter(pl.col("is_admitted"))
    blocked = [coverage for coverage, code in reasons if code == rule.code]
    mine = mine.filter(~pl.col("coverage").is_in(blocked))
    return found.join(mine, on="household_id", how="semi", maintain_order="left")


def _in_order(items: pl.DataFrame) -> pl.DataFrame:
    """Items as `find_all` lists them."""
    rule = pl.col("rule").replace_strict(ORDER, return_dtype=pl.Int8)
    return items.sort(rule, "household_id", "item_key", "plate_type", "person_id")


def _with_numbers(found: pl.DataFrame) -> pl.DataFrame:
    """Identity numbers written out, also at the beginning of the item keys that name a person."""
    if "person_id" not in found.columns:
        return found
    digits, key, number = pl.col("person_id").cast(pl.String), pl.col("item_key"), pl.col("__number")
    names_a_person = (key == digits) | key.str.starts_with(digits + "|")
    written = pl.when(names_a_person).then(number + key.str.slice(digits.str.len_chars())).otherwise(key)
    return (
        found.with_columns(as_number(found["person_id"]).alias("__number"))
        .with_columns(written.alias("item_key"), number.alias("person_id"))
        .drop("__number")
    )


def _in_shape(found: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """All rules' items in one order and shape, so that the same inputs give the same bytes on every engine."""
    columns = [
        (pl.col(name) if name in found.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in ITEM_SCHEMA.items()
        if name != "rule"
    ]
    shaped = found.select(pl.lit(rule.code).alias("rule"), *columns)
    return shaped.sort("household_id", "item_key", "plate_type", "person_id")


def _results(
    everyone: pl.DataFrame,
    kinds: pl.DataFrame,
    items: pl.DataFrame,
    missing: pl.DataFrame,
    reasons: Mapping[tuple[str, str], str],
) -> pl.DataFrame:
    """county, rule, result, reason, households: sums to the number of households for every county and rule.

    Households of one kind have one result and reason unless they have a hit: they are counted once for all rules.
    `everyone`: their number by kind; `kinds`: those with an item or a missing record, one by one.
    """
    incomplete = pl.col("household_id").is_in(missing["household_id"].unique().implode())
    kinds = kinds.with_columns(incomplete.alias("is_incomplete"))
    number = pl.len().cast(pl.Int64)
    lacking = kinds.filter("is_incomplete").group_by(_KIND).agg(number.alias("lacking"))
    split = everyone.join(lacking, on=_KIND, how="left").with_columns(pl.col("lacking").fill_null(0))
    everyone = pl.concat(
        split.select(*_KIND, pl.lit(flag).alias("is_incomplete"), households.alias("households"))
        for flag, households in ((False, pl.col("households") - pl.col("lacking")), (True, pl.col("lacking")))
    )
    by = [*_KIND, "is_incomplete"]
    hits = items.select("rule", "household_id").unique().join(kinds, on="household_id", how="inner")
    hits = hits.group_by("rule", *by).agg(number.alias("hits"))
    frames = []
    for rule in ALL:
        found = hits.filter(pl.col("rule") == rule.code).drop("rule")
        counted = everyone.join(found, on=by, how="left").with_columns(pl.col("hits").fill_null(0))
        hit = counted.with_columns(pl.lit(True).alias("is_hit"), pl.col("hits").alias("households"))
        rest = counted.with_columns(
            pl.lit(False).alias("is_hit"), (pl.col("households") - pl.col("hits")).alias("households")
        )
        judged = pl.concat([hit, rest]).filter(pl.col("households") > 0).with_columns(why_not_checked(rule, reasons))
        frames.append(
            judged.group_by("county", result_of_kind().alias("result"), "reason")
            .agg(pl.col("households").sum())
            .select("county", pl.lit(rule.code).alias("rule"), "result", "reason", "households")
        )
    return pl.concat(frames).sort("county", "rule", "result", "reason")


def why_not_checked(rule: Rule, reasons: Mapping[tuple[str, str], str]) -> pl.Expr:
    """Why a rule is not checked, the first reason that holds; null where it is. `reasons`: Findings.county_reasons.

    Reads coverage, is_admitted, is_township_valid, is_incomplete (a member without a registration record), is_hit.
    """
    blocked = {coverage: why for (coverage, code), why in reasons.items() if code == rule.code}
    not_admitted = ~pl.col("is_township_valid")
    if rule.is_economic:
        not_admitted = not_admitted | ~pl.col("is_admitted")
    county_reason = pl.col("coverage").replace_strict(blocked, default=None, return_dtype=pl.String)
    no_record = pl.col("is_incomplete") if rule.needs_record_of_each_member else pl.lit(False)
    return (
        pl.when(not_admitted)
        .then(pl.lit("not_admitted"))
        .when(county_reason.is_not_null())
        .then(county_reason)
        .when(pl.col("is_hit"))
        .then(None)
        .when(no_record)
        .then(pl.lit("no_record"))
        .alias("reason")
    )


def result_of_kind() -> pl.Expr:
    """hit, no_hit or not_checked, from column `reason` and is_hit."""
    return (
        pl.when(pl.col("reason").is_not_null())
        .then(pl.lit("not_checked"))
        .when(pl.col("is_hit"))
        .then(pl.lit("hit"))
        .otherwise(pl.lit("no_hit"))
    )
