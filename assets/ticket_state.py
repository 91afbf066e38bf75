"""Tickets between check dates: written with each date's partition, read back for the next one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.home import Home
from rules.tickets.state import Event, FindingOnTicket, ItemOnTicket, Matter, Ticket

TICKETS: Final[dict[str, Any]] = {
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
    "issued_on": pl.Date,
    "has_disability": pl.Boolean,
    "status": pl.String,
    "severity": pl.String,
    "closed_on": pl.Date,
    "closed_known_on": pl.Date,
    "outcome": pl.String,
    "reopened_on": pl.Date,
    "pair_visited_on": pl.Date,
    "reminded_due": pl.Date,
    "overdue_due": pl.Date,
    "escalated_to": pl.String,
    "last_seq": pl.Int64,
    "taken": pl.List(pl.String),
}
ITEMS: Final[dict[str, type[pl.DataType]]] = {
    "ticket_id": pl.String,
    "rule": pl.String,
    "item_key": pl.String,
    "added_on": pl.Date,
    "item_no": pl.Int64,
}
FINDINGS: Final[dict[str, Any]] = {
    "ticket_id": pl.String,
    "rule": pl.String,
    "severity": pl.String,
    "since": pl.Date,
    "withdrawn_on": pl.Date,
    "payload": pl.String,
    "item_nos": pl.List(pl.Int64),
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
MATTERS: Final[dict[str, type[pl.DataType]]] = {
    "ticket_id": pl.String,
    "kind": pl.String,
    "matter_key": pl.String,
    "subject": pl.String,
    "opened_on": pl.Date,
    "opened_by": pl.String,
    "text": pl.String,
    "known_on": pl.Date,
    "answered_on": pl.Date,
    "answered_by": pl.String,
    "result": pl.String,
    "note": pl.String,
    "rechecked_on": pl.Date,
    "answered_known_on": pl.Date,
}
ALIASES: Final[dict[str, type[pl.DataType]]] = {"ticket_id": pl.String, "stands_for": pl.String}
"""`ticket_id`: the ticket that stands now; `stands_for`: the number a repeated check took back."""


def _frame(rows: Sequence[tuple[Any, ...]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as a frame, made column by column: Polars takes much longer over rows, and over lists most of all."""
    if not rows:
        return pl.DataFrame(schema=dict(schema))
    columns = dict(zip(schema, zip(*rows, strict=True), strict=True))
    lists = {name: _lists(columns.pop(name), dtype.inner) for name, dtype in schema.items() if dtype == pl.List}
    return pl.DataFrame(columns | lists, schema_overrides=dict(schema)).select(*schema)


def _lists(values: Sequence[Sequence[Any]], inner: Any) -> pl.Series:
    """A column of lists by grouping their members; empty lists stay."""
    members = pl.DataFrame(
        {
            "row": [row for row, listed in enumerate(values) for _ in listed],
            "member": [member for listed in values for member in listed],
        },
        schema={"row": pl.Int64, "member": inner},
    )
    grouped = members.group_by("row", maintain_order=True).agg("member")
    rows = pl.DataFrame({"row": pl.int_range(len(values), dtype=pl.Int64, eager=True)})
    return rows.join(grouped, on="row", how="left", maintain_order="left").select(pl.col("member").fill_null([]))[
        "member"
    ]


def ticket_frame(tickets: dict[str, Ticket]) -> pl.DataFrame:
    """All tickets ever, one row each, by number."""
    names = [name for name in TICKETS if name != "taken"]
    values = attrgetter(*names)
    rows = [(*values(tickets[number]), sorted(tickets[number].taken)) for number in sorted(tickets)]
    return _frame(rows, TICKETS)


def item_frame(tickets: dict[str, Ticket]) -> pl.DataFrame:
    """Items on tickets: ticket_id, rule, item_key, added_on, item_no."""
    rows = [
        (number, item.rule, item.item_key, item.added_on, item.item_no)
        for number in sorted(tickets)
        for _, item in sorted(tickets[number].items.items())
    ]
    return _frame(rows, ITEMS)


