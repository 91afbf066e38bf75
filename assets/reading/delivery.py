"""One delivery, read in pieces: accepted rows to the lake, the others set aside with their reason.

`read = accepted + set aside`, always. Rows of people who are not looked at are dropped before anything is stored;
they stay part of `accepted` and are counted (spec pages 1 and 2: consent first). Pieces go to the disk one by one, so
a file of any length needs the memory of one piece and 33 bytes a row for the keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import polars as pl

from assets.landing import LandingFile
from assets.reading import identity, row_check
from assets.reading.cells import name_key
from assets.reading.errors import DeliveryBrokenError
from assets.reading.forms import FAULT, LINE, read_pieces
from assets.reading.headers import match_headers
from assets.reading.rows import CODE, COLUMN, typed_rows
from assets.reading.rows_file import RowsFile
from data_contracts import Contract, feed_contract

SET_ASIDE_SCHEMA: Final = {
    "line": pl.Int64,
    "column": pl.String,
    "code": pl.String,
    "person_masked": pl.String,
    "row": pl.String,
}
# The reader's own version: a verdict in the ledger counts only while contract and reader are the same.
READER_VERSION: Final = "4"


class KeepPeople(Protocol):
    """Tells which rows belong to people the pipeline may look at."""

    def mask(self, person_id: pl.Series) -> pl.Series:
        """True per row to keep. `person_id`: the first 17 digits as Int64."""


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

    def reject(self, broken: DeliveryBrokenError) -> Reading:
        """The same counts, refused as a whole."""
        self.status, self.code = "rejected", broken.reason.code
        self.detail_zh, self.detail_en = broken.detail_zh, broken.detail_en
        return self


def read_delivery(file: LandingFile, keep: KeepPeople | None, target: Path, number: int = 0) -> Reading:
    """Read one file; when it is accepted, the rows to keep are in `target`, with `number` as their delivery_no.

    Never raises for what a department may have done to a file; OSError while reading it becomes status `rejected`,
    code `unreadable`.
    """
    contract = feed_contract(file.feed)
    reading = Reading()
    with RowsFile(target) as rows_file:
        intake = _Intake(file, contract, keep, number, rows_file, reading)
        try:
            for piece in read_pieces(file.path, file.form):
                intake.take(piece)
        except DeliveryBrokenError as broken:
            return _broken(reading, broken, intake)
        later = intake.set_duplicates_aside()
        reading.set_aside_rows = intake.aside()
        reading.set_aside = reading.set_aside_rows.height
        reading.accepted = reading.read - reading.set_aside
        if reading.set_aside > contract.bad_row_share * reading.read:
            share = f"{reading.set_aside}/{reading.read} > {contract.bad_row_share:%}"
            return reading.reject(DeliveryBrokenError("too_many_bad_rows", share, share))
        reading.kept = rows_file.keep(later)
    reading.status = "accepted_with_errors" if reading.set_aside else "accepted"
    return reading


def unfilled(piece: pl.DataFrame, matched: dict[str, str], contract: Contract) -> pl.Series:
    """True per row for rows of a returned list that nobody has filled in: nothing but the ticket's number and what we had filled in.

    They are no rows: the townships send the whole sheet back, also when they have handled two tickets of thirty.
    """
    given = {"ticket_id", *(column.name for column in contract.columns if column.is_prefilled)}
    entries = [header for header, name in matched.items() if name not in given]
    blank = [(pl.col(h).cast(pl.String, strict=False).fill_null("").str.strip_chars() == "") for h in entries]
    faultless = pl.col(FAULT).is_null()
    return piece.select(pl.all_horizontal(*blank, faultless).alias("unfilled")).to_series()


def _broken(reading: Reading, broken: DeliveryBrokenError, intake: _Intake) -> Reading:
    """A broken file: nothing of it counts as accepted, so that what was read equals what was set aside."""
    reading.set_aside_rows = intake.aside()
    reading.read = reading.set_aside = reading.set_aside_rows.height
    return reading.reject(broken)


@dataclass
class _Intake:
    """Takes the pieces of one file."""

    file: LandingFile
    contract: Contract
    keep: KeepPeople | None
    number: int
    rows_file: RowsFile
    reading: Reading
    _matched: dict[str, str] | None = None
    _keys: list[pl.DataFrame] = field(default_factory=list)
    _aside: list[pl.DataFrame] = field(default_factory=list)

    def take(self, piece: pl.DataFrame) -> None:
        """Type the rows of a piece, set the bad ones aside, store those to keep."""
        if self._matched is None:
            self._matched, self.reading.extra_columns = match_headers(piece.columns, self.contract)
        if self.contract.subject == "ticket":
            piece = piece.filter(~unfilled(piece, self._matched, self.contract))
        rows = self._typed(piece, self._matched)
        self.reading.read += rows.height
        is_bad = rows[CODE].is_not_null()
        if is_bad.any():
            self._aside.append(_set_aside(rows.filter(is_bad), piece.filter(is_bad), self._matched, self.contract))
            rows = rows.filter(~is_bad)
        rows = rows.with_columns(identity.as_digits(pl.col(name)) for name in self._numbers)
        kept = pl.repeat(True, rows.height, dtype=pl.Boolean, eager=True)
        if self.keep is not None and "person_id" in rows.columns:
            kept = self.keep.mask(rows["person_id"])
        self._keys.append(_keys(rows, self.contract).with_columns(kept.alias("kept")))
        self.rows_file.write(self._stored(rows if kept.all() else rows.filter(kept)))

    @property
    def _numbers(self) -> list[str]:
        return [column.stored_as for column in self.contract.columns if column.parse == "person_id"]

    def _typed(self, piece: pl.DataFrame, matched: dict[str, str]) -> pl.DataFrame:
        try:
            rows = typed_rows(piece, matched, self.contract, self.file.data_on)
            return _with_changed(rows, piece) if self.contract.name == row_check.FEED else rows
        except Exception as error:  # a column of a type nobody foresaw; the text of the error may hold cells
            raise DeliveryBrokenError("unreadable", type(error).__name__, type(error).__name__) from None

    def _stored(self, rows: pl.DataFrame) -> pl.DataFrame:
        if self.contract.subject == "ticket":  # a report refused on a later check date is sent back with its line
            rows = rows.with_columns(pl.col(LINE).alias("line"))
        rows = rows.drop(LINE, CODE, COLUMN)
        if any(column.name == "name" for column in self.contract.columns):
            rows = rows.with_columns(name_key(pl.col("name")).alias("name_key"))
        return rows.with_columns(pl.lit(self.number, dtype=pl.Int32).alias("delivery_no"))

    def set_duplicates_aside(self) -> pl.Series | None:
        """The first row of a key stays; later ones are set aside, also when the rows are of people not looked at.

        Returns which of the stored rows must go.
        """
        keys = pl.concat(self._keys) if self._keys else pl.DataFrame(schema={"key_1": pl.UInt64})
        if keys["key_1"].n_unique() == keys.height:
            return None
        later = _later_rows(keys)
        self._aside.append(
            later.select(
                pl.col(LINE).alias("line"),
                pl.lit(None, dtype=pl.String).alias("column"),
                pl.when("same_row").then(pl.lit("duplicate_row")).otherwise(pl.lit("duplicate_key")).alias("code"),
                pl.lit(None, dtype=pl.String).alias("person_masked"),
                pl.lit(None, dtype=pl.String).alias("row"),
            )
        )
        return keys.filter("kept")[LINE].is_in(later[LINE].to_list())

    def aside(self) -> pl.DataFrame:
        """The rows set aside so far, in the order of their lines."""
        frames = self._aside or [pl.DataFrame(schema=SET_ASIDE_SCHEMA)]
        return pl.concat(frames).sort("line")


def _with_changed(rows: pl.DataFrame, piece: pl.DataFrame) -> pl.DataFrame:
    """Rows of a township's workbook whose read-only cells were changed get that as their fault, and the cell's header.

    It comes before faults of other cells, which may be another ticket's; a line that could not be read stays that.
    """
    changed = row_check.changed_cells(piece)
    if changed is None:
        return rows
    is_changed = changed.is_not_null() & piece[FAULT].is_null()
    return rows.with_columns(
        pl.when(is_changed).then(pl.lit(row_check.CODE)).otherwise(CODE).alias(CODE),
        pl.when(is_changed).then(changed).otherwise(COLUMN).alias(COLUMN),
    )


def _keys(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Hashes instead of cells, so that no cell is kept; two of 64 bits for the key, so that none meet by chance."""
    key = [column.stored_as for column in contract.key]
    everything = [column.stored_as for column in contract.columns]
    return rows.select(
        LINE, _hash(key, 1).alias("key_1"), _hash(key, 1001).alias("key_2"), _hash(everything, 2001).alias("row")
    )


