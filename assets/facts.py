"""Facts of one check date: accepted rows put together as the rules want them, written to the lake where reused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import narwhals as nw
import polars as pl

from assets.deliveries import Stock
from assets.engine import Engine
from assets.households import FeedRows, Registers
from rules.expressions import Lazy, month_index
from rules.facts.assets import owned_vehicles, property_in_force
from rules.facts.certificates import valid_certificates
from rules.facts.facts import Facts
from rules.facts.income import (
    counted_income,
    counted_tax,
    disputed_rows,
    household_income,
    income_by_payer,
    observed_pensions,
    recent_rows,
    with_months,
)
from rules.facts.registers import declared_assets_in_force
from rules.facts.registration import registration_of_members
from rules.facts.surveys import household_safety, willingness
from rules.labels.housing_safety import housing_safety
from rules.labels.labour_capacity import labour_capacity
from rules.labels.labour_willingness import labour_willingness
from rules.labels.poverty_return_risk import poverty_return_risk
from rules.labels.water_safety import water_safety

FRESHNESS_FLAGS = {"disability": "fresh_disability", "tax": "fresh_tax", "pensions": "fresh_pensions"}
PENSIONER = ("household_id", "person_id", "p_exclude_basic_pension")
PERSON = ("household_id", "person_id", "county", "coverage")
LABOUR_READS = (*PERSON, "is_admitted", "fresh_disability", "tax_anchor_month", "p_minor_age", "p_retirement_age",
                "p_survey_from")  # fmt: skip
LABOUR_CARRIES = ("county", "coverage", "is_admitted", "tax_anchor_month", "category", "grade")
LABOUR_COLUMNS = ("household_id", "person_id", "labour_capacity", "labour_willingness")
TAX_MONTHS = ("household_id", "person_id", "first_month", "last_month", "tax_anchor_month")


def _flags(engine: Engine, fresh: pl.DataFrame, stock: Stock) -> Lazy:
    """coverage, fresh_*, tax_anchor_month: the earlier of the check date's month and that of the newest tax data."""
    flags = fresh.select("coverage").unique()
    for feed, name in FRESHNESS_FLAGS.items():
        one = fresh.filter(pl.col("feed") == feed).select("coverage", (pl.col("state") == "fresh").alias(name))
        flags = flags.join(one, on="coverage", how="left")
    newest = pl.col("data_on").dt.year().cast(pl.Int64) * 12 + pl.col("data_on").dt.month().cast(pl.Int64) - 1
    anchor = fresh.filter(pl.col("feed") == "tax").select(
        "coverage", pl.min_horizontal(newest, pl.lit(month_index(stock.as_of))).alias("tax_anchor_month")
    )
    flags = flags.join(anchor.with_columns(pl.col("tax_anchor_month").cast(pl.Int64)), on="coverage", how="left")
    return engine.frame(flags)


def _oldest_anchor(fresh: pl.DataFrame, stock: Stock) -> int:
    """The earliest tax_anchor_month of any county: no rule looks further back than from there."""
    days = fresh.filter(pl.col("feed") == "tax")["data_on"].drop_nulls().to_list()
    return min(month_index(day) for day in (*days, stock.as_of))


def _labour(engine: Engine, rows: FeedRows, members: Lazy, as_of: dt.date, folder: Path) -> Lazy:
    """Every member with the certificate in force and both labels of labour."""
    people = members.select(*PERSON)
    certificates = valid_certificates(rows.of("disability", people, joined=False), as_of)
    surveyed = willingness(rows.of("person_surveys", people, joined=False), as_of)
    capacity = labour_capacity(members.select(*LABOUR_READS), certificates, as_of)
    labour = labour_willingness(capacity, surveyed)
    labour = labour.select(*LABOUR_COLUMNS, *LABOUR_CARRIES)
    return engine.materialise(labour, folder / "labour.parquet", LABOUR_COLUMNS)


def build_facts(stock: Stock, engine: Engine, registers: Registers, fresh: pl.DataFrame) -> Facts:
    """All facts; what several rules use is computed once and kept in the lake's partition of the check date."""
    as_of, folder = stock.as_of, stock.folder / "facts"
    rows = FeedRows(stock, engine, registers.coverages, registers.only)
    flags = _flags(engine, fresh, stock)
    coverage = registers.households.select("household_id", "county", "coverage")
    members = registers.members
    people = members.select(*PERSON)
    consented = members.filter(nw.col("is_admitted")).select(*PERSON)
    policy = registers.policy

    items = engine.frame(policy.counted_items)
    tax = with_months(rows.of("tax", consented, joined=False))
    disputed = engine.hold(disputed_rows(tax, as_of))
    by_payer = income_by_payer(tax, disputed, as_of)
    income_rows = engine.hold(counted_income(by_payer, consented, items))
    pension_rows = rows.of("pensions", consented, joined=False)
    pensions = engine.hold(
        observed_pensions(pension_rows, members.filter(nw.col("is_admitted")).select(*PENSIONER), as_of)
    )
    income = engine.materialise(
        household_income(registers.households, registers.declaration, income_rows, pensions), folder / "income.parquet"
    )
    labour = _labour(engine, rows, members.join(flags, on="coverage", how="left"), as_of, folder)
    certificates = labour.filter(~nw.col("category").is_null()).select("household_id", "person_id", "category", "grade")
    certificates = engine.materialise(certificates, folder / "certificates.parquet")
    willing = labour.filter(nw.col("is_admitted") & (nw.col("labour_willingness") == "willing"))
    recent = recent_rows(rows.of("tax", willing.select(*PERSON, "tax_anchor_month")), _oldest_anchor(fresh, stock))
    recent = counted_tax(recent, items)
    dated = registers.households.select("household_id", "p_survey_from")
    safety = household_safety(dated, rows.of("household_surveys", coverage), as_of).drop("p_survey_from")
    safety = safety.with_columns(housing_safety(), water_safety())
    safety = engine.materialise(safety, folder / "household_safety.parquet")
    judged = registers.households.join(flags, on="coverage", how="left").join(safety, on="household_id", how="left")
    risk = poverty_return_risk(judged, labour, income)
    risk = engine.materialise(risk, folder / "poverty_return_risk.parquet")
    declared = declared_assets_in_force(rows.of("declared_assets", coverage), registers.declaration, as_of)
    units = engine.materialise(property_in_force(rows.of("property", consented)), folder / "property_units.parquet")
    return Facts(
        as_of=as_of,
        households=registers.households,
        members=members,
        registration=engine.materialise(
            registration_of_members(members, rows.of("household_registration", people, joined=False)),
            folder / "registration.parquet",
        ),
        vehicles=owned_vehicles(rows.of("vehicles", consented)),
        declared_assets=engine.hold(declared),
        property_units=units,
        observed_income=income_rows,
        counted_tax_months=recent.select(*TAX_MONTHS),
        observed_pensions=pensions,
        income=income,
        certificates=certificates,
        labour=labour,
        household_safety=safety,
        poverty_return_risk=risk,
        vehicle_exempt_types=engine.frame(policy.exempt_types),
        exempt_type_lengths=tuple(sorted(policy.exempt_types["length"].unique().to_list())),
        property_counted_usages=engine.frame(policy.counted_usages),
    )
