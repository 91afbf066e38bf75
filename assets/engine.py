"""The seam between what is computed and what computes it. Implementations live in pipelines/engines/choose.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import polars as pl

from rules.expressions import Lazy


class Engine(Protocol):
    """Runs narwhals frames over Parquet. Files in, files out: no engine owns the data."""

    name: str

    def scan(self, files: Sequence[Path], empty: pl.DataFrame, among: pl.Series | None = None) -> Lazy:
        """The rows of Parquet files of one schema; the rows of `empty` (none) when there are no files. `among`: only those
        whose key, the column of its name, is in it."""

    def frame(self, small: pl.DataFrame) -> Lazy:
        """A frame made in Polars; of a large one the engine keeps its own copy."""

    def materialise(self, frame: Lazy, path: Path, columns: Sequence[str] | None = None) -> Lazy:
        """Compute a frame, write it to a Parquet file that outlives the run, return what was computed.

        `columns`: those that somebody reads from the file; all where nothing is said. The file may be written while later
        steps compute: it is there after `finish`.
        """

    def hold(self, frame: Lazy) -> Lazy:
        """Compute a frame that only this run needs: several later steps use it. Where it is kept is the engine's affair."""

    def collect(self, frame: Lazy) -> pl.DataFrame:
        """A result small enough for memory."""

    def finish(self) -> None:
        """Return when every file asked for is there; raises what kept one from being written."""

    def close(self) -> None:
        """As `finish`; what the engine holds is given back, and its frames can be read no more."""