def _hash(columns: list[str], seed: int) -> pl.Expr:
    """One number for some cells: the sum of their hashes, each column with its own seed (overflow only wraps)."""
    return pl.sum_horizontal(*(pl.col(name).hash(seed + at) for at, name in enumerate(columns)))


def _later_rows(keys: pl.DataFrame) -> pl.DataFrame:
    """Lines whose key occurs before in the file, and whether the whole row is the same as the first one."""
    repeated = keys.filter(pl.col("key_1").is_duplicated()).sort(LINE)  # a few; the second hash tells them apart
    group = ("key_1", "key_2")
    return (
        repeated.with_columns(
            pl.col(LINE).first().over(group).alias("first_line"), pl.col("row").first().over(group).alias("first_row")
        )
        .filter(pl.col(LINE) != pl.col("first_line"))
        .select(LINE, (pl.col("row") == pl.col("first_row")).alias("same_row"))
    )


def _set_aside(rows: pl.DataFrame, piece: pl.DataFrame, matched: dict[str, str], contract: Contract) -> pl.DataFrame:
    """Set-aside rows. Only of civil affairs' own lists is the row itself kept: others' data may lack consent.

    The masked number is shown only where the cell looks like a number at all, not like a name in the wrong column.
    """
    masked: pl.Expr = pl.lit(None, dtype=pl.String)
    for column in contract.columns:
        if column.parse == "person_id":
            number = pl.col(column.stored_as)
            masked = pl.when(number.str.contains(r"^[0-9]{14,17}[0-9X]$")).then(identity.mask(number))
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


__all__ = ["FAULT", "READER_VERSION", "SET_ASIDE_SCHEMA", "KeepPeople", "Reading", "read_delivery"]
