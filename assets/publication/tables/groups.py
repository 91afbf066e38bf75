"""The table findings_by_group: how often each rule hits, and how often that proved right, in each group of households.

Groups are for looking at fairness: no rule reads them. A household counts with its groups of the check date, a closed
finding with those of the day its ticket was opened. What was not checked is counted apart and is in no share.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from assets.county_policy import is_county
from assets.findings import why_not_checked
from assets.publication.inputs import Inputs, as_of_column
from assets.publication.life import in_words
from assets.publication.tables.precision import (
    ALL_AREAS,
    GROUPS_ZH,
    UNKNOWN,
    age_band,
    by_area,
    count_outcomes,
    in_words_of_disability,
    with_groups,
    with_interval,
)
from policy.parameters import RULES
from rules.findings import ALL
from rules.tickets.precision import wilson

DIMENSIONS: Final = ("all", "area", "age_band", "disability", "programme")
_KIND: Final = ("county", "coverage", "is_admitted", "is_township_valid", "is_incomplete")
"""What decides whether a rule is checked (assets/findings.why_not_checked)."""
_GROUPS: Final = ("township_code", "age_band", "disability", "programme")
_COUNTS: Final = ("households", "checked", "hits", "suppressed", "not_checked")


def findings_by_group(inputs: Inputs) -> pl.DataFrame:
    """One row for each area, rule and group with a household in it or a finding that somebody looked at."""
    key = ["area", "rule", "dimension", "group_code"]
    now = _with_shares(_by_group(_households(inputs), list(_COUNTS)))
    outcomes = ["settled", "confirmed", "not_confirmed"]
    settled = _settled(inputs).filter(pl.col("settled") > 0).select(*key, *outcomes)
    direction = {rule.code: rule.direction for rule in ALL}
    table = now.join(settled, on=key, how="full", coalesce=True).with_columns(
        pl.col(*_COUNTS, *outcomes).fill_null(0),
        in_words("rule", RULES).alias("rule_zh"),
        in_words("rule", direction).alias("direction"),
        in_words("group_code", GROUPS_ZH).alias("group_zh"),
    )
    return with_interval(table).with_columns(as_of_column(inputs))


# --- Households of the check date ---------------------------------------------------------------------------------------


def _households(inputs: Inputs) -> pl.DataFrame:
    """rule, county, the groups, and the counts: one row for each kind of household and rule."""
    kinds = _kinds(inputs)
    by = [*_KIND, *_GROUPS]
    everyone = kinds.group_by(by).agg(pl.len().cast(pl.Int64).alias("households"))
    quiet = (pl.col("state") == "suppressed").all()
    found = inputs.lake("item_states").group_by("rule", "household_id").agg(quiet.alias("quiet"))
    hits = (
        found.join(kinds, on="household_id", how="inner")
        .group_by("rule", *by)
        .agg(pl.len().cast(pl.Int64).alias("found"), pl.col("quiet").sum().cast(pl.Int64).alias("suppressed"))
    )
    frames = []
    for rule in ALL:
        mine = hits.filter(pl.col("rule") == rule.code).drop("rule")
        counted = everyone.join(mine, on=by, how="left", nulls_equal=True).with_columns(
            pl.col("found", "suppressed").fill_null(0), pl.lit(False).alias("is_hit"), pl.lit(rule.code).alias("rule")
        )
        # A hit is only ever found where the rule was checked; the others of a kind are all checked or none of them is.
        others = pl.when(pl.col("reason").is_null()).then(pl.col("households") - pl.col("found")).otherwise(0)
        judged = counted.with_columns(why_not_checked(rule, inputs.reasons)).with_columns(
            (pl.col("found") + others).alias("checked"), (pl.col("found") - pl.col("suppressed")).alias("hits")
        )
        frames.append(judged.with_columns((pl.col("households") - pl.col("checked")).alias("not_checked")))
    return pl.concat(frames).rename({"county": "county_code"})


def _kinds(inputs: Inputs) -> pl.DataFrame:
    """household_id, what decides whether it is checked, its groups."""
    registration = inputs.lake("facts/registration").filter(~pl.col("has_record")).select("household_id").unique()
    certified = (
        inputs.lake("facts/certificates").select("household_id").unique()
        if inputs.has("facts/certificates")
        else pl.DataFrame(schema={"household_id": pl.String})
    )
    fresh = inputs.fresh.filter((pl.col("feed") == "disability") & (pl.col("state") == "fresh"))["coverage"].to_list()
    has_disability = (
        pl.when(pl.col("household_id").is_in(certified["household_id"].implode()))
        .then(pl.lit(True))
        .when(pl.col("coverage").is_in(fresh))
        .then(pl.lit(False))
    )
    return inputs.households.select(
        "household_id",
        "county",
        "coverage",
        "is_admitted",
        "is_township_valid",
        pl.col("household_id").is_in(registration["household_id"].implode()).alias("is_incomplete"),
        "township_code",
        age_band(pl.lit(inputs.as_of)).alias("age_band"),
        in_words_of_disability(has_disability).alias("disability"),
        pl.col("main_program").fill_null(UNKNOWN).alias("programme"),
    )


def _by_group(rows: pl.DataFrame, counts: list[str]) -> pl.DataFrame:
    """area, rule, dimension, group_code and the sums of `counts`: for all areas, and for each county."""
    frames = []
    for listed, area, place in _areas(rows):
        for dimension in DIMENSIONS:
            keys = [area.alias("area"), "rule", _group(dimension, place).alias("group_code")]
            summed = listed.group_by(keys).agg(pl.col(counts).sum())
            frames.append(summed.with_columns(pl.lit(dimension).alias("dimension")))
    return pl.concat(frames).filter(pl.col("households") > 0)


def _areas(rows: pl.DataFrame) -> tuple[tuple[pl.DataFrame, pl.Expr, str], ...]:
    """Rows, the area they count for, and the column that tells places within it apart."""
    counties = [code for code in rows["county_code"].unique().to_list() if code is not None and is_county(code)]
    return (
        (rows, pl.lit(ALL_AREAS), "county_code"),
        (rows.filter(pl.col("county_code").is_in(counties)), pl.col("county_code"), "township_code"),
    )


def _group(dimension: str, place: str) -> pl.Expr:
    column = {"all": pl.lit(ALL_AREAS), "area": pl.col(place)}.get(dimension, pl.col(dimension))
    return pl.when(column.is_not_null() & (column != "")).then(column).otherwise(pl.lit(UNKNOWN))


def _with_shares(table: pl.DataFrame) -> pl.DataFrame:
    """share = (hits + suppressed) / checked, as in rule_modes, and its interval."""
    found = (table["hits"] + table["suppressed"]).to_list()
    checked = table["checked"].to_list()
    bounds = [wilson(k, n) for k, n in zip(found, checked, strict=True)]
    share = (pl.col("hits") + pl.col("suppressed")) / pl.col("checked")
    return table.with_columns(
        pl.when(pl.col("checked") > 0).then(share.round(6)).alias("share"),
        pl.Series("share_low", [low for low, _ in bounds], dtype=pl.Float64),
        pl.Series("share_high", [high for _, high in bounds], dtype=pl.Float64),
    )


# --- Closed findings ----------------------------------------------------------------------------------------------------


def _settled(inputs: Inputs) -> pl.DataFrame:
    """area, rule, dimension, group_code, settled, confirmed, not_confirmed: all versions of a rule together."""
    findings = with_groups(by_area(inputs.settled))
    place = pl.when(pl.col("area") == ALL_AREAS).then("county_code").otherwise("township_code").alias("place")
    findings = findings.with_columns(place)
    frames = []
    for dimension in DIMENSIONS:
        keys: list[str | pl.Expr] = ["area", "rule", _group(dimension, "place").alias("group_code")]
        frames.append(count_outcomes(findings, keys).with_columns(pl.lit(dimension).alias("dimension")))
    return pl.concat(frames)
