"""One delivery, read in pieces: accepted rows to the lake, the others set aside with their reason.

`read = accepted + set aside`, always. Rows of people who are not looked at are dropped before anything is stored;
they stay part of `accepted` and are counted (spec pages 1 and 2: consent first).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final, Protocol

import polars as pl

from assets.landing import LandingFile
from assets.reading import identity
from assets.reading.cells import name_key
from assets.reading.errors import DeliveryBrokenError
from assets.reading.forms import FAULT, LINE, read_pieces
from assets.reading.headers import match_headers
from assets.reading.rows import CODE, COLUMN, typed_rows
from data_contracts import Contract, feed_contract

SET_ASIDE_SCHEMA: Final = {
    "line": pl.Int64,
    "column": pl.String,
    "code": pl.String,
    "person_masked": pl.String,
    "row": pl.String,
}
# The reader's own version: a verdict in the ledger counts only while contract and reader are the same.
READER_VERSION: Final = "1"


class KeepPeople(Protocol):
    """Tells which rows belong to people the pipeline may look at."""

    def mask(self, person_id: pl.Series) -> pl.Series:
        """True per row to keep."""


@dataclass
class Reading:
    """What came of one delivery. Counts are rows."""

    status: str = "accepted"
    code: str | None = None
    detail_zh: str = ""
    detail_en: str = ""
    read: int = 0
    accepted: int = 0
    set_aside: int = 0
    kept: int = 0
    extra_columns: list[str] = field(default_factory=list)
    set_aside_rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SET_ASIDE_SCHEMA))


@dataclass
class _Pieces:
    good: list[pl.DataFrame] = field(default_factory=list)
    keys: list[pl.DataFrame] = field(default_factory=list)
    aside: list[pl.DataFrame] = field(default_factory=list)


def read_delivery(file: LandingFile, keep: KeepPeople | None) -> tuple[Reading, pl.DataFrame]:
    """Read one file. Returns the counts and the accepted rows to keep (empty when rejected).

    Never raises for what a department may have done to a file; OSError from the disk becomes status `rejected`,
    code `unreadable`.
    """
    contract = feed_contract(file.feed)
    reading = Reading()
    pieces = _Pieces()
    try:
        matched: dict[str, str] | None = None
        for piece in read_pieces(file.path, file.form):
            if matched is None:
                matched, reading.extra_columns = match_headers(piece.columns, contract)
            _take_piece(piece, matched, file, contract, keep, reading, pieces)
    except DeliveryBrokenError as broken:
        return _rejected(reading, broken, pieces), _no_rows(contract)
    _set_duplicates_aside(reading, pieces)
    reading.set_aside = sum(frame.height for frame in pieces.aside)
    reading.accepted = reading.read - reading.set_aside
    reading.set_aside_rows = _concat(pieces.aside, SET_ASIDE_SCHEMA).sort("line")
    if reading.set_aside > contract.bad_row_share * reading.read:
        share = f"{reading.set_aside}/{reading.read} > {contract.bad_row_share:%}"
        broken = DeliveryBrokenError("too_many_bad_rows", share, share)
        reading.status, reading.code = "rejected", broken.reason.code
        reading.detail_zh, reading.detail_en = broken.detail_zh, broken.detail_en
        return reading, _no_rows(contract)
    rows = pl.concat(pieces.good) if pieces.good else _no_rows(contract)
    reading.kept = rows.height
    reading.status = "accepted_with_errors" if reading.set_aside else "accepted"
    return reading, rows


def _concat(frames: list[pl.DataFrame], schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _rejected(reading: Reading, broken: DeliveryBrokenError, pieces: _Pieces) -> Reading:
    """A broken file: nothing of it counts as accepted, so that what was read equals what was set aside."""
    reading.status, reading.code = "rejected", broken.reason.code
    reading.detail_zh, reading.detail_en = broken.detail_zh, broken.detail_en
    reading.set_aside_rows = _concat(pieces.aside, SET_ASIDE_SCHEMA)
    reading.set_aside = reading.set_aside_rows.height
    reading.read = reading.set_aside
    return reading


def _no_rows(contract: Contract) -> pl.DataFrame:
    from data_contracts.schemas import lake_schema

    schema: dict[str, type[pl.DataType]] = dict(lake_schema(contract.name))
    if any(c.name == "name" for c in contract.columns):
        schema["name_key"] = pl.String
    return pl.DataFrame(schema=schema)


def _take_piece(
    piece: pl.DataFrame,
    matched: dict[str, str],
    file: LandingFile,
    contract: Contract,
    keep: KeepPeople | None,
    reading: Reading,
    pieces: _Pieces,
) -> None:
    rows = typed_rows(piece, matched, contract, file.data_on)
    reading.read += rows.height
    is_bad = rows[CODE].is_not_null()
    if is_bad.any():
        pieces.aside.append(_aside(rows.filter(is_bad), piece.filter(is_bad), matched, contract))
        rows = rows.filter(~is_bad)
    rows = rows.drop(CODE, COLUMN)
    keys = [column.stored_as for column in contract.key]
    values = [column.stored_as for column in contract.columns]
    pieces.keys.append(
        rows.select(
            LINE,
            pl.struct(keys).hash(1).alias("key_1"),
            pl.struct(keys).hash(2).alias("key_2"),
            pl.struct(values).hash(3).alias("row"),
        )
    )
    if keep is not None and "person_id" in rows.columns:
        rows = rows.filter(keep.mask(rows["person_id"]))
    if any(c.name == "name" for c in contract.columns):
        rows = rows.with_columns(name_key(pl.col("name")).alias("name_key"))
    pieces.good.append(rows)


def _aside(rows: pl.DataFrame, piece: pl.DataFrame, matched: dict[str, str], contract: Contract) -> pl.DataFrame:
    """Set-aside rows. Only of civil affairs' own lists is the row itself kept: others' data may lack consent."""
    masked: pl.Expr = pl.lit(None, dtype=pl.String)
    for column in contract.columns:
        if column.parse == "person_id":
            number = pl.col(column.stored_as)
            masked = pl.when(number.str.len_chars() >= 15).then(identity.mask(number))
            break
    base = rows.select(
        pl.col(LINE).alias("line"),
        pl.col(COLUMN).replace("", None).alias("column"),
        pl.col(CODE).alias("code"),
        masked.alias("person_masked"),
    )
    if contract.subject == "person":
        return base.with_columns(pl.lit(None, dtype=pl.String).alias("row"))
    cells = piece.select(list(matched)).rename(matched)
    text = [json.dumps(row, ensure_ascii=False, default=str) for row in cells.iter_rows(named=True)]
    return base.with_columns(pl.Series("row", text, dtype=pl.String))


def _set_duplicates_aside(reading: Reading, pieces: _Pieces) -> None:
    """The first row of a key stays; later ones are set aside, also when the rows are of people not looked at.

    Keys are compared by two 64-bit hashes, so that a file of any length needs 32 bytes a row and no cell is kept.
    """
    if not pieces.keys:
        return
    keys = pl.concat(pieces.keys)
    if keys.select("key_1", "key_2").n_unique() == keys.height:
        return
    groups = keys.sort(LINE).with_columns(
        pl.col(LINE).first().over("key_1", "key_2").alias("first_line"),
        pl.col("row").first().over("key_1", "key_2").alias("first_row"),
    )
    later = groups.filter(pl.col(LINE) != pl.col("first_line"))
    pieces.aside.append(
        later.select(
            pl.col(LINE).alias("line"),
            pl.lit(None, dtype=pl.String).alias("column"),
            pl.when(pl.col("row") == pl.col("first_row"))
            .then(pl.lit("duplicate_row"))
            .otherwise(pl.lit("duplicate_key"))
            .alias("code"),
            pl.lit(None, dtype=pl.String).alias("person_masked"),
            pl.lit(None, dtype=pl.String).alias("row"),
        )
    )
    lines = later.select(LINE)
    pieces.good = [piece.join(lines, on=LINE, how="anti", maintain_order="left") for piece in pieces.good]


__all__ = ["FAULT", "READER_VERSION", "SET_ASIDE_SCHEMA", "KeepPeople", "Reading", "read_delivery"]
