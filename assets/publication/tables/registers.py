"""Tables about who is looked at: households, household_members, household_profile, silent_check_readiness."""

from __future__ import annotations

from typing import Final

import narwhals as nw
import polars as pl

from assets.publication.inputs import Inputs, LakeInputs, as_of_column, scaled
from assets.reading.identity import as_digits
from policy.parameters import PROGRAMMES
from rules.admission import GAPS
from rules.expressions import PPM
from rules.facts.assets import units_of_household
from rules.findings import ALL
from rules.labels.labour_capacity import age

AGE_BANDS: Final = ((16, "0-15"), (30, "16-29"), (45, "30-44"), (60, "45-59"), (75, "60-74"))
OLDEST: Final = "75+"
DWELLING: Final = "住宅"
MINOR, ELDERLY = 16, 60
MONTHS: Final = 12


def _given(column: str) -> pl.Expr:
    """Null for a code that was never recorded."""
    return pl.when(pl.col(column) != "").then(pl.col(column))


def households(inputs: LakeInputs) -> pl.DataFrame:
    """One row per active household."""
    applicants = inputs.people.select(
        "household_id", pl.col("person_id").alias("applicant_id"), "person_name", "person_key"
    )
    listed = (
        inputs.households.join(_programme_lists(), on="programmes", how="left")
        .drop("programmes")
        .rename({"listed": "programmes"})
        .join(applicants, on=["household_id", "applicant_id"], how="left")
    )
    no_members = listed.filter(pl.col("person_key").is_null()).select("applicant_id").unique()
    keys = inputs.pseudonyms.with_keys(no_members, "applicant_id", "own_key")
    return listed.join(keys, on="applicant_id", how="left").with_columns(
        as_of_column(inputs),
        pl.coalesce("person_key", "own_key").alias("applicant_key"),
        pl.col("main_program").alias("programme"),
        _given("county").alias("county_code"),
        _given("township_code").alias("township_code"),
        inputs.pseudonyms.number("applicant_id").alias("applicant"),
        pl.col("person_name").alias("applicant_name"),
    )


def _programme_lists() -> pl.DataFrame:
    """programmes (bits, as the register keeps them), listed (the programmes in their order)."""
    bits = range(1 << len(PROGRAMMES))
    lists = [[name for index, name in enumerate(PROGRAMMES) if number >> index & 1] for number in bits]
    return pl.DataFrame({"programmes": list(bits), "listed": lists}, schema_overrides={"programmes": pl.Int64})


def _certificates(inputs: LakeInputs) -> pl.DataFrame:
    """household_id, person_id, disability_category, disability_grade, where the lake keeps certificates."""
    schema = {"household_id": pl.String, "person_id": pl.String, "category": pl.Int64, "grade": pl.Int64}
    found = inputs.lake("facts/certificates") if inputs.has("facts/certificates") else pl.DataFrame(schema=schema)
    return found.select(
        "household_id",
        "person_id",
        pl.col("category").alias("disability_category"),
        pl.col("grade").alias("disability_grade"),
    )


def _members(inputs: LakeInputs) -> pl.DataFrame:
    """Active members with age (completed years on the check date, as the rules count them) and certificate."""
    digits = nw.from_native(inputs.people.select(as_digits(pl.col("person_id"))))
    members = inputs.people.hstack(digits.select(age(inputs.as_of).alias("age")).to_native())
    return members.join(_certificates(inputs), on=["household_id", "person_id"], how="left")


def household_members(inputs: LakeInputs) -> pl.DataFrame:
    """One row per active member."""
    band = pl.lit(OLDEST)
    for below, name in reversed(AGE_BANDS):
        band = pl.when(pl.col("age") < below).then(pl.lit(name)).otherwise(band)
    is_male = pl.col("person_id").str.slice(16, 1).cast(pl.Int64) % 2 == 1
    records = inputs.lake("facts/registration").select(
        "household_id", "person_id", pl.col("has_record").alias("has_registration_record")
    )
    return (
        _members(inputs)
        .join(records, on=["household_id", "person_id"], how="left")
        .with_columns(pl.col("has_registration_record").fill_null(True))  # the lake keeps what is remarkable
        .with_columns(
            as_of_column(inputs),
            band.alias("age_band"),
            pl.when(is_male).then(pl.lit("male")).otherwise(pl.lit("female")).alias("sex"),
        )
    )


def household_profile(inputs: Inputs) -> pl.DataFrame:
    """Income, property, people and findings per active household; economic figures of admitted households only."""
    base = inputs.households.select("household_id", "p_standard_fen")
    parts = (_income(inputs), _property(inputs), _headcounts(inputs), _hit_counts(inputs), _open_tickets(inputs))
    for part in parts:
        base = base.join(part, on="household_id", how="left")
    counts = ("minors", "elderly", "able_to_work", "findings_verify", "findings_help", "open_tickets")
    is_admitted = inputs.households.select("household_id", "is_admitted")
    base = base.join(is_admitted, on="household_id", how="left")
    none_known = [
        pl.when("is_admitted").then(pl.col(name).fill_null(0)).alias(name)
        for name in ("property_units", "dwellings", "dwelling_area_m2")
    ]
    return base.with_columns(
        as_of_column(inputs),
        scaled("p_standard_fen", 2).alias("standard_month"),
        *(pl.col(name).fill_null(0) for name in counts),
        *none_known,
    )


