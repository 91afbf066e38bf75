"""Parquet: cells that already have a type are taken over without a detour through text where that is exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.reading.cells import Cells, days, units
from assets.reading.days import CHINA, as_days
from assets.reading.errors import DeliveryBrokenError, too_large
from assets.reading.excel_files import FIRST_ROUNDED, cell_text
from assets.reading.headers import Wanted
from assets.reading.pieces import FAULT, LINE, PIECE_ROWS, REPLACEMENT, faultless, numbered, unique
from data_contracts import Column

BATCH_BYTES: Final = 2 << 30
_SIMPLE: Final = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_float32, pa.types.is_float64,
    pa.types.is_boolean, pa.types.is_date32, pa.types.is_decimal128,
)  # fmt: skip
"""Types that Polars' own reader gives as pyarrow does."""
_READABLE: Final = (*_SIMPLE, pa.types.is_timestamp, pa.types.is_date)
LARGE_GROUP: Final = 1_000_000
"""Rows. Polars reads a row group as a whole, pyarrow by pages."""


def read_parquet(path: Path, look: Wanted, headers: list[str]) -> Iterator[pl.DataFrame]:
    """Pieces of a Parquet file with the columns' own types; a row's line is its number, from 1. Only columns that somebody
    wants are read, whatever the others are. `headers` gets all names. Raises DeliveryBrokenError (too_large, bad_type)."""
    with _opened(path) as file:
        names, kept = file.schema_arrow.names, _kept(file, look)
        headers += names
        _require_bounds(file, kept, look)
        instants = _instants(file)
        yield numbered(_frame(_empty(file, kept), instants, look), 1)
        # Text stays in its dictionary until its length is known: a short file may repeat one long value for ever.
        text = [field.name for field in _empty(file, kept).schema if _is_text(field.type)]
    with _opened(path, text) as file:
        line = 1
        for batch in file.iter_batches(batch_size=2 * PIECE_ROWS, columns=kept):
            frame = _frame(batch, instants, look)
            yield _undecodable_aside(numbered(frame, line))
            line += frame.height


def read_parquet_where(
    path: Path, look: Wanted, name: str, is_wanted: Callable[[pl.Series], pl.Series]
) -> Iterator[pl.DataFrame]:
    """Of `read_parquet` the rows whose cell in the column `name` is wanted. `is_wanted`: asked for whole columns of cells.

    For files that were read before: Polars' own reader, four times as fast, prints its panics about damaged pages.
    """
    with _opened(path) as file:
        kept = _kept(file, look)
        is_native = _is_native(file, path, kept, look)
    header = next(header for header in kept if look.name(header) == name)
    if not is_native:
        yield from (piece.filter(is_wanted(piece[header])) for piece in read_parquet(path, look, []))
        return
    cells = _scan(path).select(header).collect().to_series()
    chosen = cells.filter(is_wanted(cells)).unique()
    line = pl.col(LINE).cast(pl.Int64)
    rows = _scan(path).select(kept).with_row_index(LINE, offset=1).filter(pl.col(header).is_in(chosen.implode()))
    yield faultless(rows.with_columns(line).collect())


def _opened(path: Path, dictionaries: Sequence[str] = ()) -> pq.ParquetFile:
    """INT96 is read in microseconds: in nanoseconds a day after 2262 would come out as one centuries ago."""
    return pq.ParquetFile(path, read_dictionary=list(dictionaries), coerce_int96_timestamp_unit="us")


def _undecodable_aside(rows: pl.DataFrame) -> pl.DataFrame:
    """As in CSV: a row with a cell that could not be decoded has a fault."""
    text = [name for name, kind in rows.schema.items() if kind == pl.String and name != FAULT]
    damaged = pl.any_horizontal([False, *(pl.col(name).str.contains(REPLACEMENT, literal=True) for name in text)])
    return rows.with_columns(pl.when(damaged).then(pl.lit("undecodable")).alias(FAULT))


def _kept(file: pq.ParquetFile, look: Wanted) -> list[str]:
    return list(dict.fromkeys(name for name in file.schema_arrow.names if look.keeps(name)))


def _empty(file: pq.ParquetFile, kept: list[str]) -> pa.Table:
    schema = file.schema_arrow
    return pa.schema([field for field in schema if field.name in kept]).empty_table()


def _require_bounds(file: pq.ParquetFile, kept: list[str], look: Wanted) -> None:
    """What the file says of itself, before any of it is unpacked."""
    meta, limits = file.metadata, look.limits
    if len(file.schema_arrow.names) > limits.columns:
        raise too_large("列数", "columns", len(file.schema_arrow.names), limits.columns)
    if meta.num_rows > limits.rows:
        raise too_large("行数", "rows", meta.num_rows, limits.rows)
    chunks = (meta.row_group(g).column(c) for g in range(meta.num_row_groups) for c in range(meta.num_columns))
    size = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in kept)
    if size > limits.unpacked_bytes:
        raise too_large("解压后的字节数", "bytes unpacked", size, limits.unpacked_bytes)


