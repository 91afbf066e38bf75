"""Facts of one check date: accepted rows put together as the rules want them, written to the lake where reused."""

from __future__ import annotations

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
TAX_MONTHS = ("household_id", "person_id", "first_month", "last_month")


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


def build_facts(stock: Stock, engine: Engine, registers: Registers, fresh: pl.DataFrame) -> Facts:
    """All facts; what several rules use is computed once and kept in the lake's partition of the check date."""
    as_of, folder = stock.as_of, stock.folder / "facts"
    rows = FeedRows(stock, engine, registers.coverages, registers.only)
    flags = _flags(engine, fresh, stock)
    households = registers.households.join(flags, on="coverage", how="left")
    coverage = registers.households.select("household_id", "county", "coverage")
    members = registers.members
    people = members.select("household_id", "person_id", "county", "coverage")
    consented = members.filter(nw.col("is_admitted")).select("household_id", "person_id", "county", "coverage")
    policy = registers.policy

    items = engine.frame(policy.counted_items)
    tax = with_months(rows.of("tax", consented, joined=False))
    disputed = engine.hold(disputed_rows(tax, as_of), folder / "disputed_tax.parquet")
    by_payer = income_by_payer(tax, disputed, as_of)
    income_rows = engine.hold(counted_income(by_payer, consented, items), folder / "observed_income.parquet")
    recent = counted_tax(recent_rows(rows.of("tax", consented), _oldest_anchor(fresh, stock)), items)
    pension_rows = rows.of("pensions", consented, joined=False)
    pensions = engine.hold(
        observed_pensions(pension_rows, members.filter(nw.col("is_admitted")).select(*PENSIONER), as_of),
        folder / "observed_pensions.parquet",
    )
    income = engine.materialise(
        household_income(registers.households, registers.declaration, income_rows, pensions), folder / "income.parquet"
    )
    certificates = engine.materialise(
        valid_certificates(rows.of("disability", people), as_of), folder / "certificates.parquet"
    )
    flagged = members.join(flags.select("coverage", "fresh_disability"), on="coverage", how="left")
    capacity = labour_capacity(flagged, certificates, as_of)
    surveyed = willingness(rows.of("person_surveys", people, joined=False), as_of)
    labour = engine.materialise(labour_willingness(capacity, surveyed), folder / "labour.parquet")
    surveys = rows.of("household_surveys", coverage)
    safety = household_safety(registers.households, surveys, as_of).with_columns(housing_safety(), water_safety())
    safety = engine.materialise(safety, folder / "household_safety.parquet")
    risk = engine.materialise(
        poverty_return_risk(households, labour, safety, income), folder / "poverty_return_risk.parquet"
    )
    declared = declared_assets_in_force(rows.of("declared_assets", coverage), registers.declaration, as_of)
    units = engine.materialise(property_in_force(rows.of("property", consented)), folder / "property_units.parquet")
    return Facts(
        as_of=as_of,
        households=households,
        members=members,
        registration=engine.materialise(
            registration_of_members(members, rows.of("household_registration", people, joined=False)),
            folder / "registration.parquet",
        ),
        vehicles=owned_vehicles(rows.of("vehicles", consented)),
        declared_assets=engine.hold(declared, folder / "declared_assets.parquet"),
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
