"""人均收入高于标准."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.rule import rule


@rule(
    label_en="Income per head above standard",
    direction="verify",
    unit="yuan_per_head_month",
    statement_zh="按记录与申报中较高者计算, 人均月收入{observed}元, 高于标准{limit}元。",
    item_zh="",
)
def income_over_standard(households: Lazy, income_limit_factor: nw.Expr, standard_dibao: nw.Expr, income: Lazy) -> Lazy:
    """Countable income a head and month exceeds the factor of the main programme x the standard.

    A programme without a factor gives no hit. Compared as countable > factor x standard x 12 x members, exactly; the
    fingerprint holds tenths of the limit, so that the ticket speaks again only when income moves by a tenth of it.
    """
    policy = households.select("household_id", "main_program", income_limit_factor, standard_dibao)
    rows = income.join(policy, on="household_id", how="inner")
    rows = rows.filter(~income_limit_factor.is_null() & ~standard_dibao.is_null())
    rows = rows.with_columns((income_limit_factor * standard_dibao * 12 * nw.col("active_members")).alias("limit"))
    over = rows.filter(nw.col("countable_e6") > nw.col("limit"))
    tenths = (nw.col("countable_e6") * 10 // nw.col("limit")).cast(nw.Int64)
    return over.select(
        "household_id",
        item_key("main_program", tenths.cast(nw.String)),
        nw.col("countable_e6").alias("observed"),
        "limit",
        nw.col("active_members").alias("heads"),
    )
