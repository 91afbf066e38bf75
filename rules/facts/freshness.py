"""What feeds are worth on the check date, county by county."""

from __future__ import annotations

from dataclasses import dataclass

from rules.expressions import Lazy


@dataclass(frozen=True)
class Fresh:
    """rows: one a coverage, with fresh_<feed> (neither missing nor stale) for each feed and newest_tax_month, the month of
    the newest tax data in force. oldest_tax_month: the earliest of them, so that no rule looks further back."""

    rows: Lazy
    oldest_tax_month: int
