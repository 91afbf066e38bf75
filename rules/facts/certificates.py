"""Disability certificates valid on the check date."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rules.clocks import Dates
from rules.expressions import Lazy, empty_or_on_or_after, empty_or_on_or_before, owner
from rules.registry import fact


@fact(clock=Dates("issued_on", "valid_until"), per_person=("disability",))
def valid_certificates(disability: Lazy, as_of: dt.date) -> Lazy:
    """issued_on empty or ≤ as_of, valid_until empty or ≥ as_of; category and grade as whole numbers."""
    valid = disability.filter(empty_or_on_or_before("issued_on", as_of) & empty_or_on_or_after("valid_until", as_of))
    return valid.select(
        *owner(disability),
        nw.col("category").cast(nw.Int64).alias("category"),
        nw.col("grade").cast(nw.Int64).alias("grade"),
    )


@fact(keep=True, zh="核对日期有效的残疾人证", en="Disability certificates of members, valid on the check date")
def certificates(members: Lazy, valid_certificates: Lazy) -> Lazy:
    """household_id, person_id, category, grade of members with a certificate."""
    people = members.select("household_id", "person_id")
    return people.join(valid_certificates, on=owner(valid_certificates), how="inner")
