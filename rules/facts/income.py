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


PAYER: Final = ("withholding_agent", "income_item")


def _group(rows: Lazy) -> list[str]:
    """Whose record, of which payer and item. Rows come per household_id and person_id, or per person_id alone where
    one delivery speaks for all counties: they are then added up before they are joined to households."""
    names = rows.collect_schema().names()
    return [name for name in ("household_id", "person_id", *PAYER) if name in names]


def with_months(tax: Lazy) -> Lazy:
    """first_month and last_month of each row's period."""
    first = nw.col("period_index").cast(nw.Int64)
    return tax.with_columns(
        first.alias("first_month"), (first + nw.col("period_months").cast(nw.Int64) - 1).alias("last_month")
    )


def counted_tax(tax: Lazy, counted_items: Lazy) -> Lazy:
    """Tax rows whose item counts in the household's county, with first_month and last_month of their period."""
    items = counted_items.select("county", nw.col("value").alias("income_item"))
    return with_months(tax.join(items, on=["county", "income_item"], how="inner"))


def _inside(tax: Lazy, as_of: dt.date) -> Lazy:
    """Rows whose whole period lies in W."""
    last = month_index(as_of) - 1
    rows = tax.filter((nw.col("first_month") >= last - YEAR + 1) & (nw.col("last_month") <= last))
    return rows.select(*_group(tax), "first_month", "last_month", "period_months", "income_fen")


def in_window(counted: Lazy, as_of: dt.date) -> Lazy:
    """Rows whose whole period lies in W; of overlapping ones of one person, payer and item only the longest.

    Periods are 1, 3 or 12 months; a 12-month period inside W is W itself, so it makes every shorter row not count.
    Long periods are few: the many monthly rows are only compared with those few.
    """
    rows, group = _inside(counted, as_of), _group(counted)
    years = rows.filter(nw.col("period_months") == YEAR)
    quarters = rows.filter(nw.col("period_months") == QUARTER).join(years.select(group), on=group, how="anti")
    starts = quarters.select(*group, "first_month")
    covered = nw.concat(
        [starts.with_columns((nw.col("first_month") + offset).alias("first_month")) for offset in range(QUARTER)],
        how="vertical",
    )
    months = (
        rows.filter(nw.col("period_months") == 1)
        .join(years.select(group), on=group, how="anti")
        .join(covered, on=[*group, "first_month"], how="anti")
    )
    frames = [frame.with_columns(nw.col("period_months").cast(nw.Int64).alias("months")) for frame in (months, years)]
    return nw.concat([*frames, _with_months_not_seen_before(quarters, group)], how="vertical")


def _with_months_not_seen_before(quarters: Lazy, group: list[str]) -> Lazy:
    """`months`: those not in an earlier quarter of the group, so that a month two quarters share is counted once."""
    earlier = nw.col("first_month").shift(1).over(*group, order_by="first_month")
    step = (nw.col("first_month") - earlier).fill_null(QUARTER)
    return quarters.with_columns(nw.min_horizontal(step, nw.lit(QUARTER)).cast(nw.Int64).alias("months"))


def observed_income(rows_in_window: Lazy) -> Lazy:
    """household_id (where given), person_id, payer, income_item, income_fen, months with records."""
    return (
        rows_in_window.group_by(_group(rows_in_window))
        .agg(total("income_fen").alias("income_fen"), total("months").alias("months"))
        .rename({"withholding_agent": "payer"})
    )


def recent_rows(tax: Lazy, anchor_month: int) -> Lazy:
    """Rows that touch the quarter before `anchor_month` or a later month: all that says who works now."""
    last = nw.col("period_index") + nw.col("period_months") - 1
    return tax.filter(last >= anchor_month - QUARTER)


def disputed_rows(tax: Lazy, as_of: dt.date) -> Lazy:
    """Rows in W of a person, payer and item with a period longer than a month: few, and the only ones to compare."""
    group = _group(tax)
    rows = _inside(tax, as_of)
    return rows.join(rows.filter(nw.col("period_months") > 1).select(group).unique(), on=group, how="semi")


def income_by_payer(tax: Lazy, disputed: Lazy, as_of: dt.date) -> Lazy:
    """The same sums as observed_income(in_window(tax)) in one pass over the many rows: groups with nothing but months
    are only added up, `disputed` (of disputed_rows) is compared row by row."""
    group = _group(tax)
    sums = (
        _inside(tax, as_of)
        .group_by(group)
        .agg(
            total("income_fen").alias("income_fen"),
            total("period_months").alias("months"),
            nw.col("period_months").max().alias("longest"),
        )
    )
    plain = sums.filter(nw.col("longest") == 1).drop("longest").rename({"withholding_agent": "payer"})
    return nw.concat([plain, observed_income(in_window(disputed, as_of))], how="vertical")


def counted_income(by_payer: Lazy, people: Lazy, counted_items: Lazy) -> Lazy:
    """Sums of admitted members whose item counts in the household's county."""
    key = [name for name in _group(by_payer) if name in ("household_id", "person_id")]
    items = counted_items.select("county", nw.col("value").alias("income_item"))
    mine = by_payer.join(people.select("household_id", "person_id", "county"), on=key, how="inner")
    return mine.join(items, on=["county", "income_item"], how="inner").select(
        "household_id", "person_id", "payer", "income_item", "income_fen", "months"
    )


def observed_pensions(pensions: Lazy, people: Lazy, as_of: dt.date) -> Lazy:
    """household_id, person_id, insurance_type, amount_fen in W, less the basic pension where the policy says so.

    `people` carries p_exclude_basic_pension; the many rows are added up before they are joined to it.
    """
    last = month_index(as_of) - 1
    rows = pensions.filter((nw.col("period_index") >= last - YEAR + 1) & (nw.col("period_index") <= last))
    paid, known = pensions.collect_schema().names(), people.collect_schema().names()
    owner = [name for name in ("household_id", "person_id") if name in paid]
    sums = rows.group_by(*owner, "insurance_type").agg(
        total("amount_fen").alias("paid_fen"), total("basic_amount_fen").alias("basic_fen")
    )
    less_basic = (nw.col("insurance_type") == RESIDENT_PENSION) & nw.col("p_exclude_basic_pension").fill_null(False)
    amount = nw.when(less_basic).then(nw.col("paid_fen") - nw.col("basic_fen")).otherwise(nw.col("paid_fen"))
    return sums.join(people, on=[name for name in owner if name in known], how="inner").select(
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
