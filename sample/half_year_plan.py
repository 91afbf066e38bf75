"""What becomes of a ticket in the generated half year: who acts when, what is found, what the family says.

Everything is invented. `HOLDS` (how often a finding proves right when somebody looks) differs from rule to rule so that
tables about it have something to show; it says nothing about real rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

Ticket = Mapping[str, Any]
"""One line of warnings/tickets.jsonl."""
DAY: Final = dt.timedelta(days=1)
HOLDS: Final[dict[str, float]] = {
    "deceased_member": 0.95, "registration_cancelled": 0.8, "identity_mismatch": 0.25, "enrolled_twice": 0.45,
    "undeclared_vehicle": 0.62, "undeclared_property": 0.55, "dwellings_over_limit": 0.6, "undeclared_earnings": 0.4,
    "undeclared_pension": 0.7, "income_over_standard": 0.45, "unsafe_housing": 0.88, "unsafe_water": 0.8,
    "severe_disability_uncovered": 0.75, "willing_without_work": 0.6, "poverty_return_risk": 0.66,
}  # fmt: skip
CONCLUDED_AS: Final[dict[str, tuple[str, ...]]] = {
    "deceased_member": ("passed_away",), "registration_cancelled": ("moved",),
    "undeclared_earnings": ("change_confirmed", "gradual_exit"), "unsafe_housing": ("referred",),
    "unsafe_water": ("referred",), "willing_without_work": ("referred",), "poverty_return_risk": ("new_need", "referred"),
    "severe_disability_uncovered": ("new_need",),
}  # fmt: skip
RECORD_WRONG: Final = ("identity_mismatch", "undeclared_vehicle", "undeclared_property", "enrolled_twice")
"""Rules behind which there is often a record that nobody brought up to date."""
BEYOND_DISPUTE: Final = ("deceased_member", "registration_cancelled")
"""What a family neither disputes nor a township has to ask about."""
WANTS: Final = {"education": "子女就学资助", "health_insurance": "大病医疗费用救助"}
"""What a family may need besides, by the department that is asked."""
PACES: Final = {"in time": 84, "late": 10, "received only": 2, "assigned only": 2, "visited only": 2}
ASKS, OBJECTS, IS_ANSWERED, RECORD_CORRECTED, PASSED_ON, VISIT_TOLD, STALE = 0.05, 0.09, 0.8, 0.5, 0.15, 0.4, 0.6
"""Shares of the tickets, in the order in which they are asked below."""


@dataclass(frozen=True)
class Plan:
    """Days on which something happens to one ticket; None: it never does. `outcome`: a code of ticket_outcomes."""

    assigned: dt.date | None
    visited: dt.date | None
    concluded: dt.date | None
    outcome: str
    asked: dt.date | None = None
    objected: dt.date | None = None
    answered: dt.date | None = None
    passed_on_to: str | None = None
    is_visit_told: bool = True


def make_plan(ticket: Ticket, issued: dt.date, next_check: dt.date, shared: Random, rng: Random) -> Plan:
    """How a ticket issued on a check date will be handled.

    next_check: the check date after that; shared: the stream of the household, whose tickets are handled together; rng: that
    of the ticket.
    """
    (pace,) = shared.choices(list(PACES), list(PACES.values()))
    assigned = workday(issued + DAY * shared.randint(1, 4))
    visited = workday(assigned + DAY * shared.randint(2, 6))
    if pace == "late":
        visited = workday(dt.date.fromisoformat(ticket["due_on"]) + DAY * shared.randint(3, 12))
    concluded = workday(visited + DAY * shared.randint(1, 3))
    usual = Plan(
        assigned=None if pace == "received only" else assigned,
        visited=None if pace in ("received only", "assigned only") else visited,
        concluded=concluded if pace in ("in time", "late") else None,
        outcome=draw_outcome(ticket, rng),
        is_visit_told=rng.random() < VISIT_TOLD,
    )
    special = rng.random()
    if ticket["direction"] == "help":
        return replace(usual, passed_on_to=rng.choice(list(WANTS)) if special < PASSED_ON else None)
    is_plain = any(finding["rule"] in BEYOND_DISPUTE for finding in ticket["findings"])
    if pace != "in time" or is_plain or special >= ASKS + OBJECTS:
        return usual
    return _asked(usual, assigned, next_check, rng) if special < ASKS else _objected(usual, visited, next_check, rng)


def _asked(usual: Plan, assigned: dt.date, next_check: dt.date, rng: Random) -> Plan:
    """The township does not understand the ticket. The county can answer when the next check has taken the question in."""
    visited = workday(next_check + DAY * rng.randint(2, 4))
    concluded = workday(visited + DAY * rng.randint(1, 3))
    return replace(usual, asked=workday(assigned + DAY), visited=visited, concluded=concluded)


def _objected(usual: Plan, visited: dt.date, next_check: dt.date, rng: Random) -> Plan:
    """The family disputes the record on the day of the visit. Nothing is concluded over an objection that waits."""
    answered = workday(visited + DAY * rng.randint(2, 4))
    if rng.random() >= IS_ANSWERED or answered > next_check:
        return replace(usual, objected=visited, concluded=None)
    outcome = "data_error" if rng.random() < RECORD_CORRECTED else usual.outcome
    return replace(usual, objected=visited, answered=answered, concluded=workday(answered + DAY), outcome=outcome)


def draw_outcome(ticket: Ticket, rng: Random) -> str:
    """What two people find, judged by the finding the ticket names first."""
    if not ticket["findings"]:
        return "no_issue"
    rule = ticket["findings"][0]["rule"]
    if rng.random() < HOLDS[rule]:
        return rng.choice(CONCLUDED_AS.get(rule, ("change_confirmed",)))
    return "data_error" if rule in RECORD_WRONG and rng.random() < STALE else "no_issue"


def workday(day: dt.date) -> dt.date:
    """The day itself, or the first one after its weekend or the National Day holiday."""
    if day.month == 10 and day.day < 8:
        day = day.replace(day=8)
    return day + DAY * (7 - day.weekday() if day.weekday() > 4 else 0)
