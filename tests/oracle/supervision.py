"""What happens to tickets without anybody's report: settled deadlines, re-checked objections, time, the draw (page 4)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from datetime import date, timedelta

from .findings import RULES
from .model import Context, RuleResult
from .policy import fraction
from .ticket import MACHINE, Matter, Ticket
from .workdays import WorkDays

ABOVE = {"township": ("county", "city"), "county": ("city",), "city": ()}
# poverty_return_risk asks for its label only; these are the feeds the label's four factors come from
RISK_FEEDS = ("disability", "household_surveys", "tax", "pensions")
Results = dict[tuple[str, str], RuleResult]


def settle_deadline(ticket: Ticket, context: Context, work_days: WorkDays) -> None:
    """A provisional deadline whose years are published now; it only ever moves later."""
    if not (ticket.is_open and ticket.deadline_provisional):
        return
    terms = [context.policy.value(ticket.county, name, ticket.issued_on) for name in DEADLINE_TERMS]
    settled = work_days.deadline(ticket.issued_on, *terms)
    if settled.provisional:
        return
    old, ticket.due_on, ticket.deadline_provisional = ticket.due_on, max(ticket.due_on, settled.due_on), False
    _, unit, roll_forward = terms
    while unit == "calendar_days" and roll_forward and not work_days.is_working_day(ticket.due_on):
        ticket.due_on += timedelta(days=1)  # what was a working day for all one knew is a rest day
    detail = f"{old.isoformat()} -> {ticket.due_on.isoformat()}"
    ticket.record("deadline_settled", context.as_of, MACHINE, detail, context.as_of)


DEADLINE_TERMS = ("warning.deadline_days", "warning.deadline_unit", "warning.roll_forward")


def recheck_objections(ticket: Ticket, context: Context, results: Results, held: set[tuple[str, str]]) -> None:
    """Unanswered ones whose rule was checked today on data newer than the objection."""
    fingerprints = {str(number): fingerprint for fingerprint, number in ticket.item_no.items()}
    for matter in ticket.matters:
        if matter.kind != "objection" or matter.answered_on is not None:
            continue
        fingerprint = fingerprints[matter.subject]
        rule = RULES[fingerprint[0]]
        result = results.get((ticket.household_id, rule.code))
        if result is None or result.result == "not_checked" or (ticket.county, rule.code) in held:
            continue
        if not all(is_newer(feed, matter, ticket, context) for feed in rule.feeds or RISK_FEEDS):
            continue
        if fingerprint not in {item.fingerprint for item in result.items}:
            matter.answer(context.as_of, MACHINE, "no_longer_recorded", "", context.as_of)
            detail = f"{matter.subject}:no_longer_recorded"
            ticket.record("objection_answered", context.as_of, MACHINE, detail, context.as_of)
        elif matter.rechecked_on is None:
            matter.rechecked_on = context.as_of
            detail = f"{matter.subject}:still_recorded"
            ticket.record("objection_rechecked", context.as_of, MACHINE, detail, context.as_of)


def is_newer(feed: str, matter: Matter, ticket: Ticket, context: Context) -> bool:
    newest = context.in_force.newest(feed, ticket.county)
    return newest is not None and newest > matter.opened_on


def pass_time(ticket: Ticket, context: Context) -> None:
    """Reminders and overdue once per due date, escalations once each; all anew after a reopening."""
    if not ticket.is_open:
        return
    as_of, due = context.as_of, ticket.due_on
    days = context.policy.value(ticket.county, "supervision.remind_days", as_of)
    is_new = ticket.opened_on == as_of
    if not is_new and due - timedelta(days=days) <= as_of <= due:
        once(ticket, "reminded", as_of, due.isoformat(), context)
    if as_of > due:
        once(ticket, "overdue", due + timedelta(days=1), due.isoformat(), context)
    limits = context.policy.value(ticket.county, "supervision.escalate_days", as_of)
    for level in ABOVE[ticket.owner]:
        if ticket.overdue_days(as_of) >= limits[level] and level not in ticket.escalated:
            ticket.escalated.append(level)
            ticket.record("escalated", as_of, MACHINE, level, as_of)


def once(ticket: Ticket, event: str, on: date, detail: str, context: Context) -> None:
    if not ticket.has(event, detail=detail, since=ticket.life):
        ticket.record(event, on, MACHINE, detail, context.as_of)


def draw(tickets: Iterable[Ticket], context: Context) -> None:
    """The share of the tickets closed on this check date that is looked at again, by county."""
    closed: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        if not ticket.is_open and any(e.event == "closed" and e.at == context.as_of for e in ticket.events):
            closed.setdefault(ticket.county, []).append(ticket)
    for county, population in closed.items():
        share = fraction(context.policy.value(county, "recheck.share", context.as_of))
        for rank, ticket in enumerate(shuffled(county, population, context)[: math.ceil(share * len(population))], 1):
            key = context.as_of.isoformat()
            if ticket.is_rechecked:
                continue
            matter = Matter(
                ticket.ticket_id, "recheck", key, str(rank), context.as_of, MACHINE, "", known_on=context.as_of
            )
            ticket.matters.append(matter)
            ticket.record("recheck_drawn", context.as_of, MACHINE, str(rank), context.as_of)


def shuffled(county: str, population: list[Ticket], context: Context) -> list[Ticket]:
    """An order nobody can know beforehand and anybody can repeat."""
    closings = sorted(f"{t.ticket_id}:{t.outcome}:{t.closed_on and t.closed_on.isoformat()}" for t in population)
    seed = sha256(f"{context.as_of.isoformat()}|{county}|" + ";".join(closings))
    return sorted(population, key=lambda t: sha256(f"{seed}|{t.ticket_id}"))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
