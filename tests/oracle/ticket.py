"""One ticket: what is on it, what happened to it, and the table of what may happen (page 4)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date

from .households import Household
from .model import Fingerprint

SEVERITIES = ("red", "orange", "yellow", "blue")
DIRECTIONS = ("verify", "help")
MACHINE = "shouwang"

ANY = ("opened", "received", "assigned", "visited", "concluded", "closed")
OPEN = ANY[:-1]
# event -> (statuses it may happen in, status afterwards; "" = as before)
TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "opened": (("",), "opened"),
    "received": (OPEN, "received"),  # moves a ticket forward only, see AHEAD
    "assigned": (OPEN, "assigned"),
    "visited": (OPEN, "visited"),
    "noted": (OPEN, ""),
    "concluded": (OPEN, "concluded"),
    "closed": (("concluded",), "closed"),
    "finding_added": (OPEN, ""),
    "finding_withdrawn": (OPEN, ""),
    "deadline_settled": (OPEN, ""),
    "reminded": (OPEN, ""),
    "overdue": (OPEN, ""),
    "escalated": (OPEN, ""),
    "clarification_requested": (OPEN, ""),
    "clarification_answered": (ANY, ""),
    "objection_raised": (ANY, ""),
    "objection_rechecked": (ANY, ""),
    "objection_answered": (ANY, ""),
    "referred": (ANY, ""),
    "referral_answered": (ANY, ""),
    "recheck_drawn": (("closed",), ""),
    "rechecked": (("closed",), ""),
    "reopened": (("closed",), "opened"),
    "corrected": (("closed",), "opened"),
}
# received and assigned change the status only of a ticket that has not come further
AHEAD = {"received": ("opened",), "assigned": ("opened", "received")}
PASSING_OF_TIME = {"reminded", "overdue", "escalated", "recheck_drawn"}


@dataclass(frozen=True)
class Event:
    """`on`: the day it happened; `at`: the check date on which it became known."""

    ticket_id: str
    seq: int
    event: str
    on: date
    by: str
    detail: str
    at: date

    @property
    def told(self) -> tuple[str, str, date, str, str]:
        return (self.ticket_id, self.event, self.on, self.by, self.detail)


@dataclass
class Matter:
    """Something beside the main line that wants an answer: clarification, objection, referral, recheck."""

    ticket_id: str
    kind: str
    matter_key: str
    subject: str
    opened_on: date
    opened_by: str
    text: str
    known_on: date
    answered_on: date | None = None
    answered_by: str = ""
    result: str = ""
    note: str = ""
    rechecked_on: date | None = None
    answered_known_on: date | None = None

    def answer(self, on: date, by: str, result: str, note: str, known_on: date) -> None:
        self.answered_on, self.answered_by, self.result, self.note = on, by, result, note
        self.answered_known_on = known_on

    def waits_on(self, day: date) -> bool:
        """Was it open and unanswered on that day, as far as is known?"""
        return self.opened_on <= day and (self.answered_on is None or self.answered_on > day)


@dataclass
class Ticket:
    """findings: open findings only, with the fingerprints that were new when put on the ticket."""

    ticket_id: str
    household_id: str
    county: str
    township: str
    direction: str
    owner: str
    opened_on: date
    issued_on: date  # the day its deadline counts from: opening, or the check date of its reopening
    due_on: date
    deadline_provisional: bool
    severity: str = ""
    status: str = ""
    change: str = "opened"
    outcome: str = ""
    closed_on: date | None = None
    reopened_on: list[date] = field(default_factory=list)
    findings: dict[str, set[Fingerprint]] = field(default_factory=dict)
    shown: dict[str, set[Fingerprint]] = field(default_factory=dict)  # of them, those that held when last looked at
    since: dict[str, date] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    severities: dict[str, str] = field(default_factory=dict)
    put_on: dict[Fingerprint, date] = field(default_factory=dict)
    item_no: dict[Fingerprint, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    matters: list[Matter] = field(default_factory=list)
    taken: set[tuple[str, ...]] = field(default_factory=set)  # reports that have had their effect
    visited_by_two: set[date] = field(default_factory=set)
    escalated: list[str] = field(default_factory=list)
    is_rechecked: bool = False  # this closing has its re-check result

    @property
    def is_open(self) -> bool:
        return self.status != "closed"

    @property
    def escalated_to(self) -> str | None:
        return self.escalated[-1] if self.escalated else None

    def overdue_days(self, as_of: date) -> int:
        return max(0, (as_of - self.due_on).days) if self.is_open else 0

    def weigh(self) -> None:
        rules = self.findings or dict.fromkeys(self.withdrawn)
        self.severity = min((self.severities[rule] for rule in rules), key=SEVERITIES.index)

    def record(self, event: str, on: date, by: str, detail: str, at: date) -> None:
        """Append the event and move the status; an event the table does not allow is a mistake of this oracle."""
        allowed, after = TRANSITIONS[event]
        assert self.status in allowed, (event, self.status)
        self.events.append(Event(self.ticket_id, len(self.events) + 1, event, on, by, detail, at))
        if after and self.status in AHEAD.get(event, (self.status,)):
            self.status = after

    def has(self, event: str, on: date | None = None, detail: str | None = None, since: int = 0) -> bool:
        """Is there such an event (after the first `since` ones)?"""
        return any(
            e.event == event and (on is None or e.on == on) and (detail is None or e.detail == detail)
            for e in self.events[since:]
        )

    @property
    def life(self) -> int:
        """Number of events before the newest opening or reopening: supervision starts anew there."""
        return max((e.seq for e in self.events if e.event == "reopened"), default=0)

    def asked(self, kind: str, subject: str) -> list[Matter]:
        return [m for m in self.matters if (m.kind, m.subject) == (kind, subject)]

    def settle_change(self, as_of: date) -> None:
        today = {e.event for e in self.events if e.at == as_of}
        if "opened" in today:
            self.change = "opened"
        elif "closed" in today and not self.is_open:
            self.change = "closed"
        else:
            self.change = "updated" if today - PASSING_OF_TIME else "unchanged"


def ticket_id(household: Household, direction: str, opened_on: date) -> str:
    text = f"{household.household_id}|{direction}|{opened_on.isoformat()}"
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:10]
    return f"{household.main['township_code'][:6]}-{opened_on:%Y%m%d}-{digest}"


def visitor_count(visitors: str | None) -> int:
    """A number of people, or names separated by 、 , ， ; ； or spaces (the same name twice is one person)."""
    text = (visitors or "").strip()
    number = re.fullmatch(r"([0-9０-９]+)[人名位]?", text)
    if number:
        return int(number.group(1))
    return len({name for name in re.split(r"[、,，;；\s]+", text) if name})
