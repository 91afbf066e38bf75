"""What derives from a contract: lake types and the pandera schema of the typed rows.

A schema is built in a few milliseconds, so it is made at first use and never written down a second time.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data_contracts.contract import Column, feed_contract
from data_contracts.derive.pandera_alone import pandera_polars

if TYPE_CHECKING:
    from pandera.polars import DataFrameSchema

STORED_TYPES: Final[dict[str, type[pl.DataType]]] = {
    "date": pl.Date,
    "period": pl.Int32,
    "money": pl.Int64,
    "scaled": pl.Int64,
    "integer": pl.Int32,
}


def stored_type(column: Column) -> type[pl.DataType]:
    """The Polars type a feed column has in the lake."""
    return STORED_TYPES.get(column.parse, pl.String)


def lake_schema(feed: str) -> dict[str, type[pl.DataType]]:
    """Names and types of a feed's accepted rows. Identity numbers are their first 17 digits: the last follows from them."""
    return {
        column.stored_as: pl.Int64 if column.parse == "person_id" else stored_type(column)
        for column in feed_contract(feed).columns
    }


def _stored(column: Column, bound: Decimal) -> int:
    return int(bound * 10 ** (2 if column.parse == "money" else column.scale))


def _checks(column: Column) -> list[Any]:
    """Each check's `error` is the machine code of the reason; pandera hands it back per failing row."""
    pa = pandera_polars()

    checks: list[Any] = []
    if column.codes:
        values = [code.value for code in column.codes]
        allowed = [int(v) for v in values] if column.parse == "integer" else values
        checks.append(pa.Check.isin(allowed, error="bad_code"))
    if column.pattern:
        checks.append(pa.Check.str_matches(column.pattern, error="bad_format"))
    if column.min_length or column.max_length:
        checks.append(pa.Check.str_length(column.min_length, column.max_length, error="bad_format"))
    if column.minimum is not None:
        checks.append(pa.Check.ge(_stored(column, column.minimum), error="out_of_range"))
    if column.exclusive_minimum is not None:
        checks.append(pa.Check.gt(_stored(column, column.exclusive_minimum), error="out_of_range"))
    if column.maximum is not None:
        checks.append(pa.Check.le(_stored(column, column.maximum), error="out_of_range"))
    return checks


@cache
def pandera_schema(feed: str) -> DataFrameSchema:
    """The schema of a feed's typed rows: types, empty cells, code lists, patterns, ranges.

    Validate a DataFrame, never a LazyFrame: on a LazyFrame pandera looks at the schema only and bad rows pass.
    """
    pa = pandera_polars()

    # A column that may be empty and has no list, pattern or range cannot fail: leaving it out saves pandera's fixed cost
    # per column, which in a small county is most of the validation.
    columns = {
        column.stored_as: pa.Column(
            stored_type(column), checks=checks, nullable=not column.is_cell_required, required=False
        )
        for column in feed_contract(feed).columns
        if (checks := _checks(column)) or column.is_cell_required
    }
    schema: DataFrameSchema = pa.DataFrameSchema(columns, strict=False)
    return schema
