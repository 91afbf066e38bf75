"""The analysts' tables as their contracts describe them: DuckDB types, Polars types, SQL that creates and explains.

Primary keys are stated in the comments, not enforced: an index over millions of rows would double the file for
something the tests check.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from data_contracts.contract import Column, Contract
from data_contracts.publications import published

_DUCKDB: Final = {
    "string": "VARCHAR",
    "date": "DATE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "number": "DECIMAL(18,2)",
    "array": "VARCHAR[]",
}
_POLARS: Final[dict[str, pl.DataType]] = {
    "VARCHAR": pl.String(),
    "DATE": pl.Date(),
    "BIGINT": pl.Int64(),
    "BOOLEAN": pl.Boolean(),
    "DOUBLE": pl.Float64(),
    "DECIMAL(18,2)": pl.Decimal(18, 2),
    "DECIMAL(18,4)": pl.Decimal(18, 4),
    "DECIMAL(9,6)": pl.Decimal(9, 6),
    "VARCHAR[]": pl.List(pl.String()),
}


def duckdb_type(column: Column) -> str:
    """The column's DuckDB type: the contract's physicalType where it names one, else by logical type."""
    return column.parse if column.parse in _POLARS else _DUCKDB[column.logical_type]


def table_schema(name: str) -> dict[str, pl.DataType]:
    """Column names and Polars types of a published table, in the contract's order."""
    return {column.name: _POLARS[duckdb_type(column)] for column in published(name).columns}


def in_shape(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """The columns of a table in the contract's order and types, sorted by its key so that order never varies.

    Columns the frame lacks come out empty. A value that does not fit its type raises Polars' InvalidOperationError.
    """
    schema = table_schema(name)
    columns = [
        (pl.col(column) if column in frame.columns else pl.lit(None)).cast(dtype).alias(column)
        for column, dtype in schema.items()
    ]
    shaped = frame.select(columns) if frame.width else pl.DataFrame(schema=schema)
    keys = [column.name for column in published(name).key]
    # Keys are unique, so their order is the order. Where rows have none (rejected rows) whole rows are compared;
    # nested columns cannot be sorted by.
    plain = [column for column, dtype in schema.items() if dtype != pl.List(pl.String())]
    return shaped.sort(keys or plain, nulls_last=False)


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def create_table(name: str) -> str:
    """CREATE TABLE; columns that must hold a value are NOT NULL."""
    lines = [
        f"  {quoted(column.name)} {duckdb_type(column)}{' NOT NULL' if column.is_cell_required else ''}"
        for column in published(name).columns
    ]
    return f"CREATE TABLE {quoted(name)} (\n" + ",\n".join(lines) + "\n)"


def comments(name: str, kind: str = "TABLE") -> list[str]:
    """COMMENT ON for a table, view or macro and for each column: Chinese, then English.

    `kind`: TABLE, VIEW, MACRO TABLE or MACRO. DuckDB keeps no comments on the columns of a macro: they stand in its own.
    """
    contract = published(name)
    if kind.startswith("MACRO"):
        return [f"COMMENT ON {kind} {quoted(name)} IS {literal(_macro_comment(contract))}"]
    statements = [f"COMMENT ON {kind} {quoted(name)} IS {literal(_table_comment(contract))}"]
    for column in contract.columns:
        target = f"{quoted(name)}.{quoted(column.name)}"
        statements.append(f"COMMENT ON COLUMN {target} IS {literal(column_comment(column))}")
    return statements


def _table_comment(contract: Contract) -> str:
    key = ", ".join(column.name for column in contract.key)
    tail = f" [key: {key}]" if key else ""
    return f"{contract.title_zh}:{contract.usage_zh} / {contract.purpose}{tail}"


def _macro_comment(contract: Contract) -> str:
    columns = ", ".join(f"{column.name} {column.header_zh}" for column in contract.columns)
    return f"{_table_comment(contract)} [{contract.example}] [→ {columns}]"


def column_comment(column: Column) -> str:
    """Label and description in both languages, the code list, the unit."""
    codes = "; ".join(f"{code.value} {code.label_zh}" for code in column.codes)
    parts = [f"{column.header_zh}:{column.description_zh} / {column.description}"]
    if codes:
        parts.append(f"[{codes}]")
    if column.unit and column.unit != "1":
        parts.append(f"[{column.unit}]")
    return " ".join(parts)
