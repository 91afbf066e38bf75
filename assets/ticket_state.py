"""Tickets between check dates: written with each date's partition, read back for the next one."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import polars as pl

from rules.tickets.state import Event, FindingOnTicket, ItemOnTicket, Ticket

TICKETS: Final[dict[str, type[pl.DataType]]] = {
    "ticket_id": pl.String,
    "household_id": pl.String,
    "direction": pl.String,
    "county_code": pl.String,
    "township_code": pl.String,
    "programme": pl.String,
    "applicant_id": pl.String,
    "applicant_name": pl.String,
    "owner": pl.String,
    "opened_on": pl.Date,
    "due_on": pl.Date,
    "deadline_days": pl.Int64,
    "deadline_unit": pl.String,
    "roll_forward": pl.Boolean,
    "deadline_provisional": pl.Boolean,
    "deadline_basis": pl.String,
    "status": pl.String,
    "severity": pl.String,
    "closed_on": pl.Date,
    "outcome": pl.String,
    "last_seq": pl.Int64,
}
ITEMS: Final[dict[str, type[pl.DataType]]] = {
    "ticket_id": pl.String,
    "rule": pl.String,
    "item_key": pl.String,
    "added_on": pl.Date,
}
FINDINGS: Final[dict[str, type[pl.DataType]]] = {
    "ticket_id": pl.String,
    "rule": pl.String,
    "severity": pl.String,
    "since": pl.Date,
    "withdrawn_on": pl.Date,
    "payload": pl.String,
}
EVENTS: Final[dict[str, type[pl.DataType]]] = {
    "ticket_id": pl.String,
    "seq": pl.Int64,
    "event": pl.String,
    "on": pl.Date,
    "by": pl.String,
    "detail": pl.String,
    "at": pl.Date,
}


def ticket_frame(tickets: dict[str, Ticket]) -> pl.DataFrame:
    """All tickets ever, one row each, by number."""
    return _frame((tickets[number] for number in sorted(tickets)), TICKETS)


def item_frame(tickets: dict[str, Ticket]) -> pl.DataFrame:
    """Items on tickets: ticket_id, rule, item_key, added_on."""
    rows = [
        (number, item.rule, item.item_key, item.added_on)
        for number in sorted(tickets)
        for _, item in sorted(tickets[number].items.items())
    ]
    return pl.DataFrame(rows, schema=ITEMS, orient="row")


def finding_frame(tickets: dict[str, Ticket]) -> pl.DataFrame:
    """Findings on tickets with what was last published of each."""
    rows = [
        (
            number,
            finding.rule,
            finding.severity,
            finding.since,
            finding.withdrawn_on,
            json.dumps(finding.payload, ensure_ascii=False),
        )
        for number in sorted(tickets)
        for _, finding in sorted(tickets[number].findings.items())
    ]
    return pl.DataFrame(rows, schema=FINDINGS, orient="row")


def event_frame(events: list[Event]) -> pl.DataFrame:
    """Events by ticket and sequence."""
    return _frame(sorted(events, key=lambda e: (e.ticket_id, e.seq)), EVENTS)


def _frame(records: Any, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    rows = list(map(attrgetter(*schema), records))
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class State:
    """Frames of the state after a check date and the events it added."""

    tickets: pl.DataFrame
    items: pl.DataFrame
    events: pl.DataFrame


def save_state(folder: Path, tickets: dict[str, Ticket], events: list[Event]) -> State:
    """Write the state after a check date and the events it added."""
    state = State(ticket_frame(tickets), item_frame(tickets), event_frame(events))
    state.tickets.write_parquet(folder / "tickets.parquet")
    state.items.write_parquet(folder / "ticket_items.parquet")
    finding_frame(tickets).write_parquet(folder / "ticket_findings.parquet")
    state.events.write_parquet(folder / "ticket_events.parquet")
    return state


def load_state(folder: Path | None) -> dict[str, Ticket]:
    """Tickets as they were after an earlier check date; none before the first."""
    if folder is None:
        return {}
    tickets = {
        row["ticket_id"]: Ticket(**row) for row in pl.read_parquet(folder / "tickets.parquet").iter_rows(named=True)
    }
    for row in pl.read_parquet(folder / "ticket_items.parquet").iter_rows(named=True):
        item = ItemOnTicket(row["rule"], row["item_key"], row["added_on"])
        tickets[row["ticket_id"]].items[(item.rule, item.item_key)] = item
    for row in pl.read_parquet(folder / "ticket_findings.parquet").iter_rows(named=True):
        number = row.pop("ticket_id")
        row["payload"] = json.loads(row["payload"])
        tickets[number].findings[row["rule"]] = FindingOnTicket(**row)
    return tickets


def load_events(checks: Path, until: dt.date) -> pl.DataFrame:
    """The append-only ledger: events of all check dates up to `until`."""
    paths = sorted(
        p / "ticket_events.parquet"
        for p in checks.glob("????-??-??")
        if p.name <= until.isoformat() and (p / "ticket_events.parquet").is_file()
    )
    frames = [pl.read_parquet(p) for p in paths]
    return pl.concat(frames).sort("ticket_id", "seq") if frames else pl.DataFrame(schema=EVENTS)
