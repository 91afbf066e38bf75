"""有劳动能力和意愿未就业."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.rule import rule


@rule(
    label_en="Able and willing, without work",
    direction="help",
    refer_to="human_resources",
    need_zh="下列成员有劳动能力和就业意愿:{items}。",
    statement_zh="下列成员有劳动能力和就业意愿, 近3个月没有计入的收入记录: {items}。",
    item_zh="{person_name}({person})",
)
def willing_without_work(months_worked: Lazy, consented: Lazy, labour: Lazy) -> Lazy:
    """A member able and willing to work has no counted tax row touching the last 3 months that the tax data can show.

    Those are the 3 months before the earlier of the check date's month and the month of the newest tax data date.
    """
    willing = labour.filter(nw.col("labour_willingness") == "willing").select("household_id", "person_id")
    admitted = consented.select("household_id", "person_id")
    idle = willing.join(months_worked, on=["household_id", "person_id"], how="anti")
    idle = idle.join(admitted, on=["household_id", "person_id"], how="inner")
    return idle.select("household_id", item_key("person_id"), "person_id")
