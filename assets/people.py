"""Departments' feeds about persons: read only for people the pipeline may look at (spec page 1, Consent first)."""

from __future__ import annotations

import numpy as np
import polars as pl

from assets.deliveries import Stock, read_feed
from assets.engine import Engine
from assets.households import PERSON_FEEDS, Registers
from data_contracts import feed_contract


class PeopleSet:
    """Membership by the first 17 digits as sorted whole numbers: the 18th character follows from them.

    Eight bytes a person and no hash table to build again for every piece of a file.
    """

    def __init__(self, person_ids: pl.Series) -> None:
        self._sorted = np.unique(self._numbers(person_ids))

    @staticmethod
    def _numbers(person_ids: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        digits = person_ids.str.slice(0, 17).cast(pl.Int64, strict=False).fill_null(-1)
        numbers: np.ndarray[tuple[int], np.dtype[np.int64]] = digits.to_numpy()
        return numbers

    def mask(self, person_id: pl.Series) -> pl.Series:
        """True for rows of these people."""
        if not len(self._sorted):
            return pl.Series([False] * len(person_id), dtype=pl.Boolean)
        numbers = self._numbers(person_id)
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
