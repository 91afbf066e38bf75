"""Members beside their household registration."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from rules.expressions import Lazy, owner
from rules.registry import fact

UNREMARKABLE: Final = "正常"


@fact(
    keep=True,
    per_person=("household_registration",),
    zh="公安户籍中无记录、非正常或姓名不一致的成员",
    en="Members without a registration record, in another state, or under another name",
)
def registration(members: Lazy, household_registration: Lazy) -> Lazy:
    """Active members whose registration says something: no record (`has_record` false), a status other than 正常, or
    another name. Most say nothing, so nobody has to carry them on.
    """
    key = owner(household_registration)
    found = household_registration.select(
        *key, "status", "status_date", nw.col("name_key").alias("registered_name_key")
    ).with_columns(nw.lit(True).alias("has_record"))
    joined = members.select("household_id", "person_id", "name_key").join(found, on=key, how="left")
    is_other_name = (nw.col("name_key") != nw.col("registered_name_key")).fill_null(True)
    is_other_status = (nw.col("status") != UNREMARKABLE).fill_null(True)  # null too where there is no record
    remarkable = joined.filter(is_other_status | is_other_name)
    return remarkable.with_columns(nw.col("has_record").fill_null(False).alias("has_record"))
