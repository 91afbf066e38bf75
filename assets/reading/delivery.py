"""One delivery, read in pieces: accepted rows to the lake, the others set aside with their reason.

`read = accepted + set aside`, always. Rows of people who are not looked at are dropped before anything is stored;
they stay part of `accepted` and are counted (spec pages 1 and 2: consent first). Pieces go to the disk one by one, so
a file of any length needs the memory of one piece and 8 bytes a row for the keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa

from assets import masking
from assets.landing import LandingFile
from assets.reading import identity, notes, row_check
from assets.reading.bad_rows import told
from assets.reading.book_identity import is_identity
from assets.reading.cells import EXCEL_ERROR, INVISIBLE, person_numbers
from assets.reading.errors import DeliveryBrokenError
from assets.reading.footers import FOOTER, MARK, footer_marks, with_footers
from assets.reading.forms import FAULT, LINE, read_pieces, read_pieces_where
from assets.reading.headers import extra_headers, match_headers, wanted
from assets.reading.names import name_keys
from assets.reading.people_set import PeopleSet
from assets.reading.pieces import SHORT
from assets.reading.row_keys import RowKeys
from assets.reading.rows import CODE, COLUMN, typed_rows
from assets.reading.rows_file import RowsFile
from assets.reading.typed_files import as_text
from data_contracts import Contract, feed_contract
from data_contracts.publications import published

SET_ASIDE_SCHEMA: Final = {
    "line": pl.Int64,
    "column": pl.String,
    "code": pl.String,
    "person_masked": pl.String,
    "row": pl.String,
}
# The reader's own version: a verdict in the ledger counts only while contract and reader are the same.
READER_VERSION: Final = "8"


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
    extra_columns: list[str] = field(default_factory=list)  # those whose names are on a list of ours
    extra_columns_count: int = 0
    set_aside_rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SET_ASIDE_SCHEMA))

    def reject(self, broken: DeliveryBrokenError) -> Reading:
        """The same counts, refused as a whole."""
        self.status, self.code = "rejected", broken.reason.code
        self.detail_zh, self.detail_en = broken.detail_zh, broken.detail_en
        return self


def read_delivery(file: LandingFile, keep: PeopleSet | None, target: Path, number: int = 0) -> Reading:
    """Read one file; when it is accepted, the rows to keep are in `target`, with `number` as their delivery_no.

    Never raises for what a department may have done to a file; OSError while reading it becomes status `rejected`,
    code `unreadable`.
    """
    contract = feed_contract(file.feed)
    reading = Reading()
    with RowsFile(target) as rows_file, RowKeys(contract, target.with_name(f".{target.name}.keys.part")) as keys:
        intake = _Intake(file, contract, keep, number, rows_file, keys, reading)
        try:
            for piece in read_pieces(file.path, file.form, wanted(file.feed), intake.headers):
                intake.take(piece)
            intake.take_rest()
        except DeliveryBrokenError as broken:
            return _broken(reading, broken, intake)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, pa.ArrowException) as error:
            name = type(error).__name__  # the library's words may hold cells
            return _broken(reading, DeliveryBrokenError("unreadable", name, name), intake)
        later = intake.set_duplicates_aside()
        reading.set_aside_rows = intake.aside()
        reading.set_aside = reading.set_aside_rows.height
        reading.accepted = reading.read - reading.set_aside
        bad = reading.set_aside_rows.filter(pl.col("code") != FOOTER)
        rows = reading.read - (reading.set_aside - bad.height)
        if bad.height > contract.bad_row_share * rows:
            share = f"{bad.height}/{rows} > {contract.bad_row_share:%}"
            zh, en = told(bad, contract)
            return reading.reject(DeliveryBrokenError("too_many_bad_rows", f"{share}: {zh}", f"{share}: {en}"))
        reading.kept = rows_file.keep(later)
    reading.status = "accepted_with_errors" if reading.set_aside else "accepted"
    return reading


def read_rows_of(file: LandingFile, people: PeopleSet, aside: pl.Series, number: int) -> Iterator[pl.DataFrame]:
    """Rows of some people in a file that was accepted before, as `read_delivery` would have stored them.

    `aside`: lines that were set aside then. Of everybody else's rows only the number is looked at. Raises
    DeliveryBrokenError.
    """
    contract = feed_contract(file.feed)
    for piece in read_pieces_where(file.path, file.form, wanted(file.feed), "person_id", partial(_are_of, people)):
        theirs = piece.filter(~piece[LINE].is_in(aside.implode()))
        if theirs.height:
            rows = _typed(_unfaulted(theirs), match_headers(theirs.columns, contract), file)
            yield _stored(_with_digits(rows.filter(pl.col(CODE).is_null()), contract), contract, number)


def _are_of(people: PeopleSet, cells: pl.Series) -> pl.Series:
    """True for cells with the number of one of them. Nearly all are plain and need no repair."""
    text = as_text(cells)
    digits = identity.digits17(text)
    odd = (~identity.is_plain(text, digits)).arg_true()
    repaired = identity.digits17(person_numbers(text.gather(odd)))
    return digits.scatter(odd, repaired).is_in(people.numbers.implode()).fill_null(False)


def unfilled(piece: pl.DataFrame, matched: dict[str, str], contract: Contract) -> pl.Series:
    """True per row for rows of a returned list that nobody has filled in: nothing but the ticket's number and what we had filled in.

    They are no rows: the townships send the whole sheet back, also when they have handled two tickets of thirty.
    """
    given = {"ticket_id", *(column.name for column in contract.columns if column.is_prefilled)}
    entries = [header for header, name in matched.items() if name not in given]
    # a typed cell is written for nobody: it may be no day at all
    text = {h for h in entries if piece.schema[h] == pl.String}
    unseen = r"[\s\p{Cc}\p{Cf}]"
    blank = [
        pl.col(h).fill_null("").str.replace_all(unseen, "") == "" if h in text else pl.col(h).is_null() for h in entries
    ]
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
    keep: PeopleSet | None
    number: int
    rows_file: RowsFile
    keys: RowKeys
    reading: Reading
    headers: list[str] = field(default_factory=list)
    _matched: dict[str, str] | None = None
    _aside: list[pl.DataFrame] = field(default_factory=list)
    _last_sound: int = 0
    _waiting: pl.DataFrame | None = None

    def take(self, piece: pl.DataFrame) -> None:
        """Type the rows of a piece, set the bad ones aside, store those to keep. A last row that lacks cells waits: whether it
        is half a row the next one tells."""
        whole = piece if self._waiting is None else pl.concat([self._waiting, piece])
        is_open = whole.height > 0 and whole[FAULT][-1] == SHORT
        self._waiting = whole.tail(1) if is_open else None
        self._take(whole.head(-1) if is_open else whole)

    def take_rest(self) -> None:
        """The file has ended."""
        if self._waiting is not None:
            self._take(self._waiting)

    def _take(self, piece: pl.DataFrame) -> None:
        if self._matched is None:
            own = {column.header_zh for column in published("township_workbook").columns} if self.file.book else set()
            headers = [header for header in self.headers if not is_identity(header) and header.strip() not in own]
            self.reading.extra_columns, self.reading.extra_columns_count = extra_headers(headers, self.contract)
            self._matched = match_headers(piece.columns, self.contract)
        is_short = piece[FAULT].eq_missing(SHORT)
        piece = _unfaulted(piece)
        if self.contract.subject == "ticket":
            is_filled = ~unfilled(piece, self._matched, self.contract)
            piece, is_short = piece.filter(is_filled), is_short.filter(is_filled)
        rows = _typed(piece, self._matched, self.file)
        self.reading.read += rows.height
        if (odd := rows[CODE].is_not_null() | is_short).any():
            marks = footer_marks(piece, odd, self._matched, self.contract)
            rows = _short_aside(rows, is_short, marks)
            is_bad = rows[CODE].is_not_null()
            found = _set_aside(rows.filter(is_bad), piece.filter(is_bad), self._matched, self.contract)
            self._aside.append(found.with_columns(marks.filter(is_bad)))
            rows = rows.filter(~is_bad)
        if rows.height:
            self._last_sound = int(rows[LINE][-1])
        rows = _with_digits(rows, self.contract)
        kept = pl.repeat(True, rows.height, dtype=pl.Boolean, eager=True)
        if self.keep is not None and "person_id" in rows.columns:
            kept = self.keep.mask(rows["person_id"])
        self.keys.add(rows, kept)
        kept_rows = rows if kept.all() else rows.filter(kept)
        self.rows_file.write(_stored(kept_rows, self.contract, self.number))

    def set_duplicates_aside(self) -> pl.Series | None:
        """The first row of a key stays; later ones are set aside, also when the rows are of people not looked at.

        Returns which of the stored rows must go.
        """
        later = self.keys.later_rows()
        if later is None:
            return None
        self._aside.append(
            later.select(
                pl.col(LINE).alias("line"),
                pl.lit(None, dtype=pl.String).alias("column"),
                pl.when("same_row").then(pl.lit("duplicate_row")).otherwise(pl.lit("duplicate_key")).alias("code"),
                pl.lit(None, dtype=pl.String).alias("person_masked"),
                pl.lit(None, dtype=pl.String).alias("row"),
                pl.lit(0, dtype=pl.Int8).alias(MARK),
            )
        )
        return self.keys.stored_among(later[LINE])

    def aside(self) -> pl.DataFrame:
        """The rows set aside so far, in the order of their lines, footers told from bad rows."""
        frames = self._aside or [pl.DataFrame(schema={**SET_ASIDE_SCHEMA, MARK: pl.Int8})]
        return with_footers(pl.concat(frames).sort("line"), self._last_sound)


def _unfaulted(piece: pl.DataFrame) -> pl.DataFrame:
    """Rows that lack cells at their end, as if these were there and empty: mostly they were (Excel leaves them out)."""
    return piece.with_columns(pl.when(pl.col(FAULT) != SHORT).then(FAULT).alias(FAULT))


def _short_aside(rows: pl.DataFrame, is_short: pl.Series, marks: pl.Series) -> pl.DataFrame:
    """Typed rows; of those that lack cells at their end the bad ones have that as their fault, and so has one right before such
    a bad one: the two may be the halves of a row that a line end cut in two, and its cells are not empty."""
    is_half = is_short & rows[CODE].is_not_null() & (marks == 0)
    is_next = (rows[LINE].shift(-1) == rows[LINE] + 1).fill_null(False)
    is_bad = is_short & (rows[CODE].is_not_null() | (is_half.shift(-1, fill_value=False) & is_next))
    return rows.with_columns(
        pl.when(is_bad).then(pl.lit("field_count")).otherwise(CODE).alias(CODE),
        pl.when(is_bad).then(pl.lit("")).otherwise(COLUMN).alias(COLUMN),
    )


def _typed(piece: pl.DataFrame, matched: dict[str, str], file: LandingFile) -> pl.DataFrame:
    contract = feed_contract(file.feed)
    try:
        if contract.subject == "ticket":
            piece = notes.with_years(piece, matched, contract, file.data_on)
        if contract.name != row_check.FEED:
            return typed_rows(piece, matched, contract, file.data_on)
        rows = typed_rows(notes.with_days(piece, matched, file.data_on), matched, contract, file.data_on)
        return _with_changed(notes.require_something(rows), piece)
    except (Exception, pl.exceptions.PanicException) as error:
        # a column of a type nobody foresaw; the text of the error may hold cells
        raise DeliveryBrokenError("unreadable", type(error).__name__, type(error).__name__) from None


def _with_digits(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    numbers = [column.stored_as for column in contract.columns if column.parse == "person_id"]
    return rows.with_columns(identity.as_digits(pl.col(name)) for name in numbers)


def _stored(rows: pl.DataFrame, contract: Contract, number: int) -> pl.DataFrame:
    """Sound rows as the lake holds them."""
    if contract.subject == "ticket":  # a report refused on a later check date is sent back with its line
        rows = rows.with_columns(pl.col(LINE).alias("line"))
    rows = rows.drop(LINE, CODE, COLUMN)
    if any(column.name == "name" for column in contract.columns):
        rows = rows.with_columns(name_keys(rows["name"]))
    return rows.with_columns(pl.lit(number, dtype=pl.Int32).alias("delivery_no"))


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


def _set_aside(rows: pl.DataFrame, piece: pl.DataFrame, matched: dict[str, str], contract: Contract) -> pl.DataFrame:
    """Set-aside rows. Only of civil affairs' own lists is the row itself kept: others' data may lack consent.

    The masked number is shown only where the cell looks like a number at all, not like a name in the wrong column.
    """
    masked: pl.Expr = pl.lit(None, dtype=pl.String)
    for column in contract.columns:
        if column.parse == "person_id":
            number = pl.col(column.stored_as)
            masked = pl.when(number.str.contains(r"^[0-9]{14,17}[0-9X]$")).then(masking.number_column(number))
            break
    base = rows.select(
        pl.col(LINE).alias("line"),
        pl.col(COLUMN).replace("", None).alias("column"),
        pl.col(CODE).alias("code"),
        masked.alias("person_masked"),
    )
    if contract.subject == "person":
        return base.with_columns(pl.lit(None, dtype=pl.String).alias("row"))
    cells = piece.select(as_text(cell) if cell.dtype.is_temporal() else cell for cell in piece.select(list(matched)))
    cells = cells.rename(matched).with_columns(pl.col(pl.String).str.replace_all(INVISIBLE, ""))
    text = [_as_json(row) for row in cells.iter_rows(named=True)]
    return base.with_columns(pl.Series("row", text, dtype=pl.String))


def _as_json(row: dict[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False, default=str).replace(EXCEL_ERROR, "")


__all__ = ["FAULT", "READER_VERSION", "SET_ASIDE_SCHEMA", "Reading", "read_delivery"]
