"""Tables of a check date's lake partition as everything outside the engine reads them: identity numbers written out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa

from assets.reading.identity import as_number

NUMBERS: Final = ("person_id", "applicant_id")
REGISTERS: Final = ("households", "members")


UNREADABLE: Final = (pl.exceptions.ComputeError, pl.exceptions.PanicException, pa.ArrowException)
"""How Polars and Arrow say that a Parquet file is damaged; Arrow also by an OSError without a number."""
POLARS_IO: Final = "underlying IO error"
"""How Polars says that the disk would not take a Parquet file."""


def is_damage(error: BaseException) -> bool:
    """Whether an error may come of a damaged Parquet file; not of a disk that is full or gone, which would stop a full
    calculation as well."""
    if isinstance(error, OSError):
        return error.errno is None
    return isinstance(error, UNREADABLE) and POLARS_IO not in str(error)


def is_unreadable(path: Path) -> bool:
    """Whether a Parquet file cannot be read to its end; one column at a time, for it may be large."""
    try:
        for name in pl.read_parquet_schema(path):
            pl.read_parquet(path, columns=[name], glob=False)
    except (*UNREADABLE, OSError):
        return True
    return False


def is_among(keys: pl.Series) -> pl.Expr:
    """True for rows whose key, the column of the series' name, is one of these. A scan that is filtered by it decodes other
    columns only where it holds."""
    return pl.col(keys.name).is_in(keys.implode())


def with_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with its identity numbers as 18 characters."""
    return frame.with_columns(as_number(frame[name]) for name in NUMBERS if name in frame.columns)


def has_table(folder: Path, name: str) -> bool:
    return (folder / f"{name}.parquet").is_file()


def merge_tables(
    names: Sequence[str],
    earlier: Path,
    part: Path,
    target: Path,
    computed: pl.Series,
    by_county: pl.DataFrame | None = None,
) -> None:
    """Tables of all households in `target`: those of `computed` from `part`, all others as in the partition `earlier`.

    `by_county`: county and columns that are the same for all its households and have changed for everybody.
    """
    is_computed = is_among(computed.alias("household_id"))
    for name in names:
        anew = pl.scan_parquet(part / f"{name}.parquet", glob=False)
        as_before = pl.scan_parquet(earlier / f"{name}.parquet", glob=False).filter(~is_computed)
        columns = as_before.collect_schema().names()
        if by_county is not None and set(by_county.columns) <= set(columns):
            as_before = as_before.drop(by_county.columns[1:]).join(by_county.lazy(), on="county", how="left")
        path = target / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pl.concat([as_before.select(columns), anew.select(columns)]).sink_parquet(
            path, compression="lz4", statistics=False
        )


def read_table(
    folder: Path, name: str, columns: Sequence[str] | None = None, where: pl.Expr | None = None
) -> pl.DataFrame:
    """Rows of one table, in the order they were written; FileNotFoundError where there is none."""
    rows = pl.scan_parquet(folder / f"{name}.parquet")
    if where is not None:
        rows = rows.filter(where)
    return with_numbers((rows if columns is None else rows.select(columns)).collect())
