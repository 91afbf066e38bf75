"""The whole specification for a home folder and a list of check dates."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from .feeds import ECONOMIC
from .findings import context_of, judge_all
from .households import Household, active_households
from .in_force import InForce
from .labels import Labels
from .model import RuleResult
from .modes import Mode
from .policy import BUILT_IN, Policy
from .reading import Cache, Deliveries, Delivery, read_landing
from .reports import Refused, read_audit
from .ticket import Event, Matter, Ticket
from .tickets import TicketBook
from .workdays import WorkDays


@dataclass
class Expected:
    """What one check date must come to."""

    as_of: date
    deliveries: Deliveries
    households: dict[str, Household]
    gaps: dict[str, dict[str, list[str]]]
    labels: dict[str, Labels]
    results: dict[tuple[str, str], RuleResult]
    tickets: list[Ticket]
    events: list[Event] = field(default_factory=list)  # of this check date, by ticket and number
    matters: list[Matter] = field(default_factory=list)  # all there are
    refused: list[Refused] = field(default_factory=list)
    modes: dict[tuple[str, str], Mode] = field(default_factory=dict)  # (county, rule)
    not_consented: dict[tuple[str, str], int] = field(default_factory=dict)  # (feed, file name) -> rows

    def result(self, household_id: str, rule: str) -> str:
        return self.results[household_id, rule].result

    def ticket(self, household_id: str, direction: str) -> Ticket | None:
        """The household's open (or else just closed) ticket of a direction."""
        own = [t for t in self.tickets if (t.household_id, t.direction) == (household_id, direction)]
        return min(own, key=lambda t: not t.is_open) if own else None


class Watch:
    """Carries the tickets from one check date to the next; files may be added between two steps."""

    def __init__(self, home: Path, built_in: Path = BUILT_IN) -> None:
        self.home = home
        self.built_in = built_in
        self.book = TicketBook()
        self.before: tuple[date, TicketBook] | None = None
        self.cache: Cache = {}

    def step(self, as_of: date) -> Expected:
        """The next check date, or the newest one again (after a sign-off, say)."""
        if self.before is not None and self.before[0] == as_of:
            self.book = copy.deepcopy(self.before[1])
        self.before = (as_of, copy.deepcopy(self.book))
        policy = Policy([self.built_in, self.home / "policy"])
        deliveries = read_landing(self.home / "landing", as_of, self.cache)
        audit = read_audit(self.home)
        in_force = InForce(deliveries, policy, audit)
        households = active_households(in_force, policy)
        context = context_of(in_force, policy, households)
        results = judge_all(context)
        work_days = WorkDays(self.home / "policy" / "calendar")
        advanced = self.book.advance(context, results, audit, work_days)
        book = sorted(self.book.tickets.values(), key=lambda t: t.ticket_id)
        return Expected(
            as_of=as_of,
            deliveries=deliveries,
            households=households,
            gaps={key: household.gaps for key, household in households.items()},
            labels=context.labels,
            results=results,
            tickets=sorted(advanced.tickets, key=lambda t: t.ticket_id),
            events=[event for ticket in book for event in ticket.events if event.at == as_of],
            matters=[copy.deepcopy(matter) for ticket in book for matter in ticket.matters],
            refused=advanced.refused,
            modes=advanced.modes,
            not_consented=not_consented(deliveries, households),
        )


def not_consented(deliveries: Deliveries, households: dict[str, Household]) -> dict[tuple[str, str], int]:
    """Accepted rows of the economic feeds whose person is an active member of no admitted household."""
    persons = {p for household in households.values() if household.admitted for p in household.persons}
    return {
        (delivery.feed, delivery.path.name): outside(delivery, persons)
        for feed in ECONOMIC
        for delivery in deliveries.of(feed)
    }


def outside(delivery: Delivery, persons: set[str]) -> int:
    return sum(row["person_id"] not in persons for row in delivery.rows)


def expected(home: Path, as_of_list: Sequence[date], built_in: Path = BUILT_IN) -> dict[date, Expected]:
    """Check dates in order, over the folder as it stands now."""
    watch = Watch(home, built_in)
    return {as_of: watch.step(as_of) for as_of in sorted(as_of_list)}
