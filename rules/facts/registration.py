"""Members beside their household registration."""

from __future__ import annotations

import narwhals as nw

from rules.expressions import Lazy


def registration_of_members(members: Lazy, registration: Lazy) -> Lazy:
    """Every active member with registered status, date and name; `has_record` is false where the feed has none.

    `registration` holds the rows in force for each member's county: household_id, person_id and the feed's columns, or
    person_id alone where one delivery speaks for all counties.
    """
    names = registration.collect_schema().names()
    key: list[str] = [name for name in ("household_id", "person_id") if name in names]
    found = registration.select(
        *key, "status", "status_date", nw.col("name_key").alias("registered_name_key")
    ).with_columns(nw.lit(True).alias("has_record"))
    joined = members.select("household_id", "person_id", "name_key").join(found, on=key, how="left")
    return joined.with_columns(nw.col("has_record").fill_null(False).alias("has_record"))
