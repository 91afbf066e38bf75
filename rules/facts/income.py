"""Income as the rules use it: recorded amounts with their own period, inside window W (spec page 3, Income).

W is the twelve calendar months before the month of the check date. No amount is spread or imputed (虚拟收入).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import narwhals as nw

from rules.expressions import PPM, Lazy, month_index, total, zero_if_null

DEDUCTIBLE_ITEMS: Final = ("工资薪金", "劳务报酬")
RESIDENT_PENSION: Final = "城乡居民"
QUARTER: Final = 3
YEAR: Final = 12


def _group() -> list[str]:
    return ["household_id", "person_id", "withholding_agent", "income_item"]


def counted_tax(tax: Lazy, counted_items: Lazy) -> Lazy:
    """Tax rows whose item counts in the household's county, with first_month and last_month of their period."""
    items = counted_items.select("county", nw.col("value").alias("income_item"))
    counted = tax.join(items, on=["county", "income_item"], how="inner")
    first = nw.col("period_index").cast(nw.Int64)
    return counted.with_columns(
        first.alias("first_month"), (first + nw.col("period_months").cast(nw.Int64) - 1).alias("last_month")
    )


def in_window(counted: Lazy, as_of: dt.date) -> Lazy:
    """Rows whose whole period lies in W; of overlapping ones of one person, payer and item only the longest.

    Periods are 1, 3 or 12 months; a 12-month period inside W is W itself, so it makes every shorter row not count.
    Long periods are few: the many monthly rows are only compared with those few.
    """
    last = month_index(as_of) - 1
    columns = [*_group(), "first_month", "period_months", "income_fen"]
    rows = counted.filter((nw.col("first_month") >= last - YEAR + 1) & (nw.col("last_month") <= last)).select(columns)
    years = rows.filter(nw.col("period_months") == YEAR)
    quarters = rows.filter(nw.col("period_months") == QUARTER).join(years.select(_group()), on=_group(), how="anti")
    starts = quarters.select(*_group(), "first_month")
    covered = nw.concat(
        [starts.with_columns((nw.col("first_month") + offset).alias("first_month")) for offset in range(QUARTER)],
        how="vertical",
    )
    months = (
        rows.filter(nw.col("period_months") == 1)
        .join(years.select(_group()), on=_group(), how="anti")
        .join(covered, on=[*_group(), "first_month"], how="anti")
    )
    frames = [frame.with_columns(nw.col("period_months").cast(nw.Int64).alias("months")) for frame in (months, years)]
    return nw.concat([*frames, _with_months_not_seen_before(quarters)], how="vertical")


def _with_months_not_seen_before(quarters: Lazy) -> Lazy:
    """`months`: those not in an earlier quarter of the group, so that a month two quarters share is counted once."""
    earlier = nw.col("first_month").shift(1).over(*_group(), order_by="first_month")
    step = (nw.col("first_month") - earlier).fill_null(QUARTER)
    return quarters.with_columns(nw.min_horizontal(step, nw.lit(QUARTER)).cast(nw.Int64).alias("months"))


def observed_income(rows_in_window: Lazy) -> Lazy:
    """household_id, person_id, payer, income_item, income_fen, months with records."""
    return (
        rows_in_window.group_by(_group())
        .agg(total("income_fen").alias("income_fen"), total("months").alias("months"))
        .rename({"withholding_agent": "payer"})
    )


def observed_pensions(pensions: Lazy, households: Lazy, as_of: dt.date) -> Lazy:
    """household_id, person_id, insurance_type, amount_fen in W, less the basic pension where the policy says so."""
    last = month_index(as_of) - 1
    policy = households.select("household_id", "p_exclude_basic_pension")
    rows = pensions.filter((nw.col("period_index") >= last - YEAR + 1) & (nw.col("period_index") <= last))
    sums = rows.group_by("household_id", "person_id", "insurance_type").agg(
        total("amount_fen").alias("paid_fen"), total("basic_amount_fen").alias("basic_fen")
    )
    less_basic = (nw.col("insurance_type") == RESIDENT_PENSION) & nw.col("p_exclude_basic_pension").fill_null(False)
    amount = nw.when(less_basic).then(nw.col("paid_fen") - nw.col("basic_fen")).otherwise(nw.col("paid_fen"))
    return sums.join(policy, on="household_id", how="inner").select(
        "household_id", "person_id", "insurance_type", amount.alias("amount_fen")
    )


def household_income(households: Lazy, declaration: Lazy, income: Lazy, pensions: Lazy) -> Lazy:
    """Per admitted household: declared and observed amounts (fen) and countable income (millionths of a fen a year).

    countable = max(declared earnings, observed earnings - ratio x observed wages and fees) + max(declared pension,
    observed pension) + declared transfer income.
    """
    deductible = nw.when(nw.col("income_item").is_in(DEDUCTIBLE_ITEMS)).then(nw.col("income_fen")).otherwise(nw.lit(0))
    earned = (
        income.with_columns(deductible.alias("deductible_fen"))
        .group_by("household_id")
        .agg(total("income_fen").alias("observed_earnings"), total("deductible_fen").alias("deductible"))
    )
    pension = pensions.group_by("household_id").agg(total("amount_fen").alias("observed_pension"))
    declared = declaration.select(
        "household_id",
        (nw.col("wage_income_fen") + nw.col("business_income_fen") + nw.col("property_income_fen")).alias(
            "declared_earnings"
        ),
        nw.col("pension_income_fen").alias("declared_pension"),
        nw.col("transfer_income_fen").alias("declared_transfer"),
    )
    joined = (
        households.filter(nw.col("is_admitted"))
        .select("household_id", "active_members", "p_job_cost_ppm")
        .join(declared, on="household_id", how="inner")
        .join(earned, on="household_id", how="left")
        .join(pension, on="household_id", how="left")
    )
    amounts = joined.with_columns(
        *(zero_if_null(c).alias(c) for c in ("observed_earnings", "deductible", "observed_pension", "p_job_cost_ppm"))
    )
    net_earnings = nw.col("observed_earnings") * PPM - nw.col("p_job_cost_ppm") * nw.col("deductible")
    return amounts.with_columns(
        (
            nw.max_horizontal(nw.col("declared_earnings") * PPM, net_earnings)
            + nw.max_horizontal(nw.col("declared_pension"), nw.col("observed_pension")) * PPM
            + nw.col("declared_transfer") * PPM
        ).alias("countable_e6")
    )
