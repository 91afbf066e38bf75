"""Parquet: cells that already have a type are taken over without a detour through text where that is exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from assets.reading.cells import Cells, as_days, days, units
from assets.reading.excel_files import cell_text
from assets.reading.pieces import LINE, PIECE_ROWS, faultless, numbered
from data_contracts import Column

LARGE_GROUP: Final = 1_000_000
"""Rows. Polars reads a row group as a whole, pyarrow by pages."""


def read_parquet(path: Path) -> Iterator[pl.DataFrame]:
    """Pieces of a Parquet file with the columns' own types; a row's line is its number, from 1."""
    with pq.ParquetFile(path) as file:
        yield numbered(_frame(file.schema_arrow.empty_table()), 1)
        line = 1
        for frame in map(_frame, file.iter_batches(batch_size=2 * PIECE_ROWS)):
            yield numbered(frame, line)
            line += frame.height


def read_parquet_where(path: Path, header: str, is_wanted: Callable[[pl.Series], pl.Series]) -> Iterator[pl.DataFrame]:
    """Of `read_parquet` the rows whose cell under `header` is wanted. `is_wanted`: asked for whole columns of cells.

    For files that were read before: Polars' own reader, four times as fast, prints its panics about damaged pages.
    """
    with pq.ParquetFile(path) as file:
        native = _is_native(file, path)
    if not native:
        yield from (piece.filter(is_wanted(piece[header])) for piece in read_parquet(path))
        return
    cells = _scan(path).select(header).collect().to_series()
    wanted = cells.filter(is_wanted(cells)).unique()
    line = pl.col(LINE).cast(pl.Int64)
    rows = _scan(path).with_row_index(LINE, offset=1).filter(pl.col(header).is_in(wanted.implode()))
    yield faultless(rows.with_columns(line).collect())


def _frame(table: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    for at, column in enumerate(table.schema):
        if pa.types.is_decimal256(column.type):  # Polars has no type as wide and panics
            table = table.set_column(at, column.name, table.column(at).cast(pa.string()))
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _is_native(file: pq.ParquetFile, path: Path) -> bool:
    """Whether Polars' own reader gives the same types in bounded memory."""
    groups = (file.metadata.row_group(at).num_rows for at in range(file.metadata.num_row_groups))
    same = _scan(path).collect_schema() == _frame(file.schema_arrow.empty_table()).schema
    return same and max(groups, default=0) <= LARGE_GROUP


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


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
        return days(raw)
    if column.parse in ("money", "scaled") and (raw.dtype.is_integer() or raw.dtype.is_decimal()):
        wide = _decimal_units(raw, 2 if column.parse == "money" else column.scale)
        return None if wide is None else units(wide, column)
    return None


def _written(raw: pl.Series) -> pl.Series:
    """Days as people write them; beyond the calendar there is only the bare number."""
    on = as_days(raw)
    writable = on.set(~on.is_between(dt.date.min, dt.date.max), None)
    return writable.dt.to_string("%Y-%m-%d").fill_null(raw.to_physical().cast(pl.String))


def as_text(raw: pl.Series) -> pl.Series:
    """Any typed column as the text a person would have written; doubles of more than 15 digits in scientific form."""
    if raw.dtype == pl.String:
        return raw
    if raw.dtype.is_float():
        return pl.Series(raw.name, [cell_text(value) for value in raw.to_list()], dtype=pl.String)
    if raw.dtype in (pl.Date, pl.Datetime):
        return _written(raw)
    return raw.cast(pl.String, strict=False)
