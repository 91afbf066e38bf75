"""The ready questions of the analysts' database: views and table macros, one SQL file each in assets/publication/views/.

The files are plain SQL that an analyst can read and copy. They are the one place where these figures are computed:
the database, the report and the notebooks ask them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from data_contracts.derive.duckdb_tables import comments, literal, quoted
from data_contracts.publications import FUNCTIONS, MACROS, VIEWS

FOLDER: Final = Path(__file__).with_name("views")


def sql_of(name: str) -> str:
    """The statement that creates a view or macro, with the comment at its head."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def question_statements() -> list[str]:
    """What creates every view and macro in the current database, with comments in both languages."""
    kinds = (("VIEW", VIEWS), ("MACRO TABLE", MACROS), ("MACRO", FUNCTIONS))
    return [sql for kind, names in kinds for name in names for sql in (sql_of(name), *comments(name, kind))]


def count_statements() -> list[str]:
    """What puts the rows of each view into the table schema_versions, where they are known only at the end."""
    return [
        f"UPDATE schema_versions SET rows = (SELECT count(*) FROM {quoted(name)}) WHERE table_name = {literal(name)}"
        for name in VIEWS
    ]


def answers(names: Iterable[str], tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Views by name, asked of frames in memory instead of a database: for what is made in the same publication.

    `tables`: every table of the database that the views read, in the shape of its contract (tables.make_table).
    """
    import duckdb

    with duckdb.connect() as connection:
        for name, frame in tables.items():
            connection.register(name, frame)
        for name in VIEWS:
            try:
                connection.execute(sql_of(name).replace("CREATE VIEW", "CREATE TEMP VIEW", 1))
            except duckdb.CatalogException:  # it reads a table that was not given
                continue
        return {name: connection.sql(f"SELECT * FROM {quoted(name)}").pl() for name in names}
