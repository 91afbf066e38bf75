"""What an item's past means for it today: open, suppressed, known or new (spec page 4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from rules.tickets.identity import add_months

ItemState = Literal["open", "suppressed", "known", "new", "shadow", "held"]
"""shadow, held: would be new, but its rule opens no tickets at the moment (rules/tickets/modes.py)."""

SUPPRESSING_OUTCOMES = ("no_issue", "data_error")


@dataclass(frozen=True)
class Settlement:
    """A person concluded a ticket that held the item."""

    handled_on: dt.date
    outcome: str


def item_state(
    *, is_on_open_ticket: bool, settlement: Settlement | None, suppress_months: int, as_of: dt.date
) -> ItemState:
    """`settlement` is the latest one of this item, if any.

    Within the policy's months after it the item is suppressed (no issue, data error: the hit is still recorded) or
    known (any other outcome: no event); afterwards it is new again.
    """
    if is_on_open_ticket:
        return "open"
    if settlement is None or as_of >= add_months(settlement.handled_on, suppress_months):
        return "new"
    return "suppressed" if settlement.outcome in SUPPRESSING_OUTCOMES else "known"
