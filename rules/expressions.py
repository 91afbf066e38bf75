"""A few expressions said once, chosen so that every engine gives the same answer.

Sums are cast because an engine may widen them; months are whole numbers (year * 12 + month - 1); nulls never meet an
inequality without being told what they mean.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw

from rules.clocks import CheckDate, look

Lazy = nw.LazyFrame[Any]

PPM: Final = 1_000_000
"""Ratios are whole millionths: products of decimals are not portable between engines (spec page 7, Money)."""


def total(column: str) -> nw.Expr:
    """Sum as Int64; null over nothing."""
    return nw.col(column).sum().cast(nw.Int64)


def rows() -> nw.Expr:
    """Number of rows in a group as Int64."""
    return nw.len().cast(nw.Int64)


def zero_if_null(column: str) -> nw.Expr:
    """An amount that was never recorded counts as nothing."""
    return nw.col(column).fill_null(0)


@dataclass(frozen=True)
class Codes:
    """A policy parameter that is a list of codes. rows: county, value; lengths: how long the codes are."""

    rows: Lazy
    lengths: tuple[int, ...]


def listed(frame: Lazy, column: str, codes: Codes) -> Lazy:
    """Rows whose `column` is one of the codes of their county."""
    return frame.join(codes.rows.select("county", nw.col("value").alias(column)), on=["county", column], how="inner")


def not_beginning_with(frame: Lazy, column: str, codes: Codes) -> Lazy:
    """Rows whose `column` begins with none of the codes of their county: one join a length, for a join compares whole keys."""
    for length in codes.lengths:
        prefixes = codes.rows.filter(nw.col("value").str.len_chars() == length)
        frame = frame.with_columns(nw.col(column).str.slice(0, length).alias("value"))
        frame = frame.join(prefixes.select("county", "value"), on=["county", "value"], how="anti").drop("value")
    return frame


def owner(rows_: Lazy) -> list[str]:
    """Whose rows these are: household_id and person_id, as far as they are there. One delivery that speaks for all counties is
    read per person_id alone, and joined to households only after its many rows have been added up."""
    names = rows_.collect_schema().names()
    return [name for name in ("household_id", "person_id") if name in names]


def literal(day: dt.date) -> nw.Expr:
    """A date as every engine takes it."""
    look(day, 0)
    return nw.lit(day.plain if isinstance(day, CheckDate) else day)


def on_or_before(column: str, day: dt.date) -> nw.Expr:
    """True when the date is given and not after `day`."""
    return (nw.col(column) <= literal(day)).fill_null(False)


def empty_or_on_or_before(column: str, day: dt.date) -> nw.Expr:
    """True when the date is empty or not after `day`."""
    return (nw.col(column) <= literal(day)).fill_null(True)


def empty_or_on_or_after(column: str, day: dt.date) -> nw.Expr:
    """True when the date is empty or not before `day`."""
    return (nw.col(column) >= literal(day)).fill_null(True)


def empty_or_after(column: str, day: dt.date) -> nw.Expr:
    """True when the date is empty or after `day`."""
    return (nw.col(column) > literal(day)).fill_null(True)


def month_index(day: dt.date) -> int:
    """Months since year 0."""
    look(day, "Month")
    return day.year * 12 + day.month - 1


def month_of(column: str) -> nw.Expr:
    """Months since year 0 of a date column."""
    date = nw.col(column)
    return (date.dt.year().cast(nw.Int64) * 12 + date.dt.month().cast(nw.Int64) - 1).cast(nw.Int64)


def day_text(column: str) -> nw.Expr:
    """A date as 2026-01-15, empty text for none."""
    return nw.col(column).dt.to_string("%Y-%m-%d").fill_null("")


def item_key(*parts: str | nw.Expr) -> nw.Expr:
    """The readable fingerprint of an item, unique within a rule and household (spec page 4).

    A person comes first in it, as the whole number that person_id is inside the calculation; where the findings are
    collected it becomes the identity number (assets/findings.py).
    """
    columns = [nw.col(part) if isinstance(part, str) else part for part in parts]
    return nw.concat_str(columns, separator="|").alias("item_key")


def newest(frame: Lazy, by: list[str], day_column: str) -> Lazy:
    """The rows of each group's newest day. Keys are unique per day, so one row a group remains."""
    latest = frame.group_by(by).agg(nw.col(day_column).max().alias("__newest"))
    joined = frame.join(latest, on=by, how="inner")
    return joined.filter(nw.col(day_column) == nw.col("__newest")).drop("__newest")
