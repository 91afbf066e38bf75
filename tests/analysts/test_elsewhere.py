"""The database opens without our code: the DuckDB command line as a process, pandas, Polars, a spreadsheet."""

from __future__ import annotations

import csv
import json
import struct
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.home import Home
from data_contracts.publications import DATABASE, published
from tools.analysts_page import client

OLDEST_FORM = 65
"""Version number of the file form that DuckDB 1.2 and all later ones read."""


def _cli(database: Path, text: str, *options: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [client(), "-readonly", "-no-init", "-bail", *options, str(database)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=folder)


def _asked(database: Path, sql: str) -> list[dict[str, Any]]:
    done = _cli(database, sql, "-json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout) if done.stdout.strip() else []


@pytest.fixture
def database(two_dates: Path) -> Path:
    return Home(two_dates).database


def test_the_command_line_is_older_than_our_own_duckdb_and_opens_the_file(database: Path) -> None:
    ((version,),) = [row.values() for row in _asked(database, "SELECT version() AS v;")]
    assert version.startswith("v1.") and not duckdb.__version__.startswith("1.")
    (form,) = struct.unpack_from("<Q", database.read_bytes()[:20], 12)
    assert form == OLDEST_FORM


def test_everything_in_the_database_answers_there(database: Path, connection: duckdb.DuckDBPyConnection) -> None:
    listed = _asked(database, "SELECT table_name, kind, call FROM schema_versions;")
    assert {row["table_name"] for row in listed} == set(DATABASE)
    for row in listed:
        query = f"SELECT count(*) AS n FROM ({row['call']})"
        assert _asked(database, f"{query};") == [{"n": connection.execute(query).fetchall()[0][0]}], row["table_name"]


def test_the_words_are_there_in_both_languages(database: Path) -> None:
    query = "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'review_due';"
    comments = {row["column_name"]: row["comment"] for row in _asked(database, query)}
    for column in published("review_due").columns:
        assert column.header_zh in comments[column.name] and column.description in comments[column.name]


def test_reading_only_changes_nothing_and_writing_is_refused(database: Path) -> None:
    before = database.read_bytes()
    assert _cli(database, "DELETE FROM tickets;").returncode != 0
    assert database.read_bytes() == before


def test_a_spreadsheet_gets_chinese_and_numbers_as_they_are(
    database: Path, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = ".mode csv\n.once --bom need.csv\nSELECT for_excel(COLUMNS(*)) FROM above_standard_signals;\n"
    assert _cli(database, text, folder=tmp_path).returncode == 0
    assert (tmp_path / "need.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "need.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    expected = connection.sql("FROM above_standard_signals").pl().to_dicts()
    assert len(rows) == len(expected) > 10
    for row, known in zip(rows, expected, strict=True):
        assert row["rules_zh"] == f"[{', '.join(known['rules_zh'])}]"
        assert row["household_id"].rstrip("\t") == known["household_id"]
        if known["income_per_head_month"] is not None:
            assert Decimal(row["income_per_head_month"]) == known["income_per_head_month"]
        assert row["as_of"] == known["as_of"].isoformat()


def test_a_workbook_would_need_what_a_closed_network_has_not(database: Path, tmp_path: Path) -> None:
    """Said in docs/analysts.md; when it works one day, say so there."""
    done = _cli(database, "COPY (FROM unmet_need) TO 'x.xlsx' (FORMAT xlsx);", folder=tmp_path)
    assert done.returncode != 0


def test_pandas_and_polars_read_it(connection: duckdb.DuckDBPyConnection) -> None:
    frame = connection.sql("FROM need_against_means").df()
    table = connection.sql("FROM need_against_means").pl()
    read = pl.read_database("FROM need_against_means", connection=connection)
    assert (
        list(frame.columns)
        == table.columns
        == read.columns
        == [c.name for c in published("need_against_means").columns]
    )
    assert frame["households"].sum() == table["households"].sum() == read["households"].sum() > 0
