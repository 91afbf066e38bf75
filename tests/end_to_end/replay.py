"""The same check date twice: what the program left in its files, lake and database, and what the oracle calculated."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from end_to_end.counties import tickets
from oracle import Expected, Ticket, masked
from oracle.feeds import TICKET_FEEDS

Table = Counter[tuple[Any, ...]]
MATTER = (
    "ticket_id", "kind", "matter_key", "subject", "opened_on", "opened_by", "text", "answered_on", "answered_by",
    "result", "note", "rechecked_on", "known_on", "answered_known_on",
)  # fmt: skip
CODES = {
    "unknown_ticket", "other_township", "in_future", "before_opening", "before_reopening", "already_closed", "not_closed", "visited_alone",
    "unknown_item", "already_raised", "no_objection", "no_referral", "already_referred", "objection_open",
    "already_rechecked", "correction_late", "contradicted", "duplicate_key", "duplicate_row",
}  # fmt: skip
# what a published item shows of its key, in the key's order
SHOWN = {
    "undeclared_vehicle": ("plate_no",),
    "undeclared_property": ("unit_no",),
    "dwellings_over_limit": ("unit_no",),
    "undeclared_earnings": ("person", "payer", "income_item"),
    "undeclared_pension": ("person", "insurance_type"),
    **dict.fromkeys(("income_over_standard", "unsafe_housing", "unsafe_water", "poverty_return_risk"), ()),
}


def differences(root: Path, as_of: dt.date, expected: Expected) -> dict[str, tuple[Any, Any]]:
    """Part -> (only in the program's, only in the oracle's).  Empty when everything agrees."""
    found = {part: difference(part, root, as_of, expected) for part in PARTS}
    return {part: both for part, both in found.items() if both != ([], [])}


def difference(part: str, root: Path, as_of: dt.date, expected: Expected) -> tuple[list[Any], list[Any]]:
    ours, theirs = PARTS[part][0](root, as_of), PARTS[part][1](expected)
    return sorted_first(ours - theirs), sorted_first(theirs - ours)


def sorted_first(rows: Table) -> list[tuple[Any, ...]]:
    return sorted(rows.elements(), key=str)[:6]


def partition(root: Path, as_of: dt.date, name: str) -> list[dict[str, Any]]:
    return pl.read_parquet(root / "lake" / "checks" / as_of.isoformat() / f"{name}.parquet").to_dicts()


# tickets.jsonl


def our_tickets(root: Path, as_of: dt.date) -> Table:
    return Counter(our_ticket(ticket) for ticket in tickets(root, as_of))


def our_ticket(ticket: dict[str, Any]) -> tuple[Any, ...]:
    numbers = {entry["rule"]: entry["numbers"] for entry in ticket["item_nos"]}
    findings = []
    for finding in sorted(ticket["findings"], key=lambda f: str(f["rule"])):
        names = SHOWN.get(finding["rule"], ("person",))
        texts = [tuple(item[name] for name in names) for item in finding["items"]]
        numbered = sorted(zip(numbers[finding["rule"]], texts, strict=True))
        findings.append((finding["rule"], finding["since"], tuple(numbered)))
    names = ("ticket_id", "change", "status", "direction", "severity", "household_id", "township_code", "county_code")
    dates = ("owner", "opened_on", "due_on", "deadline_provisional", "overdue_days", "escalated_to")
    return (*(ticket[name] for name in names + dates), tuple(findings))


def their_tickets(expected: Expected) -> Table:
    return Counter(their_ticket(ticket, expected) for ticket in expected.tickets)


def their_ticket(t: Ticket, expected: Expected) -> tuple[Any, ...]:
    """Items that no longer hold stay on the oracle's finding; we publish those that hold (decision 0004)."""
    findings = []
    for rule, shown in sorted(t.shown.items()):
        width = len(SHOWN.get(rule, ("person",)))
        numbered = sorted((t.item_no[f], masked(f)[1 : 1 + width]) for f in shown)
        findings.append((rule, t.since[rule].isoformat(), tuple(numbered)))
    return (
        t.ticket_id, t.change, t.status, t.direction, t.severity, t.household_id, t.township, t.county, t.owner,
        t.opened_on.isoformat(), t.due_on.isoformat(), t.deadline_provisional, t.overdue_days(expected.as_of),
        t.escalated_to, tuple(findings),
    )  # fmt: skip


# events and matters


def our_events(root: Path, as_of: dt.date) -> Table:
    rows = partition(root, as_of, "ticket_events")
    assert all(row["at"] == as_of for row in rows)
    return Counter((r["ticket_id"], r["seq"], r["event"], r["on"], r["by"], r["detail"]) for r in rows)


