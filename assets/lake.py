"""Tables of a check date's lake partition as everything outside the engine reads them: identity numbers written out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from assets.reading.identity import as_number

NUMBERS: Final = ("person_id", "applicant_id")


def with_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with its identity numbers as 18 characters."""
    return frame.with_columns(as_number(frame[name]) for name in NUMBERS if name in frame.columns)


def has_table(folder: Path, name: str) -> bool:
    return (folder / f"{name}.parquet").is_file()


def read_table(
    folder: Path, name: str, columns: Sequence[str] | None = None, where: pl.Expr | None = None
) -> pl.DataFrame:
    """Rows of one table, in the order they were written; FileNotFoundError where there is none."""
    rows = pl.scan_parquet(folder / f"{name}.parquet")
    if where is not None:
        rows = rows.filter(where)
    return with_numbers((rows if columns is None else rows.select(columns)).collect())