def finding_frame(tickets: dict[str, Ticket]) -> pl.DataFrame:
    """Findings on tickets with what was last published of each."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    rows = [
        (
            number,
            finding.rule,
            finding.severity,
            finding.since,
            finding.withdrawn_on,
            encode(finding.payload),
            finding.item_nos,
        )
        for number in sorted(tickets)
        for _, finding in sorted(tickets[number].findings.items())
    ]
    return _frame(rows, FINDINGS)


def matter_frame(tickets: dict[str, Ticket]) -> pl.DataFrame:
    """Matters on tickets by ticket, kind and key."""
    values = attrgetter(*(name for name in MATTERS if name != "ticket_id"))
    rows = [
        (number, *values(matter))
        for number in sorted(tickets)
        for matter in sorted(tickets[number].matters, key=lambda m: (m.kind, m.matter_key))
    ]
    return _frame(rows, MATTERS)


def event_frame(events: list[Event]) -> pl.DataFrame:
    """Events by ticket and sequence."""
    rows = list(map(attrgetter(*EVENTS), sorted(events, key=lambda e: (e.ticket_id, e.seq))))
    return _frame(rows, EVENTS)


@dataclass(frozen=True)
class State:
    """Frames of the state after a check date and the events it added."""

    tickets: pl.DataFrame
    items: pl.DataFrame
    events: pl.DataFrame
    matters: pl.DataFrame


def save_state(folder: Path, tickets: dict[str, Ticket], aliases: dict[str, str], events: list[Event]) -> State:
    """Write the state after a check date and the events it added."""
    state = State(ticket_frame(tickets), item_frame(tickets), event_frame(events), matter_frame(tickets))
    state.tickets.write_parquet(folder / "tickets.parquet")
    state.items.write_parquet(folder / "ticket_items.parquet")
    finding_frame(tickets).write_parquet(folder / "ticket_findings.parquet")
    state.events.write_parquet(folder / "ticket_events.parquet")
    state.matters.write_parquet(folder / "ticket_matters.parquet")
    rows = [(stands, number) for number, stands in sorted(aliases.items())]
    pl.DataFrame(rows, schema=ALIASES, orient="row").write_parquet(folder / "ticket_aliases.parquet")
    return state


def load_state(folder: Path | None) -> tuple[dict[str, Ticket], dict[str, str]]:
    """Tickets and aliases as they were after an earlier check date; none before the first.

    Dates checked by version 0.1 hold less: numbers of items, matters and the like begin with the next check.
    """
    if folder is None:
        return {}, {}
    tickets = {}
    for row in pl.read_parquet(folder / "tickets.parquet").iter_rows(named=True):
        row["taken"] = set(row.get("taken") or ())
        row.setdefault("issued_on", row["opened_on"])
        tickets[row["ticket_id"]] = Ticket(**row)
    for row in pl.read_parquet(folder / "ticket_items.parquet").iter_rows(named=True):
        ticket = tickets[row["ticket_id"]]
        number = row.get("item_no") or len(ticket.items) + 1
        ticket.items[(row["rule"], row["item_key"])] = ItemOnTicket(
            row["rule"], row["item_key"], row["added_on"], number
        )
    for row in pl.read_parquet(folder / "ticket_findings.parquet").iter_rows(named=True):
        ticket = tickets[row.pop("ticket_id")]
        row["payload"] = json.loads(row["payload"])
        ticket.findings[row["rule"]] = FindingOnTicket(**row)
    for row in _optional(folder / "ticket_matters.parquet", MATTERS).iter_rows(named=True):
        tickets[row.pop("ticket_id")].matters.append(Matter(**row))
    aliases = _optional(folder / "ticket_aliases.parquet", ALIASES)
    return tickets, {stands_for: number for number, stands_for in aliases.iter_rows()}


def _optional(path: Path, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=schema)


def load_events(home: Home, before: dt.date) -> pl.DataFrame:
    """The append-only ledger: events of all published check dates before one."""
    paths = (home.check(day) / "ticket_events.parquet" for day in home.published_dates() if day < before)
    frames = [pl.read_parquet(path) for path in paths if path.is_file()]
    return pl.concat(frames).sort("ticket_id", "seq") if frames else pl.DataFrame(schema=EVENTS)
