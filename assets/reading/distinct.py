"""Cells that occur again and again are looked at once: a code, a payer, a person with a row a month."""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from assets.reading.cells import Cells, typed
from assets.reading.typed_files import as_text
from data_contracts import Column

SAMPLE: Final = 2_000
REPEATED: Final = 0.3
"""Where more of the cells are different from each other, each is looked at by itself."""


def typed_once(raw: pl.Series, column: Column, data_on: dt.date) -> Cells:
    """`cells.typed` of every cell, reckoned once for equal ones."""
    if len(raw) < SAMPLE or raw.dtype.is_nested() or raw.dtype.is_float() or not _repeats(raw):
        return typed(as_text(raw), column, data_on)
    encoded = raw.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode(null_encoding="encode")
    places = pl.Series(encoded.indices)
    cells = typed(as_text(pl.Series(raw.name, encoded.dictionary, dtype=raw.dtype)), column, data_on)
    faults = cells.faults
    if faults is not None:
        faults = None if faults.null_count() == len(faults) else faults.gather(places)
    return Cells(cells.values.gather(places), faults)


def _repeats(raw: pl.Series) -> bool:
    """The first cells tell; days of birth repeat only in the long run."""
    different = pl.first().approx_n_unique() <= REPEATED * pl.len()
    return any(cells.to_frame().select(different).item() for cells in (raw.head(SAMPLE), raw))
