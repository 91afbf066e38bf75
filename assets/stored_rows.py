"""Accepted rows that an earlier check has left in its partition: what has not changed is not read again.

Rows are those of people the pipeline was allowed to look at then. Where that has changed since, rows of people who have
left are dropped, and those of people who have come are fetched from the file; the file's verdict stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from assets.home import link_or_copy, whole_file
from assets.lake import is_among
from assets.landing import LandingFile
from assets.reading.delivery import read_rows_of
from assets.reading.errors import DeliveryBrokenError
from assets.reading.people_set import PeopleSet
from assets.reading.pieces import PIECE_ROWS
from assets.reading.rows_file import rows_source, rows_writer
from data_contracts import feed_contract

NOBODY: Final = PeopleSet(pl.Series(dtype=pl.Int64))


class StoredRows:
    """Rows in an earlier check's partition. `paths`: a delivery's key (name, bytes, reader) -> its file of rows."""

    def __init__(self, partition: Path, paths: Mapping[str, Path]) -> None:
        self._partition, self._paths = partition, paths
        self._changes: dict[PeopleSet, tuple[pl.Series, PeopleSet]] = {}

    def path(self, key: str) -> Path | None:
        """Where the rows of a delivery are; None where there are none any more."""
        path = self._paths.get(key)
        return path if path is not None and path.is_file() else None

    def take(
        self,
        file: LandingFile,
        key: str,
        keep: PeopleSet | None,
        aside: Callable[[], pl.Series],
        target: Path,
        place: int,
    ) -> int | None:
        """Put a delivery's rows at `target`, with `place` as their delivery_no. Returns how many; None where they must be
        read from the file. `keep`: whose rows are wanted (None: everybody's); `aside`: tells the lines set aside by the verdict."""
        path = self.path(key)
        if path is None:
            return None
        gone, come = self._gone_and_come(keep, is_economic=feed_contract(file.feed).is_economic)
        try:
            found = list(read_rows_of(file, come, aside(), place)) if len(come) else []
        except DeliveryBrokenError:
            return None  # the file itself will say why
        meta = pq.read_metadata(path)
        if not found and _is_under(meta, place) and not _holds(path, gone):
            link_or_copy(path, target)
            return int(meta.num_rows)
        _write(path, gone, found, target, place)
        return int(pq.read_metadata(target).num_rows)

    def _gone_and_come(self, keep: PeopleSet | None, *, is_economic: bool) -> tuple[pl.Series, PeopleSet]:
        """Who is no longer looked at, and who is now. Asked for every file, reckoned once for each set of people."""
        if keep is None:
            return NOBODY.numbers, NOBODY
        if keep not in self._changes:
            then = self._looked_at[is_economic]
            self._changes[keep] = (then.without(keep).numbers.alias("person_id"), keep.without(then))
        return self._changes[keep]

    @cached_property
    def _looked_at(self) -> dict[bool, PeopleSet]:
        """Whose rows were kept then: of economic feeds, of the others."""
        members = pl.read_parquet(self._partition / "members.parquet", columns=["person_id", "is_admitted"])
        admitted = members.filter("is_admitted")
        return {True: PeopleSet(admitted["person_id"]), False: PeopleSet(members["person_id"])}


def _holds(path: Path, gone: pl.Series) -> bool:
    """Whether there are rows of people who have left."""
    return len(gone) > 0 and bool(pl.scan_parquet(path, glob=False).select(is_among(gone).any()).collect().item())


def _is_under(meta: pq.FileMetaData, place: int) -> bool:
    """Whether all rows carry this place, by what the file says of its own columns: thousands of small files are asked."""
    at = meta.schema.names.index("delivery_no")
    groups = (meta.row_group(number) for number in range(meta.num_row_groups))
    found = [group.column(at).statistics for group in groups if group.num_rows]
    return all(known is not None and known.has_min_max and known.min == known.max == place for known in found)


def _write(path: Path, gone: pl.Series, come: Sequence[pl.DataFrame], target: Path, place: int) -> None:
    with whole_file(target) as aside, rows_source(path) as source:
        schema = source.schema_arrow
        with rows_writer(aside, schema) as writer:
            for batch in source.iter_batches(batch_size=2 * PIECE_ROWS):
                writer.write_batch(_under(_without(batch, gone), place))
            for frame in come:
                writer.write_table(_as_stored(frame.to_arrow(compat_level=pl.CompatLevel.oldest()), schema))


def _without(batch: pa.RecordBatch, gone: pl.Series) -> pa.RecordBatch:
    if not len(gone):
        return batch
    people = pl.Series("person_id", batch.column("person_id")).to_frame()
    return batch.filter(people.select(~is_among(gone)).to_series().to_arrow())


def _under(batch: pa.RecordBatch, place: int) -> pa.RecordBatch:
    at = batch.schema.get_field_index("delivery_no")
    return batch.set_column(at, batch.schema.field(at), pa.repeat(pa.scalar(place, pa.int32()), batch.num_rows))


def _as_stored(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        rows.column(field.name).cast(pa.string()).dictionary_encode() if pa.types.is_dictionary(field.type)
        else rows.column(field.name).cast(field.type)
        for field in schema
    ]  # fmt: skip
    return pa.table(columns, schema=schema)
