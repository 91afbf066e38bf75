"""Which rows count for a county on the check date (page 2: snapshot, increment, stale)."""

from __future__ import annotations

from datetime import date
from typing import Any

from .feeds import FEEDS
from .reading import Deliveries, Delivery, Row


class InForce:
    """Answers for one check date.  `county` may be shorter than six digits (rows with an invalid township)."""

    def __init__(self, deliveries: Deliveries) -> None:
        self.deliveries = deliveries
        self.as_of: date = deliveries.as_of
        self._chosen: dict[tuple[str, str], list[Delivery]] = {}
        self._slots: dict[tuple[str, str], tuple[str, ...]] = {}
        self._rows: dict[tuple[str, ...], list[Row]] = {}
        self._index: dict[tuple[tuple[str, ...], str], dict[Any, list[Row]]] = {}

    def covering(self, feed: str, county: str) -> list[Delivery]:
        """Accepted deliveries covering the county, lower corrections replaced, oldest first."""
        best: dict[tuple[str, date], Delivery] = {}
        for delivery in self.deliveries.of(feed):
            if county.startswith(delivery.area):
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
