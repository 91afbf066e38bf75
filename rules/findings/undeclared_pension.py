"""养老待遇高于申报."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.facts.tolerance import above_declared
from rules.rule import rule


@rule(
    label_en="Pension above declaration",
    direction="verify",
    unit="yuan_per_year",
    statement_zh="近12个月发放养老待遇合计{observed}元, 家庭申报{declared}元, 超过申报加容差({limit}元): {items}。",
    item_zh="{person_name}的{insurance_type}养老待遇{amount}元",
)
def undeclared_pension(
    income_tolerance_ratio: nw.Expr,
    observed_pensions: Lazy,
    household_pension: Lazy,
    declared_income: Lazy,
    households: Lazy,
    standard_dibao: nw.Expr,
) -> Lazy:
    """Pensions paid in window W exceed what was declared by more than the tolerance."""
    over = above_declared(
        households, declared_income, household_pension, "pension", income_tolerance_ratio, standard_dibao
    )
    return observed_pensions.join(over, on="household_id", how="inner").select(
        "household_id",
        item_key("person_id", "insurance_type"),
        "person_id",
        "insurance_type",
        "amount_fen",
        "declared",
        "observed",
        "limit",
    )
