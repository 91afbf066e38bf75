"""Keys of a file's rows: which occur twice. Eight bytes a row in memory; the rest waits in a file that is never kept."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from assets.reading.pieces import LINE
from data_contracts import Contract

KEPT: Final = "kept"


class RowKeys:
    """Hashes instead of cells, so that no cell is kept; two of 64 bits for the key, so that none meet by chance.

    Use as a context: `path` is gone when the block ends.
    """

    def __init__(self, contract: Contract, path: Path) -> None:
        self._key = [column.stored_as for column in contract.key]
        self._all = [column.stored_as for column in contract.columns]
        self._path = path
        self._firsts: list[npt.NDArray[np.uint64]] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> RowKeys:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()
        self._path.unlink(missing_ok=True)

    def add(self, rows: pl.DataFrame, kept: pl.Series) -> None:
        """The next sound rows of the file; `kept`: which of them are stored."""
        keys = rows.select(
            LINE,
            _hash(self._key, 1).alias("key_1"),
            _hash(self._key, 1001).alias("key_2"),
            _hash(self._all, 2001).alias("row"),
        ).with_columns(kept.alias(KEPT))
        self._firsts.append(keys["key_1"].to_numpy())
        table: pa.Table = keys.to_arrow()
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="none", use_dictionary=False)
        self._writer.write_table(table)

    def later_rows(self) -> pl.DataFrame | None:
        """Lines whose key occurs before in the file, and whether the whole row is the same as the first one; or None.

        Columns: LINE, same_row.
        """
        self._close()
        firsts = np.concatenate(self._firsts or [np.zeros(0, dtype=np.uint64)])
        self._firsts.clear()
        firsts.sort()
        twice = firsts[1:][firsts[1:] == firsts[:-1]]
        if not len(twice):
            return None
        group = ("key_1", "key_2")
        repeated = self._scan().filter(pl.col("key_1").is_in(pl.Series(twice).unique().implode())).collect().sort(LINE)
        return (  # a few; the second hash tells them apart
            repeated.with_columns(
                pl.col(LINE).first().over(group).alias("first_line"),
                pl.col("row").first().over(group).alias("first_row"),
            )
            .filter(pl.col(LINE) != pl.col("first_line"))
            .select(LINE, (pl.col("row") == pl.col("first_row")).alias("same_row"))
        )

    def stored_among(self, lines: pl.Series) -> pl.Series:
        """For each stored row, in order: whether it stands on one of these lines."""
        return self._scan().filter(KEPT).select(pl.col(LINE).is_in(lines.implode())).collect().to_series()

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(self._path, glob=False)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _hash(columns: list[str], seed: int) -> pl.Expr:
    """One number for some cells: the sum of their hashes, each column with its own seed (overflow only wraps)."""
    return pl.sum_horizontal(*(pl.col(name).hash(seed + at) for at, name in enumerate(columns)))
