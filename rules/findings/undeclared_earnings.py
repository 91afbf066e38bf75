"""收入高于申报."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.facts.tolerance import above_declared
from rules.rule import rule


@rule(
    label_en="Earnings above declaration",
    direction="verify",
    unit="yuan_per_year",
    statement_zh="近12个月税务记录的收入合计{observed}元, 家庭申报{declared}元, 超过申报加容差({limit}元): {items}。",
    item_zh="{person_name}在{payer}的{income_item}{amount}元({months}个月有记录)",
)
def undeclared_earnings(
    observed_income: Lazy,
    household_earnings: Lazy,
    declared_income: Lazy,
    households: Lazy,
    income_tolerance_ratio: nw.Expr,
    standard_dibao: nw.Expr,
) -> Lazy:
    """Recorded earnings in window W exceed what was declared by more than the tolerance.

    tolerance = max(ratio x declared earnings, one month of the standard for one person).
    """
    over = above_declared(
        households, declared_income, household_earnings, "earnings", income_tolerance_ratio, standard_dibao
    )
    return observed_income.join(over, on="household_id", how="inner").select(
        "household_id",
        item_key("person_id", "payer", "income_item"),
        "person_id",
        "payer",
        "income_item",
        nw.col("income_fen").alias("amount_fen"),
        "months",
        "declared",
        "observed",
        "limit",
    )
