"""The analysts' database: published/civil_affairs.duckdb, made by contract and replaced at once.

The file is written aside, checkpointed, closed, flushed and renamed over the old one: readers of the old one keep it
until they close. A process that still holds the old file and connects to the same path once more gets the old content
again (DuckDB shares an open database by path): long-running readers close before they connect.

The content depends on the inputs alone and rows lie in the order of their keys. The bytes do not: DuckDB writes a
random identifier into each new file and leaves unused memory in blocks of compressed text (duckdb/duckdb issue 23382).
That memory is this process's own, which also held full identity numbers. So the file is written by a child process
that sees nothing but the finished, masked tables.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.home import Home, sync_file, sync_folder
from assets.publication.tables import Inputs, make_table, makers
from data_contracts.database_ddl import comments, create_table, in_shape, quoted
from data_contracts.dictionary_words import published

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
    aside = _aside(home)
    try:
        with tempfile.TemporaryDirectory(dir=home.lake / "tmp", prefix="database-") as name:
            write_tables(inputs, Path(name))
            _build_elsewhere(Path(name), aside)
        sync_file(aside)
        yield aside
    finally:
        for left in (aside, aside.with_name(f"{aside.name}.wal")):
            left.unlink(missing_ok=True)


def replace_database(home: Home, aside: Path) -> None:
    """Put the new database in place at once; whoever reads the old one keeps it."""
    aside.replace(home.database)
    sync_folder(home.published)


def _aside(home: Home) -> Path:
    """A name nobody uses: a part left over from a crash is of no process that still runs, and is removed."""
    for old in home.published.glob(".civil_affairs.*.duckdb.part*"):
        old.unlink(missing_ok=True)
    return home.published / f".civil_affairs.{os.getpid()}.duckdb.part"


def write_tables(inputs: Inputs, folder: Path) -> dict[str, int]:
    """`<table>.parquet` for every table, one after the other so that only one is in memory; returns rows by table."""
    rows: dict[str, int] = {}
    for name in makers():
        table = make_table(name, inputs)
        table.write_parquet(folder / f"{name}.parquet", compression="lz4", row_group_size=ROW_GROUP)
        rows[name] = table.height
    description = about(inputs)
    rows |= {"about": description.height, "schema_versions": len(rows) + 2}
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
        ("policy_digest", inputs.book.digest(), "政策参数与日历摘要", "digest of policy values and calendar"),
        (
            "dates",
            "newest",
            "rule_results、tickets、ticket_events 含历次核对日期,其余各表为最新核对日期;更早的见 lake/checks/<日期>",
            "rule_results, tickets and ticket_events reach back over all check dates, the others hold the newest; "
            "earlier ones are in lake/checks/<date>",
        ),
    ]
    frame = pl.DataFrame(rows, schema=["name", "value", "note_zh", "note_en"], orient="row")
    return in_shape(frame, "about")


def schema_versions(rows: dict[str, int]) -> pl.DataFrame:
    """Tables with the version of their contract."""
    listed = [
        {
            "table_name": name,
            "table_zh": published(name).title_zh,
            "contract_id": f"shouwang.published.{name}",
            "version": published(name).version,
            "rows": count,
        }
        for name, count in rows.items()
    ]
    return in_shape(pl.DataFrame(listed), "schema_versions")


def _build_elsewhere(folder: Path, target: Path) -> None:
    """Run `build_file` in a fresh Python process. Its words are code and table names, never cells."""
    code = "import sys; from assets.publication.database import build_file; build_file(sys.argv[1], sys.argv[2])"
    root = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(target)],
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        # The last line names the kind of error; DuckDB's own text may quote a cell and stays out of logs.
        kind = done.stderr.strip().splitlines()[-1].split(":")[0] if done.stderr.strip() else str(done.returncode)
        raise OSError(0, f"the database could not be written ({kind})", str(target))


def build_file(folder: str, target: str) -> None:
    """`target` with every table of `folder`: types and comments by contract, rows in the order of the files."""
    import duckdb

    Path(target).unlink(missing_ok=True)
    with duckdb.connect(target) as connection:
        connection.execute("SET preserve_insertion_order = true")
        for path in sorted(Path(folder).glob("*.parquet")):
            _fill(connection, path.stem, path)
        connection.execute("CHECKPOINT")


def _fill(connection: Any, name: str, path: Path) -> None:
    columns = ", ".join(quoted(column.name) for column in published(name).columns)
    connection.execute(create_table(name))
    connection.execute(f"INSERT INTO {quoted(name)} SELECT {columns} FROM read_parquet(?)", [str(path)])
    for statement in comments(name):
        connection.execute(statement)
