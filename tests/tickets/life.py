"""A tiny world for one household: say what holds and what is reported on a date, get events, refusals and the ticket."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from data_contracts import feed_contract
from policy.calendar import WorkCalendar
from policy.parameters import RULES
from rules.findings import ALL, BY_CODE
from rules.tickets.advance import advance
from rules.tickets.reports import Report
from rules.tickets.state import Ticket
from rules.tickets.today import Advance, HouseholdOnTicket, TicketPolicy, Today

COUNTY, TOWNSHIP, OTHER_TOWNSHIP = "150626", "150626100000", "150626101000"
HOUSEHOLD = "H1"
D0 = dt.date(2026, 6, 1)
CAR, FLAT, HOUSE = ("undeclared_vehicle", "蒙K1|02"), ("undeclared_property", "U1"), ("unsafe_housing", "D")


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def report(feed: str, ticket_id: str, area: str = COUNTY, **cells: Any) -> Report:
    """A row of a return feed."""
    contract = feed_contract(feed)
    full = {column.name: None for column in contract.columns} | {"ticket_id": ticket_id} | cells
    key = tuple(str(full[column.name]) for column in contract.key if column.name != "ticket_id")
    return Report(feed, ticket_id, key, full, area, f"{feed}/{area}_20260601.csv", 2)


class World:
    """Tickets over check dates. `data_on`: the data date of every feed; `policy`: fields of TicketPolicy to change."""

    def __init__(self, **policy: Any) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.aliases: dict[str, str] = {}
        self.reports: list[Report] = []
        self.policy = policy
        self.unchecked: set[str] = set()
        self.modes: dict[str, str] = {}

    def check(
        self, as_of: dt.date, *items: tuple[str, str], data_on: dt.date | None = None, kept: tuple[Ticket, ...] = ()
    ) -> Advance:
        """One check date on which these items hold."""
        hits: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for rule, key in items:
            hits[(HOUSEHOLD, BY_CODE[rule].direction)][rule].append(key)
        by_number: dict[str, list[Report]] = defaultdict(list)
        for one in self.reports:
            by_number[one.ticket_id].append(one)
        today = Today(
            as_of=as_of,
            hits=hits,
            is_checked=lambda _household, rule: rule not in self.unchecked,
            data_on=lambda _household, _rule: data_on or as_of,
            decide_modes=self._modes,
            household=lambda _: HouseholdOnTicket(COUNTY, TOWNSHIP, "低保", "150626********0021", "甲"),
            policy=lambda _: self._policy(),
            calendar=WorkCalendar({}),
            reports=by_number,
            refer_to={rule.code: rule.refer_to for rule in ALL if rule.refer_to},
            kept=kept,
        )
        result = advance(self.tickets, today, self.aliases)
        self.aliases = result.aliases
        return result

    def _modes(self, _tickets: Mapping[str, Ticket]) -> Any:
        return lambda _county, rule: self.modes.get(rule, "normal")

    def _policy(self) -> TicketPolicy:
        usual: dict[str, Any] = {
            "deadline_days": 20,
            "deadline_unit": "calendar_days",
            "roll_forward": False,
            "owner": "township",
            "suppress_months": 6,
            "severities": dict.fromkeys(RULES, "orange"),
            "deadline_basis": "",
            "remind_days": 5,
            "escalate_days": {"county": 5, "city": 15},
            "recheck_share": Decimal(0),
            "correction_days": 15,
        }
        return TicketPolicy(**(usual | self.policy))

    def opened(self, *items: tuple[str, str]) -> Ticket:
        """The ticket a first check on D0 opens."""
        self.check(D0, *(items or (CAR,)))
        (ticket,) = self.tickets.values()
        return ticket

    def say(self, feed: str, ticket: Ticket | str, **cells: Any) -> None:
        """One more report in the landing folder."""
        number = ticket if isinstance(ticket, str) else ticket.ticket_id
        self.reports.append(report(feed, number, **cells))

    def outcome(self, ticket: Ticket | str, handled_on: dt.date, outcome: str = "no_issue", **cells: Any) -> None:
        """One outcome, visited by two unless said otherwise."""
        self.say("ticket_outcomes", ticket, **({"handled_on": handled_on, "outcome": outcome, "visitors": "2"} | cells))


def told(result: Advance) -> list[tuple[str, str]]:
    """Events of a check date: event, detail."""
    return [(event.event, event.detail) for event in result.events]


def refusals(result: Advance) -> list[str]:
    """Reason codes of a check date."""
    return [why for _, why in result.refused]
