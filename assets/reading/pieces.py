"""What all four file forms share: the shape of a piece, how large one is, and checks of the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Final

import polars as pl

from assets.reading.errors import DeliveryBrokenError

LINE: Final = "__line"
FAULT: Final = "__fault"
PIECE_ROWS: Final = 100_000
REPLACEMENT: Final = "\ufffd"


def require_final_newline(stream: BinaryIO) -> int:
    """The size of a text file whose last line is whole; raises DeliveryBrokenError (empty, truncated)."""
    size = stream.seek(0, 2)
    if size == 0:
        raise DeliveryBrokenError("empty")
    stream.seek(-1, 2)
    if stream.read(1) != b"\n":
        raise DeliveryBrokenError("truncated")
    stream.seek(0)
    return size


def unique(columns: list[str]) -> list[str]:
    """Column names made different from each other, so that repeated or empty headers can be told apart later."""
    seen: dict[str, int] = {}
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
