"""Tables about how rules do: rule_precision, rule_precision_by_group, rule_modes.

What counts as a case and how sure a share is comes from rules/tickets/precision.py, from the same numbers that send a
rule to shadow.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from assets.publication.inputs import Inputs, as_of_column
from assets.publication.life import in_words
from assets.rule_modes import MODES
from data_contracts import feed_contract
from policy.parameters import RULES
from rules.tickets.modes import MODE_WORDS
from rules.tickets.precision import CONFIRMED, wilson

ALL_AREAS: Final = "all"
UNKNOWN: Final = "unknown"
AGE_BANDS: Final = ((16, "0-15"), (60, "16-59"), (80, "60-79"))
"""Age below which a band ends, and its name."""
OLDEST: Final = "80+"
GROUPS_ZH: Final = {
    "all": "全部",
    "0-15": "0–15岁",
    "16-59": "16–59岁",
    "60-79": "60–79岁",
    "80+": "80岁及以上",
    "with": "有有效残疾证成员",
    "without": "无有效残疾证成员",
    "unknown": "不详",
}
"""Words of groups; a programme is its own word."""
DIMENSIONS: Final = ("all", "age_band", "disability", "programme")


def rule_precision(inputs: Inputs) -> pl.DataFrame:
    """How closed findings turned out, by rule, for all areas and each county, whatever the version of the rule."""
    counted = count_outcomes(by_area(inputs.settled), ["area", "rule"])
    rules = pl.DataFrame({"rule": list(RULES), "rule_zh": list(RULES.values())})
    areas = pl.DataFrame({"area": sorted({ALL_AREAS, *counted["area"].to_list()})})
    numbers = [name for name in counted.columns if name not in ("area", "rule", "rule_versions")]
    table = areas.join(rules, how="cross").join(counted, on=["area", "rule"], how="left")
    return with_interval(table.with_columns(pl.col(numbers).fill_null(0))).with_columns(
        as_of_column(inputs), pl.when(pl.col("settled") > 0).then("rule_versions").alias("rule_versions")
    )


def rule_precision_by_group(inputs: Inputs) -> pl.DataFrame:
    """The same by version and by age of the applicant, disability and programme; only groups with a settled finding."""
    grouped = with_groups(by_area(inputs.settled))
    frames = []
    for dimension in DIMENSIONS:
        keys: list[str | pl.Expr] = ["area", "rule", "rule_version", pl.col(dimension).alias("group_code")]
        frames.append(count_outcomes(grouped, keys).with_columns(pl.lit(dimension).alias("dimension")))
    table = pl.concat(frames, how="vertical").filter(pl.col("settled") > 0)
    return with_interval(table).with_columns(
        as_of_column(inputs),
        in_words("rule", RULES).alias("rule_zh"),
        in_words("group_code", GROUPS_ZH).alias("group_zh"),
    )


def rule_modes(inputs: Inputs) -> pl.DataFrame:
    """Whether each rule opened tickets in each county, with the figures, on every published check date up to this one."""
    dates = [day for day in inputs.home.published_dates() if day < inputs.as_of]
    frames = [
        pl.read_parquet(path, columns=list(MODES)).with_columns(pl.lit(day).alias("as_of"))
        for day in dates
        if (path := inputs.home.check(day) / "rule_modes.parquet").is_file()
    ]
    frames.append(inputs.lake("rule_modes").select(*MODES).with_columns(as_of_column(inputs)))
    words = {mode: zh for mode, (zh, _) in MODE_WORDS.items()}
    return pl.concat(frames, how="vertical").with_columns(
        pl.col("county").alias("county_code"),
        in_words("rule", RULES).alias("rule_zh"),
        in_words("mode", words).alias("mode_zh"),
    )


def by_area(findings: pl.DataFrame) -> pl.DataFrame:
    """Each finding twice: for all areas and for its county."""
    everywhere = findings.with_columns(pl.lit(ALL_AREAS).alias("area"))
    return pl.concat([everywhere, findings.with_columns(pl.col("county_code").alias("area"))], how="vertical")


def with_groups(findings: pl.DataFrame) -> pl.DataFrame:
    """The groups of DIMENSIONS, as they were when the ticket was opened."""
    return findings.with_columns(
        pl.lit(ALL_AREAS).alias("all"),
        age_band().alias("age_band"),
        in_words_of_disability(pl.col("has_disability")).alias("disability"),
        pl.col("programme").fill_null(UNKNOWN),
    )


def in_words_of_disability(has_disability: pl.Expr) -> pl.Expr:
    """with, without, unknown."""
    return (
        pl.when(has_disability)
        .then(pl.lit("with"))
        .when(~has_disability)
        .then(pl.lit("without"))
        .otherwise(pl.lit(UNKNOWN))
    )


def count_outcomes(findings: pl.DataFrame, keys: list[str] | list[str | pl.Expr]) -> pl.DataFrame:
    """settled, confirmed, not_confirmed, one column an outcome, open, rule_versions of the settled ones."""
    outcomes = [code.value for code in feed_contract("ticket_outcomes").column("outcome").codes]
    outcome = pl.col("outcome")
    versions = pl.col("rule_version").filter(outcome.is_not_null()).unique().sort().str.join(",")
    return findings.group_by(keys).agg(
        outcome.is_not_null().sum().cast(pl.Int64).alias("settled"),
        outcome.is_in(CONFIRMED).sum().cast(pl.Int64).alias("confirmed"),
        (outcome.is_not_null() & ~outcome.is_in(CONFIRMED)).sum().cast(pl.Int64).alias("not_confirmed"),
        *((outcome == name).sum().cast(pl.Int64).alias(name) for name in outcomes),
        (pl.col("status") != "closed").sum().cast(pl.Int64).alias("open"),
        versions.alias("rule_versions"),
    )


def age_band(on: pl.Expr | None = None) -> pl.Expr:
    """The applicant's age band, from the birth date in the identity number, on the day of opening or on `on`."""
    day_of = pl.col("opened_on") if on is None else on
    born = pl.col("applicant_id").str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    years = [day.dt.year() * 10_000 + day.dt.month().cast(pl.Int32) * 100 + day.dt.day() for day in (day_of, born)]
    age = (years[0] - years[1]) // 10_000
    band = pl.lit(OLDEST)
    for below, name in reversed(AGE_BANDS):
        band = pl.when(age < below).then(pl.lit(name)).otherwise(band)
    return pl.when(age >= 0).then(band).otherwise(pl.lit(UNKNOWN))


def with_interval(table: pl.DataFrame) -> pl.DataFrame:
    """precision and its Wilson interval."""
    bounds = [wilson(confirmed, n) for confirmed, n in table.select("confirmed", "settled").iter_rows()]
    return table.with_columns(
        pl.when(pl.col("settled") > 0).then(pl.col("confirmed") / pl.col("settled")).alias("precision"),
        pl.Series("precision_low", [low for low, _ in bounds], dtype=pl.Float64),
        pl.Series("precision_high", [high for _, high in bounds], dtype=pl.Float64),
    )
