"""What a report can be refused for: the list of page 4 (issue B), in its order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from .reports import Report
from .ticket import Matter, Ticket, visitor_count

OPEN_ONLY = ("ticket_receipts", "ticket_handling", "clarification_requests", "ticket_outcomes")
WAIT_FOR_OBJECTION = ("change_confirmed", "gradual_exit", "passed_away", "moved")
TOWNSHIP = 12


def is_spent(ticket: Ticket, report: Report) -> bool:
    """Reports with nothing more to say: taken before, or the closing one."""
    if report.mark in ticket.taken:
        return True
    if report.feed != "ticket_outcomes":
        return False
    return not ticket.is_open and (report.day, report.row["outcome"]) == (ticket.closed_on, ticket.outcome)


def is_taken_back(report: Report, others: list[Report]) -> bool:
    """Its office filed another outcome later, of the same or an earlier day."""
    return any(
        other.area == report.area
        and other.filed > report.filed
        and other.day <= report.day
        and other.row["outcome"] != report.row["outcome"]
        for other in others
    )


def is_correction(ticket: Ticket, report: Report, others: list[Report]) -> bool:
    """Another outcome of a closed ticket, in a later file than that which closed it."""
    if report.feed != "ticket_outcomes" or ticket.is_open or report.row["outcome"] == ticket.outcome:
        return False
    closing = [
        o for o in others if (o.area, o.day, o.row["outcome"]) == (report.area, ticket.closed_on, ticket.outcome)
    ]
    return all(o.filed < report.filed for o in closing)


def correction_refusal(ticket: Ticket, report: Report, days: int) -> str:
    """Within so many days of the conclusion, by the day it names; filed as long after the conclusion was known."""
    closing = [e for e in ticket.events if e.event == "closed"][-1]
    limit = timedelta(days=days)
    is_late = report.day > closing.on + limit or report.filed_on > max(closing.on, closing.at) + limit
    return "correction_late" if is_late else ""


def is_contradicted(ticket: Ticket, report: Report, others: list[Report], as_of: date) -> bool:
    """Another office's newest sound report says otherwise."""
    if report.feed != "ticket_outcomes":
        return False
    newest = {o.area: o for o in sorted(others, key=lambda o: (o.filed, o.order)) if o.day <= as_of}
    wrong = (is_of_other_township, is_before_reopening, is_visited_alone)
    return any(
        area != report.area
        and other.row["outcome"] != report.row["outcome"]
        and other.day >= ticket.opened_on
        and not any(is_so(ticket, other, as_of) for is_so in wrong)
        for area, other in newest.items()
    )


def refusal(ticket: Ticket, report: Report, as_of: date, others: list[Report], days: int) -> str:
    """The first code that applies, '' when the report can be taken. `others`: all outcomes reported of the ticket."""
    corrects = is_correction(ticket, report, others)
    for code, applies in REFUSALS:
        if code == "already_closed" and corrects:
            late = correction_refusal(ticket, report, days)
            if late:
                return late
        elif applies(ticket, report, as_of):
            return code
        if code == "visited_alone" and is_contradicted(ticket, report, others, as_of):
            return "contradicted"
    return ""


def is_of_other_township(ticket: Ticket, report: Report, _as_of: date) -> bool:
    by_file = len(report.area) == TOWNSHIP and report.area != ticket.township
    return by_file or (report.feed == "clarification_requests" and report.row["office"] != ticket.township)


def is_before_reopening(ticket: Ticket, report: Report, _as_of: date) -> bool:
    is_handling = report.feed in ("ticket_handling", "ticket_outcomes")
    return is_handling and any(report.day < day for day in ticket.reopened_on)


def is_not_closed(ticket: Ticket, report: Report, _as_of: date) -> bool:
    """On the day of a re-check the ticket must have been closed, by the closing it is closed by."""
    return report.feed == "recheck_results" and (ticket.closed_on is None or report.day < ticket.closed_on)


def is_visited_alone(ticket: Ticket, report: Report, _as_of: date) -> bool:
    is_visit = report.feed == "ticket_handling" and report.row["action"] == "visited"
    if ticket.direction != "verify" or not (is_visit or report.feed == "ticket_outcomes"):
        return False
    if visitor_count(report.text("visitors")) >= 2:
        return False
    visited_before = any(day <= report.day for day in ticket.visited_by_two)
    return is_visit or bool(report.text("visitors")) or not visited_before


def is_of_unknown_item(ticket: Ticket, report: Report, _as_of: date) -> bool:
    return report.feed in ("objections", "objection_answers") and report.row["item_no"] not in ticket.item_no.values()


def waiting(ticket: Ticket, kind: str, subject: str) -> list[Matter]:
    """Those that want an answer; `accepted` of a department is progress, another answer may follow (decision 0017)."""
    return [m for m in ticket.asked(kind, subject) if m.answered_on is None or m.result == "accepted"]


def is_raised_already(ticket: Ticket, report: Report, _as_of: date) -> bool:
    return report.feed == "objections" and bool(waiting(ticket, "objection", str(report.row["item_no"])))


def lacks_objection(ticket: Ticket, report: Report, _as_of: date) -> bool:
    if report.feed != "objection_answers":
        return False
    return all(m.opened_on > report.day for m in waiting(ticket, "objection", str(report.row["item_no"])))


def lacks_referral(ticket: Ticket, report: Report, _as_of: date) -> bool:
    if report.feed != "referral_answers":
        return False
    return all(m.opened_on > report.day for m in waiting(ticket, "referral", report.row["department"]))


def is_referred_already(ticket: Ticket, report: Report, _as_of: date) -> bool:
    return report.feed == "ticket_referrals" and bool(ticket.asked("referral", report.row["department"]))


def is_disputed(ticket: Ticket, report: Report, _as_of: date) -> bool:
    if report.feed != "ticket_outcomes" or report.row["outcome"] not in WAIT_FOR_OBJECTION:
        return False
    return any(m.kind == "objection" and m.waits_on(report.day) for m in ticket.matters)


REFUSALS: tuple[tuple[str, Callable[[Ticket, Report, date], bool]], ...] = (
    ("other_township", is_of_other_township),
    ("in_future", lambda _ticket, report, as_of: report.day > as_of),
    ("before_opening", lambda ticket, report, _as_of: report.day < ticket.opened_on),
    ("before_reopening", is_before_reopening),
    ("already_closed", lambda ticket, report, _as_of: report.feed in OPEN_ONLY and not ticket.is_open),
    ("not_closed", is_not_closed),
    ("visited_alone", is_visited_alone),
    ("unknown_item", is_of_unknown_item),
    ("already_raised", is_raised_already),
    ("no_objection", lacks_objection),
    ("no_referral", lacks_referral),
    ("already_referred", is_referred_already),
    ("objection_open", is_disputed),
    ("already_rechecked", lambda ticket, report, _as_of: report.feed == "recheck_results" and ticket.is_rechecked),
)
