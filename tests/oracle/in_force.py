"""Which rows count for a county on the check date (page 2: snapshot, increment, stale, a snapshot that shrank)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from .feeds import FEEDS
from .policy import Policy
from .reading import Deliveries, Delivery, Row


class InForce:
    """Answers for one check date.  `county` may be shorter than six digits (rows with an invalid township)."""

    def __init__(self, deliveries: Deliveries, policy: Policy, audit: list[dict[str, Any]]) -> None:
        """`audit`: entries of the audit ledger; a signed-off file counts, however late somebody signed it off."""
        self.deliveries = deliveries
        self.as_of: date = deliveries.as_of
        self.policy = policy
        self.signed = {(e["file"], e["sha256"]) for e in audit if e["kind"] == "delivery_signed_off"}
        self.held = {path for feed in FEEDS if FEEDS[feed].snapshot for path in self.shrunk(feed)}
        self._chosen: dict[tuple[str, str], list[Delivery]] = {}
        self._slots: dict[tuple[str, str], tuple[str, ...]] = {}
        self._rows: dict[tuple[str, ...], list[Row]] = {}
        self._index: dict[tuple[tuple[str, ...], str], dict[Any, list[Row]]] = {}

    def shrunk(self, feed: str) -> list[Path]:
        """Snapshots with fewer rows than the policy's share of those that they would replace, or with none at all."""
        good: list[Delivery] = []
        held = []
        for one in sorted(self.deliveries.of(feed), key=lambda d: d.order):
            rows, is_same = before(one, good)
            share = self.policy.value(one.area, "delivery.min_share", one.data_date)
            is_short = is_same and share is not None and one.accepted < Fraction(str(share)) * rows
            is_signed = (f"{feed}/{one.path.name}", one.sha256) in self.signed
            if rows and (is_short or not one.accepted) and not is_signed:
                held.append(one.path)
            else:
                good.append(one)
        return held

    def covering(self, feed: str, county: str) -> list[Delivery]:
        """Accepted deliveries covering the county, lower corrections replaced, oldest first."""
        best: dict[tuple[str, date], Delivery] = {}
        for delivery in self.deliveries.of(feed):
            if county.startswith(delivery.area) and delivery.path not in self.held:
                slot = (delivery.area, delivery.data_date)
                if slot not in best or best[slot].n < delivery.n:
                    best[slot] = delivery
        return sorted(best.values(), key=lambda d: d.order)

    def chosen(self, feed: str, county: str) -> list[Delivery]:
        """Snapshot: the one in force.  Increment: all, oldest first."""
        slot = (feed, county)
        if slot not in self._chosen:
            covering = self.covering(feed, county)
            self._chosen[slot] = covering[-1:] if FEEDS[feed].snapshot else covering
        return self._chosen[slot]

    def slot(self, feed: str, county: str) -> tuple[str, ...]:
        """Counties with the same deliveries share their rows."""
        if (feed, county) not in self._slots:
            self._slots[feed, county] = (feed, *(str(d.path) for d in self.chosen(feed, county)))
        return self._slots[feed, county]

    def rows(self, feed: str, county: str) -> list[Row]:
        slot = self.slot(feed, county)
        if slot not in self._rows:
            merged: dict[tuple[Any, ...], Row] = {}
            for delivery in self.chosen(feed, county):
                for row in delivery.rows:
                    merged[tuple(row[name] for name in FEEDS[feed].key)] = row
            self._rows[slot] = list(merged.values())
        return self._rows[slot]

    def of(self, feed: str, county: str, column: str, value: Any) -> list[Row]:
        """Rows whose column has this value."""
        slot = (self.slot(feed, county), column)
        if slot not in self._index:
            index: dict[Any, list[Row]] = {}
            for row in self.rows(feed, county):
                index.setdefault(row[column], []).append(row)
            self._index[slot] = index
        return self._index[slot].get(value, [])

    def newest(self, feed: str, county: str) -> date | None:
        """Data date of the newest accepted delivery covering the county."""
        return max((d.data_date for d in self.chosen(feed, county)), default=None)

    def trouble(self, feed: str, county: str) -> str:
        """'' | feed_missing | feed_stale."""
        newest = self.newest(feed, county)
        if newest is None:
            return "feed_missing"
        limit = FEEDS[feed].stale_days
        return "feed_stale" if limit is not None and (self.as_of - newest).days > limit else ""


def before(delivery: Delivery, good: list[Delivery]) -> tuple[int, bool]:
    """Rows that a delivery would replace, and whether they are of the same counties: of its own area's last delivery; else
    of all the parts of its area; else of the area it is a part of, which must have more.
    """
    last = {one.area: one.accepted for one in good}  # good is in order: the newest of an area stays
    if delivery.area in last:
        return last[delivery.area], True
    parts = {area: rows for area, rows in last.items() if area.startswith(delivery.area)}
    widest = [rows for area, rows in parts.items() if not any(area[:n] in parts for n in range(2, len(area)))]
    if widest:
        return sum(widest), True
    wholes = [one.accepted for one in good if delivery.area.startswith(one.area)]
    return (wholes[-1] if wholes else 0), False
