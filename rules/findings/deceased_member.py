"""成员已登记死亡."""

import datetime as dt

import narwhals as nw

from rules.clocks import Dates, Month
from rules.expressions import Lazy, day_text, empty_or_on_or_before, item_key, month_index, month_of
from rules.rule import rule


@rule(
    label_en="Member registered as deceased",
    direction="verify",
    clock=(Dates("status_date"), Month()),
    needs_record_of_each_member=True,
    statement_zh="户籍登记显示下列成员已登记死亡, 仍在本户成员名单中: {items}。",
    item_zh="{person_name}({person}), 登记日期{on}, 此后在册{months}个月",
)
def deceased_member(registration: Lazy, households: Lazy, as_of: dt.date) -> Lazy:
    """An active member is registered as dead (死亡注销) with the day empty or not after the check date.

    `months`: calendar months after the month of death, up to this one, in which the household was on the roster.
    """
    dead = registration.filter(
        (nw.col("status") == "死亡注销").fill_null(False) & empty_or_on_or_before("status_date", as_of)
    )
    rows = dead.join(households.select("household_id", "started_on"), on="household_id", how="inner")
    first = nw.max_horizontal(month_of("status_date") + 1, month_of("started_on"))
    months = nw.when(~nw.col("status_date").is_null()).then(nw.lit(month_index(as_of) + 1) - first)
    return rows.select(
        "household_id",
        item_key("person_id", day_text("status_date")),
        "person_id",
        nw.col("status_date").alias("on"),
        months.cast(nw.Int64).alias("months"),
    )
