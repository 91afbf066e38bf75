"""返贫致贫风险."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.rule import rule


@rule(
    label_en="Risk of falling back into poverty",
    direction="help",
    refer_to="agriculture",
    need_zh="存在返贫致贫风险因素:{items}。",
    unit="factor",
    statement_zh="同时存在{observed}项返贫致贫风险因素(达到{limit}项即提示): {items}。",
    item_zh="{factors}",
)
def poverty_return_risk(poverty_return_risk: Lazy) -> Lazy:
    """The household's label is `at_risk` (rules/labels/poverty_return_risk.py): enough factors at once, no basic support."""
    rows = poverty_return_risk.filter(nw.col("poverty_return_risk") == "at_risk")
    return rows.select(
        "household_id",
        item_key("factors"),
        nw.col("factors"),
        nw.col("factor_count").alias("observed"),
        nw.col("min_factors").alias("limit"),
    )
