"""Tickets as they are published: each finding with its evidence, each ticket as one object of tickets.jsonl."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from assets import masking
from assets.evidence import explanation_zh, figures, published_item
from assets.findings import Findings
from assets.ticket_context import TicketContext
from rules.findings import BY_CODE, ORDER
from rules.rule import Rule
from rules.tickets.state import FindingOnTicket, Ticket
from rules.tickets.today import Mode
from rules.tickets.transitions import TIME_EVENTS


def write_payloads(tickets: dict[str, Ticket], findings: Findings, context: TicketContext, mode: Mode) -> None:
    """Give every finding that holds today its published form.

    One that was not checked, or whose rule waits for a sign-off, keeps what it said before.
    """
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in findings.items.iter_rows(named=True):
        rows[(row["household_id"], row["rule"])].append(row)
    for ticket in tickets.values():
        if not ticket.is_open:
            continue
        for finding in ticket.findings.values():
            if mode(ticket.county_code, finding.rule) == "held":
                continue
            held = [
                r
                for r in rows.get((ticket.household_id, finding.rule), ())
                if ticket.holds(finding.rule, r["item_key"])
            ]
            if held:
                published = _finding(BY_CODE[finding.rule], held, ticket, context)
                published["severity"] = finding.severity
                published["since"] = finding.since.isoformat()
                finding.payload = published
                finding.item_nos = [ticket.items[(finding.rule, r["item_key"])].item_no for r in held]


def _finding(rule: Rule, rows: list[dict[str, Any]], ticket: Ticket, context: TicketContext) -> dict[str, Any]:
    names = {
        row["person_id"]: context.names.get((ticket.household_id, row["person_id"]), "")
        for row in rows
        if row["person_id"] is not None
    }
    grounds = context.grounds(ticket.household_id, rule)
    missing = context.missing.get(ticket.household_id, []) if rule.needs_record_of_each_member else []
    finding: dict[str, Any] = {
        "rule": rule.code,
        "rule_version": rule.version,
        "label_zh": rule.label_zh,
        "severity": "",
        "since": "",
        "items": [published_item(row, names) for row in rows],
        **figures(rule, rows[0], len(rows)),
        "unit": rule.unit_zh,
        "missing_records": [masking.number(person) for person in missing],
        "feeds": grounds.feeds,
        "parameters": grounds.parameters,
        "basis": grounds.basis,
    }
    finding["explanation_zh"] = explanation_zh(rule, finding, grounds.text_zh)
    return finding


def change_of(ticket: Ticket, as_of: dt.date, events: Collection[str]) -> str:
    """What this check date's events make of a ticket. That time passes changes nothing."""
    if not ticket.is_open and "closed" in events:
        return "closed"
    if ticket.opened_on == as_of:
        return "opened"
    return "updated" if set(events) - set(TIME_EVENTS) else "unchanged"


def ticket_object(ticket: Ticket, as_of: dt.date, change: str) -> dict[str, Any]:
    """One object of tickets.jsonl (spec page 4).

    Added to the specification's fields: `withdrawn` (findings that no longer hold), `item_nos` (parallel to the
    findings: the numbers a family's objection refers to), `escalated_to`.
    """
    findings = sorted(ticket.findings.values(), key=lambda f: ORDER[f.rule])
    return {
        "ticket_id": ticket.ticket_id,
        "as_of": as_of.isoformat(),
        "change": change,
        "status": ticket.status,
        "direction": ticket.direction,
        "severity": ticket.severity,
        "household_id": ticket.household_id,
        "programme": ticket.programme,
        "applicant_name": ticket.applicant_name,
        "applicant_id_masked": masking.number(ticket.applicant_id),
        "township_code": ticket.township_code,
        "county_code": ticket.county_code,
        "owner": ticket.owner,
        "opened_on": ticket.opened_on.isoformat(),
        "due_on": ticket.due_on.isoformat(),
        "deadline_days": ticket.deadline_days,
        "deadline_unit": ticket.deadline_unit,
        "deadline_provisional": ticket.deadline_provisional,
        "overdue_days": ticket.overdue_days(as_of),
        "escalated_to": ticket.escalated_to,
        "findings": [f.payload for f in findings if f.withdrawn_on is None],
        "item_nos": [{"rule": f.rule, "numbers": f.item_nos} for f in findings if f.withdrawn_on is None],
        "withdrawn": [_withdrawn(f, f.withdrawn_on) for f in findings if f.withdrawn_on is not None],
    }


def _withdrawn(finding: FindingOnTicket, on: dt.date) -> dict[str, Any]:
    label = BY_CODE[finding.rule].label_zh
    return {
        "rule": finding.rule,
        "label_zh": label,
        "since": finding.since.isoformat(),
        "withdrawn_on": on.isoformat(),
    }
