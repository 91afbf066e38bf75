"""One check date in the life of all tickets: outcomes in, findings added and withdrawn, tickets opened.

Pure: yesterday's tickets and today's hits in, today's tickets and events out. The order is fixed: what people
recorded first, then what the data say (spec page 4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from policy.calendar import WorkCalendar
from rules.deadline import Deadline, deadline, settle
from rules.tickets.identity import highest, ticket_id
from rules.tickets.items import ItemState, Settlement, item_state
from rules.tickets.outcomes import Outcome, first_valid, refusal
from rules.tickets.state import Event, FindingOnTicket, ItemOnTicket, Ticket

Subject = tuple[str, str]
"""household_id, direction."""


@dataclass(frozen=True)
class TicketPolicy:
    """What the county's policy says about tickets on the check date. `severities`: rule -> severity."""

    deadline_days: int
    deadline_unit: str
    roll_forward: bool
    owner: str
    suppress_months: int
    severities: Mapping[str, str]
    deadline_basis: str


@dataclass(frozen=True)
class HouseholdOnTicket:
    """What a ticket says about its household."""

    county_code: str
    township_code: str
    programme: str
    applicant_id: str
    applicant_name: str


@dataclass(frozen=True)
class Receipt:
    """A downstream system has taken a ticket in."""

    received_on: dt.date
    system: str


@dataclass(frozen=True)
class Today:
    """What the check date brings. `hits`: subject -> rule -> item keys; `is_checked`: household, rule."""

    as_of: dt.date
    hits: Mapping[Subject, Mapping[str, list[str]]]
    is_checked: Callable[[str, str], bool]
    household: Callable[[str], HouseholdOnTicket]
    policy: Callable[[str], TicketPolicy]
    calendar: WorkCalendar
    outcomes: Mapping[str, list[Outcome]]
    receipts: Mapping[str, list[Receipt]]


@dataclass(frozen=True)
class ItemToday:
    """The state of one item on the check date and the ticket it is on, if any."""

    household_id: str
    rule: str
    item_key: str
    state: ItemState
    ticket_id: str | None


@dataclass
class Advance:
    """Result: events of this check date, states of all items, outcome rows that could not be taken with reason."""

    events: list[Event] = field(default_factory=list)
    items: list[ItemToday] = field(default_factory=list)
    refused: list[tuple[Outcome, str]] = field(default_factory=list)
    # All tickets opened today under one policy share one deadline: it is reckoned once.
    deadlines: dict[tuple[int, str, bool], Deadline] = field(default_factory=dict)


def advance(tickets: dict[str, Ticket], today: Today) -> Advance:
    """Move all tickets to the check date. `tickets` is changed in place and gains the newly opened ones."""
    result = Advance()
    _take_receipts(tickets, today, result)
    _take_outcomes(tickets, today, result)
    _settle_deadlines(tickets, today, result)
    open_tickets = {(t.household_id, t.direction): t for t in tickets.values() if t.is_open}
    settled = _latest_settlements(tickets.values())
    for subject in sorted(today.hits):
        _take_hits(subject, tickets, open_tickets, settled, today, result)
    for subject in sorted(open_tickets):
        _withdraw(open_tickets[subject], today.hits.get(subject, {}), today, result)
        _grade(open_tickets[subject])
    return result


def _take_receipts(tickets: dict[str, Ticket], today: Today, result: Advance) -> None:
    for number in sorted(today.receipts):
        ticket = tickets.get(number)
        if ticket is None or ticket.status != "opened":
            continue
        known = [r for r in today.receipts[number] if ticket.opened_on <= r.received_on <= today.as_of]
        if known:
            first = min(known, key=lambda r: r.received_on)
            result.events.append(ticket.record("received", first.received_on, today.as_of, by=first.system))


def _take_outcomes(tickets: dict[str, Ticket], today: Today, result: Advance) -> None:
    for number in sorted(today.outcomes):
        rows = today.outcomes[number]
        ticket = tickets.get(number)
        if ticket is None:
            # The number may belong to a ticket that this very check opens again after a repeat: it is taken next time.
            result.refused += [(row, "unknown_ticket") for row in rows]
            continue
        if not ticket.is_open:
            # A row seen before is no news; only one that came for a ticket closed by another row is told.
            result.refused += [(row, "already_closed") for row in rows if row.handled_on != ticket.closed_on]
            continue
        chosen = first_valid(rows, ticket.direction, ticket.opened_on, today.as_of)
        for row in rows:
            why = refusal(row, ticket.direction, ticket.opened_on)
            if why is not None:
                result.refused.append((row, why))
        if chosen is not None:
            _close(ticket, chosen, today, result)


def _close(ticket: Ticket, outcome: Outcome, today: Today, result: Advance) -> None:
    handler = outcome.handler or ticket.owner
    if outcome.visited_on is not None and ticket.opened_on <= outcome.visited_on <= outcome.handled_on:
        result.events.append(ticket.record("visited", outcome.visited_on, today.as_of, by=handler))
    result.events.append(ticket.record("concluded", outcome.handled_on, today.as_of, handler, outcome.outcome))
    result.events.append(ticket.record("closed", outcome.handled_on, today.as_of, handler, outcome.outcome))
    ticket.closed_on, ticket.outcome = outcome.handled_on, outcome.outcome


