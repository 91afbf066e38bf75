"""重复纳入救助."""

import narwhals as nw

from rules.expressions import Lazy, item_key
from rules.rule import rule


@rule(
    label_en="Enrolled in two households",
    direction="verify",
    statement_zh="下列成员同时登记在另一在册家庭中: {items}。",
    item_zh="{person_name}({person}), 另一家庭{households}",
)
def enrolled_twice(members: Lazy) -> Lazy:
    """A person is an active member of two or more households in 低保, 特困, 低保边缘 or 刚性支出困难.

    Each of those households gets the finding, admitted or not; one item per person and other household.
    """
    people = members.filter(nw.col("has_enrolment")).select("household_id", "person_id")
    often = people.group_by("person_id").agg(nw.len().cast(nw.Int64).alias("times"))
    several = people.join(often.filter(nw.col("times") > 1).select("person_id"), on="person_id", how="inner")
    others = several.select("person_id", nw.col("household_id").alias("other_household"))
    pairs = several.join(others, on="person_id", how="inner")
    pairs = pairs.filter(nw.col("household_id") != nw.col("other_household"))
    return pairs.select("household_id", item_key("person_id", "other_household"), "person_id", "other_household")
