"""The accepted rows of one delivery on their way to the lake: written piece by piece, never all in memory."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq


class RowsFile:
    """Rows under a temporary name beside `target`; they get their name only when the delivery is accepted.

    They wait as they are in memory: Parquet, which takes ten times as long to write, is written once it is known which
    rows stay. Use as a context: what was not kept is gone when the block ends.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._aside = target.with_name(f".{target.name}.part")
        self._final = target.with_name(f".{target.name}.final.part")
        self._writer: pa.RecordBatchFileWriter | None = None

    def __enter__(self) -> RowsFile:
        self._target.parent.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()
        self._aside.unlink(missing_ok=True)
        self._final.unlink(missing_ok=True)

    def write(self, frame: pl.DataFrame) -> None:
        """Append rows; the first frame decides names and types and may be empty."""
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pa.ipc.new_file(self._aside, table.schema)
        if frame.height:
            self._writer.write_table(table.combine_chunks())  # one batch, one row group

    def keep(self, dropped: pl.Series | None = None) -> int:
        """Store the rows under the name, without those where `dropped` is true. Returns how many that are."""
        self._close()
        with (
            pa.OSFile(str(self._aside)) as stream,
            pa.ipc.open_file(stream) as source,
            rows_writer(self._final, source.schema) as writer,
        ):
            start = kept = 0
            for at in range(source.num_record_batches):
                batch = source.get_batch(at)
                end = start + batch.num_rows
                if dropped is not None:
                    batch = batch.filter((~dropped[start:end]).to_arrow())
                writer.write_batch(batch)
                start, kept = end, kept + batch.num_rows
        self._final.replace(self._target)
        return kept

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def rows_source(path: Path) -> pq.ParquetFile:
    """For rows on their way to another file: text stays in its dictionaries, it need not be decoded and encoded again."""
    text = [field.name for field in pq.read_schema(path) if pa.types.is_string(field.type)]
    return pq.ParquetFile(path, read_dictionary=text)


def rows_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Dictionaries for text only: those of numbers take time and make the file larger."""
    text = [field.name for field in schema if not pa.types.is_primitive(field.type)]
    return pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, store_schema=False, use_dictionary=text
    )
