"""What has happened to tickets up to a check date, as the lake keeps it: what lists, tables and chains are drawn from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.home import Home
from assets.ticket_state import EVENTS, FINDINGS, ITEMS, MATTERS, TICKETS, load_events
from data_contracts import feed_contract
from rules.findings import BY_CODE
from rules.tickets.transitions import CLOSED, TIME_EVENTS

CIVIL_AFFAIRS: Final = "civil_affairs"


def in_words(column: str, words: Mapping[str, str]) -> pl.Expr:
    """Words for codes; an unknown code stands for itself."""
    return pl.col(column).replace_strict(dict(words), default=pl.col(column), return_dtype=pl.String)


def departments_of(rule: str) -> list[str]:
    """Chinese names of the departments whose records the rule reads, civil affairs' own lists left out."""
    contracts = [feed_contract(feed) for feed in BY_CODE[rule].sources]
    return list(dict.fromkeys(c.department_zh for c in contracts if c.department != CIVIL_AFFAIRS))


@dataclass(frozen=True)
class Life:
    """Frames of assets/ticket_state.py as of one check date; `events` holds those of all check dates up to it."""

    as_of: dt.date
    tickets: pl.DataFrame
    items: pl.DataFrame
    findings: pl.DataFrame
    matters: pl.DataFrame
    events: pl.DataFrame

    @classmethod
    def read(cls, home: Home, folder: Path, as_of: dt.date) -> Life:
        """`folder`: the partition of the check date, which may still lie under its working name."""
        earlier = load_events(home, as_of)
        return cls(
            as_of=as_of,
            tickets=_frame(folder / "tickets.parquet", TICKETS).with_columns(
                pl.coalesce("issued_on", "opened_on").alias("issued_on")
            ),
            items=_frame(folder / "ticket_items.parquet", ITEMS),
            findings=_frame(folder / "ticket_findings.parquet", FINDINGS),
            matters=_frame(folder / "ticket_matters.parquet", MATTERS),
            events=pl.concat([earlier, _frame(folder / "ticket_events.parquet", EVENTS)], how="vertical"),
        )

    def of_household(self, household_id: str) -> Life:
        """The same of one household alone."""
        return self._of(pl.col("household_id") == household_id)

    def of_ticket(self, ticket_id: str) -> Life:
        """The same of one ticket alone."""
        return self._of(pl.col("ticket_id") == ticket_id)

    def _of(self, chosen: pl.Expr) -> Life:
        mine = self.tickets.filter(chosen)
        key = mine.select("ticket_id")
        items, findings, matters, events = (
            frame.join(key, on="ticket_id", how="semi", maintain_order="left")
            for frame in (self.items, self.findings, self.matters, self.events)
        )
        return Life(self.as_of, mine, items, findings, matters, events)

    @cached_property
    def open(self) -> pl.DataFrame:
        """Tickets nobody has closed."""
        return self.tickets.filter(pl.col("status") != CLOSED)

    @cached_property
    def closed_today(self) -> pl.DataFrame:
        """Tickets whose closing became known on this check date and that are still closed."""
        now = self.events.filter((pl.col("event") == "closed") & (pl.col("at") == self.as_of))
        return self.tickets.filter(pl.col("status") == CLOSED).join(
            now.select("ticket_id").unique(), on="ticket_id", how="semi"
        )

    @cached_property
    def closing_known(self) -> pl.DataFrame:
        """ticket_id, closing_known_on: the check date on which the latest closing became known."""
        closings = self.events.filter(pl.col("event") == "closed")
        return closings.group_by("ticket_id").agg(pl.col("at").max().alias("closing_known_on"))

    @cached_property
    def latest(self) -> pl.DataFrame:
        """ticket_id, last_event, last_on: the newest event of each ticket that is more than time passing."""
        newest = (
            self.events.filter(~pl.col("event").is_in(TIME_EVENTS))
            .sort("ticket_id", "seq")
            .unique("ticket_id", keep="last", maintain_order=True)
        )
        return newest.select("ticket_id", pl.col("event").alias("last_event"), pl.col("on").alias("last_on"))


def _frame(path: Path, schema: Mapping[str, Any]) -> pl.DataFrame:
    """A frame of the lake; one that is not there (checks of version 0.1) or lacks columns reads as empty."""
    if not path.is_file():
        return pl.DataFrame(schema=dict(schema))
    frame = pl.read_parquet(path)
    columns = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    ]
    return frame.select(columns)
