"""A note without an outcome is a step of handling, not an error: 户主外出, 下周再去 (spec page 12 §1).

In ticket_outcomes a row may say what was tried instead of what came of it: an empty outcome beside a note or a day of a
visit. Its day is that of the visit, else of the row, else of the file. Its outcome is stored empty, and assets/returns.py
makes an entry of ticket_handling of it.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from assets.reading.rows import CODE, COLUMN
from assets.reading.typed_files import as_text
from data_contracts import Contract

FEED: Final = "ticket_outcomes"
DAY, OUTCOME, VISIT, NOTE = "handled_on", "outcome", "visited_on", "note"
_NO_YEAR: Final = r"^\s*(?P<month>[0-9]{1,2})\s*月\s*(?P<day>[0-9]{1,2})\s*[日号]?\s*$"
_HALF_A_YEAR: Final = dt.timedelta(days=183)


def with_days(piece: pl.DataFrame, matched: dict[str, str], filed_on: dt.date) -> pl.DataFrame:
    """The piece with a day for notes that have none."""
    header = {name: header for header, name in matched.items()}
    if DAY not in header or OUTCOME not in header:
        return piece

    def text(name: str) -> pl.Series:
        if name not in header:
            return pl.repeat("", piece.height, dtype=pl.String, eager=True)
        return as_text(piece[header[name]]).fill_null("").str.strip_chars()

    cells = pl.DataFrame({name: text(name) for name in (DAY, OUTCOME, VISIT, NOTE)})
    wants = (cells[DAY] == "") & (cells[OUTCOME] == "") & ((cells[VISIT] != "") | (cells[NOTE] != ""))
    if not wants.any():
        return piece
    day = cells.select(pl.when(wants).then(pl.lit(filed_on.isoformat())).otherwise(DAY).replace("", None)).to_series()
    return piece.with_columns(day.alias(header[DAY]))


def with_years(piece: pl.DataFrame, matched: dict[str, str], contract: Contract, filed_on: dt.date) -> pl.DataFrame:
    """The piece with a year for days of people's reports that have none: 11月25日 is of this year, which is that of the
    file; of the year before where it would lie more than half a year after the file (December, told in January)."""
    dates = {column.name for column in contract.columns if column.parse == "date"}
    headers = [header for header, name in matched.items() if name in dates and piece[header].dtype == pl.String]
    return piece.with_columns(_with_year(piece[header], filed_on).alias(header) for header in headers)


def _with_year(text: pl.Series, filed_on: dt.date) -> pl.Series:
    parts = text.str.normalize("NFKC").str.extract_groups(_NO_YEAR).struct
    month_day = "-" + parts["month"].str.zfill(2) + "-" + parts["day"].str.zfill(2)
    this, before = (str(filed_on.year) + month_day, str(filed_on.year - 1) + month_day)
    is_beyond = this.str.to_date("%Y-%m-%d", strict=False) > filed_on + _HALF_A_YEAR
    return before.zip_with(is_beyond.fill_null(False), this).fill_null(text)


def require_something(rows: pl.DataFrame) -> pl.DataFrame:
    """Typed rows: without an outcome, a note or a visit is asked for."""
    says_nothing = pl.col(CODE).is_null() & pl.all_horizontal(pl.col(OUTCOME, VISIT, NOTE).is_null())
    return rows.with_columns(
        pl.when(says_nothing).then(pl.lit("missing_value")).otherwise(CODE).alias(CODE),
        pl.when(says_nothing).then(pl.lit(OUTCOME)).otherwise(COLUMN).alias(COLUMN),
    )
