"""A hand-made database in memory: tables of a few rows, and the ready questions over them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl

from assets.publication.questions import question_statements
from data_contracts.derive.duckdb_tables import create_table, table_schema
from data_contracts.publications import TABLES, published

AS_OF = dt.date(2026, 11, 20)
Row = dict[str, Any]
_FILL: dict[pl.DataType, Any] = {
    pl.String(): "",
    pl.Int64(): 0,
    pl.Boolean(): False,
    pl.Date(): AS_OF,
    pl.Float64(): 0.0,
    pl.Decimal(18, 2): Decimal(0),
    pl.List(pl.String()): [],
}


def filled(table: str, row: Row) -> Row:
    """`row` with something in every other column that may not be empty."""
    schema = table_schema(table)
    assert set(row) <= set(schema), set(row) - set(schema)
    required = {c.name: _FILL.get(schema[c.name]) for c in published(table).columns if c.is_cell_required}
    return {**dict.fromkeys(schema), **required, **row}


def database(**tables: list[Row]) -> duckdb.DuckDBPyConnection:
    """All tables, those named with these rows, and every view and macro."""
    connection = duckdb.connect()
    for name in TABLES:
        connection.execute(create_table(name))
        rows = [filled(name, row) for row in tables.get(name, [])]
        if rows:
            connection.register("given", pl.DataFrame(rows, schema=table_schema(name)))
            connection.execute(f"INSERT INTO {name} SELECT * FROM given")
            connection.unregister("given")
    for statement in question_statements():
        connection.execute(statement)
    return connection


def ask(question: str, **tables: list[Row]) -> list[Row]:
    """The answer to `FROM <question>` or a whole query, as rows."""
    query = question if question.upper().startswith("SELECT") else f"SELECT * FROM {question}"
    with database(**tables) as connection:
        answer: list[Row] = connection.sql(query).pl().to_dicts()
    return answer


def picked(rows: list[Row], *names: str) -> list[tuple[Any, ...]]:
    """Some columns of an answer."""
    return [tuple(row[name] for name in names) for row in rows]
