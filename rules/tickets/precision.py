"""How often findings proved right when a person looked: which cases count, which are confirmed, how sure that is.

The one source for the tables `rule_precision` and `rule_precision_by_group` and for what sends a rule to shadow.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rules.tickets.identity import add_months
from rules.tickets.state import Ticket

CONFIRMED: Final = ("change_confirmed", "gradual_exit", "new_need", "referred", "passed_away", "moved")
"""Outcomes after which something had changed; the others are no_issue and data_error."""
Z: Final = 1.959963984540054
"""97.5 % point of the normal distribution: a 95 % interval."""
PLACES: Final = 6
"""Decimals of a bound; what is compared with a floor is what is published."""


@dataclass(frozen=True)
class Case:
    """One finding on one ticket that a person concluded after having seen it."""

    ticket_id: str
    county_code: str
    rule: str
    rule_version: str
    closed_on: dt.date
    is_confirmed: bool


def cases_of(ticket: Ticket) -> Iterator[Case]:
    """The findings of a closed ticket, each once; none while it is open.

    What came onto the ticket after the day of the conclusion was not what the person saw and is no case.
    """
    if ticket.closed_on is None or ticket.outcome is None:
        return
    seen = {rule for (rule, _), item in ticket.items.items() if item.added_on <= ticket.closed_on}
    for rule in sorted(seen):
        finding = ticket.findings.get(rule)
        version = "" if finding is None else str(finding.payload.get("rule_version", ""))
        yield Case(ticket.ticket_id, ticket.county_code, rule, version, ticket.closed_on, ticket.outcome in CONFIRMED)


@dataclass
class Counts:
    """Cases and how many of them were confirmed."""

    cases: int = 0
    confirmed: int = 0


def recent_counts(
    tickets: Iterable[Ticket], as_of: dt.date, window_months: dict[str, int]
) -> dict[tuple[str, str, str], Counts]:
    """(county, rule, rule version) -> counts of the cases closed after `as_of` less the county's months.

    A county that `window_months` does not name has no counts.
    """
    since = {county: add_months(as_of, -months) for county, months in window_months.items()}
    counts: dict[tuple[str, str, str], Counts] = {}
    for ticket in tickets:
        start = since.get(ticket.county_code)
        if start is None or ticket.closed_on is None or ticket.closed_on <= start:
            continue
        for case in cases_of(ticket):
            count = counts.setdefault((case.county_code, case.rule, case.rule_version), Counts())
            count.cases += 1
            count.confirmed += case.is_confirmed
    return counts


def wilson(confirmed: int, n: int) -> tuple[float | None, float | None]:
    """95 % Wilson interval of confirmed / n, to six places; (None, None) when n is 0.

    Wilson 1927: holds for few cases too, and never leaves 0..1.
    """
    if n == 0:
        return None, None
    share, square = confirmed / n, Z * Z
    centre = share + square / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    scale = 1 + square / n
    return round(max(0.0, (centre - half) / scale), PLACES), round(min(1.0, (centre + half) / scale), PLACES)
