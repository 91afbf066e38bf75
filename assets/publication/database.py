"""The analysts' database: published/civil_affairs.duckdb, made by contract and replaced at once.

The file is written aside, checkpointed, closed, flushed and renamed over the old one: readers of the old one keep it
until they close. A process that still holds the old file and connects to the same path once more gets the old content
again (DuckDB shares an open database by path): long-running readers close before they connect.

The content depends on the inputs alone and rows lie in the order of their keys. The bytes do not: DuckDB writes a
random identifier into each new file and leaves unused memory in blocks of compressed text (duckdb/duckdb issue 23382).
That memory is this process's own, which also held full identity numbers. So the file is written by a child process
that sees nothing but the finished, masked tables. The child ends with its parent and works in a folder nobody else
uses: one whose check was killed spoils no later check.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from assets.home import Home, sync_file, sync_folder
from assets.publication.inputs import Inputs
from assets.publication.questions import count_statements, question_statements, sql_of
from assets.publication.tables.makers import MAKERS, make_table
from data_contracts.derive.duckdb_tables import comments, create_table, in_shape, literal, quoted
from data_contracts.publications import DATABASE, TABLES, VIEWS, published

STORAGE_VERSION: Final = "v1.2.0"
"""Oldest DuckDB that opens the file: analysts' tools follow our own version with months or years of delay."""
SCHEMA_VERSION: Final = "1"
ROW_GROUP: Final = 122_880


@contextmanager
def database_aside(inputs: Inputs) -> Iterator[Path]:
    """Make all tables in a database beside the published one and give its path; what is not put in place is removed.

    Everything that can fail happens here, before anything published is touched.
    """
    home = inputs.home
    home.published.mkdir(parents=True, exist_ok=True)
    (home.lake / "tmp").mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=home.published, prefix=".database-", suffix=".part")) / home.database.name
    try:
        with tempfile.TemporaryDirectory(dir=home.lake / "tmp", prefix="database-") as name:
            write_tables(inputs, Path(name))
            build_elsewhere(Path(name), aside)
        sync_file(aside)
        yield aside
    finally:
        shutil.rmtree(aside.parent, ignore_errors=True)


def replace_database(home: Home, aside: Path) -> None:
    """Put the new database in place at once; whoever reads the old one keeps it."""
    aside.replace(home.database)
    sync_folder(home.published)


def write_tables(inputs: Inputs, folder: Path) -> dict[str, int]:
    """`<table>.parquet` for every table, one after the other so that only one is in memory; returns rows by table."""
    rows: dict[str, int] = {}
    for name in MAKERS:
        table = make_table(name, inputs)
        table.write_parquet(folder / f"{name}.parquet", compression="lz4", row_group_size=ROW_GROUP)
        rows[name] = table.height
    description = about(inputs)
    rows |= {"about": description.height, "schema_versions": len(DATABASE)}
    description.write_parquet(folder / "about.parquet")
    schema_versions(rows).write_parquet(folder / "schema_versions.parquet")
    return rows


def about(inputs: Inputs) -> pl.DataFrame:
    """What the database is. No clock: the same inputs give the same rows."""
    profile = "unmasked" if inputs.pseudonyms.unmasked else "masked"
    rows = [
        ("as_of", inputs.as_of.isoformat(), "核对日期", "check date"),
        ("profile", profile, "masked:身份号码遮蔽、姓名只留首字", "masked: numbers masked, names shortened"),
        ("schema_version", SCHEMA_VERSION, "数据库结构版本", "version of the database as a whole"),
        (
            "opens_with",
            "DuckDB >= 1.2",
            "可打开本库的 DuckDB 版本;现成问题与写法见 schema_versions",
            "versions of DuckDB that open this file; ready questions and how to ask them are in schema_versions",
        ),
        ("policy_digest", inputs.book.digest(), "政策参数与日历摘要", "digest of policy values and calendar"),
        (
            "dates",
            "newest",
            "rule_results、rule_modes、tickets、ticket_events、ticket_matters、household_chain 含历次核对日期,"
            "其余各表为最新核对日期;更早的见 lake/checks/<日期>",
            "rule_results, rule_modes, tickets, ticket_events, ticket_matters and household_chain reach back over all "
            "check dates, the others hold the newest; earlier ones are in lake/checks/<date>",
        ),
    ]
    frame = pl.DataFrame(rows, schema=["name", "value", "note_zh", "note_en"], orient="row")
    return in_shape(frame, "about")


def schema_versions(rows: dict[str, int]) -> pl.DataFrame:
    """Tables, views and macros with the version of their contract; rows of views are put in once they are there."""
    listed = [
        {
            "table_name": name,
            "table_zh": published(name).title_zh,
            "contract_id": f"shouwang.published.{name}",
            "version": published(name).version,
            "rows": rows.get(name, 0),
            "kind": "table" if name in TABLES else "view" if name in VIEWS else "macro",
            "call": published(name).example or f"FROM {name}",
        }
        for name in DATABASE
    ]
    return in_shape(pl.DataFrame(listed), "schema_versions")


def database_form() -> str:
    """Digest of everything besides the inputs that decides what the database holds: contracts, questions, file form."""
    texts = [STORAGE_VERSION, SCHEMA_VERSION, *(published(name).version for name in DATABASE)]
    texts += [sql for name in TABLES for sql in (create_table(name), *comments(name))]
    texts += [sql for name in DATABASE if name not in TABLES for sql in (sql_of(name), *comments(name))]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _statements(folder: Path, target: Path) -> list[str]:
    """What makes `target` of every table of `folder` and the ready questions: types and comments by contract, rows in the
    order of the files.

    Written in a form that older DuckDB clients open as well. What does not fit into memory goes to `folder`.
    """
    made = [
        f"SET temp_directory = {literal(str(folder))}",
        "SET preserve_insertion_order = true",
        f"ATTACH {literal(str(target))} AS civil_affairs (STORAGE_VERSION {literal(STORAGE_VERSION)})",
        "USE civil_affairs",
        "BEGIN",  # each statement by itself would wait for the disk, some six hundred times
    ]
    for path in sorted(folder.glob("*.parquet")):
        columns = ", ".join(quoted(column.name) for column in published(path.stem).columns)
        rows = f"SELECT {columns} FROM read_parquet({literal(str(path))})"
        made += [create_table(path.stem), f"INSERT INTO {quoted(path.stem)} {rows}", *comments(path.stem)]
    made += [*question_statements(), *count_statements()]
    return [*made, "COMMIT", "CHECKPOINT", "USE memory", "DETACH civil_affairs"]


def build_elsewhere(folder: Path, target: Path) -> None:
    """Write the file in a fresh Python process (database_file). Its words are code and table names, never cells."""
    code = "import sys; from assets.publication.database_file import build_file; build_file(*sys.argv[1:])"
    target.unlink(missing_ok=True)
    root = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    done = subprocess.run(
        [sys.executable, "-c", code, str(os.getpid())],
        input=json.dumps(_statements(folder, target)),
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        # The last line names the kind of error; DuckDB's own text may quote a cell and stays out of logs.
        kind = done.stderr.strip().splitlines()[-1].split(":")[0] if done.stderr.strip() else str(done.returncode)
        raise OSError(0, f"the database could not be written ({kind})", str(target))
