"""The draw of closed tickets for a random re-check (随机抽检): nobody can predict it, anybody can repeat it.

The seed is made of what was closed, so it is not known before the closings are; from then on the published columns
ticket_id, outcome, closed_on and county are all that is needed (tests/tickets/test_draw.py repeats it in SQL).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class Closing(NamedTuple):
    """One ticket closed at a check date."""

    ticket_id: str
    outcome: str
    closed_on: dt.date


def draw_seed(as_of: dt.date, county: str, closings: Iterable[Closing]) -> str:
    """SHA-256 (hex) of "<as_of>|<county>|" and, joined by ";" in sorted order, "<ticket_id>:<outcome>:<closed_on>"."""
    listed = sorted(f"{c.ticket_id}:{c.outcome}:{c.closed_on.isoformat()}" for c in closings)
    return _hash(f"{as_of.isoformat()}|{county}|{';'.join(listed)}")


def draw_size(closed: int, share: Decimal) -> int:
    """How many are drawn: the share of the tickets closed, rounded up, so that a small county is not left out."""
    return math.ceil(share * closed)


def draw(as_of: dt.date, county: str, closings: Iterable[Closing], share: Decimal) -> list[str]:
    """The numbers drawn, first rank first: by SHA-256 (hex) of "<seed>|<ticket_id>".

    `closings`: the tickets of one county closed at this check date and still closed; their order plays no part.
    """
    listed = list(closings)
    seed = draw_seed(as_of, county, listed)
    ranked = sorted((closing.ticket_id for closing in listed), key=lambda number: _hash(f"{seed}|{number}"))
    return ranked[: draw_size(len(listed), share)]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