def _instants(file: pq.ParquetFile) -> frozenset[str]:
    """Columns of Parquet's oldest time stamps, which are instants in UTC though the type does not say so."""
    columns = (file.schema.column(at) for at in range(len(file.schema)))
    return frozenset(column.path for column in columns if column.physical_type == "INT96")


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_binary(kind)


def _is_binary(kind: pa.DataType) -> bool:
    kinds = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(is_it(kind) for is_it in kinds)


def _frame(table: pa.Table | pa.RecordBatch, instants: frozenset[str], look: Wanted) -> pl.DataFrame:
    columns = []
    for name, header, cells in zip(unique(table.schema.names), table.schema.names, table.columns, strict=True):
        whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
        columns.append(pl.Series(name, _plain(whole, header, look, is_instant=header in instants)))
    return pl.DataFrame(columns)


def _plain(cells: pa.Array, header: str, look: Wanted, *, is_instant: bool) -> pa.Array:
    """Cells in a type that Polars reads as it is meant. Raises DeliveryBrokenError (bad_type, too_large)."""
    kind = cells.type
    if pa.types.is_dictionary(kind):
        _require_short(cells, look)
        cells = _plain(cells.dictionary, header, look, is_instant=is_instant).take(cells.indices)
    elif isinstance(kind, pa.BaseExtensionType):
        cells = _plain(cells.storage, header, look, is_instant=is_instant)
    elif _is_binary(kind) or (_is_text(kind) and not _is_utf8(cells)):
        raw = (
            None if cell is None else cell.decode(errors="replace")
            for cell in cells.cast(pa.large_binary()).to_pylist()
        )
        cells = pa.array(raw, pa.large_string())
    elif pa.types.is_timestamp(kind) and (is_instant or kind.tz is not None):
        # the day is the one in China, whatever zone the writer put an instant into
        cells = cells.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.timestamp(kind.unit, CHINA))
    elif pa.types.is_decimal(kind):
        cells = _narrow(cells)
    elif pa.types.is_null(kind) or pa.types.is_time(kind) or kind == pa.string_view():
        cells = cells.cast(pa.string())
    elif pa.types.is_float16(kind):
        cells = cells.cast(pa.float32())
    elif not any(is_it(kind) for is_it in _READABLE):
        name = look.name(header) or header  # either is one of ours
        raise DeliveryBrokenError("bad_type", name, name)
    return cells


def _narrow(cells: pa.Array) -> pa.Array:
    """Decimals of 38 digits: Polars panics at wider ones, which come as text where they need more."""
    try:
        return cells.cast(pa.decimal128(38, cells.type.scale))
    except pa.ArrowInvalid:
        return cells.cast(pa.string())


def _is_utf8(cells: pa.Array) -> bool:
    """Whether text is text: Polars takes it for granted."""
    try:
        cells.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _require_short(cells: pa.DictionaryArray, look: Wanted) -> None:
    """A file of a few kB may repeat one value of 100 kB a million times."""
    if not _is_text(cells.dictionary.type):
        return
    lengths = pc.binary_length(cells.dictionary)
    longest = pc.max(lengths).as_py() or 0
    if longest > 4 * look.limits.cell_length:
        raise too_large("单元格字节数", "bytes of a cell", longest, 4 * look.limits.cell_length)
    if longest * len(cells) > BATCH_BYTES:
        total = pc.sum(pc.take(lengths, cells.indices)).as_py() or 0
        if total > BATCH_BYTES:
            raise too_large("解压后的字节数", "bytes unpacked", total, BATCH_BYTES)


def _is_native(file: pq.ParquetFile, path: Path, kept: list[str], look: Wanted) -> bool:
    """Whether Polars' own reader gives the same types in bounded memory."""
    groups = (file.metadata.row_group(at).num_rows for at in range(file.metadata.num_row_groups))
    kinds = [field.type for field in file.schema_arrow]
    if _instants(file) or not all(any(is_it(kind) for is_it in _SIMPLE) for kind in kinds):
        return False
    same = _scan(path).select(kept).collect_schema() == _frame(_empty(file, kept), frozenset(), look).schema
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
        exact = (
            FIRST_ROUNDED if raw.dtype == pl.Float64 else 2**24
        )  # whole numbers of fewer bits are rounded from there on
        texts = [_float_text(value, exact) for value in raw.to_list()]
        return pl.Series(raw.name, texts, dtype=pl.String)
    if raw.dtype in (pl.Date, pl.Datetime):
        return _written(raw)
    text = raw.cast(pl.String, strict=False)
    return text.str.replace(r"\.0+$", "") if raw.dtype.is_decimal() else text


def _float_text(value: float | None, exact: int) -> str | None:
    return f"{value:.15e}" if value is not None and abs(value) >= exact else cell_text(value)
