"""Taking reports: what people recorded moves the ticket, or is refused with a reason and sent back (spec page 4, "Life").

Only a person's recorded decision closes a ticket (spec page 1, point 2). Nothing taken once is ever taken again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from rules.tickets.reports import Report, visitor_count
from rules.tickets.state import Matter, Ticket
from rules.tickets.today import Advance, Subject, Today
from rules.tickets.transitions import refusal

VISITORS_NEEDED: Final = 2
AGAINST_AN_OBJECTION: Final = ("change_confirmed", "gradual_exit", "passed_away", "moved")
"""Outcomes that take the disputed record for true; none of them may be recorded while the family waits for an answer."""
TOWNSHIP_DIGITS: Final = 12
PROGRESS: Final = "accepted"
"""A department's answer that announces another one."""

Taker = Callable[["Desk", Ticket, Report], str | None]


class Desk:
    """Where reports are taken: the check date, what comes of it, which household has which ticket open, and what the
    offices say of each ticket's outcome (`outcomes`: ticket -> reports, those filed last at the end)."""

    def __init__(
        self, tickets: Mapping[str, Ticket], outcomes: Mapping[str, list[Report]], today: Today, result: Advance
    ) -> None:
        self.today, self.result, self.outcomes = today, result, outcomes
        self.open: dict[Subject, str] = {t.subject: t.ticket_id for t in tickets.values() if t.is_open}

    def record(self, ticket: Ticket, report: Report, event: str, by: str, detail: str = "") -> None:
        """One event on the day of the report."""
        self.result.events.append(ticket.record(event, report.on, self.today.as_of, by, detail))


def take_reports(tickets: Mapping[str, Ticket], aliases: Mapping[str, str], today: Today, result: Advance) -> None:
    """All reports in the order of their days: whether a ticket may be reopened can depend on another one's closing."""
    reports = [report for rows in today.reports.values() for report in rows]
    about = [(report, tickets.get(aliases.get(report.ticket_id, report.ticket_id))) for report in reports]
    outcomes: dict[str, list[Report]] = {}
    for report, ticket in about:
        if report.feed == "ticket_outcomes" and report.is_in_its_area and ticket is not None:
            outcomes.setdefault(ticket.ticket_id, []).append(report)
    filed = {number: sorted(said, key=lambda r: (r.filed_no, r.order)) for number, said in outcomes.items()}
    desk = Desk(tickets, filed, today, result)
    for report, ticket in sorted(about, key=lambda one: one[0].order):
        why = _take(desk, ticket, report) if ticket is not None and report.is_in_its_area else "unknown_ticket"
        if why is not None:
            result.refused.append((report, why))


