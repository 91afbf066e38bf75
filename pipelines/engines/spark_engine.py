"""Spark for the large stage: local processes, or an existing cluster. An extra: `make spark` installs it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import narwhals as nw
import polars as pl

from pipelines.engines.spark_session import engine_errors, spark
from rules.expressions import Lazy

FEW_ROWS: Final = 10_000
"""Frames of so many rows travel inside the query; larger ones by way of a file."""
PARTITION_BYTES: Final = 16 * 2**20
"""Compressed input a shuffle partition: about ten times as much in memory."""
FEWEST_PARTITIONS: Final = 1
MOST_PARTITIONS: Final = 4_000
SPARK_DEFAULT: Final = "200"
PARTITIONS: Final = "spark.sql.shuffle.partitions"

SPARK_TYPES: Final[dict[Any, str]] = {
    pl.String: "STRING",
    pl.Date: "DATE",
    pl.Boolean: "BOOLEAN",
    pl.Int64: "BIGINT",
    pl.Int32: "INT",
    pl.Int16: "SMALLINT",
    pl.Int8: "TINYINT",
    pl.Float64: "DOUBLE",
}


def _ddl(schema: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}` {SPARK_TYPES[dtype]}" for name, dtype in schema.items())


def _address(path: Path) -> str:
    """A file of the shared file system, whatever the cluster's own default is; Spark reads wildcards in paths."""
    escaped = "".join("\\" + letter if letter in "\\{}[]*?" else letter for letter in str(path.absolute()))
    return f"file:{escaped}"


class SparkEngine:
    """Spark on the files of the home folder, which the driver and every executor see under the same path."""

    name = "spark"

    def __init__(self, scratch: Path) -> None:
        scratch = scratch.absolute()
        self._session = spark(scratch).session
        scratch.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="spark-", dir=scratch))
        self._made = 0
        self._bytes: dict[Path, int] = {}
        with engine_errors():
            self._is_sized = self._session.conf.get(PARTITIONS) != SPARK_DEFAULT

    def scan(self, files: Sequence[Path], empty: pl.DataFrame, among: pl.Series | None = None) -> Lazy:
        if not files:
            return self.frame(empty.clear())
        self._expect(files)
        rows = self._read(files, _ddl(pl.read_parquet_schema(files[0])))
        return rows if among is None else rows.join(self.frame(among.to_frame()), on=among.name, how="semi")

    def frame(self, small: pl.DataFrame) -> Lazy:
        if small.height > FEW_ROWS:
            path = self._new("frame") / "rows.parquet"
            small.write_parquet(path)
            return self._read([path], _ddl(small.schema))
        table = small.to_arrow(compat_level=pl.CompatLevel.oldest())
        with engine_errors():  # as an Arrow table: Spark then knows its size, and need not shuffle what it is joined to
            made: Lazy = nw.from_native(self._session.createDataFrame(table, _ddl(small.schema)))
        return made

    def materialise(self, frame: Lazy, path: Path, columns: Sequence[str] | None = None) -> Lazy:
        schema, parts = self._write(frame)
        path.parent.mkdir(parents=True, exist_ok=True)
        if columns is not None:
            pl.scan_parquet(parts, glob=False).select(columns).sink_parquet(path)
            return self._read(parts, schema)
        if len(parts) == 1:
            parts[0].replace(path)
        else:
            pl.scan_parquet(parts, glob=False).sink_parquet(path)
        shutil.rmtree(parts[0].parent)
        return self._read([path], schema)

    def hold(self, frame: Lazy) -> Lazy:
        """Files instead of Spark's cache: no plan grows over them, and a lost executor takes nothing along."""
        schema, parts = self._write(frame)
        return self._read(parts, schema)

    def collect(self, frame: Lazy) -> pl.DataFrame:
        with engine_errors():
            result = pl.from_arrow(nw.to_native(frame).toArrow())
        assert isinstance(result, pl.DataFrame)
        return result

    def finish(self) -> None:
        """Nothing is under way: files are written where they are asked for."""

    def close(self) -> None:
        """The session stays for the next check of this process, which counts its own partitions."""
        if not self._is_sized:
            with engine_errors():
                self._session.conf.set(PARTITIONS, SPARK_DEFAULT)

    def _new(self, kind: str) -> Path:
        self._made += 1
        folder = self._folder / f"{kind}_{self._made}"
        folder.mkdir()
        return folder

    def _read(self, files: Sequence[Path], schema: Any) -> Lazy:
        """With the schema given Spark need not start a job to look for it."""
        with engine_errors():
            rows: Lazy = nw.from_native(self._session.read.schema(schema).parquet(*(_address(file) for file in files)))
        return rows

    def _write(self, frame: Lazy) -> tuple[Any, list[Path]]:
        """Compute a frame into files, at least one. Returns its schema and the files."""
        folder = self._new("parts")
        native = nw.to_native(frame)
        with engine_errors():
            schema = native.schema
            native.write.mode("append").option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false").parquet(
                f"file:{folder}"
            )
        return schema, sorted(folder.glob("*.parquet"))

    def _expect(self, files: Sequence[Path]) -> None:
        """As many shuffle partitions as the input needs, a file read twice counted once, unless somebody has set them."""
        self._bytes |= {file: file.stat().st_size for file in files}
        if not self._is_sized:
            wanted = min(max(sum(self._bytes.values()) // PARTITION_BYTES, FEWEST_PARTITIONS), MOST_PARTITIONS)
            with engine_errors():
                self._session.conf.set(PARTITIONS, str(wanted))
