"""The life of tickets over successive check dates (page 4)."""

from __future__ import annotations

import copy
import hashlib
import re
from dataclasses import dataclass, field
from datetime import date

from .feeds import OUTCOMES
from .findings import RULES, severity_of
from .households import Household
from .in_force import InForce
from .model import Context, Fingerprint, Item, RuleResult
from .reading import Row
from .workdays import add_months, deadline

SEVERITIES = ("red", "orange", "yellow", "blue")
OUTCOME_CODES = tuple(entry.split("=")[0] for entry in OUTCOMES.split("|"))
SUPPRESSING = ("no_issue", "data_error")
DIRECTIONS = ("verify", "help")


@dataclass
class Ticket:
    """findings: open findings only, with the fingerprints that were new when put on the ticket."""

    ticket_id: str
    household_id: str
    county: str
    direction: str
    owner: str
    opened_on: date
    due_on: date
    deadline_provisional: bool
    severity: str = ""
    status: str = "opened"
    change: str = "opened"
    outcome: str = ""
    closed_on: date | None = None
    findings: dict[str, set[Fingerprint]] = field(default_factory=dict)
    since: dict[str, date] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    severities: dict[str, str] = field(default_factory=dict)
    put_on: dict[Fingerprint, date] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.status != "closed"

    def overdue_days(self, as_of: date) -> int:
        return max(0, (as_of - self.due_on).days) if self.is_open else 0

    def weigh(self) -> None:
        rules = self.findings or dict.fromkeys(self.withdrawn)
        self.severity = min((self.severities[rule] for rule in rules), key=SEVERITIES.index)


@dataclass(frozen=True)
class Settled:
    handled_on: date
    outcome: str


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


class TicketBook:
    """All tickets ever opened, and what people decided about each item."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.settled: dict[tuple[str, Fingerprint], Settled] = {}
        self.newest: dict[tuple[str, str], Ticket] = {}  # (household, direction) -> its last ticket

    def advance(self, context: Context, results: dict[tuple[str, str], RuleResult]) -> list[Ticket]:
        """One check date.  Changes results (hit -> suppressed); returns open and changed tickets."""
        for ticket in self.tickets.values():
            ticket.change = "unchanged"
        already_closed = {key for key, ticket in self.tickets.items() if not ticket.is_open}
        self.take_receipts(context.in_force)
        self.take_outcomes(context.in_force)
        for household in context.households.values():
            for direction in DIRECTIONS:
                self.renew(household, direction, context, results)
        shown = [ticket for key, ticket in self.tickets.items() if key not in already_closed]
        return [copy.deepcopy(ticket) for ticket in shown]

    def take_receipts(self, in_force: InForce) -> None:
        for ticket in self.tickets.values():
            for row in in_force.of("ticket_receipts", ticket.county, "ticket_id", ticket.ticket_id):
                if ticket.status == "opened" and ticket.opened_on <= row["received_on"] <= in_force.as_of:
                    ticket.status, ticket.change = "received", "updated"

    def take_outcomes(self, in_force: InForce) -> None:
        for ticket in self.tickets.values():
            rows = in_force.of("ticket_outcomes", ticket.county, "ticket_id", ticket.ticket_id)
            for row in sorted(rows, key=lambda r: r["handled_on"]):
                if ticket.is_open and self.outcome_allowed(ticket, row, in_force.as_of):
                    self.close(ticket, row)

    @staticmethod
    def outcome_allowed(ticket: Ticket, row: Row, as_of: date) -> bool:
        if not ticket.opened_on <= row["handled_on"] <= as_of:
            return False
        return ticket.direction != "verify" or visitor_count(row["visitors"]) >= 2

    def close(self, ticket: Ticket, row: Row) -> None:
        """Settles the items that were on the ticket on or before handled_on."""
        ticket.status = ticket.change = "closed"
        ticket.outcome, ticket.closed_on = row["outcome"], row["handled_on"]
        for fingerprint, day in ticket.put_on.items():
            slot = (ticket.household_id, fingerprint)
            earlier = self.settled.get(slot)
            if day <= row["handled_on"] and (earlier is None or earlier.handled_on <= row["handled_on"]):
                self.settled[slot] = Settled(row["handled_on"], row["outcome"])

    def open_ticket(self, household_id: str, direction: str) -> Ticket | None:
        ticket = self.newest.get((household_id, direction))
        return ticket if ticket and ticket.is_open else None

    def state(self, household: Household, item: Item, ticket: Ticket | None, context: Context) -> str:
        """open | suppressed | known | new."""
        rule = item.fingerprint[0]
        if ticket and item.fingerprint in ticket.findings.get(rule, set()):
            return "open"
        settled = self.settled.get((household.household_id, item.fingerprint))
        months = context.value(household, "warning.suppress_months")
        if settled and context.as_of < add_months(settled.handled_on, months):
            return "suppressed" if settled.outcome in SUPPRESSING else "known"
        return "new"

    def renew(
        self, household: Household, direction: str, context: Context, results: dict[tuple[str, str], RuleResult]
    ) -> None:
        ticket = self.open_ticket(household.household_id, direction)
        fresh: dict[str, set[Fingerprint]] = {}
        for code, rule in RULES.items():
            result = results[household.household_id, code]
            if rule.direction != direction or result.result != "hit":
                continue
            states = {i.fingerprint: self.state(household, i, ticket, context) for i in result.items}
            if set(states.values()) == {"suppressed"}:
                result.result = "suppressed"
            new = {fingerprint for fingerprint, state in states.items() if state == "new"}
            if new:
                fresh[code] = new
        if fresh and ticket is None:
            ticket = self.start(household, direction, context)
        if ticket is not None:
            add_fresh(ticket, fresh, household, context)
            withdraw(ticket, results)
            ticket.weigh()

    def start(self, household: Household, direction: str, context: Context) -> Ticket:
        due = deadline(
            context.as_of,
            context.value(household, "warning.deadline_days"),
            context.value(household, "warning.deadline_unit"),
            context.value(household, "warning.roll_forward"),
        )
        ticket = Ticket(
            ticket_id=ticket_id(household, direction, context.as_of),
            household_id=household.household_id,
            county=household.county,
            direction=direction,
            owner=context.value(household, "warning.owner"),
            opened_on=context.as_of,
            due_on=due.due_on,
            deadline_provisional=due.provisional,
        )
        self.tickets[ticket.ticket_id] = ticket
        self.newest[household.household_id, direction] = ticket
        return ticket


def add_fresh(ticket: Ticket, fresh: dict[str, set[Fingerprint]], household: Household, context: Context) -> None:
    for code, fingerprints in fresh.items():
        if code not in ticket.findings:
            ticket.since[code] = context.as_of
            ticket.severities[code] = severity_of(code, household, context)
        ticket.findings.setdefault(code, set()).update(fingerprints)
        ticket.withdrawn.discard(code)
        for fingerprint in fingerprints:
            ticket.put_on.setdefault(fingerprint, context.as_of)
    if fresh and ticket.opened_on < context.as_of:
        ticket.change = "updated"


def withdraw(ticket: Ticket, results: dict[tuple[str, str], RuleResult]) -> None:
    """A finding leaves when its rule was checked and none of its items on the ticket holds any more."""
    for code in list(ticket.findings):
        result = results[ticket.household_id, code]
        if result.result == "not_checked":
            continue
        holding = {item.fingerprint for item in result.items}
        if not holding & ticket.findings[code]:
            del ticket.findings[code]
            ticket.withdrawn.add(code)
            ticket.change = "updated"
