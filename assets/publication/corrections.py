"""Correction requests (异议处置, 数据有误): what the departments whose records were shown are asked to look at again.

One file a feed, for what became known on this check date: items a family disputes, and tickets a person closed as wrong
data. A department sees its own record and nothing of the others'. Source: 乌民政发〔2025〕23号 二(二)5.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets import masking
from assets.deliveries import Stock
from assets.publication.files import write_spreadsheet_csv
from assets.publication.life import CIVIL_AFFAIRS
from assets.publication.workbooks import evidence_text
from data_contracts import feed_contract
from data_contracts.derive.duckdb_tables import in_shape, table_schema
from rules.findings import BY_CODE
from rules.tickets.state import FindingOnTicket, ItemOnTicket, Ticket

REASONS: Final = {"objection": "家庭提出异议", "data_error": "核实为数据有误"}
FACTOR_FEEDS: Final = {
    "labour_capacity": ("disability",),
    "housing_safety": (),
    "water_safety": (),
    "income_below_standard": ("tax", "pensions"),
}
"""Which departments' records a factor of poverty_return_risk rests on; surveys are civil affairs' own."""


@dataclass(frozen=True)
class Corrections:
    """The requests of one check date. `closed`: numbers of tickets whose closing became known on it."""

    stock: Stock
    tickets: Mapping[str, Ticket]
    closed: frozenset[str]

    def by_feed(self) -> dict[str, list[dict[str, Any]]]:
        """Feed -> rows of contract correction_requests."""
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for number in sorted(self.tickets):
            for feed, row in self._of_ticket(self.tickets[number]):
                rows[feed].append(row)
        return dict(sorted(rows.items()))

    def _of_ticket(self, ticket: Ticket) -> Iterator[tuple[str, dict[str, Any]]]:
        as_of = self.stock.as_of
        for matter in ticket.matters:
            if matter.kind == "objection" and matter.known_on == as_of:
                item = ticket.item(int(matter.subject))
                if item is not None:
                    yield from self._requests(ticket, item, "objection", matter.opened_on, masking.text(matter.text))
        closed_on = ticket.closed_on
        if closed_on is not None and ticket.outcome == "data_error" and ticket.ticket_id in self.closed:
            for item in _items_seen(ticket, closed_on):
                yield from self._requests(ticket, item, "data_error", closed_on, "")

    def _requests(
        self, ticket: Ticket, item: ItemOnTicket, reason: str, since_on: dt.date, statement: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """One row for each department's feed that the item rests on."""
        payload, shown = self._as_shown(ticket, item)
        for feed, data_date in _feeds(payload, item.rule, shown):
            yield (
                feed,
                {
                    "ticket_id": ticket.ticket_id,
                    "item_no": item.item_no,
                    "reason": reason,
                    "reason_zh": REASONS[reason],
                    "since_on": since_on,
                    "department_zh": feed_contract(feed).department_zh,
                    "file": self._delivery(feed, ticket.county_code, data_date),
                    "data_date": data_date,
                    "county_code": ticket.county_code,
                    "label_zh": BY_CODE[item.rule].label_zh,
                    "item": evidence_text(_of_feed(shown, feed)) or None,
                    "person": shown.get("person"),
                    "person_name": shown.get("person_name"),
                    "statement": statement or None,
                },
            )

    def _as_shown(self, ticket: Ticket, item: ItemOnTicket) -> tuple[dict[str, Any], dict[str, Any]]:
        """Finding and item as they were published last; the item may be gone from today's data."""
        finding = ticket.findings.get(item.rule)
        payload = {} if finding is None else finding.payload
        shown = _item_of(finding, item.item_no)
        return (payload, shown) if shown is not None else self._shown_before(ticket, item, payload)

    def _shown_before(
        self, ticket: Ticket, item: ItemOnTicket, payload: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Finding and item as the newest earlier check date that had the item published them; `payload` where none had."""
        for day in reversed(self.stock.home.published_dates()):
            path = self.stock.home.check(day) / "ticket_findings.parquet"
            if day >= self.stock.as_of or not path.is_file():
                continue
            mine = (pl.col("ticket_id") == ticket.ticket_id) & (pl.col("rule") == item.rule)
            for row in pl.scan_parquet(path).filter(mine).collect().iter_rows(named=True):
                earlier = json.loads(row["payload"])
                items = dict(zip(row.get("item_nos") or (), earlier.get("items", ()), strict=False))
                if item.item_no in items:
                    return earlier, items[item.item_no]
        return payload, {}

    def _delivery(self, feed: str, county: str, data_date: dt.date | None) -> str | None:
        """The newest accepted file of that data date that speaks for the county."""
        named = [
            delivery
            for delivered in self.stock.accepted(feed)
            if (delivery := self.stock.delivery(delivered)).file.data_on == data_date
            and county.startswith(delivery.file.area)
        ]
        return max(named, key=lambda d: d.file.precedence).file.shown if named else None


def _items_seen(ticket: Ticket, closed_on: dt.date) -> list[ItemOnTicket]:
    """Items a person had before him: of findings not withdrawn, or of all where none was left."""
    seen = sorted((i for i in ticket.items.values() if i.added_on <= closed_on), key=lambda i: i.item_no)
    standing = {f.rule for f in ticket.findings.values() if f.withdrawn_on is None}
    return [item for item in seen if item.rule in standing] or seen


def _item_of(finding: FindingOnTicket | None, item_no: int) -> dict[str, Any] | None:
    """The published item of that number."""
    if finding is None or item_no not in finding.item_nos:
        return None
    items: list[dict[str, Any]] = finding.payload.get("items", [])
    at = finding.item_nos.index(item_no)
    return items[at] if at < len(items) else None


def _feeds(payload: Mapping[str, Any], rule: str, item: Mapping[str, Any]) -> list[tuple[str, dt.date | None]]:
    """Departments' feeds behind an item with the data dates that were shown; civil affairs' own lists left out."""
    days = {feed["feed"]: dt.date.fromisoformat(feed["data_date"]) for feed in payload.get("feeds", ())}
    listed = list(days) or list(BY_CODE[rule].sources)
    own = [feed for feed in listed if feed_contract(feed).department != CIVIL_AFFAIRS]
    if "factors" in item:
        concerned = {feed for factor in item["factors"] for feed in FACTOR_FEEDS.get(factor, ())}
        own = [feed for feed in own if feed in concerned]
    return [(feed, days.get(feed)) for feed in own]


def _of_feed(item: Mapping[str, Any], feed: str) -> dict[str, Any]:
    """The item without what other departments recorded. Only the factors of a risk come from several."""
    kept = dict(item)
    if "factors" in kept:
        kept["factors"] = [factor for factor in kept["factors"] if feed in FACTOR_FEEDS.get(factor, ())]
    return kept


def write_corrections(
    stock: Stock, tickets: Mapping[str, Ticket], closed: Iterable[str], folder: Path
) -> dict[str, int]:
    """`<feed>.csv` for each feed with a request; returns rows by file name."""
    written: dict[str, int] = {}
    for feed, rows in Corrections(stock, tickets, frozenset(closed)).by_feed().items():
        folder.mkdir(parents=True, exist_ok=True)
        frame = in_shape(pl.DataFrame(rows, schema=table_schema("correction_requests")), "correction_requests")
        write_spreadsheet_csv(frame, folder / f"{feed}.csv")
        written[f"{feed}.csv"] = len(rows)
    return written
