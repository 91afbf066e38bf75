"""Engines for the large stage. DuckDB by default, Polars streaming as the second; Spark (spark_engine.py) is an extra."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Final

import duckdb
import narwhals as nw
import polars as pl

from assets.engine import Engine
from assets.errors import WrongUseError
from assets.lake import is_among
from pipelines.engines.memory import duckdb_errors, memory_limit
from pipelines.engines.spark_session import require_pyspark
from rules.expressions import Lazy

FEW_ROWS: Final = 100_000
"""Frames of at most so many rows stay where Polars made them."""
_PARQUET: Final = "format parquet, compression lz4, dictionary_size_limit 2000"
"""Dictionaries of keys that hardly ever occur twice cost time and save nothing."""


def sql_text(value: str) -> str:
    """A literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


class DuckDBEngine:
    """One in-memory DuckDB that spills to the home folder; what outlives the run is written as Parquet."""

    name = "duckdb"

    def __init__(self, spill: Path, memory_limit: str) -> None:
        spill.mkdir(parents=True, exist_ok=True)
        config: dict[str, Any] = {"temp_directory": str(spill), "preserve_insertion_order": False}
        config["memory_limit"] = memory_limit
        self._con = duckdb.connect(config=config)
        # A closed network must not be waited for: nothing may try to fetch an extension.
        self._con.execute("set autoinstall_known_extensions = false")
        self._con.execute("set autoload_known_extensions = false")
        self._held: list[Any] = []
        self._tables = 0
        self._writer = ThreadPoolExecutor(1, "lake-writer")
        self._written: list[Future[None]] = []

    def scan(self, files: Sequence[Path], empty: pl.DataFrame, among: pl.Series | None = None) -> Lazy:
        if not files:
            return self.frame(empty.clear())
        listed = ", ".join(sql_text(str(f)) for f in files)
        rows = nw.from_native(self._con.sql(f"select * from read_parquet([{listed}])"))
        return rows if among is None else rows.join(self.frame(among.to_frame()), on=among.name, how="semi")

    def frame(self, small: pl.DataFrame) -> Lazy:
        name = f"frame_{len(self._held)}"
        table = small.to_arrow()
        self._con.register(name, table)
        if small.height <= FEW_ROWS:
            self._held.append(table)
            return nw.from_native(self._con.sql(f"select * from {name}"))
        held = self.hold(nw.from_native(self._con.sql(f"select * from {name}")))
        self._con.unregister(name)  # the table can spill, Arrow cannot
        return held

    def materialise(self, frame: Lazy, path: Path, columns: Sequence[str] | None = None) -> Lazy:
        """The file is written beside the next steps: encoding and Python's share of a step each leave a core idle."""
        held = self.hold(frame)
        path.parent.mkdir(parents=True, exist_ok=True)
        chosen = "*" if columns is None else ", ".join(f'"{name}"' for name in columns)
        sql = f"copy (select {chosen} from {self._last}) to {sql_text(str(path))} ({_PARQUET})"
        self._written.append(self._writer.submit(self._write, self._con.cursor(), sql))
        return held

    @staticmethod
    def _write(own: duckdb.DuckDBPyConnection, sql: str) -> None:
        with own, duckdb_errors():
            own.execute(sql)

    def hold(self, frame: Lazy) -> Lazy:
        """A table of this process: no detour through a file, and later steps bind to it without opening one."""
        self._tables += 1
        with duckdb_errors():
            nw.to_native(frame).create(self._last)
        return nw.from_native(self._con.table(self._last))

    @property
    def _last(self) -> str:
        return f"held_{self._tables}"

    def collect(self, frame: Lazy) -> pl.DataFrame:
        with duckdb_errors():
            result = nw.to_native(frame).pl()
        assert isinstance(result, pl.DataFrame)
        return result

    def finish(self) -> None:
        written, self._written = self._written, []
        wait(written)  # all of them: the folder may go when this returns or raises
        for one in written:
            one.result()

    def close(self) -> None:
        try:
            self.finish()
        finally:
            self._writer.shutdown()
            self._con.close()


class PolarsEngine:
    """Polars' streaming engine on the same files; what only this run needs lies in `spill`."""

    name = "polars"

    def __init__(self, spill: Path) -> None:
        spill.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="polars-", dir=spill))
        self._made = 0

    def scan(self, files: Sequence[Path], empty: pl.DataFrame, among: pl.Series | None = None) -> Lazy:
        native = pl.scan_parquet(list(files), glob=False) if files else empty.clear().lazy()
        return nw.from_native(native if among is None else native.filter(is_among(among)))

    def frame(self, small: pl.DataFrame) -> Lazy:
        return nw.from_native(small.lazy())

    def materialise(self, frame: Lazy, path: Path, columns: Sequence[str] | None = None) -> Lazy:
        held = frame if columns is None else self.hold(frame)
        written = self._written(held if columns is None else held.select(*columns), path)
        return written if columns is None else held

    def hold(self, frame: Lazy) -> Lazy:
        self._made += 1
        return self._written(frame, self._folder / f"{self._made}.parquet")

    @staticmethod
    def _written(frame: Lazy, path: Path) -> Lazy:
        path.parent.mkdir(parents=True, exist_ok=True)
        nw.to_native(frame).sink_parquet(path, engine="streaming")
        return nw.from_native(pl.scan_parquet(path, glob=False))

    def finish(self) -> None:
        """Nothing is under way: files are written where they are asked for."""

    def close(self) -> None:
        """Nothing is held: what lies in files goes with their folder."""

    def collect(self, frame: Lazy) -> pl.DataFrame:
        result = nw.to_native(frame).collect(engine="streaming")
        assert isinstance(result, pl.DataFrame)
        return result


ENGINES: Final = ("duckdb", "polars", "spark")


def require_engine(name: str) -> None:
    """WrongUseError (exit 2) for an unknown engine, one that is not installed, or a wrong memory limit."""
    memory_limit()
    if name not in ENGINES:
        listed = ", ".join(ENGINES)
        raise WrongUseError(
            "engine_unknown",
            f"没有名为 {name} 的计算引擎, 可用: {listed}",
            f"there is no engine called {name}; available: {listed}",
        )
    if name == "spark":
        require_pyspark()


def make_engine(name: str, spill: Path, limit: str | None = None) -> Engine:
    """The engine called `name`; `limit` as in pipelines/engines/memory.py. WrongUseError as `require_engine`."""
    require_engine(name)
    if name == "spark":
        from pipelines.engines.spark_engine import SparkEngine

        return SparkEngine(spill)
    return DuckDBEngine(spill, memory_limit(limit)) if name == "duckdb" else PolarsEngine(spill)
