"""Income as the rules use it: recorded amounts with their own period, inside window W (spec page 3, Income).

W is the twelve calendar months before the month of the check date. No amount is spread or imputed (虚拟收入).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import narwhals as nw

from rules.clocks import Month
from rules.expressions import PPM, Codes, Lazy, listed, month_index, owner, total, zero_if_null
from rules.facts.freshness import Fresh
from rules.registry import fact

DEDUCTIBLE_ITEMS: Final = ("工资薪金", "劳务报酬")
RESIDENT_PENSION: Final = "城乡居民"
QUARTER: Final = 3
YEAR: Final = 12


PAYER: Final = ("withholding_agent", "income_item")


def _group(rows: Lazy) -> list[str]:
    """Whose record, of which payer and item."""
    return [*owner(rows), *PAYER]


def with_months(tax: Lazy) -> Lazy:
    """first_month and last_month of each row's period."""
    first = nw.col("period_index").cast(nw.Int64)
    return tax.with_columns(
        first.alias("first_month"), (first + nw.col("period_months").cast(nw.Int64) - 1).alias("last_month")
    )


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


def by_payer(rows_in_window: Lazy) -> Lazy:
    """household_id (where given), person_id, payer, income_item, income_fen, months with records."""
    return (
        rows_in_window.group_by(_group(rows_in_window))
        .agg(total("income_fen").alias("income_fen"), total("months").alias("months"))
        .rename({"withholding_agent": "payer"})
    )


@fact(hold=True, per_person=("tax",), clock=Month())
def disputed_tax(tax: Lazy, as_of: dt.date) -> Lazy:
    """Rows in W of a person, payer and item with a period longer than a month: few, and the only ones to compare."""
    rows = _inside(with_months(tax), as_of)
    group = _group(rows)
    return rows.join(rows.filter(nw.col("period_months") > 1).select(group).unique(), on=group, how="semi")


@fact(per_person=("tax",), clock=Month())
def observed_income(
    tax: Lazy, disputed_tax: Lazy, consented: Lazy, income_counted_items: Codes, as_of: dt.date
) -> Lazy:
    """household_id, person_id, payer, income_item, income_fen, months of the members' income in W of items that count.

    The same sums as by_payer(in_window(tax)) in one pass over the many rows: groups with nothing but months are only added
    up, those of `disputed_tax` are compared row by row.
    """
    rows = _inside(with_months(tax), as_of)
    sums = rows.group_by(_group(rows)).agg(
        total("income_fen").alias("income_fen"),
        total("period_months").alias("months"),
        nw.col("period_months").max().alias("longest"),
    )
    plain = sums.filter(nw.col("longest") == 1).drop("longest").rename({"withholding_agent": "payer"})
    both = nw.concat([plain, by_payer(in_window(disputed_tax, as_of))], how="vertical")
    mine = both.join(consented.select("household_id", "person_id", "county"), on=owner(both), how="inner")
    return listed(mine, "income_item", income_counted_items).select(
        "household_id", "person_id", "payer", "income_item", "income_fen", "months"
    )


@fact(per_person=("pensions",), clock=Month())
def observed_pensions(pensions: Lazy, consented: Lazy, income_exclude_basic_pension: nw.Expr, as_of: dt.date) -> Lazy:
    """household_id, person_id, insurance_type, amount_fen in W, less the basic pension where the policy says so."""
    last = month_index(as_of) - 1
    rows = pensions.filter((nw.col("period_index") >= last - YEAR + 1) & (nw.col("period_index") <= last))
    sums = rows.group_by(*owner(pensions), "insurance_type").agg(
        total("amount_fen").alias("paid_fen"), total("basic_amount_fen").alias("basic_fen")
    )
    people = consented.select("household_id", "person_id", income_exclude_basic_pension.alias("is_excluded"))
    less_basic = (nw.col("insurance_type") == RESIDENT_PENSION) & nw.col("is_excluded").fill_null(False)
    amount = nw.when(less_basic).then(nw.col("paid_fen") - nw.col("basic_fen")).otherwise(nw.col("paid_fen"))
    return sums.join(people, on=owner(sums), how="inner").select(
        "household_id", "person_id", "insurance_type", amount.alias("amount_fen")
    )