def their_events(expected: Expected) -> Table:
    return Counter((e.ticket_id, e.seq, e.event, e.on, e.by, e.detail) for e in expected.events)


def without_names(events: Table) -> Table:
    return Counter(event[:4] + event[5:] for event in events)


def our_matters(root: Path, as_of: dt.date) -> Table:
    return Counter(tuple(row[name] for name in MATTER) for row in partition(root, as_of, "ticket_matters"))


def told(matter: Any) -> tuple[Any, ...]:
    """A matter as the database may show it: without names and free text."""
    m = matter if isinstance(matter, dict) else asdict(matter)
    return tuple(m[c] for c in MATTER if c not in ("opened_by", "answered_by", "text", "note"))


# what is sent back


def our_refused(root: Path, as_of: dt.date) -> Table:
    found: Table = Counter()
    for feed in TICKET_FEEDS:
        path = root / "published" / as_of.isoformat() / "rejected" / f"{feed}.csv"
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as stream:
                found.update(
                    (feed, r["file"].rpartition("/")[2], int(r["line"]), life_code(r["code"]))
                    for r in csv.DictReader(stream)
                )
    return found


def life_code(code: str) -> str:
    """The specification fixes no codes for broken cells: they are one."""
    return code if code in CODES else "broken_cell"


def their_refused(expected: Expected) -> Table:
    """Refused reports, and rows that broke the contract, of the files the check date knows."""
    found: Table = Counter((r.feed, r.file, r.line, r.code) for r in expected.refused)
    for feed in TICKET_FEEDS:
        for delivery in expected.deliveries.of(feed):
            found.update((feed, delivery.path.name, bad.line, life_code(bad.code)) for bad in delivery.set_aside)
    return found


# modes and database


def our_modes(root: Path, as_of: dt.date) -> Table:
    rows = partition(root, as_of, "rule_modes")
    return Counter((r["county"], r["rule"], r["mode"], r["cases"], r["confirmed"]) for r in rows if r["county"])


def their_modes(expected: Expected) -> Table:
    return Counter((*slot, mode.mode, mode.cases, mode.confirmed) for slot, mode in expected.modes.items())


def query(root: Path, text: str, values: list[Any]) -> list[dict[str, Any]]:
    with duckdb.connect(str(root / "published" / "civil_affairs.duckdb"), read_only=True) as connection:
        cursor = connection.execute(text, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def database_tickets(root: Path, as_of: dt.date) -> Table:
    """The database keeps tickets closed long ago as well."""
    text = "SELECT * FROM tickets WHERE as_of = ? AND (status <> 'closed' OR change <> 'unchanged')"
    rows = query(root, text, [as_of])
    names = ("ticket_id", "change", "status", "due_on", "overdue_days", "closed_on")
    return Counter((*(row[name] for name in names), row["outcome"] or "") for row in rows)


def their_rows(expected: Expected) -> Table:
    return Counter(
        (t.ticket_id, t.change, t.status, t.due_on, t.overdue_days(expected.as_of), t.closed_on, t.outcome)
        for t in expected.tickets
    )


def database_events(root: Path, as_of: dt.date) -> Table:
    rows = query(root, "SELECT * FROM ticket_events WHERE known_on = ?", [as_of])
    return Counter((r["ticket_id"], r["seq"], r["event"], r["on"], r["detail"]) for r in rows)


def database_matters(root: Path, as_of: dt.date) -> Table:
    rows = query(root, "SELECT * FROM ticket_matters", [])
    return Counter(told({c: r.get(c) for c in MATTER}) for r in rows if r["known_on"] <= as_of)


def full_number_in(root: Path, as_of: dt.date) -> bool:
    """Whether an identity number got into the events or matters of the lake."""
    texts = [str(row) for name in ("ticket_events", "ticket_matters") for row in partition(root, as_of, name)]
    return any(re.search(r"(?<![0-9])[0-9]{17}[0-9X](?![0-9])", text) for text in texts)


def their_matters(expected: Expected) -> Table:
    return Counter(tuple(asdict(m)[name] for name in MATTER) for m in expected.matters)


PARTS: dict[str, tuple[Callable[[Path, dt.date], Table], Callable[[Expected], Table]]] = {
    "tickets": (our_tickets, their_tickets),
    "events": (our_events, their_events),
    "matters": (our_matters, their_matters),
    "refused": (our_refused, their_refused),
    "modes": (our_modes, their_modes),
    "database tickets": (database_tickets, their_rows),
    "database events": (database_events, lambda expected: without_names(their_events(expected))),
    "database matters": (database_matters, lambda expected: Counter(told(m) for m in expected.matters)),
}
