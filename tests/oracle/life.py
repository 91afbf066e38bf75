"""Taking reports: what a report that is not refused does to its ticket (page 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from .feeds import OUTCOMES
from .model import Context
from .reports import Report
from .ticket import Matter, Ticket, visitor_count

if TYPE_CHECKING:
    from .tickets import TicketBook

OUTCOME_CODES = tuple(entry.split("=")[0] for entry in OUTCOMES.split("|"))
DEPARTMENT_OF = {
    "unsafe_housing": "housing",
    "unsafe_water": "water_resources",
    "willing_without_work": "human_resources",
    "severe_disability_uncovered": "disability_federation",
    "poverty_return_risk": "agriculture",
}


def take(book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    """The report has its effect, once."""
    ticket.taken.add(report.mark)
    EFFECTS[report.feed](book, ticket, report, context)


def take_receipt(_book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    ticket.record("received", report.day, report.text("system"), "", context.as_of)


def take_handling(_book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    handler = report.text("handler") or ticket.owner
    if report.row["action"] == "visited" and visitor_count(report.text("visitors")) >= 2:
        ticket.visited_by_two.add(report.day)
    ticket.record(report.row["action"], report.day, handler, "", context.as_of)


def new_matter(
    ticket: Ticket, report: Report, kind: str, key: str, subject: str, by: str, text: str, context: Context
) -> Matter:
    matter = Matter(ticket.ticket_id, kind, key, subject, report.day, by, text, context.as_of)
    ticket.matters.append(matter)
    return matter


def take_request(_book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    office, by = report.row["office"], report.text("requested_by")
    new_matter(ticket, report, "clarification", report.day.isoformat(), office, by, report.text("question"), context)
    ticket.record("clarification_requested", report.day, by, office, context.as_of)


def take_clarification(_book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    key = report.row["requested_on"].isoformat()
    for matter in ticket.asked("clarification", report.row["office"]):
        if matter.matter_key == key and matter.answered_on is None:
            matter.answer(report.day, report.text("answered_by"), "answered", "", context.as_of)
            ticket.record("clarification_answered", report.day, matter.answered_by, matter.subject, context.as_of)


def take_objection(_book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    number, by = str(report.row["item_no"]), report.text("raised_by")
    key = f"{number}|{report.day.isoformat()}"
    new_matter(ticket, report, "objection", key, number, by, report.text("evidence"), context)
    ticket.record("objection_raised", report.day, by, number, context.as_of)


def take_objection_answer(_book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    number = str(report.row["item_no"])
    matter = next(m for m in ticket.asked("objection", number) if m.answered_on is None)
    answer(ticket, matter, report, "objection_answered", number, context)


def take_referral(_book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    department, by = report.row["department"], report.text("referred_by")
    new_matter(ticket, report, "referral", department, department, by, report.text("need"), context)
    ticket.record("referred", report.day, by, department, context.as_of)


def take_referral_answer(_book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    department = report.row["department"]
    answer(ticket, ticket.asked("referral", department)[0], report, "referral_answered", department, context)


def answer(ticket: Ticket, matter: Matter, report: Report, event: str, subject: str, context: Context) -> None:
    by, result = report.text("answered_by"), report.row["result"]
    matter.answer(report.day, by, result, report.text("note"), context.as_of)
    ticket.record(event, report.day, by, f"{subject}:{result}", context.as_of)


def take_outcome(book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    row, by = report.row, report.text("handler") or ticket.owner
    if not ticket.is_open:
        forget(book, ticket)
        ticket.record("corrected", report.day, by, f"{ticket.outcome}:{row['outcome']}", context.as_of)
    visited = row["visited_on"]
    if visited and ticket.opened_on <= visited <= report.day and not ticket.has("visited", visited):
        if visitor_count(report.text("visitors")) >= 2:
            ticket.visited_by_two.add(visited)
        ticket.record("visited", visited, by, "", context.as_of)
    if row["outcome"] == "referred":
        departments = {DEPARTMENT_OF[rule] for rule in ticket.findings if rule in DEPARTMENT_OF}
        for department in sorted(departments):
            if not ticket.asked("referral", department):
                new_matter(ticket, report, "referral", department, department, by, "", context)
                ticket.record("referred", report.day, by, department, context.as_of)
    ticket.record("concluded", report.day, by, row["outcome"], context.as_of)
    ticket.record("closed", report.day, by, row["outcome"], context.as_of)
    ticket.outcome, ticket.closed_on, ticket.is_rechecked = row["outcome"], report.day, False
    book.settle_items(ticket)


def forget(book: TicketBook, ticket: Ticket) -> None:
    """What a conclusion that is corrected had settled."""
    for slot, settled in list(book.settled.items()):
        if settled.ticket_id == ticket.ticket_id:
            del book.settled[slot]


def take_recheck(book: TicketBook, ticket: Ticket, report: Report, context: Context) -> None:
    by, result = report.text("checked_by"), report.row["result"]
    waiting = [m for m in ticket.matters if m.kind == "recheck" and m.answered_on is None]
    drawn = [m for m in waiting if m.known_on >= closing_known_on(ticket)]
    matter = drawn[0] if drawn else new_matter(ticket, report, "recheck", report.day.isoformat(), "", by, "", context)
    matter.answer(report.day, by, result, report.text("note"), context.as_of)
    ticket.is_rechecked = True
    ticket.record("rechecked", report.day, by, result, context.as_of)
    if result == "not_confirmed" and book.open_ticket(ticket.household_id, ticket.direction) is None:
        ticket.record("reopened", report.day, by, "", context.as_of)
        book.reopen(ticket, report.day, context)


def closing_known_on(ticket: Ticket) -> date:
    return max(e.at for e in ticket.events if e.event == "closed")


EFFECTS: dict[str, Callable[[TicketBook, Ticket, Report, Context], None]] = {
    "ticket_receipts": take_receipt,
    "ticket_handling": take_handling,
    "clarification_requests": take_request,
    "clarification_answers": take_clarification,
    "objections": take_objection,
    "objection_answers": take_objection_answer,
    "ticket_referrals": take_referral,
    "ticket_outcomes": take_outcome,
    "referral_answers": take_referral_answer,
    "recheck_results": take_recheck,
}
