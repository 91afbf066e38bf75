"""姓名与户籍不符."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.rule import rule


@rule(
    label_en="Name differs from registration",
    direction="verify",
    needs_record_of_each_member=True,
    statement_zh="下列成员在民政登记的姓名与户籍登记不一致: {items}。",
    item_zh="{person_name}({person})",
)
def identity_mismatch(registration: Lazy) -> Lazy:
    """A member's name differs from the registered one; spelling of spaces and dots aside. An empty name is no hit."""
    ours, theirs = nw.col("name_key").fill_null(""), nw.col("registered_name_key").fill_null("")
    rows = registration.filter((ours != "") & (theirs != "") & (ours != theirs))
    return rows.select("household_id", item_key("person_id"), "person_id")
