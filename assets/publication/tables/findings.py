"""Tables about what was found: rule_results, findings, finding_items, risk_labels."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import polars as pl

from assets.county_policy import is_county
from assets.evidence import DEPARTMENT_TEXT, NO_BASIS, figures
from assets.publication.inputs import Inputs, LakeInputs, as_of_column, scaled
from assets.publication.life import in_words
from data_contracts.derive.duckdb_tables import table_schema
from data_contracts.publications import labels
from policy.parameters import RULES
from rules.findings import BY_CODE
from rules.registry import LABELS

UNKNOWN: Final = "unknown"


def rule_results(inputs: Inputs) -> pl.DataFrame:
    """Households by county, rule, result and reason, of every published check date up to this one."""
    dates = [day for day in inputs.home.published_dates() if day < inputs.as_of]
    frames = [
        pl.read_parquet(path).with_columns(pl.lit(day).alias("as_of"))
        for day in dates
        if (path := inputs.home.check(day) / "rule_results.parquet").is_file()
    ]
    frames.append(inputs.lake("rule_results").with_columns(as_of_column(inputs)))
    return pl.concat(frames, how="vertical").with_columns(
        pl.col("county").alias("county_code"), in_words("rule", RULES).alias("rule_zh")
    )


def _published_items(inputs: LakeInputs) -> pl.DataFrame:
    """Items with their states; what waits for a sign-off stays in the lake until a person has given it."""
    return inputs.lake("item_states").filter(pl.col("state") != "held").sort("household_id", "rule", "item_key")


def findings(inputs: Inputs) -> pl.DataFrame:
    """One row a household and rule that holds. Figures are made by the very function the tickets use, so that table and
    ticket cannot differ: once for all findings that come of the same numbers."""
    numbers = ["rule", "declared", "observed", "limit", "heads", "items"]
    grouped = (
        _published_items(inputs)
        .group_by("household_id", "rule", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("items"),
            (pl.col("state") == "new").sum().cast(pl.Int64).alias("new_items"),
            (pl.col("state") == "suppressed").all().alias("is_suppressed"),
            pl.col("ticket_id").drop_nulls().first(),
            *(pl.col(name).first() for name in ("declared", "observed", "limit", "heads")),
        )
        .join(inputs.households.select("household_id", "county"), on="household_id", how="left")
    )
    shown = grouped.select(numbers).unique()
    shown = shown.hstack([*_figures(shown)])
    rules = grouped.select("rule", "county").unique()
    rules = rules.hstack([*_about_rules(inputs, rules)])
    return (
        grouped.join(shown, on=numbers, how="left", nulls_equal=True)
        .join(rules, on=["rule", "county"], how="left", nulls_equal=True)
        .with_columns(
            as_of_column(inputs),
            pl.when("is_suppressed").then(pl.lit("suppressed")).otherwise(pl.lit("hit")).alias("result"),
            pl.col("county").alias("county_code"),
            *(pl.col(f"shown_{name}").alias(name) for name in ("declared", "observed")),
        )
    )


def _figures(rows: pl.DataFrame) -> Iterator[pl.Series]:
    """shown_declared, shown_observed, limit_value of each row of numbers."""
    listed = [figures(BY_CODE[row["rule"]], row, row["items"]) for row in rows.iter_rows(named=True)]
    for name, of in (("shown_declared", "declared"), ("shown_observed", "observed"), ("limit_value", "limit")):
        yield pl.Series(name, [_exact(figure[of]) for figure in listed], dtype=table_schema("findings")["declared"])


def _about_rules(inputs: Inputs, rows: pl.DataFrame) -> Iterator[pl.Series]:
    """rule_version, label_zh, direction, unit, severity, basis of each row's rule in its county."""
    rules = [BY_CODE[code] for code in rows["rule"]]
    for name, attribute in (
        ("rule_version", "version"),
        ("label_zh", "label_zh"),
        ("direction", "direction"),
        ("unit", "unit_zh"),
    ):
        yield pl.Series(name, [getattr(rule, attribute) for rule in rules], dtype=pl.String)
    found = [
        inputs.policy.value(county, rule.severity_parameter) for county, rule in zip(rows["county"], rules, strict=True)
    ]
    yield pl.Series("severity", [None if value is None else value.code() for value in found], dtype=pl.String)
    bases = [
        inputs.book.rule_basis(county, code, inputs.as_of) or NO_BASIS if is_county(county or "") else None
        for county, code in rows.select("county", "rule").iter_rows()
    ]
    yield pl.Series("basis", bases, dtype=pl.String)


def _exact(value: float | int | None) -> Decimal | None:
    # By way of the shortest text: 36000.15 as a binary fraction would be cut to 36000.14 or kept by luck.
    return None if value is None else Decimal(repr(value)).quantize(Decimal("0.01"))