def _take(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    mark = report.mark(ticket.ticket_id)
    if mark in ticket.taken or _is_spent(desk, ticket, report):
        return None
    why = _misplaced(desk, ticket, report) or TAKERS[report.feed](desk, ticket, report)
    if why is None:
        ticket.taken.add(mark)
    return why


def _is_spent(desk: Desk, ticket: Ticket, report: Report) -> bool:
    """An outcome that says again what closed the ticket is no news, nor is one that its office has taken back since.

    The mark without the outcome is that of version 0.5.
    """
    if report.feed != "ticket_outcomes":
        return False
    if report.mark(ticket.ticket_id, with_outcome=False) in ticket.taken:
        return True
    if any(_overrides(other, report) for other in desk.outcomes[ticket.ticket_id]):
        return True
    return not ticket.is_open and (report.on, report.text("outcome")) == (ticket.closed_on, ticket.outcome)


def _overrides(newer: Report, older: Report) -> bool:
    """Whether an office filed another outcome later, of the same or an earlier day: it cannot be that the older one is
    the correction."""
    is_later = newer.area == older.area and newer.filed_no > older.filed_no
    return is_later and newer.on <= older.on and newer.text("outcome") != older.text("outcome")


def _misplaced(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    """Refusals that hold for every kind of report: the wrong township, a day that cannot be."""
    if len(report.area) == TOWNSHIP_DIGITS and report.area != ticket.township_code:
        return "other_township"
    if report.feed == "clarification_requests" and report.cells["office"] != ticket.township_code:
        return "other_township"
    if report.on > desk.today.as_of:
        return "in_future"
    if report.on < ticket.opened_on:
        return "before_opening"
    # What was done before a re-check found the handling wanting cannot be what makes it good.
    is_handling = report.feed in ("ticket_handling", "ticket_outcomes")
    return "before_reopening" if is_handling and report.on < (ticket.reopened_on or ticket.opened_on) else None


def _take_receipt(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    why = refusal("received", ticket.status)
    if why is None:
        desk.record(ticket, report, "received", report.text("system"))
    return why


def _take_handling(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    event = report.text("action")
    why = refusal(event, ticket.status)
    if why is not None:
        return why
    if event == "visited":
        together = visitor_count(report.text("visitors")) >= VISITORS_NEEDED
        if ticket.direction == "verify" and not together:
            return "visited_alone"
        if together:
            _remember_pair(ticket, report.on)
        ticket.taken.add(f"visit|{report.on}")
    desk.record(ticket, report, event, report.text("handler") or ticket.owner)
    return None


def _remember_pair(ticket: Ticket, visited_on: dt.date) -> None:
    if ticket.pair_visited_on is None or visited_on < ticket.pair_visited_on:
        ticket.pair_visited_on = visited_on


def _take_request(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    why = refusal("clarification_requested", ticket.status)
    if why is not None:
        return why
    office, by = report.text("office"), report.text("requested_by")
    key = report.on.isoformat()
    ticket.matters.append(
        Matter("clarification", key, office, report.on, by, report.text("question"), desk.today.as_of)
    )
    desk.record(ticket, report, "clarification_requested", by, office)
    return None


def _take_clarification(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    """An answer that the audit ledger knows. Without its request (a repeat may have lost it) it stays in that ledger."""
    matter = ticket.matter("clarification", report.text("requested_on"))
    if matter is not None and not matter.is_answered:
        by = report.text("answered_by")
        matter.answer(report.on, by, "answered", "", desk.today.as_of)
        desk.record(ticket, report, "clarification_answered", by, matter.subject)
    return None


def _take_objection(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    number = report.text("item_no")
    if ticket.item(int(report.cells["item_no"])) is None:
        return "unknown_item"
    if ticket.waiting("objection", number):
        return "already_raised"
    by, key = report.text("raised_by"), f"{number}|{report.on}"
    ticket.matters.append(Matter("objection", key, number, report.on, by, report.text("evidence"), desk.today.as_of))
    desk.record(ticket, report, "objection_raised", by, number)
    return None


def _take_objection_answer(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    number = report.text("item_no")
    if ticket.item(int(number)) is None:
        return "unknown_item"
    asked = [m for m in ticket.waiting("objection", number) if m.opened_on <= report.on]
    if not asked:
        return "no_objection"
    by, said = report.text("answered_by"), report.text("result")
    asked[0].answer(report.on, by, said, report.text("note"), desk.today.as_of)
    desk.record(ticket, report, "objection_answered", by, f"{number}:{said}")
    return None


def _take_referral(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    department = report.text("department")
    if ticket.matter("referral", department) is not None:
        return "already_referred"
    _refer(desk, ticket, report, department, report.text("referred_by"), report.text("need"))
    return None


def _refer(desk: Desk, ticket: Ticket, report: Report, department: str, by: str, need: str) -> None:
    ticket.matters.append(Matter("referral", department, department, report.on, by, need, desk.today.as_of))
    desk.record(ticket, report, "referred", by, department)


def _take_referral_answer(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    department, said = report.text("department"), report.text("result")
    matter = ticket.matter("referral", department)
    if matter is None or matter.opened_on > report.on or (matter.is_answered and matter.result != PROGRESS):
        return "no_referral"
    by = report.text("answered_by")
    matter.answer(report.on, by, said, report.text("note"), desk.today.as_of)
    desk.record(ticket, report, "referral_answered", by, f"{department}:{said}")
    return None


def _take_outcome(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    """Concludes an open ticket; of a closed one, another outcome that its office filed later corrects the conclusion."""
    outcome = report.text("outcome")
    is_correction = (
        not ticket.is_open and outcome != ticket.outcome and not _was_filed_with_the_closing(desk, ticket, report)
    )
    why = None if is_correction else refusal("concluded", ticket.status)
    if why is None and is_correction and _is_late(desk, ticket, report):
        why = "correction_late"
    if why is None and ticket.direction == "verify" and not _was_visited_by_two(ticket, report):
        why = "visited_alone"
    if why is None and _is_contradicted(desk, ticket, report):
        why = "contradicted"
    waits = any(m.kind == "objection" and m.was_waiting_on(report.on) for m in ticket.matters)
    if why is None and outcome in AGAINST_AN_OBJECTION and waits:
        why = "objection_open"
    if why is None:
        if is_correction:
            detail = f"{ticket.outcome}:{outcome}"
            desk.record(ticket, report, "corrected", report.text("handler") or ticket.owner, detail)
        _conclude(desk, ticket, report, outcome)
    return why


def _was_filed_with_the_closing(desk: Desk, ticket: Ticket, report: Report) -> bool:
    """Whether the office closed the ticket in the same file, or in a later one: that file then says two things."""
    return any(
        (other.on, other.text("outcome")) == (ticket.closed_on, ticket.outcome)
        and other.area == report.area
        and other.filed_no >= report.filed_no
        for other in desk.outcomes[ticket.ticket_id]
    )


def _is_contradicted(desk: Desk, ticket: Ticket, report: Report) -> bool:
    """Whether another office says otherwise, in the newest report of it that could be taken or was."""
    newest = {other.area: other for other in desk.outcomes[ticket.ticket_id] if other.on <= desk.today.as_of}
    return any(
        other.area != report.area
        and other.text("outcome") != report.text("outcome")
        and _misplaced(desk, ticket, other) is None
        and (ticket.direction != "verify" or _was_visited_by_two(ticket, other))
        for other in newest.values()
    )


def _is_late(desk: Desk, ticket: Ticket, report: Report) -> bool:
    """Whether a correction speaks of a day, or was filed, too long after the conclusion it corrects.

    What was filed counts from the check date on which the conclusion became known: nobody could see it before.
    """
    days = dt.timedelta(days=desk.today.policy(ticket.county_code).correction_days)
    closed_on = ticket.closed_on or report.on
    known_on = max(closed_on, ticket.closed_known_on or closed_on)
    return report.on > closed_on + days or (report.filed_on or report.on) > known_on + days


def _was_visited_by_two(ticket: Ticket, report: Report) -> bool:
    said = report.text("visitors").strip()
    if said:
        return visitor_count(said) >= VISITORS_NEEDED
    return ticket.pair_visited_on is not None and ticket.pair_visited_on <= report.on


def _conclude(desk: Desk, ticket: Ticket, report: Report, outcome: str) -> None:
    handler = report.text("handler") or ticket.owner
    visited_on = report.cells.get("visited_on")
    if visited_on is not None and ticket.opened_on <= visited_on <= report.on:
        mark = f"visit|{visited_on}"
        if mark not in ticket.taken:
            ticket.taken.add(mark)
            if visitor_count(report.text("visitors")) >= VISITORS_NEEDED:
                _remember_pair(ticket, visited_on)  # a correction may rest on it
            desk.result.events.append(ticket.record("visited", visited_on, desk.today.as_of, by=handler))
    if outcome == "referred":
        for department in _departments(ticket, desk.today.refer_to):
            _refer(desk, ticket, report, department, handler, "")
    desk.record(ticket, report, "concluded", handler, outcome)
    desk.record(ticket, report, "closed", handler, outcome)
    ticket.closed_on, ticket.outcome, ticket.closed_known_on = report.on, outcome, desk.today.as_of
    if desk.open.get(ticket.subject) == ticket.ticket_id:
        del desk.open[ticket.subject]


def _departments(ticket: Ticket, refer_to: Mapping[str, str]) -> list[str]:
    """Departments that can help with the open findings and were not asked yet."""
    rules = [f.rule for f in ticket.findings.values() if f.withdrawn_on is None]
    wanted = {refer_to[rule] for rule in rules if rule in refer_to}
    return sorted(department for department in wanted if ticket.matter("referral", department) is None)


def _take_recheck(desk: Desk, ticket: Ticket, report: Report) -> str | None:
    why = refusal("rechecked", ticket.status)
    if why is not None or ticket.closed_on is None or report.on < ticket.closed_on:
        return why or "not_closed"
    if was_rechecked(ticket):
        return "already_rechecked"
    by, said = report.text("checked_by"), report.text("result")
    drawn = ticket.waiting("recheck")
    matter = drawn[-1] if drawn else Matter("recheck", report.on.isoformat(), "", report.on, by, "", desk.today.as_of)
    if not drawn:
        ticket.matters.append(matter)
    matter.answer(report.on, by, said, report.text("note"), desk.today.as_of)
    desk.record(ticket, report, "rechecked", by, said)
    if said == "not_confirmed" and ticket.subject not in desk.open:
        _reopen(desk, ticket, report, by)
    return None


def was_rechecked(ticket: Ticket) -> bool:
    """Whether this closing has its re-check. A record corrected since on a family's objection calls for another one."""
    results = [m.answered_on for m in ticket.matters if m.kind == "recheck" and m.answered_on is not None]
    last = max(results, default=None)
    if last is None or ticket.closed_on is None or last < ticket.closed_on:
        return False
    return not any(
        m.result == "corrected" and m.answered_on is not None and m.answered_on >= last for m in ticket.matters
    )


def _reopen(desk: Desk, ticket: Ticket, report: Report, by: str) -> None:
    """The time begins anew: those who handle it now could not have kept the old deadline."""
    policy = desk.today.policy(ticket.county_code)
    due = desk.result.due(policy, desk.today)
    desk.record(ticket, report, "reopened", by)
    desk.open[ticket.subject] = ticket.ticket_id
    ticket.closed_on = ticket.outcome = ticket.closed_known_on = ticket.pair_visited_on = ticket.escalated_to = None
    ticket.reopened_on, ticket.issued_on = report.on, desk.today.as_of
    ticket.due_on, ticket.deadline_provisional = due.due_on, due.provisional
    ticket.deadline_days, ticket.deadline_unit = policy.deadline_days, policy.deadline_unit
    ticket.roll_forward, ticket.deadline_basis = policy.roll_forward, policy.deadline_basis


TAKERS: Final[dict[str, Taker]] = {
    "ticket_receipts": _take_receipt,
    "ticket_handling": _take_handling,
    "clarification_requests": _take_request,
    "clarification_answers": _take_clarification,
    "objections": _take_objection,
    "objection_answers": _take_objection_answer,
    "ticket_referrals": _take_referral,
    "ticket_outcomes": _take_outcome,
    "referral_answers": _take_referral_answer,
    "recheck_results": _take_recheck,
}
