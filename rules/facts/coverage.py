"""Which deliveries speak for which county (spec page 2, Landing folder). Plain Python: a handful of rows.

Snapshot: one delivery is in force for each county, the accepted one with the newest (data date, n), on a tie the
longest area. Increment: all accepted ones, merged by key in the same order, the newest wins. A snapshot that shrank is
not in force until somebody signs it off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import narwhals as nw

from rules.expressions import Lazy

COUNTY_DIGITS: Final = 6


@dataclass(frozen=True)
class Delivered:
    """An accepted delivery: its place among the files of its feed, what it covers, when, with how many accepted rows."""

    place: int
    feed: str
    area: str
    data_on: dt.date
    n: int
    rows: int = 0

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


@dataclass(frozen=True)
class Shrunk:
    """A snapshot to hold: what it would have replaced, with how many rows, and whether a newer one is in force by now."""

    before: tuple[Delivered, ...]
    rows_before: int
    is_replaced: bool


def shrunk(
    deliveries: Iterable[Delivered],
    min_share: Callable[[Delivered], Decimal],
    is_signed_off: Callable[[Delivered], bool],
) -> dict[int, Shrunk]:
    """Accepted deliveries of one snapshot feed, by place, that have fewer than `min_share` of the rows they would replace,
    or none at all (spec page 2). Judged from the oldest to the newest: one that is held is nothing to compare with.
    """
    latest: dict[str, Delivered] = {}
    held: dict[int, tuple[Delivered, tuple[Delivered, ...], int]] = {}
    for delivery in sorted(deliveries, key=lambda d: d.precedence):
        before, is_comparable = _replaced(delivery.area, latest)
        rows = sum(one.rows for one in before)
        is_short = rows > 0 and (delivery.rows == 0 or (is_comparable and delivery.rows < min_share(delivery) * rows))
        if is_short and not is_signed_off(delivery):
            held[delivery.place] = (delivery, before, rows)
        else:
            latest[delivery.area] = delivery
    return {
        place: Shrunk(before, rows, (found := latest.get(one.area)) is not None and found.precedence > one.precedence)
        for place, (one, before, rows) in held.items()
    }


def _replaced(area: str, latest: Mapping[str, Delivered]) -> tuple[tuple[Delivered, ...], bool]:
    """What a new delivery of an area is compared with, and whether the numbers of rows can be: the newest of the same area;
    else the newest of the areas within, together; else one of an area around it, which naturally has more rows.
    """
    if area in latest:
        return (latest[area],), True
    within = [code for code in latest if code.startswith(area)] if len(area) < COUNTY_DIGITS else []
    outer = [code for code in within if not any(code != other and code.startswith(other) for other in within)]
    if outer:
        return tuple(latest[code] for code in sorted(outer)), True
    around = [latest[area[:digits]] for digits in (2, 4) if area[:digits] in latest]
    return tuple(sorted(around, key=lambda d: d.precedence)[-1:]), False


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
