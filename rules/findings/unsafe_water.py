"""饮水不安全."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.rule import rule


@rule(
    label_en="Drinking water not safe",
    direction="help",
    refer_to="water_resources",
    need_zh="入户调查:{items}。",
    statement_zh="入户调查({items})。",
    item_zh="{on}饮水安全为{grade}",
)
def unsafe_water(household_safety: Lazy) -> Lazy:
    """The newest survey that speaks of water, not too old, says it is not safe."""
    unsafe = nw.col("water_safe").fill_null("").is_in(["否"])
    return household_safety.filter(unsafe).select(
        "household_id",
        item_key("water_safe"),
        nw.col("water_safe").alias("grade"),
        nw.col("water_surveyed_on").alias("on"),
    )
