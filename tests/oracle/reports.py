"""Reports: every row of a ticket feed says something about one ticket (page 4), and the entries of the audit ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .feeds import FEEDS, TICKET_FEEDS
from .reading import Deliveries, Delivery, Row

DAY_OF = {
    "ticket_receipts": "received_on",
    "ticket_handling": "acted_on",
    "clarification_requests": "requested_on",
    "clarification_answers": "answered_on",  # no feed: from the audit ledger
    "objections": "raised_on",
    "objection_answers": "answered_on",
    "ticket_referrals": "referred_on",
    "ticket_outcomes": "handled_on",
    "referral_answers": "answered_on",
    "recheck_results": "rechecked_on",
}
ORDER = tuple(DAY_OF)


@dataclass(frozen=True)
class Report:
    """One row in force.  `key` is without the ticket's number; `area` is what its file's name says."""

    feed: str
    ticket_id: str
    key: tuple[Any, ...]
    row: Row
    area: str = ""
    file: str = ""
    line: int = 0
    filed: tuple[Any, ...] = ()  # when: the later of two files of one office counts
    filed_on: date = date.min
    sent_in: str = ""

    @property
    def day(self) -> date:
        return self.row[DAY_OF[self.feed]]

    @property
    def mark(self) -> tuple[str, ...]:
        return (self.feed, *map(str, self.key), self.text("outcome"))

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.day, ORDER.index(self.feed), tuple(map(str, self.key)))

    def text(self, name: str) -> str:
        return self.row.get(name) or ""


@dataclass(frozen=True)
class Refused:
    feed: str
    file: str
    line: int
    code: str


def reports_in_order(deliveries: Deliveries, audit: list[dict[str, Any]], townships: dict[str, str]) -> list[Report]:
    """Rows of a key are one report, the newest of them; all in the order in which they are taken."""
    found = (*rows_in_force(deliveries, townships), *clarification_answers(audit))
    return sorted(found, key=lambda report: (*report.order, report.ticket_id))


def rows_in_force(deliveries: Deliveries, townships: dict[str, str]) -> Iterator[Report]:
    """`townships`: ticket -> township. A township's row about another township's ticket replaces nobody's."""
    for feed in TICKET_FEEDS:
        merged: dict[tuple[Any, ...], Report] = {}
        for delivery in uncorrected(deliveries.of(feed)):
            for row, line in zip(delivery.rows, delivery.lines, strict=True):
                if not row["ticket_id"].startswith(delivery.area[:6]):
                    continue
                report = as_report(feed, row, line, delivery)
                key = (report.feed, report.ticket_id, *report.key)
                if len(delivery.area) == 12 and townships.get(report.ticket_id, delivery.area) != delivery.area:
                    yield report
                else:
                    merged[key] = report
        yield from merged.values()


def as_report(feed: str, row: Row, line: int, delivery: Delivery) -> Report:
    """An outcome row without an outcome is a step of handling: a visit, or else a note."""
    sent_in = feed
    if feed == "ticket_outcomes" and not row["outcome"]:
        day, action = row["visited_on"] or row["handled_on"], "visited" if row["visited_on"] else "noted"
        kept = {name: row[name] for name in ("ticket_id", "handler", "visitors", "note")}
        feed, row = "ticket_handling", {**kept, "action": action, "acted_on": day}
    key = tuple(row[name] for name in FEEDS[feed].key)
    where = (delivery.area, delivery.path.name, line, delivery.order, delivery.data_date, sent_in)
    return Report(feed, key[0], key[1:], row, *where)


def strangers(deliveries: Deliveries) -> Iterator[Refused]:
    """Rows about a ticket of an area that the file does not speak for: to that file such a ticket is unknown."""
    for feed in TICKET_FEEDS:
        for delivery in uncorrected(deliveries.of(feed)):
            for row, line in zip(delivery.rows, delivery.lines, strict=True):
                if not row["ticket_id"].startswith(delivery.area[:6]):
                    yield Refused(feed, delivery.path.name, line, "unknown_ticket")


def uncorrected(deliveries: list[Delivery]) -> list[Delivery]:
    """Without those a later correction has replaced; oldest first."""
    best: dict[tuple[str, date], Delivery] = {}
    for delivery in deliveries:
        slot = (delivery.area, delivery.data_date)
        if slot not in best or best[slot].n < delivery.n:
            best[slot] = delivery
    return sorted(best.values(), key=lambda d: d.order)


def read_audit(home: Path) -> list[dict[str, Any]]:
    """What officials did by command: lake/ledger/audit.jsonl."""
    path = home / "lake" / "ledger" / "audit.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def clarification_answers(audit: list[dict[str, Any]]) -> Iterator[Report]:
    for entry in audit:
        if entry["kind"] == "unmasked":
            row = {
                "office": entry["office"],
                "requested_on": date.fromisoformat(entry["requested_on"]),
                "answered_on": date.fromisoformat(entry["answered_on"]),
                "answered_by": entry["by"],
            }
            yield Report("clarification_answers", entry["ticket_id"], (row["requested_on"],), row)
