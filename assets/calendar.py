"""Whom the days between two check dates change although no row has changed: what the declared clocks say (rules/clocks.py)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import narwhals as nw
import polars as pl

from assets.county_policy import CountyPolicy
from data_contracts import feed_contract
from rules.clocks import Age, Clock, Dates, EveryDay, Month
from rules.labels.labour_capacity import age
from rules.registry import OWN_DATES, REGISTERS, Made, dated_columns

OWN_FEEDS = tuple(dict.fromkeys(feed for feeds in REGISTERS.values() for feed in feeds))


@dataclass(frozen=True)
class Calendar:
    """`made`: the facts and rules that are asked about; `since`, `until`: the earlier check date and this one; `policy`: the
    values in force today, for clocks that name a parameter (others in force before have changed the county anyway)."""

    made: Sequence[Made]
    since: dt.date
    until: dt.date
    policy: CountyPolicy

    @property
    def everything(self) -> str:
        """Why everything is another: a key of changes.ALL_BECAUSE, "" where it is not."""
        if self.since == self.until:
            return ""
        if any(isinstance(clock, EveryDay) for clock in self._clocks):
            return "every_day"
        is_same_month = (self.since.year, self.since.month) == (self.until.year, self.until.month)
        return "" if is_same_month or not any(isinstance(clock, Month) for clock in self._clocks) else "month"

    def of_rows(self, feed: str, paths: Sequence[Path]) -> pl.Series:
        """Subjects of rows of a feed with a date that comes, or comes to lie so many days back, in these days. Both ends are
        among them: a condition may hold on a day, before it, or after it."""
        subject = subject_of(feed)
        inside = [
            pl.col(column).is_between(self.since - dt.timedelta(days=back), self.until - dt.timedelta(days=back))
            for column, days in self._dates.get(feed, {}).items()
            for back in days
        ]
        if self.since == self.until or not inside or not paths:
            return pl.Series(subject, dtype=type_of(subject))
        rows = pl.scan_parquet(list(paths), glob=False).filter(pl.any_horizontal(inside))
        return rows.select(subject).collect().to_series().unique()

    def of_age(self, persons: pl.DataFrame) -> pl.Series:
        """household_id of those who come to an age that a clock names. `persons`: household_id, person_id (Int64)."""
        then, now = (
            nw.from_native(persons).select(found=age(day)).to_native()["found"] for day in (self.since, self.until)
        )
        ages = {years for clock in self._clocks if isinstance(clock, Age) for years in self._values(clock.years)}
        comes = [(then < years) & (now >= years) for years in ages]
        frame = persons.select("household_id", pl.any_horizontal(pl.lit(False), *comes).alias("comes"))
        return frame.filter("comes")["household_id"].unique()

    @cached_property
    def _clocks(self) -> list[Clock]:
        return [clock for made in self.made for clock in made.clocks]

    @cached_property
    def _dates(self) -> dict[str, dict[str, set[int]]]:
        """feed -> column -> how many days back it is looked at."""
        found: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for feed in OWN_FEEDS:
            for column in feed_contract(feed).columns:
                if column.stored_as in OWN_DATES.columns:
                    found[feed][column.stored_as].add(0)
        for made in self.made:
            for clock in made.clocks:
                if isinstance(clock, Dates):
                    for feed_, name in dated_columns(made, clock):
                        found[feed_][name] |= {0, *self._values(clock.days)}
        return found

    def _values(self, given: Iterable[int | str]) -> set[int]:
        """Numbers as they are; of a policy parameter the values of all counties."""
        numbers: set[int] = set()
        for one in given:
            values = [one] if isinstance(one, int) else self.policy.of_all(one)
            numbers.update(value if isinstance(value, int) else value.whole() for value in values)
        return numbers


def subject_of(feed: str) -> str:
    """household_id where civil affairs themselves keep the feed."""
    return "person_id" if feed_contract(feed).subject == "person" else "household_id"


def type_of(subject: str) -> type[pl.DataType]:
    return pl.Int64 if subject == "person_id" else pl.String
