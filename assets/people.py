"""Departments' feeds about persons: read only for people the pipeline may look at (spec page 1, Consent first)."""

from __future__ import annotations

import numpy as np
import polars as pl

from assets.deliveries import Stock, read_feed
from assets.engine import Engine
from assets.households import PERSON_FEEDS, Registers
from data_contracts import feed_contract


class PeopleSet:
    """Membership by sorted numbers (Int64, the first 17 digits): no hash table to build again for every piece of a file."""

    def __init__(self, person_ids: pl.Series) -> None:
        self._sorted = np.unique(person_ids.to_numpy())

    def mask(self, person_id: pl.Series) -> pl.Series:
        """True for rows of these people."""
        if not len(self._sorted):
            return pl.Series([False] * len(person_id), dtype=pl.Boolean)
        numbers = person_id.to_numpy()
        at = np.searchsorted(self._sorted, numbers)
        at[at == len(self._sorted)] = 0
        return pl.Series(self._sorted[at] == numbers)


def read_people(stock: Stock, registers: Registers, engine: Engine) -> None:
    """Read the person feeds: economic ones for members of admitted households, the others for active members."""
    members = engine.collect(registers.members.select("person_id", "is_admitted"))
    everyone = PeopleSet(members["person_id"])
    consented = PeopleSet(members.filter("is_admitted")["person_id"])
    for feed in PERSON_FEEDS:
        keep = consented if feed_contract(feed).is_economic else everyone
        read_feed(stock, feed, keep, set(registers.coverages))
