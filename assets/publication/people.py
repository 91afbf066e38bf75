"""Who did something, as the analysts' database shows it: names of people shortened, everything else as it is."""

from __future__ import annotations

from typing import Final

import polars as pl

from assets.publication.pseudonyms import Pseudonyms
from rules.tickets.state import SYSTEM
from rules.tickets.transitions import TRANSITIONS

NO_PERSONS: Final = (SYSTEM, "township", "county", "city", "申请人")
"""What stands where no person is named: the check itself, the level that owns a ticket, the applicant."""
BY_SYSTEMS: Final = ("received",)
"""Events of people that other systems report: `by` is the name of a system."""
BY_PEOPLE: Final = tuple(
    event for event, transition in TRANSITIONS.items() if transition.source == "people" and event not in BY_SYSTEMS
)


def by_whom(pseudonyms: Pseudonyms, column: str) -> pl.Expr:
    """A column that names a person, a level or the check itself."""
    return pl.when(pl.col(column).is_in(NO_PERSONS)).then(pl.col(column)).otherwise(pseudonyms.name(column))


def by_of_event(pseudonyms: Pseudonyms) -> pl.Expr:
    """Column `by` of events; an identity number that a system may quote is masked."""
    is_person = pl.col("event").is_in(BY_PEOPLE)
    return pl.when(is_person).then(by_whom(pseudonyms, "by")).otherwise(pseudonyms.free_text("by"))