@fact(per_person=("tax",))
def months_worked(tax: Lazy, income_counted_items: Codes, labour: Lazy, consented: Lazy, fresh: Fresh) -> Lazy:
    """household_id, person_id of members willing to work with a counted tax row that touches the last 3 months that the tax
    data of their county can show."""
    anchors = fresh.rows.select("coverage", "newest_tax_month")
    willing = labour.filter(nw.col("labour_willingness") == "willing").select("household_id", "person_id")
    people = consented.select("household_id", "person_id", "county", "coverage")
    people = people.join(willing, on=["household_id", "person_id"], how="inner").join(
        anchors, on="coverage", how="inner"
    )
    rows = with_months(tax)
    recent = rows.filter(nw.col("last_month") >= fresh.oldest_tax_month - QUARTER)
    worked = recent.join(people, on=owner(recent), how="inner").filter(
        (nw.col("first_month") <= nw.col("newest_tax_month") - 1)
        & (nw.col("last_month") >= nw.col("newest_tax_month") - QUARTER)
    )
    return listed(worked, "income_item", income_counted_items).select("household_id", "person_id")


@fact()
def household_earnings(observed_income: Lazy) -> Lazy:
    """household_id, observed_earnings and how much of them is wages and fees (`deductible`), fen."""
    is_deductible = nw.col("income_item").is_in(DEDUCTIBLE_ITEMS)
    deductible = nw.when(is_deductible).then(nw.col("income_fen")).otherwise(nw.lit(0))
    return (
        observed_income.with_columns(deductible.alias("deductible_fen"))
        .group_by("household_id")
        .agg(total("income_fen").alias("observed_earnings"), total("deductible_fen").alias("deductible"))
    )


@fact()
def household_pension(observed_pensions: Lazy) -> Lazy:
    """household_id, observed_pension, fen."""
    return observed_pensions.group_by("household_id").agg(total("amount_fen").alias("observed_pension"))


@fact()
def declared_income(declaration: Lazy) -> Lazy:
    """household_id, declared_earnings, declared_pension, declared_transfer, fen."""
    earned = nw.col("wage_income_fen") + nw.col("business_income_fen") + nw.col("property_income_fen")
    return declaration.select(
        "household_id",
        earned.alias("declared_earnings"),
        nw.col("pension_income_fen").alias("declared_pension"),
        nw.col("transfer_income_fen").alias("declared_transfer"),
    )


@fact(
    keep=True,
    zh="家庭申报收入与部门记录收入(只计有记录的金额)",
    en="Declared and recorded income of each household; recorded amounts only",
)
def income(
    households: Lazy,
    declared_income: Lazy,
    household_earnings: Lazy,
    income_job_cost_deduction_ratio: nw.Expr,
    household_pension: Lazy,
) -> Lazy:
    """Per admitted household: declared and observed amounts (fen) and countable income (millionths of a fen a year).

    countable = max(declared earnings, observed earnings - ratio x observed wages and fees) + max(declared pension,
    observed pension) + declared transfer income.
    """
    ratio = income_job_cost_deduction_ratio
    joined = (
        households.filter(nw.col("is_admitted"))
        .select("household_id", "active_members", ratio)
        .join(declared_income, on="household_id", how="inner")
        .join(household_earnings, on="household_id", how="left")
        .join(household_pension, on="household_id", how="left")
    )
    amounts = joined.with_columns(
        *(zero_if_null(name).alias(name) for name in ("observed_earnings", "deductible", "observed_pension")),
        ratio.fill_null(0),
    )
    net_earnings = nw.col("observed_earnings") * PPM - ratio * nw.col("deductible")
    return amounts.with_columns(
        (
            nw.max_horizontal(nw.col("declared_earnings") * PPM, net_earnings)
            + nw.max_horizontal(nw.col("declared_pension"), nw.col("observed_pension")) * PPM
            + nw.col("declared_transfer") * PPM
        ).alias("countable_e6")
    )
