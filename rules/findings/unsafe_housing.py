"""住房不安全."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.rule import rule


@rule(
    label_en="Housing not safe",
    direction="help",
    refer_to="housing",
    need_zh="入户调查:{items}。",
    statement_zh="入户调查({items})。",
    item_zh="{on}住房鉴定等级{grade}",
)
def unsafe_housing(household_safety: Lazy) -> Lazy:
    """The newest survey that gives a housing grade, not too old, says C or D."""
    unsafe = nw.col("housing_grade").fill_null("").is_in(["C", "D"])
    return household_safety.filter(unsafe).select(
        "household_id",
        item_key("housing_grade"),
        nw.col("housing_grade").alias("grade"),
        nw.col("housing_surveyed_on").alias("on"),
    )
