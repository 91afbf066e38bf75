"""A ticket as its events add up: plain records, no engine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from rules.tickets.items import Settlement

SYSTEM = "shouwang"
STATUS_AFTER = {
    "opened": "opened",
    "received": "received",
    "assigned": "assigned",
    "visited": "visited",
    "concluded": "concluded",
    "closed": "closed",
}
"""Events that move the status; all others leave it as it is."""


@dataclass(frozen=True)
class Event:
    """One line of the append-only ledger. `at` is the check date on which it became known."""

    ticket_id: str
    seq: int
    event: str
    on: dt.date
    by: str
    detail: str
    at: dt.date


@dataclass
class ItemOnTicket:
    """One item of one finding; settled when a person concluded the ticket on or after the day it was added."""

    rule: str
    item_key: str
    added_on: dt.date


@dataclass
class FindingOnTicket:
    """One rule on one ticket. `payload` is the published finding as last seen (empty until it is first published)."""

    rule: str
    severity: str
    since: dt.date
    withdrawn_on: dt.date | None = None
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass
class Ticket:
    """Everything about one ticket, across check dates."""

    ticket_id: str
    household_id: str
    direction: str
    county_code: str
    township_code: str
    programme: str
    applicant_id: str
    applicant_name: str
    owner: str
    opened_on: dt.date
    due_on: dt.date
    deadline_days: int
    deadline_unit: str
    roll_forward: bool
    deadline_provisional: bool
    deadline_basis: str
    status: str = "opened"
    severity: str = "blue"
    closed_on: dt.date | None = None
    outcome: str | None = None
    last_seq: int = 0
    items: dict[tuple[str, str], ItemOnTicket] = field(default_factory=dict)
    findings: dict[str, FindingOnTicket] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.status != "closed"

    def holds(self, rule: str, item_key: str) -> bool:
        """Whether the item is on this ticket under a finding that has not been withdrawn."""
        finding = self.findings.get(rule)
        return finding is not None and finding.withdrawn_on is None and (rule, item_key) in self.items

    def record(self, event: str, on: dt.date, at: dt.date, by: str = SYSTEM, detail: str = "") -> Event:
        """Append an event and move the status where the event moves it."""
        self.last_seq += 1
        self.status = STATUS_AFTER.get(event, self.status)
        return Event(self.ticket_id, self.last_seq, event, on, by, detail, at)

    def overdue_days(self, as_of: dt.date) -> int:
        """Whole days past the due date on the check date, or on the day it was closed."""
        until = self.closed_on or as_of
        return max(0, (until - self.due_on).days)

    def settlements(self) -> dict[tuple[str, str], Settlement]:
        """Items a person has settled by closing this ticket: those on it on or before that day."""
        if self.closed_on is None or self.outcome is None:
            return {}
        return {
            key: Settlement(self.closed_on, self.outcome)
            for key, item in self.items.items()
            if item.added_on <= self.closed_on
        }
