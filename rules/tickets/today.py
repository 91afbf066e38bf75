"""What a check date brings to the tickets, and what comes of it: the records the steps of `advance` share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from policy.calendar import WorkCalendar
from rules.deadline import Deadline, deadline
from rules.tickets.items import ItemState
from rules.tickets.reports import Report
from rules.tickets.state import Event, Ticket

Subject = tuple[str, str]
"""household_id, direction."""
Mode = Callable[[str, str], str]


def always_normal(_county: str, _rule: str) -> str:
    """Every rule opens tickets."""
    return "normal"


@dataclass(frozen=True)
class TicketPolicy:
    """What the county's policy says about tickets on the check date. `severities`: rule -> severity.

    `escalate_days`: level (county, city) -> days overdue from which it is told; `correction_days`: within how many days of
    a conclusion its office may correct it.
    """

    deadline_days: int
    deadline_unit: str
    roll_forward: bool
    owner: str
    suppress_months: int
    severities: Mapping[str, str]
    deadline_basis: str
    remind_days: int
    escalate_days: Mapping[str, int]
    recheck_share: Decimal
    correction_days: int


@dataclass(frozen=True)
class HouseholdOnTicket:
    """What a ticket says about its household. `has_disability`: whether a member holds a valid certificate; None: unknown."""

    county_code: str
    township_code: str
    programme: str
    applicant_id: str
    applicant_name: str
    has_disability: bool | None = None


@dataclass(frozen=True)
class Today:
    """What the check date brings.

    hits        subject -> rule -> item keys
    is_checked  household, rule: whether the rule gave this household a hit or no_hit today
    data_on     household, rule: the oldest data date among the rule's feeds for this household, None when one is missing
    decide_modes  the tickets after the reports -> (county, rule -> normal, shadow, held, signed_off; rules/tickets/modes.py)
    reports     ticket number -> what people and systems returned about it
    refer_to    rule -> department that can help with it
    kept        tickets an earlier run of this date opened and somebody has acted on since
    """

    as_of: dt.date
    hits: Mapping[Subject, Mapping[str, list[str]]]
    is_checked: Callable[[str, str], bool]
    data_on: Callable[[str, str], dt.date | None]
    decide_modes: Callable[[Mapping[str, Ticket]], Mode]
    household: Callable[[str], HouseholdOnTicket]
    policy: Callable[[str], TicketPolicy]
    calendar: WorkCalendar
    reports: Mapping[str, list[Report]]
    refer_to: Mapping[str, str]
    kept: Iterable[Ticket] = ()


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
    """Result: events of this check date, states of all items, reports that could not be taken with reason.

    `aliases`: number of a ticket that a repeated check took back -> the ticket that stands for it.
    """

    events: list[Event] = field(default_factory=list)
    items: list[ItemToday] = field(default_factory=list)
    refused: list[tuple[Report, str]] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    mode: Mode = always_normal
    # All tickets opened today under one policy share one deadline: it is reckoned once.
    deadlines: dict[tuple[int, str, bool], Deadline] = field(default_factory=dict)

    def due(self, policy: TicketPolicy, today: Today) -> Deadline:
        """The deadline of a ticket issued today under this policy."""
        terms = (policy.deadline_days, policy.deadline_unit, policy.roll_forward)
        if terms not in self.deadlines:
            self.deadlines[terms] = deadline(today.as_of, *terms, today.calendar)
        return self.deadlines[terms]
