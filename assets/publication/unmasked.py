"""The database with identity numbers and names as they are, for one purpose that a named person answers for.

It is made of the published database and the lake's partition of the same check date: tables that show people are made
anew from the lake, all others are taken over as they were published. So the two differ in those columns alone, and no
running check is needed.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.home import Home
from assets.publication.database import ROW_GROUP, build_elsewhere
from assets.publication.inputs import LakeInputs
from assets.publication.pseudonyms import Pseudonyms, load_key
from assets.publication.tables.makers import MAKERS_OF_PEOPLE
from data_contracts.derive.duckdb_tables import in_shape, quoted
from data_contracts.publications import TABLES

PROFILE_NOTES: Final = (
    "身份号码与姓名未遮蔽,生成行为已记入审计台账",
    "numbers and names in full; its making is in the audit ledger",
)


def build_unmasked(home: Home, as_of: dt.date, folder: Path, target: Path) -> dict[str, int]:
    """Write the unmasked database of the newest check date to `target`; rows by table.

    `folder`: an empty one of the lake for what is in between; it holds identity numbers and is the caller's to remove.
    """
    import duckdb

    rows: dict[str, int] = {}
    with duckdb.connect(str(home.database.resolve()), read_only=True) as published:
        inputs = _inputs(home, as_of)
        people = MAKERS_OF_PEOPLE
        for name in TABLES:
            table = in_shape(people[name](inputs), name) if name in people else _taken_over(published, name)
            table.write_parquet(folder / f"{name}.parquet", compression="lz4", row_group_size=ROW_GROUP)
            rows[name] = table.height
    build_elsewhere(folder, target)
    return rows


def _taken_over(published: Any, name: str) -> pl.DataFrame:
    """A table as it was published, in the order it has there."""
    table: pl.DataFrame = published.sql(f"SELECT * FROM {quoted(name)}").pl()
    if name == "about":
        is_profile = pl.col("name") == "profile"
        said = {"value": "unmasked", "note_zh": PROFILE_NOTES[0], "note_en": PROFILE_NOTES[1]}
        table = table.with_columns(
            pl.when(is_profile).then(pl.lit(text)).otherwise(column).alias(column) for column, text in said.items()
        )
    return in_shape(table, name)


def _inputs(home: Home, as_of: dt.date) -> LakeInputs:
    folder, pseudonyms = home.check(as_of), Pseudonyms(load_key(home), unmasked=True)
    gaps = pl.read_parquet(folder / "gaps.parquet")
    return LakeInputs(home=home, folder=folder, as_of=as_of, gaps=gaps, pseudonyms=pseudonyms)
