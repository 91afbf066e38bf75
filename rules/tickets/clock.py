"""What time does to tickets: deadlines that become definite, reminders, overdue marks, supervision, re-checks drawn.

Sources: spec page 4 ("Deadline", "Life"); 景民字〔2024〕40号 三(三)3 (督办, 超时标识); 乌民政发〔2025〕23号 二(二)6 (随机抽检).
None of it changes anything in a family's aid.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from rules.deadline import deadline, settle
from rules.tickets.draw import Closing, draw
from rules.tickets.state import Matter, Ticket
from rules.tickets.take import was_rechecked
from rules.tickets.today import Advance, Today

LEVELS: Final = ("township", "county", "city")


def settle_deadlines(tickets: Iterable[Ticket], today: Today, result: Advance) -> None:
    """A provisional deadline is computed again with today's calendar; it never moves earlier."""
    for ticket in tickets:
        if not (ticket.is_open and ticket.deadline_provisional):
            continue
        terms = (ticket.deadline_days, ticket.deadline_unit, ticket.roll_forward)
        now = settle(ticket.due_on, deadline(ticket.issued_on, *terms, today.calendar), today.calendar)
        if (now.due_on, now.provisional) != (ticket.due_on, True):
            detail = f"{ticket.due_on} -> {now.due_on}"
            ticket.due_on, ticket.deadline_provisional = now.due_on, now.provisional
            result.events.append(ticket.record("deadline_settled", today.as_of, today.as_of, detail=detail))


def recheck_objections(tickets: Iterable[Ticket], today: Today, result: Advance) -> None:
    """A disputed item is compared with data newer than the objection.

    Gone from the record: the objection is answered. Still there: that is written down once, and the family still has
    its answer to get from the department.
    """
    for ticket in tickets:
        for matter in ticket.waiting("objection"):
            item = ticket.item(int(matter.subject))
            if item is None or not today.is_checked(ticket.household_id, item.rule):
                continue
            if result.mode(ticket.county_code, item.rule) == "held":
                continue
            newest = today.data_on(ticket.household_id, item.rule)
            if newest is None or newest <= matter.opened_on:
                continue
            if item.item_key not in today.hits.get(ticket.subject, {}).get(item.rule, ()):
                matter.answer(today.as_of, "shouwang", "no_longer_recorded", "", today.as_of)
                detail = f"{item.item_no}:no_longer_recorded"
                result.events.append(ticket.record("objection_answered", today.as_of, today.as_of, detail=detail))
            elif matter.rechecked_on is None:
                matter.rechecked_on = today.as_of
                detail = f"{item.item_no}:still_recorded"
                result.events.append(ticket.record("objection_rechecked", today.as_of, today.as_of, detail=detail))


def mark_time(tickets: Iterable[Ticket], today: Today, result: Advance) -> None:
    """Reminders before the deadline, the overdue mark after it, escalation above the owner's level."""
    for ticket in tickets:
        if not ticket.is_open or ticket.issued_on == today.as_of:
            continue
        policy = today.policy(ticket.county_code)
        days_left = (ticket.due_on - today.as_of).days
        due = ticket.due_on.isoformat()
        if 0 <= days_left <= policy.remind_days and ticket.reminded_due != ticket.due_on:
            ticket.reminded_due = ticket.due_on
            result.events.append(ticket.record("reminded", today.as_of, today.as_of, detail=due))
        if days_left < 0 and ticket.overdue_due != ticket.due_on:
            ticket.overdue_due = ticket.due_on
            first = ticket.due_on + dt.timedelta(days=1)
            result.events.append(ticket.record("overdue", first, today.as_of, detail=due))
        told = LEVELS.index(ticket.escalated_to or ticket.owner)
        for level in LEVELS[told + 1 :]:
            if -days_left >= policy.escalate_days[level]:
                ticket.escalated_to = level
                result.events.append(ticket.record("escalated", today.as_of, today.as_of, detail=level))


def draw_rechecks(tickets: Iterable[Ticket], today: Today, result: Advance) -> None:
    """Of the tickets closed on this check date a share per county is drawn for a second look."""
    closed_now = {event.ticket_id for event in result.events if event.event == "closed"}
    counties: dict[str, dict[str, Ticket]] = defaultdict(dict)
    for ticket in tickets:
        if ticket.ticket_id in closed_now and not ticket.is_open:
            counties[ticket.county_code][ticket.ticket_id] = ticket
    for county, closed in sorted(counties.items()):
        closings = [Closing(t.ticket_id, t.outcome or "", t.closed_on or today.as_of) for t in closed.values()]
        share = today.policy(county).recheck_share
        for rank, number in enumerate(draw(today.as_of, county, closings, share), start=1):
            ticket, key = closed[number], today.as_of.isoformat()
            if was_rechecked(ticket):  # closed and looked at again within one check date: there is nothing to wait for
                continue
            ticket.matters.append(Matter("recheck", key, str(rank), today.as_of, "shouwang", "", today.as_of))
            result.events.append(ticket.record("recheck_drawn", today.as_of, today.as_of, detail=str(rank)))
