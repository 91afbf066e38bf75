"""What the sections are made from: figures of the database, and what the check itself knows besides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import polars as pl

from assets.county_policy import is_county
from assets.publication.report.figures import Figures
from assets.publication.report.markup import Text
from assets.publication.report.words import county

HITS: Final = ("hit", "suppressed")


@dataclass(frozen=True)
class Judgement:
    """One thing that had to hold of this publication. `problems` None: about a whole, not about rows."""

    group: Text
    words: Text
    passed: bool
    is_bound: bool
    problems: int | None
    counted: int


@dataclass(frozen=True)
class Report:
    """Everything on the page.

    figures     queries on the database of this publication
    fresh       households.freshness: coverage, feed, state, data_on
    names       names of counties by code
    judged      what was checked before publication
    refused     people's files that could not be read or recognised: name, why, what to do
    """

    figures: Figures
    fresh: pl.DataFrame
    names: Mapping[str, str]
    judged: Sequence[Judgement]
    refused: Sequence[tuple[str, str, str]] = ()

    @property
    def as_of(self) -> dt.date:
        return self.figures.as_of

    def county(self, code: str) -> Text:
        return county(code, self.names)

    @cached_property
    def counties(self) -> list[str]:
        codes: list[str] = self.figures["counties"]["county_code"].to_list()
        return codes

    @cached_property
    def dates(self) -> list[dt.date]:
        """Check dates up to this one, oldest first."""
        days: list[dt.date] = self.figures["dates"]["as_of"].to_list()
        return days

    @cached_property
    def households(self) -> int:
        return int(self.figures["programmes"]["households"].sum())

    @cached_property
    def admitted(self) -> int:
        return int(self.figures["programmes"]["admitted"].sum())

    @cached_property
    def missing(self) -> list[dict[str, Any]]:
        """Feeds of counties that are missing or too old: coverage, feed, state, data_on."""
        known = self.fresh.filter(pl.col("coverage").map_elements(is_county, return_dtype=pl.Boolean))
        return known.filter(pl.col("state") != "fresh").sort("state", "feed", "coverage").to_dicts()

    def results(self, rule: str) -> dict[tuple[str, str | None], int]:
        """(result, reason) -> households of one rule on the check date."""
        mine = self.figures["results"].filter(pl.col("rule") == rule)
        return {(result, reason): n for _, result, reason, n in mine.iter_rows()}

    def tickets(self, name: str) -> int:
        """A column of the townships added up."""
        return int(self.figures["townships"][name].sum())

    def changes(self, name: str) -> int:
        return int(self.figures["changes"].filter(pl.col("change") == name)["tickets"].sum())

    def closed(self, *, in_time: bool, now: bool = False) -> int:
        """Closed tickets, those of this check date or all."""
        rows = self.figures["closings"].filter(pl.col("in_time") == in_time)
        return int((rows.filter("is_now") if now else rows)["tickets"].sum())

    def waiting(self, kind: str) -> tuple[int, int]:
        """How many things of a kind wait, and the longest wait in days."""
        rows = self.figures["waiting"].filter(pl.col("kind") == kind)
        items, longest = rows.select(pl.col("items").sum(), pl.col("longest").max()).row(0)
        return int(items), int(longest or 0)

    def most(self, figure: str, column: str) -> int:
        """The largest number in a column; 0 where there is none."""
        return int(self.figures[figure].select(pl.col(column).max()).item() or 0)
