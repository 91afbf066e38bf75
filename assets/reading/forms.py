"""The four file forms, read in pieces as cells with their line numbers, in bounded memory.

Every reader yields frames: one column per column of the file (named as in the file; text, except in Parquet), LINE
(1-based, as a person would count in the file) and FAULT (a row reason code, or null).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from assets.reading.csv_files import read_csv
from assets.reading.errors import DeliveryBrokenError
from assets.reading.excel_files import read_xlsx
from assets.reading.json_files import read_jsonl
from assets.reading.pieces import FAULT, LINE
from assets.reading.typed_files import read_parquet, read_parquet_where

_READERS = {"csv": read_csv, "xlsx": read_xlsx, "parquet": read_parquet, "jsonl": read_jsonl}


def read_pieces(path: Path, form: str) -> Iterator[pl.DataFrame]:
    """All rows of a file, piece by piece; the first piece appears even when there are no rows.

    Raises DeliveryBrokenError (unreadable, truncated, empty).
    """
    with _in_words():
        yield from _READERS[form](path)


def read_pieces_where(
    path: Path, form: str, header: str, is_wanted: Callable[[pl.Series], pl.Series]
) -> Iterator[pl.DataFrame]:
    """Of `read_pieces` the rows whose cell under `header` is wanted; the same errors. `is_wanted`: asked for many cells at once."""
    with _in_words():
        if form == "parquet":  # other columns need not be looked at
            yield from read_parquet_where(path, header, is_wanted)
        else:
            yield from (piece.filter(is_wanted(piece[header])) for piece in _READERS[form](path))


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except DeliveryBrokenError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        # The libraries raise many kinds, a panic is not even an Exception; none of their texts may reach a log, they hold cells.
        raise DeliveryBrokenError("unreadable", type(error).__name__, type(error).__name__) from None


__all__ = ["FAULT", "LINE", "read_pieces", "read_pieces_where"]
