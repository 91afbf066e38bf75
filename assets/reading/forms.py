"""The four file forms, read in pieces as cells with their line numbers, in bounded memory.

Every reader yields frames: columns of the file (named as in the file; text, except in Parquet), LINE (1-based, as a person
would count in the file) and FAULT (a row reason code, or null).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from assets.reading.csv_files import read_csv
from assets.reading.errors import DeliveryBrokenError, too_large
from assets.reading.excel_child import read_workbook
from assets.reading.headers import Wanted
from assets.reading.json_files import read_jsonl
from assets.reading.kinds import require_form
from assets.reading.pieces import FAULT, LINE
from assets.reading.typed_files import read_parquet, read_parquet_where
from data_contracts.contract import Limits

_READERS: Final = {"csv": read_csv, "xlsx": read_workbook, "parquet": read_parquet, "jsonl": read_jsonl}


def read_pieces(path: Path, form: str, look: Wanted, headers: list[str]) -> Iterator[pl.DataFrame]:
    """All rows of a file, piece by piece; the first piece appears even when there are no rows.

    `headers` gets all headers of the file; columns that nobody wants may be left out of the pieces. Raises DeliveryBrokenError
    for whatever is wrong with the file as a whole.
    """
    rows = 0
    with _in_words():
        require_form(path, form)
        for piece in _READERS[form](path, look, headers):
            rows += piece.height
            if rows > look.limits.rows:
                raise too_large("行数", "rows", None, look.limits.rows)
            _require_short_cells(piece, look.limits)
            yield piece


def _require_short_cells(piece: pl.DataFrame, limits: Limits) -> None:
    for cells in piece.iter_columns():
        if cells.dtype != pl.String or (cells.str.len_bytes().max() or 0) <= limits.cell_length:  # type: ignore[operator]
            continue
        longest = cells.str.len_chars().max()
        if isinstance(longest, int) and longest > limits.cell_length:
            raise too_large("单元格字符数", "characters in a cell", longest, limits.cell_length)


def read_pieces_where(
    path: Path, form: str, look: Wanted, name: str, is_wanted: Callable[[pl.Series], pl.Series]
) -> Iterator[pl.DataFrame]:
    """Of `read_pieces` the rows whose cell in the column `name` is wanted; the same errors. `is_wanted`: asked for many cells at once."""
    if form == "parquet":  # other columns need not be looked at
        with _in_words():
            yield from read_parquet_where(path, look, name, is_wanted)
            return
    for piece in read_pieces(path, form, look, []):
        header = next(header for header in piece.columns if look.name(header) == name)
        yield piece.filter(is_wanted(piece[header]))


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
