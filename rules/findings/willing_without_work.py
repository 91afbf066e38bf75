"""有劳动能力和意愿未就业."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.facts.facts import Facts
from rules.rule import rule


@rule(
    direction="help",
    refer_to="human_resources",
    feeds=("tax", "disability", "person_surveys"),
    parameters=(
        "income.counted_items",
        "survey.max_age_days",
        "labour.minor_age",
        "labour.retirement_age",
    ),
    statement_zh="下列成员有劳动能力和就业意愿, 近3个月没有计入的收入记录: {items}。",
    item_zh="{person_name}({person})",
    clause="乌民政发〔2025〕23号 二(二)7; 阿盟 实施措施 十一",
)
def willing_without_work(facts: Facts) -> Lazy:
    """A member able and willing to work has no counted tax row touching the last 3 months that the tax data can show.

    Those are the 3 months before the earlier of the check date's month and the month of the newest tax data date.
    """
    willing = (nw.col("labour_willingness") == "willing").fill_null(False)
    people = facts.labour.filter(willing & nw.col("is_admitted"))
    worked = facts.counted_tax_months.filter(
        (nw.col("first_month") <= nw.col("tax_anchor_month") - 1)
        & (nw.col("last_month") >= nw.col("tax_anchor_month") - 3)
    ).select("household_id", "person_id")
    idle = people.join(worked, on=["household_id", "person_id"], how="anti")
    return idle.select("household_id", item_key("person_id"), "person_id")