def _settle_deadlines(tickets: dict[str, Ticket], today: Today, result: Advance) -> None:
    """A provisional deadline is computed again with today's calendar; it never moves earlier."""
    for ticket in tickets.values():
        if not (ticket.is_open and ticket.deadline_provisional):
            continue
        fresh = deadline(
            ticket.opened_on, ticket.deadline_days, ticket.deadline_unit, ticket.roll_forward, today.calendar
        )
        now = settle(ticket.due_on, fresh, today.calendar)
        if (now.due_on, now.provisional) != (ticket.due_on, True):
            detail = f"{ticket.due_on} -> {now.due_on}"
            ticket.due_on, ticket.deadline_provisional = now.due_on, now.provisional
            result.events.append(ticket.record("deadline_settled", today.as_of, today.as_of, detail=detail))


def _latest_settlements(tickets: Iterable[Ticket]) -> dict[tuple[str, str, str], Settlement]:
    """(household_id, rule, item_key) -> the latest time a person settled it."""
    latest: dict[tuple[str, str, str], Settlement] = {}
    for ticket in tickets:
        for (rule, key), settlement in ticket.settlements().items():
            full = (ticket.household_id, rule, key)
            if full not in latest or settlement.handled_on > latest[full].handled_on:
                latest[full] = settlement
    return latest


def _take_hits(
    subject: Subject,
    tickets: dict[str, Ticket],
    open_tickets: dict[Subject, Ticket],
    settled: Mapping[tuple[str, str, str], Settlement],
    today: Today,
    result: Advance,
) -> None:
    household_id, _ = subject
    ticket = open_tickets.get(subject)
    policy = today.policy(today.household(household_id).county_code)
    for rule, keys in today.hits[subject].items():
        states = {
            key: item_state(
                is_on_open_ticket=ticket is not None and ticket.holds(rule, key),
                settlement=settled.get((household_id, rule, key)),
                suppress_months=policy.suppress_months,
                as_of=today.as_of,
            )
            for key in keys
        }
        new = [key for key in keys if states[key] == "new"]
        if new:
            if ticket is None:
                ticket = open_tickets[subject] = _open(subject, policy, today, result)
                tickets[ticket.ticket_id] = ticket
            _add(ticket, rule, new, policy, today, result)
        for key in keys:
            on = ticket.ticket_id if ticket is not None and states[key] in ("new", "open") else None
            result.items.append(ItemToday(household_id, rule, key, states[key], on))


def _open(subject: Subject, policy: TicketPolicy, today: Today, result: Advance) -> Ticket:
    household_id, direction = subject
    household = today.household(household_id)
    terms = (policy.deadline_days, policy.deadline_unit, policy.roll_forward)
    due = result.deadlines.get(terms)
    if due is None:
        due = result.deadlines[terms] = deadline(today.as_of, *terms, today.calendar)
    ticket = Ticket(
        ticket_id=ticket_id(household.county_code, household_id, direction, today.as_of),
        household_id=household_id,
        direction=direction,
        county_code=household.county_code,
        township_code=household.township_code,
        programme=household.programme,
        applicant_id=household.applicant_id,
        applicant_name=household.applicant_name,
        owner=policy.owner,
        opened_on=today.as_of,
        due_on=due.due_on,
        deadline_days=policy.deadline_days,
        deadline_unit=policy.deadline_unit,
        roll_forward=policy.roll_forward,
        deadline_provisional=due.provisional,
        deadline_basis=policy.deadline_basis,
    )
    result.events.append(ticket.record("opened", today.as_of, today.as_of))
    return ticket


def _add(ticket: Ticket, rule: str, keys: list[str], policy: TicketPolicy, today: Today, result: Advance) -> None:
    """New items of one rule onto the ticket; an event unless the ticket was opened with them."""
    current = ticket.findings.get(rule)
    if current is None or current.withdrawn_on is not None:
        ticket.findings[rule] = FindingOnTicket(rule, policy.severities[rule], today.as_of)
    for key in keys:
        ticket.items[(rule, key)] = ItemOnTicket(rule, key, today.as_of)
    if ticket.opened_on != today.as_of:
        result.events.append(ticket.record("finding_added", today.as_of, today.as_of, detail=rule))


def _withdraw(ticket: Ticket, hits: Mapping[str, list[str]], today: Today, result: Advance) -> None:
    """A finding none of whose items holds any more is withdrawn; the ticket stays open for a person to close.

    "Not checked" is not "nothing found": a rule that could not be checked today withdraws nothing.
    """
    for rule in sorted(ticket.findings):
        finding = ticket.findings[rule]
        if finding.withdrawn_on is not None or not today.is_checked(ticket.household_id, rule):
            continue
        if not any((rule, key) in ticket.items for key in hits.get(rule, ())):
            finding.withdrawn_on = today.as_of
            result.events.append(ticket.record("finding_withdrawn", today.as_of, today.as_of, detail=rule))


def _grade(ticket: Ticket) -> None:
    """Severity: the highest of the open findings; with none left, of those withdrawn, so that it does not vanish."""
    still = [f.severity for f in ticket.findings.values() if f.withdrawn_on is None]
    ticket.severity = highest(still or [f.severity for f in ticket.findings.values()])
