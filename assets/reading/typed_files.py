"""Parquet: cells that already have a type are taken over without a detour through text where that is exact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from assets.reading.cells import Cells, plausible, units
from assets.reading.excel_files import cell_text
from assets.reading.pieces import PIECE_ROWS, numbered
from data_contracts import Column


def read_parquet(path: Path) -> Iterator[pl.DataFrame]:
    """Pieces of a Parquet file with the columns' own types; a row's line is its number, from 1."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        yield _numbered(file.schema_arrow.empty_table(), 1)
        line = 1
        for batch in file.iter_batches(batch_size=PIECE_ROWS * 2):
            yield _numbered(batch, line)
            line += batch.num_rows


def _numbered(batch: object, first_line: int) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    return numbered(frame, first_line)


def _decimal_units(raw: pl.Series, scale: int) -> pl.Series | None:
    """Numbers as whole units of 10^-scale, wide enough for any; None when they have more places than that."""
    places = raw.dtype.scale if isinstance(raw.dtype, pl.Decimal) else 0
    if places > scale:
        return None
    wide = pl.col(raw.name).cast(pl.Int128) * pl.lit(10 ** (scale - places), dtype=pl.Int128)
    return raw.to_physical().to_frame().select(wide).to_series()


def typed_directly(raw: pl.Series, column: Column) -> Cells | None:
    """Values of a typed Parquet column, or None when it must be read as text."""
    if column.parse == "date" and raw.dtype in (pl.Date, pl.Datetime):
        days = _days(raw)
        return Cells(days, None) if days.equals(plausible(days)) else None
    if column.parse in ("money", "scaled") and (raw.dtype.is_integer() or raw.dtype.is_decimal()):
        wide = _decimal_units(raw, 2 if column.parse == "money" else column.scale)
        return None if wide is None else units(wide, column)
    return None


def _days(raw: pl.Series) -> pl.Series:
    """The day as the department's clocks showed it: a cast would take the day in UTC."""
    return raw if raw.dtype == pl.Date else raw.dt.date()


def as_text(raw: pl.Series) -> pl.Series:
    """Any typed column as the text a person would have written; doubles of more than 15 digits in scientific form."""
    if raw.dtype == pl.String:
        return raw
    if raw.dtype.is_float():
        return pl.Series(raw.name, [cell_text(value) for value in raw.to_list()], dtype=pl.String)
    if raw.dtype in (pl.Date, pl.Datetime):
        return _days(raw).dt.to_string("%Y-%m-%d")
    return raw.cast(pl.String, strict=False)