def finding_items(inputs: LakeInputs) -> pl.DataFrame:
    """One row an evidence item; the fingerprint, which names a person, appears as a keyed digest."""
    items = _published_items(inputs)
    numbered = items.with_columns(
        (pl.int_range(pl.len(), dtype=pl.Int64).over("household_id", "rule") + 1).alias("item_no")
    )
    text = numbered.select(pl.concat_str("rule", "household_id", "item_key", separator="|")).to_series()
    digests = inputs.pseudonyms.digests(text, "item").alias("item_key")
    names = inputs.people.select("household_id", "person_id", "person_name")
    known = numbered.with_columns(digests).join(
        names, on=["household_id", "person_id"], how="left", maintain_order="left"
    )
    factors = pl.col("factors").str.split(",")
    return inputs.pseudonyms.with_keys(known, "person_id", "person_key").with_columns(
        as_of_column(inputs),
        inputs.pseudonyms.number("person_id").alias("person"),
        pl.col("on").alias("recorded_on"),
        scaled("area_m2_e4", 4).alias("area_m2"),
        scaled("share_e6", 6).alias("share"),
        scaled("amount_fen", 2).alias("amount"),
        factors.alias("factors"),
        *(inputs.pseudonyms.free_text(name) for name in DEPARTMENT_TEXT),
    )


def risk_labels(inputs: Inputs) -> pl.DataFrame:
    """One row a label; an unknown value has no source."""
    frames = [*_labour(inputs), *_safety(inputs), _poverty_return(inputs)]
    labels = pl.concat([_in_words(frame) for frame in frames], how="diagonal")
    return labels.with_columns(as_of_column(inputs))


def _in_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with a value, in words; an unknown value has no source. One label a frame, so its words are few."""
    found = frame.filter(pl.col("value").is_not_null())
    label = found["label"][0] if found.height else ""
    words = pl.lit("未知")
    for value, zh in LABELS.get(label, {}).items():
        words = pl.when(pl.col("value") == value).then(pl.lit(zh)).otherwise(words)
    is_known = pl.col("value") != UNKNOWN
    sources = [pl.when(is_known).then(name).alias(name) for name in ("source", "source_date") if name in found.columns]
    return found.with_columns(
        in_words("label", labels("risk_label")).alias("label_zh"), words.alias("value_zh"), *sources
    )


def _data_date(inputs: Inputs, feed: str) -> pl.Expr:
    """The data date of one feed for each row's coverage."""
    rows = inputs.fresh.filter((pl.col("feed") == feed) & pl.col("data_on").is_not_null())
    dates = dict(rows.select("coverage", "data_on").iter_rows())
    return pl.col("coverage").replace_strict(dates, default=None, return_dtype=pl.Date)


def _labour(inputs: Inputs) -> list[pl.DataFrame]:
    """Capacity and willingness of every member.

    Capacity follows from age alone for minors and the elderly: then no feed is the source. Willingness dates from the
    survey itself where the lake keeps its day (surveyed_on), else from the survey file.
    """
    people = inputs.people.select("household_id", "person_id", "person_key", "coverage")
    limits = inputs.households.select("household_id", "p_minor_age", "p_retirement_age")
    labour = (
        inputs.lake("facts/labour")
        .join(people, on=["household_id", "person_id"], how="left")
        .join(limits, on="household_id", how="left")
    )
    born = pl.col("person_id").str.slice(6, 8).cast(pl.Int64)
    today = inputs.as_of.year * 10_000 + inputs.as_of.month * 100 + inputs.as_of.day
    years = (today - born) // 10_000
    by_age = ((years < pl.col("p_minor_age")) | (years >= pl.col("p_retirement_age"))).fill_null(False)
    surveyed = _data_date(inputs, "person_surveys")
    if "surveyed_on" in labour.columns:
        surveyed = pl.coalesce("surveyed_on", surveyed)
    capacity = labour.select(
        "household_id",
        "person_key",
        pl.lit("labour_capacity").alias("label"),
        pl.col("labour_capacity").alias("value"),
        pl.when(~by_age).then(pl.lit("disability")).alias("source"),
        pl.when(~by_age).then(_data_date(inputs, "disability")).alias("source_date"),
    )
    willingness = labour.filter(pl.col("labour_willingness").is_not_null()).select(
        "household_id",
        "person_key",
        pl.lit("labour_willingness").alias("label"),
        pl.col("labour_willingness").alias("value"),
        pl.lit("person_surveys").alias("source"),
        surveyed.alias("source_date"),
    )
    return [capacity, willingness]


def _safety(inputs: Inputs) -> list[pl.DataFrame]:
    safety = inputs.lake("facts/household_safety")
    return [
        safety.select(
            "household_id",
            pl.lit(f"{kind}_safety").alias("label"),
            pl.col(f"{kind}_safety").alias("value"),
            pl.lit("household_surveys").alias("source"),
            pl.col(f"{kind}_surveyed_on").alias("source_date"),
        )
        for kind in ("housing", "water")
    ]


def _poverty_return(inputs: Inputs) -> pl.DataFrame:
    """Made of other labels and of income: factors instead of a source."""
    return inputs.lake("facts/poverty_return_risk").select(
        "household_id",
        pl.lit("poverty_return_risk").alias("label"),
        pl.col("poverty_return_risk").alias("value"),
        _names("factors"),
        _names("unknown_factors"),
    )


def _names(column: str) -> pl.Expr:
    """Names joined by commas as a list; nothing as an empty list."""
    return pl.col(column).str.split(",").list.filter(pl.element() != "").alias(column)
