"""Parquet: cells that already have a type are taken over without a detour through text where that is exact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from assets.reading.cells import Cells, too_large, with_default
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
    """Decimals as whole units of 10^-scale; None when they have more places than that."""
    places = raw.dtype.scale if isinstance(raw.dtype, pl.Decimal) else 0
    if places > scale:
        return None
    return raw.to_physical().cast(pl.Int64, strict=False) * 10 ** (scale - places)


def typed_directly(raw: pl.Series, column: Column) -> Cells | None:
    """Values of a typed Parquet column, or None when it must be read as text."""
    if column.parse == "date" and raw.dtype in (pl.Date, pl.Datetime):
        return Cells(raw.cast(pl.Date), None)
    if column.parse in ("money", "scaled") and (raw.dtype.is_integer() or raw.dtype.is_decimal()):
        units = _decimal_units(raw, 2 if column.parse == "money" else column.scale)
        return None if units is None else Cells(with_default(units, column), None)
    if column.parse == "integer" and raw.dtype.is_integer():
        return Cells(raw.cast(pl.Int32, strict=False), None)
    return None


def as_text(raw: pl.Series) -> pl.Series:
    """Any typed column as the text a person would have written; doubles of more than 15 digits in scientific form."""
    if raw.dtype == pl.String:
        return raw
    if raw.dtype.is_float():
        whole = (raw == raw.floor()) & (raw.abs() < 1e15)
        digits = raw.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.select(pl.when(whole).then(digits).otherwise(raw.cast(pl.String))).to_series()
    if raw.dtype in (pl.Date, pl.Datetime):
        return raw.cast(pl.Date).dt.to_string("%Y-%m-%d")
    return raw.cast(pl.String, strict=False)
