"""Which deliveries speak for which county (spec page 2, Landing folder). Plain Python: a handful of rows.

Snapshot: one delivery is in force for each county, the accepted one with the newest (data date, n), on a tie the
longest area. Increment: all accepted ones, merged by key in the same order, the newest wins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from rules.expressions import Lazy


@dataclass(frozen=True)
class Delivered:
    """An accepted delivery: its place among the files of its feed, what it covers, when."""

    place: int
    feed: str
    area: str
    data_on: dt.date
    n: int

    @property
    def precedence(self) -> tuple[dt.date, int, int]:
        return (self.data_on, self.n, len(self.area))


def replace_corrected(deliveries: Iterable[Delivered]) -> list[Delivered]:
    """An accepted file with a higher n replaces every lower n of the same feed, area and data date as a whole."""
    latest: dict[tuple[str, str, dt.date], Delivered] = {}
    for delivery in deliveries:
        slot = (delivery.feed, delivery.area, delivery.data_on)
        if slot not in latest or delivery.n > latest[slot].n:
            latest[slot] = delivery
    return sorted(latest.values(), key=lambda d: d.precedence)


def in_force(deliveries: Iterable[Delivered], county: str, kind: str, as_of: dt.date) -> list[Delivered]:
    """Deliveries of one feed in force for a county on a date, oldest first; for a snapshot at most one.

    `county` may be a shorter area code where a household's own code is unusable.
    """
    covering = [d for d in replace_corrected(deliveries) if county.startswith(d.area) and d.data_on <= as_of]
    return covering[-1:] if kind == "snapshot" else covering


def is_stale(newest_on: dt.date, as_of: dt.date, stale_after_days: int | None) -> bool:
    """Older than the contract's days; exactly that many is fresh; without a number never stale."""
    return stale_after_days is not None and (as_of - newest_on).days > stale_after_days


def rows_in_force(rows: Lazy, households: Lazy, coverage: Lazy, key: list[str], contested: Lazy | None) -> Lazy:
    """Rows of a feed joined to `households` (must hold `coverage`), only from deliveries that cover the household.

    `rows` holds delivery_no; `coverage` holds coverage, delivery_no, rank. `contested` holds the keys that occur in
    more than one delivery: of those the row of the highest rank stays. They are few, so only they are compared.
    """
    row_columns = rows.collect_schema().names()
    shared: list[str] = [name for name in ("household_id", "person_id") if name in row_columns]
    shared = [name for name in shared if name in households.collect_schema().names()]
    joined = rows.join(households, on=shared, how="inner").join(coverage, on=["coverage", "delivery_no"], how="inner")
    if contested is not None:
        group = list(dict.fromkeys(["household_id", *key]))
        disputed = joined.join(contested, on=key, how="semi")
        disputed = disputed.with_columns(nw.col("rank").max().over(*group).alias("__best"))
        disputed = disputed.filter(nw.col("rank") == nw.col("__best")).drop("__best")
        joined = nw.concat([joined.join(contested, on=key, how="anti"), disputed], how="vertical")
    return joined.drop("rank", "delivery_no")


def coverage_rows(
    deliveries: Iterable[Delivered], counties: Iterable[str], kind: str, as_of: dt.date
) -> list[dict[str, Any]]:
    """Rows {coverage, delivery_no, rank} of one feed."""
    known = list(deliveries)
    return [
        {"coverage": county, "delivery_no": delivery.place, "rank": rank}
        for county in counties
        for rank, delivery in enumerate(in_force(known, county, kind, as_of))
    ]
