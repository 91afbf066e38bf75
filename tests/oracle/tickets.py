"""The life of tickets over successive check dates (page 4): everything of one check date, in its order."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .findings import RULES, severity_of
from .households import Household
from .life import take
from .model import Context, Fingerprint, Item, RuleResult
from .modes import Mode, Modes
from .refusals import is_spent, is_taken_back, refusal
from .reports import Refused, Report, reports_in_order, strangers
from .supervision import DEADLINE_TERMS, draw, pass_time, recheck_objections, settle_deadline
from .ticket import DIRECTIONS, MACHINE, Ticket, ticket_id
from .workdays import Deadline, WorkDays, add_months

SUPPRESSING = ("no_issue", "data_error")


@dataclass(frozen=True)
class Settled:
    handled_on: date
    outcome: str
    ticket_id: str


@dataclass
class Advanced:
    """What a check date came to, besides the tickets: refused reports, and the rules' modes by county."""

    tickets: list[Ticket] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    modes: dict[tuple[str, str], Mode] = field(default_factory=dict)


class TicketBook:
    """All tickets ever opened, and what people decided about each item."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.settled: dict[tuple[str, Fingerprint], Settled] = {}
        self.modes = Modes()
        self.work_days = WorkDays()

    def advance(
        self,
        context: Context,
        results: dict[tuple[str, str], RuleResult],
        audit: list[dict[str, Any]],
        work_days: WorkDays,
    ) -> Advanced:
        """One check date.  Changes results (hit -> suppressed); returns open and changed tickets."""
        self.work_days = work_days
        townships = {number: ticket.township for number, ticket in self.tickets.items()}
        reports = reports_in_order(context.in_force.deliveries, audit, townships)
        refused = [*strangers(context.in_force.deliveries), *self.take_reports(reports, context)]
        for ticket in self.tickets.values():
            settle_deadline(ticket, context, work_days)
        modes = self.modes.decide(context, results, self.tickets.values(), audit)
        for household in context.households.values():
            for direction in DIRECTIONS:
                self.renew(household, direction, context, results, modes)
        held = {slot for slot, mode in modes.items() if mode.mode == "held"}
        for ticket in self.tickets.values():
            recheck_objections(ticket, context, results, held)
            pass_time(ticket, context)
        draw(self.tickets.values(), context)
        for ticket in self.tickets.values():
            ticket.settle_change(context.as_of)
        shown = [t for t in self.tickets.values() if t.is_open or t.change != "unchanged"]
        return Advanced([copy.deepcopy(ticket) for ticket in shown], refused, modes)

    def take_reports(self, reports: list[Report], context: Context) -> list[Refused]:
        refused = []
        outcomes: dict[str, list[Report]] = {}
        for report in reports:
            if report.feed == "ticket_outcomes":
                outcomes.setdefault(report.ticket_id, []).append(report)
        for report in reports:
            said = outcomes.get(report.ticket_id, [])
            code = self.take(self.tickets.get(report.ticket_id), report, said, context)
            if code and report.file:
                refused.append(Refused(report.sent_in, report.file, report.line, code))
        return refused

    def take(self, ticket: Ticket | None, report: Report, outcomes: list[Report], context: Context) -> str:
        """The code of the refusal, '' when the report was taken now or before."""
        if ticket is None:
            return "unknown_ticket"
        if is_spent(ticket, report) or (report in outcomes and is_taken_back(report, outcomes)):
            return ""
        days = int(context.policy.value(ticket.county, "correction.days", context.as_of))
        code = refusal(ticket, report, context.as_of, outcomes, days)
        if not code:
            take(self, ticket, report, context)
        return code

    def settle_items(self, ticket: Ticket) -> None:
        """The outcome settles the items that were on the ticket on or before handled_on."""
        assert ticket.closed_on is not None
        for fingerprint, day in ticket.put_on.items():
            slot = (ticket.household_id, fingerprint)
            earlier = self.settled.get(slot)
            if day <= ticket.closed_on and (earlier is None or earlier.handled_on <= ticket.closed_on):
                self.settled[slot] = Settled(ticket.closed_on, ticket.outcome, ticket.ticket_id)

    def reopen(self, ticket: Ticket, on: date, context: Context) -> None:
        """The closing is as if it had not been: nothing is settled by it, and the time starts anew."""
        due = self.deadline(ticket.county, context)
        ticket.due_on, ticket.deadline_provisional, ticket.issued_on = due.due_on, due.provisional, context.as_of
        ticket.closed_on, ticket.outcome, ticket.escalated = None, "", []
        ticket.reopened_on.append(on)
        ticket.visited_by_two.clear()  # handled anew: the visits of the closing that did not hold do not count
        for slot, settled in list(self.settled.items()):
            if settled.ticket_id == ticket.ticket_id:
                del self.settled[slot]

    def deadline(self, county: str, context: Context) -> Deadline:
        terms = [context.policy.value(county, name, context.as_of) for name in DEADLINE_TERMS]
        return self.work_days.deadline(context.as_of, *terms)

    def open_ticket(self, household_id: str, direction: str) -> Ticket | None:
        own = (t for t in self.tickets.values() if (t.household_id, t.direction) == (household_id, direction))
        return next((ticket for ticket in own if ticket.is_open), None)

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
        self,
        household: Household,
        direction: str,
        context: Context,
        results: dict[tuple[str, str], RuleResult],
        modes: dict[tuple[str, str], Mode],
    ) -> None:
        ticket = self.open_ticket(household.household_id, direction)
        mode_of = {rule: modes[household.county, rule].mode for rule in RULES}
        fresh: dict[str, set[Fingerprint]] = {}
        for code, rule in RULES.items():
            result = results[household.household_id, code]
            if rule.direction != direction or result.result != "hit" or mode_of[code] == "held":
                continue
            states = {i.fingerprint: self.state(household, i, ticket, context) for i in result.items}
            if set(states.values()) == {"suppressed"}:
                result.result = "suppressed"
            new = {fingerprint for fingerprint, state in states.items() if state == "new"}
            if new and mode_of[code] != "shadow":
                fresh[code] = new
        if fresh and ticket is None:
            ticket = self.start(household, direction, context)
        if ticket is not None:
            add_fresh(ticket, fresh, household, context)
            withdraw(ticket, results, mode_of, context)
            ticket.weigh()

    def start(self, household: Household, direction: str, context: Context) -> Ticket:
        due = self.deadline(household.county, context)
        ticket = Ticket(
            ticket_id=ticket_id(household, direction, context.as_of),
            household_id=household.household_id,
            county=household.county,
            township=household.main["township_code"],
            direction=direction,
            owner=context.value(household, "warning.owner"),
            opened_on=context.as_of,
            issued_on=context.as_of,
            due_on=due.due_on,
            deadline_provisional=due.provisional,
        )
        ticket.record("opened", context.as_of, MACHINE, "", context.as_of)
        self.tickets[ticket.ticket_id] = ticket
        return ticket


def add_fresh(ticket: Ticket, fresh: dict[str, set[Fingerprint]], household: Household, context: Context) -> None:
    for code, fingerprints in sorted(fresh.items()):
        if code not in ticket.findings:
            ticket.since[code] = context.as_of
            ticket.severities[code] = severity_of(code, household, context)
        ticket.findings.setdefault(code, set()).update(fingerprints)
        ticket.withdrawn.discard(code)
        for fingerprint in sorted(fingerprints):
            ticket.put_on.setdefault(fingerprint, context.as_of)
            ticket.item_no.setdefault(fingerprint, len(ticket.item_no) + 1)
        if ticket.opened_on < context.as_of:
            ticket.record("finding_added", context.as_of, MACHINE, code, context.as_of)


def withdraw(
    ticket: Ticket, results: dict[tuple[str, str], RuleResult], mode_of: dict[str, str], context: Context
) -> None:
    """A finding leaves when its rule was checked and none of its items on the ticket holds any more."""
    for code in sorted(ticket.findings):
        result = results[ticket.household_id, code]
        if result.result == "not_checked" or mode_of[code] == "held":
            continue
        ticket.shown[code] = {item.fingerprint for item in result.items} & ticket.findings[code]
        if not ticket.shown[code]:
            del ticket.findings[code], ticket.shown[code]
            ticket.withdrawn.add(code)
            ticket.record("finding_withdrawn", context.as_of, MACHINE, code, context.as_of)
