"""户籍迁出或注销."""

import datetime as dt

import narwhals as nw

from rules.clocks import Dates
from rules.expressions import Lazy, day_text, empty_or_on_or_before, item_key
from rules.rule import rule


@rule(
    label_en="Registration moved away or cancelled",
    direction="verify",
    clock=Dates("status_date"),
    needs_record_of_each_member=True,
    statement_zh="户籍登记显示下列成员的户口已迁出或注销: {items}。",
    item_zh="{person_name}({person}), 日期{on}",
)
def registration_cancelled(registration: Lazy, as_of: dt.date) -> Lazy:
    """An active member moved away (迁出) or was struck off (其他注销), the day empty or not after the check date."""
    ended = (nw.col("status") == "迁出") | (nw.col("status") == "其他注销")
    rows = registration.filter(ended.fill_null(False) & empty_or_on_or_before("status_date", as_of))
    return rows.select(
        "household_id",
        item_key("person_id", day_text("status_date")),
        "person_id",
        nw.col("status_date").alias("on"),
    )
