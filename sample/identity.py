"""Citizen identity numbers after GB 11643-1999, valid and unique without remembering the ones given before.

Every block of households owns its own portions of the three-digit sequence numbers of each (birth code, birth day,
sex), so ten million numbers stay distinct in constant memory. The numbers belong to nobody: birth days are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from sample.areas import County, spare_birth_codes

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
CHECK_DIGITS = np.frombuffer(b"10X98765432", dtype=np.uint8)
RANKS_PER_PORTION = 16
PORTIONS_PER_GENERATION = 31
_SEQUENCES = 499  # prime, so the walk below visits every sequence once
CODES_PER_GENERATION = 6


def digits(values: Ints, width: int) -> npt.NDArray[np.uint8]:
    """Decimal digits as ASCII bytes, shape (n, width), left-padded with 0."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (values[:, None] // powers % 10 + 48).astype(np.uint8)


def strings(matrix: npt.NDArray[np.uint8]) -> pl.Series:
    """A string series from ASCII bytes of shape (n, width), without a Python object per row."""
    rows, width = matrix.shape
    offsets = np.arange(rows + 1, dtype=np.int64) * width
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(matrix))]
    array = pa.Array.from_buffers(pa.large_string(), rows, buffers)
    return pl.Series(pl.from_arrow(array), dtype=pl.String)


def numbers(areas: Ints, births: Days, sequences: Ints) -> pl.Series:
    """18-character numbers from 6-digit areas, birth days and 3-digit sequences (odd: male)."""
    years = births.astype("datetime64[Y]")
    months = births.astype("datetime64[M]")
    year = years.astype(np.int64) + 1970
    month = (months - years).astype(np.int64) + 1
    day = (births.astype("datetime64[D]") - months).astype(np.int64) + 1
    body = (areas * 10**8 + year * 10**4 + month * 100 + day) * 1000 + sequences
    text = digits(body, 17)
    check = CHECK_DIGITS[((text - 48).astype(np.int64) @ WEIGHTS) % 11]
    return strings(np.column_stack([text, check]))


@dataclass(frozen=True)
class CodeBook:
    """Which birth codes which portion may use, so that no (code, portion) is given out twice."""

    own: dict[str, tuple[str, ...]]
    spares: tuple[str, ...]

    @classmethod
    def of(cls, counties: Iterable[County]) -> CodeBook:
        """The book for a sample of these counties."""
        own = {county.code: county.birth_codes for county in counties}
        return cls(own, spare_birth_codes(frozenset(code for codes in own.values() for code in codes)))

    def codes(self, county: str, portion: int) -> tuple[str, ...]:
        """The county's own codes for the first portions, spare ones when those are used up."""
        generation = portion // PORTIONS_PER_GENERATION
        return self._slice(2 * generation) if generation else self.own[county]

    def overflow(self, portion: int) -> tuple[str, ...]:
        """Codes for birthdays that too many persons of one portion share."""
        return self._slice(2 * (portion // PORTIONS_PER_GENERATION) + 1)

    def _slice(self, index: int) -> tuple[str, ...]:
        codes = self.spares[index * CODES_PER_GENERATION : (index + 1) * CODES_PER_GENERATION]
        if len(codes) < CODES_PER_GENERATION:
            raise ValueError("more persons than distinct identity numbers this generator can give")
        return codes


def ranks(keys: Ints) -> Ints:
    """Position of each element among the equal ones before it: [5, 7, 5] -> [0, 0, 1]."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.r_[True, ordered[1:] != ordered[:-1]]
    first = np.maximum.accumulate(np.where(starts, np.arange(len(keys)), 0))
    result = np.empty(len(keys), dtype=np.int64)
    result[order] = np.arange(len(keys)) - first
    return result


def sequence_of(rank: Ints, portion: int, days: Ints, male: npt.NDArray[np.bool_]) -> Ints:
    """Sequence numbers 1-998 for a rank below 16 in one portion; distinct over the portions of one generation."""
    slot = portion % PORTIONS_PER_GENERATION * RANKS_PER_PORTION + rank
    walk = (slot * 211 + days * 97) % _SEQUENCES
    return walk * 2 + np.where(male, 1, 2)


def unique_numbers(book: CodeBook, areas: Ints, births: Days, male: npt.NDArray[np.bool_], portion: int) -> pl.Series:
    """Numbers that no other person of any portion has. `areas` are this portion's codes as integers."""
    areas = areas.copy()
    days = births.astype("datetime64[D]").astype(np.int64)
    rank = ranks((areas * 2 + male) * 10**5 + days)
    for code in book.overflow(portion):
        full = np.flatnonzero(rank >= RANKS_PER_PORTION)
        if not len(full):
            break
        # A birthday shared by too many in one portion: the rest were born in another county.
        areas[full] = int(code)
        rank[full] = ranks((areas[full] * 2 + male[full]) * 10**5 + days[full])
    return numbers(areas, births, sequence_of(rank, portion, days, male))
