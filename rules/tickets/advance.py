"""One check date in the life of all tickets: reports in, findings added and withdrawn, tickets opened, time marked.

Pure: yesterday's tickets and today's hits in, today's tickets and events out. The order is fixed: what people
recorded first, then what the data say, then what time brings (spec page 4; docs/ticket-life.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules.tickets.clock import draw_rechecks, mark_time, recheck_objections, settle_deadlines
from rules.tickets.identity import highest, ticket_id
from rules.tickets.items import Settlement, item_state
from rules.tickets.reports import Report
from rules.tickets.state import FindingOnTicket, Ticket
from rules.tickets.take import take_reports
from rules.tickets.today import Advance, HouseholdOnTicket, ItemToday, Subject, TicketPolicy, Today


def advance(tickets: dict[str, Ticket], today: Today, aliases: Mapping[str, str] | None = None) -> Advance:
    """Move all tickets to the check date. `tickets` is changed in place and gains the newly opened ones."""
    result = Advance(aliases=dict(aliases or {}))
    take_reports(tickets, result.aliases, today, result)
    result.mode = today.decide_modes(tickets)
    settle_deadlines(tickets.values(), today, result)
    open_tickets = {t.subject: t for t in tickets.values() if t.is_open}
    settled = _latest_settlements(tickets.values())
    for subject in sorted(today.hits):
        _take_hits(subject, tickets, open_tickets, settled, today, result)
    _keep_what_was_acted_on(tickets, open_tickets, today, result)
    for subject in sorted(open_tickets):
        _withdraw(open_tickets[subject], today.hits.get(subject, {}), today, result)
        _grade(open_tickets[subject])
    in_order = [tickets[number] for number in sorted(tickets)]
    recheck_objections(in_order, today, result)
    mark_time(in_order, today, result)
    draw_rechecks(in_order, today, result)
    # A repeated check opens its own tickets again only now: what was said about them is taken next time, not sent back.
    result.refused = [(r, why) for r, why in result.refused if not _came_early(r, why, tickets)]
    return result


def _came_early(report: Report, why: str, tickets: Mapping[str, Ticket]) -> bool:
    return why == "unknown_ticket" and report.is_in_its_area and report.ticket_id in tickets


def _keep_what_was_acted_on(
    tickets: dict[str, Ticket], open_tickets: dict[Subject, Ticket], today: Today, result: Advance
) -> None:
    """A repeated check may find nothing where it had opened a ticket; if somebody has acted on it, it is not taken back.

    It stays, its findings withdrawn, for a person to close. Where the household has an older ticket open now, that one
    stands for it, so that what people recorded under the old number counts.
    """
    for old in today.kept:
        if old.ticket_id in tickets:
            continue
        standing = open_tickets.get(old.subject)
        if standing is not None:
            result.aliases[old.ticket_id] = standing.ticket_id
            continue
        tickets[old.ticket_id] = open_tickets[old.subject] = old
        result.events.append(old.record("opened", today.as_of, today.as_of))
        for rule in sorted(old.findings):
            old.findings[rule].withdrawn_on = today.as_of
            result.events.append(old.record("finding_withdrawn", today.as_of, today.as_of, detail=rule))


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
    household = today.household(household_id)
    county = household.county_code
    policy = today.policy(county)
    for rule, keys in sorted(today.hits[subject].items()):
        states = {
            key: item_state(
                is_on_open_ticket=ticket is not None and ticket.holds(rule, key),
                settlement=settled.get((household_id, rule, key)),
                suppress_months=policy.suppress_months,
                as_of=today.as_of,
            )
            for key in keys
        }
        mode = result.mode(county, rule)
        if mode == "held":
            # As if not checked: what is on a ticket stays there, but nothing is told of today's comparison.
            states = dict.fromkeys(keys, "held")
        elif mode == "shadow":
            states = {key: "shadow" if state == "new" else state for key, state in states.items()}
        new = [key for key in keys if states[key] == "new"]
        if new:
            if ticket is None:
                ticket = open_tickets[subject] = _open(subject, household, policy, today, result)
                tickets[ticket.ticket_id] = ticket
            _add(ticket, rule, new, policy, today, result)
        for key in keys:
            on = ticket.ticket_id if ticket is not None and states[key] in ("new", "open") else None
            result.items.append(ItemToday(household_id, rule, key, states[key], on))


def _open(
    subject: Subject, household: HouseholdOnTicket, policy: TicketPolicy, today: Today, result: Advance
) -> Ticket:
    household_id, direction = subject
    due = result.due(policy, today)
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
        issued_on=today.as_of,
        has_disability=household.has_disability,
    )
    result.events.append(ticket.record("opened", today.as_of, today.as_of))
    return ticket


def _add(ticket: Ticket, rule: str, keys: list[str], policy: TicketPolicy, today: Today, result: Advance) -> None:
    """New items of one rule onto the ticket; an event unless the ticket was opened with them."""
    current = ticket.findings.get(rule)
    if current is None or current.withdrawn_on is not None:
        ticket.findings[rule] = FindingOnTicket(rule, policy.severities[rule], today.as_of)
    for key in sorted(keys):
        ticket.put_on(rule, key, today.as_of)
    if ticket.opened_on != today.as_of:
        result.events.append(ticket.record("finding_added", today.as_of, today.as_of, detail=rule))


def _withdraw(ticket: Ticket, hits: Mapping[str, list[str]], today: Today, result: Advance) -> None:
    """A finding none of whose items holds any more is withdrawn; the ticket stays open for a person to close.

    "Not checked" is not "nothing found": a rule that could not be checked today withdraws nothing, nor does one whose
    hits wait for a sign-off.
    """
    for rule in sorted(ticket.findings):
        finding = ticket.findings[rule]
        if finding.withdrawn_on is not None or not today.is_checked(ticket.household_id, rule):
            continue
        if result.mode(ticket.county_code, rule) == "held":
            continue
        if not any((rule, key) in ticket.items for key in hits.get(rule, ())):
            finding.withdrawn_on = today.as_of
            result.events.append(ticket.record("finding_withdrawn", today.as_of, today.as_of, detail=rule))


def _grade(ticket: Ticket) -> None:
    """Severity: the highest of the open findings; with none left, of those withdrawn, so that it does not vanish."""
    still = [f.severity for f in ticket.findings.values() if f.withdrawn_on is None]
    ticket.severity = highest(still or [f.severity for f in ticket.findings.values()])
