"""Disability certificates valid on the check date."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rules.expressions import Lazy, empty_or_on_or_after, empty_or_on_or_before


def valid_certificates(disability: Lazy, as_of: dt.date) -> Lazy:
    """issued_on empty or ≤ as_of, valid_until empty or ≥ as_of; category and grade as whole numbers.

    Per household_id and person_id, or per person_id alone where one delivery speaks for all counties.
    """
    key = [name for name in ("household_id", "person_id") if name in disability.collect_schema().names()]
    valid = disability.filter(empty_or_on_or_before("issued_on", as_of) & empty_or_on_or_after("valid_until", as_of))
    return valid.select(
        *key,
        nw.col("category").cast(nw.Int64).alias("category"),
        nw.col("grade").cast(nw.Int64).alias("grade"),
    )
