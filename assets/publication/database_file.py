"""Writes the database file, in a process of its own that starts quickly and sees nothing but finished tables."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

from assets.publication.questions import count_views, create_questions
from data_contracts.database_ddl import comments, create_table, literal, quoted
from data_contracts.dictionary_words import published

STORAGE_VERSION: Final = "v1.2.0"
"""Oldest DuckDB that opens the file: analysts' tools follow our own version with months or years of delay."""
_PR_SET_PDEATHSIG: Final = 1


def build_file(folder: str, target: str, parent: str) -> None:
    """`target` with every table of `folder` and the ready questions: types and comments by contract, rows in the order
    of the files.

    Written in a form that older DuckDB clients open as well. What does not fit into memory goes to `folder`.
    """
    _end_with(int(parent))
    import duckdb

    Path(target).unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = {literal(folder)}")
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(f"ATTACH {literal(target)} AS civil_affairs (STORAGE_VERSION {literal(STORAGE_VERSION)})")
        connection.execute("USE civil_affairs")
        for path in sorted(Path(folder).glob("*.parquet")):
            _fill(connection, path.stem, path)
        create_questions(connection)
        count_views(connection)
        connection.execute("CHECKPOINT")
        connection.execute("USE memory")
        connection.execute("DETACH civil_affairs")


def _end_with(parent: int) -> None:
    """End this process when its parent ends, however that happens. Source: prctl(2), PR_SET_PDEATHSIG (Linux only)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def _fill(connection: Any, name: str, path: Path) -> None:
    columns = ", ".join(quoted(column.name) for column in published(name).columns)
    connection.execute(create_table(name))
    connection.execute(f"INSERT INTO {quoted(name)} SELECT {columns} FROM read_parquet(?)", [str(path)])
    for statement in comments(name):
        connection.execute(statement)
