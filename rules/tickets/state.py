"""A ticket as its events add up: plain records, no engine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from rules.tickets.items import Settlement
from rules.tickets.transitions import CLOSED, after

SYSTEM: Final = "shouwang"
MatterKind = Literal["clarification", "objection", "referral", "recheck"]


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
    """One item of one finding; settled when a person concluded the ticket on or after the day it was added.

    `item_no` numbers the items of a ticket from 1: what a family's objection refers to.
    """

    rule: str
    item_key: str
    added_on: dt.date
    item_no: int


@dataclass
class FindingOnTicket:
    """One rule on one ticket. `payload` is the published finding as last seen (empty until it is first published),
    `item_nos` the numbers of its items, in the same order."""

    rule: str
    severity: str
    since: dt.date
    withdrawn_on: dt.date | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    item_nos: list[int] = field(default_factory=list)


@dataclass
class Matter:
    """Something beside the main line that is asked and answered: a clarification, an objection, a referral, a re-check.

    `subject`: the office that asked, the item disputed, the department, the rank in the draw ("" when not drawn).
    `known_on`, `answered_known_on`: check dates on which request and answer became known.
    """

    kind: MatterKind
    matter_key: str
    subject: str
    opened_on: dt.date
    opened_by: str
    text: str
    known_on: dt.date
    answered_on: dt.date | None = None
    answered_by: str = ""
    result: str = ""
    note: str = ""
    rechecked_on: dt.date | None = None
    answered_known_on: dt.date | None = None

    @property
    def is_answered(self) -> bool:
        return self.answered_on is not None

    def was_waiting_on(self, day: dt.date) -> bool:
        """Whether it had been opened by that day and was not answered on or before it."""
        return self.opened_on <= day and (self.answered_on is None or self.answered_on > day)

    def answer(self, on: dt.date, by: str, result: str, note: str, at: dt.date) -> None:
        """Write down the answer."""
        self.answered_on, self.answered_by, self.result, self.note = on, by, result, note
        self.answered_known_on = at


@dataclass
class Ticket:
    """Everything about one ticket, across check dates.

    taken           marks of the reports already taken, so that none is taken twice
    closed_known_on the check date on which its conclusion became known
    issued_on       the day its deadline counts from: the opening, or the check date on which it was reopened
    pair_visited_on the first visit by at least two people since the ticket was (re)opened
    reminded_due, overdue_due   the deadline about which a reminder, an overdue mark was already given
    """

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
    issued_on: dt.date
    has_disability: bool | None = None
    status: str = "opened"
    severity: str = "blue"
    closed_on: dt.date | None = None
    closed_known_on: dt.date | None = None
    outcome: str | None = None
    reopened_on: dt.date | None = None
    pair_visited_on: dt.date | None = None
    reminded_due: dt.date | None = None
    overdue_due: dt.date | None = None
    escalated_to: str | None = None
    last_seq: int = 0
    taken: set[str] = field(default_factory=set)
    items: dict[tuple[str, str], ItemOnTicket] = field(default_factory=dict)
    findings: dict[str, FindingOnTicket] = field(default_factory=dict)
    matters: list[Matter] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.status != CLOSED

    @property
    def subject(self) -> tuple[str, str]:
        """household_id, direction: at most one open ticket each."""
        return (self.household_id, self.direction)

    def as_opened(self) -> Ticket:
        """The same ticket with its findings as on its first day, and nothing that happened to it since."""
        names = ("ticket_id", "household_id", "direction", "county_code", "township_code", "programme", "applicant_id",
                 "applicant_name", "owner", "opened_on", "due_on", "deadline_days", "deadline_unit", "roll_forward",
                 "deadline_provisional", "deadline_basis", "issued_on", "has_disability", "severity", "items",
                 "findings")  # fmt: skip
        return Ticket(**{name: getattr(self, name) for name in names})

    def holds(self, rule: str, item_key: str) -> bool:
        """Whether the item is on this ticket under a finding that has not been withdrawn."""
        finding = self.findings.get(rule)
        return finding is not None and finding.withdrawn_on is None and (rule, item_key) in self.items

    def put_on(self, rule: str, item_key: str, day: dt.date) -> None:
        """An item comes onto the ticket; one that was on it before keeps its number and its first day.

        An outcome of a visit between the two days that arrives later still settles it: it was on the ticket then.
        """
        if (rule, item_key) not in self.items:
            self.items[(rule, item_key)] = ItemOnTicket(rule, item_key, day, len(self.items) + 1)

    def item(self, item_no: int) -> ItemOnTicket | None:
        """The item of that number."""
        return next((item for item in self.items.values() if item.item_no == item_no), None)

    def matter(self, kind: MatterKind, key: str) -> Matter | None:
        """The matter of that kind and key."""
        return next((m for m in self.matters if m.kind == kind and m.matter_key == key), None)

    def waiting(self, kind: MatterKind, subject: str | None = None) -> list[Matter]:
        """Matters of a kind without an answer, of one subject or of all."""
        return [
            m
            for m in self.matters
            if m.kind == kind and not m.is_answered and (subject is None or m.subject == subject)
        ]

    def record(self, event: str, on: dt.date, at: dt.date, by: str = SYSTEM, detail: str = "") -> Event:
        """Append an event and move the status where the table of transitions moves it."""
        if event != "opened":
            self.status = after(event, self.status)
        self.last_seq += 1
        return Event(self.ticket_id, self.last_seq, event, on, by, detail, at)

    def overdue_days(self, as_of: dt.date) -> int:
        """Whole days past the due date on the check date; 0 once it is closed."""
        return max(0, (as_of - self.due_on).days) if self.is_open else 0

    def settlements(self) -> dict[tuple[str, str], Settlement]:
        """Items a person has settled by closing this ticket: those on it on or before that day."""
        if self.closed_on is None or self.outcome is None:
            return {}
        return {
            key: Settlement(self.closed_on, self.outcome)
            for key, item in self.items.items()
            if item.added_on <= self.closed_on
        }
