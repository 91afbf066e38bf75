"""What all four file forms share: the shape of a piece and how large one is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

LINE: Final = "__line"
FAULT: Final = "__fault"
SHORT: Final = "short"
"""In place of a fault: cells are missing at the end of the row. Whether they were empty ones the rest of the row tells."""
PIECE_ROWS: Final = 100_000
REPLACEMENT: Final = "\ufffd"


def unique(columns: list[str]) -> list[str]:
    """Column names made different from each other, so that repeated or empty headers can be told apart later.

    A header that is called like one of our own columns is an empty one.
    """
    seen: dict[str, int] = {}
    columns = ["" if column in (LINE, FAULT) else column for column in columns]
    out = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        out.append(column if seen[column] == 1 else f"{column}\u0000{seen[column]}")
    return out


def rows_piece(rows: Sequence[Sequence[str | int | None]], columns: list[str]) -> pl.DataFrame:
    """A piece from rows that end in their line number and their fault."""
    schema = {**dict.fromkeys(columns, pl.String), LINE: pl.Int64, FAULT: pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def numbered(frame: pl.DataFrame, first_line: int) -> pl.DataFrame:
    """A piece of rows without fault that stand on consecutive lines."""
    lines = pl.int_range(first_line, first_line + frame.height, dtype=pl.Int64, eager=True)
    return faultless(frame.hstack([lines.alias(LINE)]))


def faultless(rows: pl.DataFrame) -> pl.DataFrame:
    """A piece of rows without fault that know their lines."""
    return rows.hstack([pl.Series(FAULT, [None], dtype=pl.String).new_from_index(0, rows.height)])