def _income(inputs: Inputs) -> pl.DataFrame:
    """Declared, recorded and countable income (fen, millionths of a fen) as yuan, half up."""
    heads = pl.col("active_members") * (MONTHS * PPM)
    rounded = inputs.lake("facts/income").with_columns(
        ((pl.col("countable_e6") + PPM // 2) // PPM).alias("countable_fen"),
        ((pl.col("countable_e6") * 2 + heads) // (heads * 2)).alias("per_head_fen"),
    )
    plain = ("declared_earnings", "observed_earnings", "declared_pension", "observed_pension", "declared_transfer")
    return rounded.select(
        "household_id",
        *(scaled(name, 2).alias(name) for name in plain),
        scaled("countable_fen", 2).alias("countable_income"),
        scaled("per_head_fen", 2).alias("income_per_head_month"),
    )


def _property(inputs: Inputs) -> pl.DataFrame:
    """household_id, property_units, dwellings, dwelling_area_m2 (area times share, to hundredths)."""
    units: pl.DataFrame = (
        units_of_household(nw.from_native(inputs.lake("facts/property_units").lazy())).to_native().collect()
    )
    is_dwelling = pl.col("usage") == DWELLING
    held = (pl.col("area_m2_e4") * pl.col("share_e6")).filter(is_dwelling).sum()
    return (
        units.group_by("household_id")
        .agg(
            pl.len().cast(pl.Int64).alias("property_units"),
            is_dwelling.sum().cast(pl.Int64).alias("dwellings"),
            ((held + 50_000_000) // 100_000_000).alias("held"),
        )
        .with_columns(scaled("held", 2).alias("dwelling_area_m2"))
    )


def _headcounts(inputs: Inputs) -> pl.DataFrame:
    """household_id, minors, elderly, with_disability, able_to_work."""
    has_certificates = inputs.has("facts/certificates")
    capacity = inputs.lake("facts/labour").select("household_id", "person_id", "labour_capacity")
    members = _members(inputs).join(capacity, on=["household_id", "person_id"], how="left")
    with_disability = pl.col("disability_grade").is_not_null().sum().cast(pl.Int64)
    return members.group_by("household_id").agg(
        (pl.col("age") < MINOR).sum().cast(pl.Int64).alias("minors"),
        (pl.col("age") >= ELDERLY).sum().cast(pl.Int64).alias("elderly"),
        (with_disability if has_certificates else pl.lit(None, dtype=pl.Int64)).alias("with_disability"),
        pl.col("labour_capacity").is_in(["full", "partial"]).sum().cast(pl.Int64).alias("able_to_work"),
    )


def _hit_counts(inputs: Inputs) -> pl.DataFrame:
    """household_id, findings_verify, findings_help: rules that hold, are not suppressed and wait for no sign-off."""
    direction = {rule.code: rule.direction for rule in ALL}
    told = ~pl.col("state").is_in(("suppressed", "held"))
    found = inputs.lake("item_states").filter(told).select("household_id", "rule").unique()
    shown = found.with_columns(pl.col("rule").replace_strict(direction, return_dtype=pl.String).alias("direction"))
    return shown.group_by("household_id").agg(
        (pl.col("direction") == name).sum().cast(pl.Int64).alias(f"findings_{name}") for name in ("verify", "help")
    )


def _open_tickets(inputs: Inputs) -> pl.DataFrame:
    """household_id, open_tickets."""
    live = inputs.lake("tickets").filter(pl.col("status") != "closed")
    return live.group_by("household_id").agg(pl.len().cast(pl.Int64).alias("open_tickets"))


def silent_check_readiness(inputs: LakeInputs) -> pl.DataFrame:
    """One row a gap and person concerned."""
    households_ = inputs.households.select(
        "household_id",
        _given("county").alias("county_code"),
        _given("township_code").alias("township_code"),
        pl.col("main_program").alias("programme"),
    )
    names = inputs.people.select("household_id", "person_id", "person_name")
    rows = inputs.gaps.join(households_, on="household_id", how="inner").join(
        names, on=["household_id", "person_id"], how="left"
    )
    return inputs.pseudonyms.with_keys(rows, "person_id", "person_key").with_columns(
        as_of_column(inputs),
        inputs.pseudonyms.number("person_id").alias("person"),
        pl.col("gap").replace_strict({g: zh for g, (zh, _) in GAPS.items()}, return_dtype=pl.String).alias("gap_zh"),
        pl.col("gap").replace_strict({g: en for g, (_, en) in GAPS.items()}, return_dtype=pl.String).alias("gap_en"),
    )
