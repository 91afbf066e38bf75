"""Which recorded outcome closes a ticket. Only a person's recorded decision does (spec page 1, point 2)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

VISITORS_NEEDED = 2
REASONS: dict[str, tuple[str, str]] = {
    "unknown_ticket": ("没有此编号的预警单", "there is no ticket of this number"),
    "before_opening": ("处置日期早于开单日期", "handled before the ticket was opened"),
    "visited_alone": ("核实类预警单须至少两人入户", "a verify ticket needs a visit by at least two people"),
    "already_closed": ("该预警单已办结", "the ticket is already closed"),
}


@dataclass(frozen=True)
class Outcome:
    """One row of ticket_outcomes."""

    ticket_id: str
    handled_on: dt.date
    outcome: str
    handler: str | None
    visited_on: dt.date | None
    visitors: str | None
    note: str | None


def visitor_count(visitors: str | None) -> int:
    """How many people visited: a number, or different names separated by 、 , ; / or spaces."""
    text = unicodedata.normalize("NFKC", visitors or "").strip()
    number = re.fullmatch(r"([0-9]+)\s*[人名位]?", text)
    if number:
        return int(number.group(1))
    return len({name for name in re.split(r"[、,，;；/\s]+", text) if name})


def refusal(outcome: Outcome, direction: str, opened_on: dt.date) -> str | None:
    """Reason code why this row cannot close the ticket, or None."""
    if outcome.handled_on < opened_on:
        return "before_opening"
    if direction == "verify" and visitor_count(outcome.visitors) < VISITORS_NEEDED:
        return "visited_alone"
    return None


def first_valid(outcomes: Iterable[Outcome], direction: str, opened_on: dt.date, as_of: dt.date) -> Outcome | None:
    """The earliest outcome known on the check date that can close the ticket."""
    valid = [o for o in outcomes if o.handled_on <= as_of and refusal(o, direction, opened_on) is None]
    return min(valid, key=lambda o: o.handled_on) if valid else None
