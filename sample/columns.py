"""Typed feed frames, shaped by the contracts.

Inside the generator money is whole fen (Int64) and scaled numbers are Int64 in the contract's scale; they become
Decimal in Parquet and text elsewhere. Two hidden columns say when the department knew the row:
`_from` (first data date that has it; null: always) and `_until` (first data date that no longer has it; null: never).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from data_contracts import Column, feed_contract

KNOWN_FROM = "_from"
KNOWN_UNTIL = "_until"

_INTERNAL: dict[str, type[pl.DataType]] = {
    "date": pl.Date,
    "period": pl.Int32,
    "integer": pl.Int32,
    "money": pl.Int64,
    "scaled": pl.Int64,
}


def code_values(feed: str, column: str) -> tuple[str, ...]:
    """The closed list of a column, in the contract's order, so that no code is spelled a second time here."""
    return tuple(code.value for code in feed_contract(feed).column(column).codes)


def internal_type(column: Column) -> type[pl.DataType]:
    """Polars type of a column while it is being generated."""
    return _INTERNAL.get(column.parse, pl.String)


def feed_frame(feed: str, values: Mapping[str, Any], known_from: Any = None, known_until: Any = None) -> pl.DataFrame:
    """A frame with all of the contract's columns; what `values` lacks is null. KeyError for a foreign column."""
    contract = feed_contract(feed)
    for name in values:
        contract.column(name)
    height = next(len(value) for value in values.values() if not isinstance(value, str | int))
    columns = []
    for column in contract.columns:
        columns.append(_series(column.name, values.get(column.name), internal_type(column), height))
    columns.append(_series(KNOWN_FROM, known_from, pl.Date, height))
    columns.append(_series(KNOWN_UNTIL, known_until, pl.Date, height))
    return pl.DataFrame(columns)


def _series(name: str, value: Any, dtype: type[pl.DataType], height: int) -> pl.Series:
    if value is None or isinstance(value, str | int):
        return pl.repeat(value, height, dtype=dtype(), eager=True).alias(name)
    return pl.Series(name, value).cast(dtype)


def typed(frame: pl.DataFrame, feed: str) -> pl.DataFrame:
    """Contract columns in file types: Decimal(14,2) yuan, Decimal(12,4) and (12,6) for areas and shares."""
    expressions = []
    for column in feed_contract(feed).columns:
        value = pl.col(column.name)
        if column.parse == "money":
            # Whole fen below 2**53 divide by 100 to the nearest double, which the cast rounds back exactly.
            value = (value / 100).cast(pl.Decimal(14, 2))
        elif column.parse == "scaled":
            value = (value / 10**column.scale).cast(pl.Decimal(12, column.scale))
        expressions.append(value.alias(column.name))
    return frame.select(expressions)
