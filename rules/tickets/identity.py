"""Ticket numbers and severities (spec page 4, Identity and grouping)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable

from policy.parameters import SEVERITIES


def ticket_id(county: str, household_id: str, direction: str, opened_on: dt.date) -> str:
    """`<county6>-<YYYYMMDD>-<first 10 hex digits of SHA-256 of "household_id|direction|YYYY-MM-DD">`."""
    digest = hashlib.sha256(f"{household_id}|{direction}|{opened_on.isoformat()}".encode()).hexdigest()
    return f"{county}-{opened_on:%Y%m%d}-{digest[:10]}"


def highest(severities: Iterable[str]) -> str:
    """The highest of red, orange, yellow, blue. ValueError when there is none."""
    return min(severities, key=SEVERITIES.index)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months later, clipped to the month's end."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (first_of_next - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))
