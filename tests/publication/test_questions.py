"""Ready questions: each view and macro says what its contract says, in the database and beside it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.publication.database import write_tables
from assets.publication.inputs import Inputs
from assets.publication.questions import FOLDER, answers, sql_of
from assets.publication.spreadsheet_text import protected
from data_contracts.derive.duckdb_tables import duckdb_type
from data_contracts.publications import DATABASE, FUNCTIONS, MACROS, TABLES, VIEWS, published
from tests.publication.asked import ask, database, picked
from tests.publication.conftest import publish_database


@pytest.fixture
def published_database(inputs: Inputs) -> Path:
    publish_database(inputs)
    return inputs.home.database


# --- Shape -------------------------------------------------------------------------------------------------------------


def test_there_is_one_file_for_every_view_and_macro() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*VIEWS, *MACROS, *FUNCTIONS}


@pytest.mark.parametrize("name", [*VIEWS, *MACROS, *FUNCTIONS])
def test_a_question_is_plain_sql_that_begins_with_words_in_both_languages(name: str) -> None:
    first, second, *_ = sql_of(name).splitlines()
    assert first.startswith("-- ") and not first.isascii()
    assert second.startswith("-- ") and second.isascii()
    kind = "VIEW" if name in VIEWS else "MACRO"
    (created,) = [line for line in sql_of(name).splitlines() if line.startswith("CREATE ")]
    assert created.startswith((f"CREATE {kind} {name} AS", f"CREATE {kind} {name}("))
    assert max(map(len, sql_of(name).splitlines())) <= 120


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_has_the_columns_types_and_comments_of_its_contract(name: str) -> None:
    with database() as connection:
        described = connection.execute(f"DESCRIBE {name}").fetchall()
        comments = dict(
            connection.execute(
                "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = ?", [name]
            ).fetchall()
        )
        (said,) = connection.execute("SELECT comment FROM duckdb_views() WHERE view_name = ?", [name]).fetchone() or (
            "",
        )
    columns = published(name).columns
    assert [(row[0], row[1]) for row in described] == [(c.name, duckdb_type(c)) for c in columns]
    assert all(c.header_zh in comments[c.name] and c.description in comments[c.name] for c in columns)
    assert published(name).title_zh in said and published(name).purpose in said


@pytest.mark.parametrize("name", MACROS)
def test_a_macro_has_the_columns_and_types_of_its_contract_and_says_how_it_is_called(name: str) -> None:
    contract = published(name)
    assert contract.example.startswith(f"FROM {name}(") and len(contract.parameters) == 1
    assert contract.parameters[0].name in sql_of(name) and contract.parameters[0].description_zh
    with database() as connection:
        described = connection.execute(f"DESCRIBE {contract.example}").fetchall()
        query = "SELECT comment, parameters FROM duckdb_functions() WHERE function_name = ?"
        ((said, parameters),) = connection.execute(query, [name]).fetchall()
    assert [(row[0], row[1]) for row in described] == [(c.name, duckdb_type(c)) for c in contract.columns]
    assert parameters == [contract.parameters[0].name]
    assert contract.title_zh in said and contract.example in said
    assert all(f"{column.name} {column.header_zh}" in said for column in contract.columns)


def test_the_database_lists_everything_in_it_and_how_to_ask(published_database: Path) -> None:
    with duckdb.connect(str(published_database), read_only=True) as connection:
        listed = connection.sql("SELECT * FROM schema_versions").pl().to_dicts()
        assert {row["table_name"] for row in listed} == set(DATABASE)
        for row in listed:
            answer = connection.sql(row["call"]).pl()
            if row["kind"] != "macro":
                assert answer.height == row["rows"], row["table_name"]
            assert row["version"] == published(row["table_name"]).version
    kinds = {row["table_name"]: row["kind"] for row in listed}
    assert [name for name in kinds if kinds[name] == "table"] == sorted(TABLES)
    assert {name for name in kinds if kinds[name] == "view"} == set(VIEWS)


def test_views_asked_of_frames_are_those_of_the_database(
    inputs: Inputs, published_database: Path, tmp_path: Path
) -> None:
    write_tables(inputs, tmp_path)
    frames = {path.stem: pl.read_parquet(path) for path in tmp_path.glob("*.parquet")}
    found = answers(VIEWS, frames)
    with duckdb.connect(str(published_database), read_only=True) as connection:
        for name in VIEWS:
            assert found[name].equals(connection.sql(f"FROM {name}").pl()), name
    assert answers(["rules_not_normal"], {"rule_modes": frames["rule_modes"]})["rules_not_normal"].height == 1


def test_every_question_can_be_asked_of_nothing() -> None:
    with database() as connection:
        for name in (*VIEWS, *MACROS):
            assert connection.sql(published(name).example or f"FROM {name}").fetchall() == [], name


# --- One household, one person -----------------------------------------------------------------------------------------


def test_one_household_and_one_person(published_database: Path) -> None:
    with duckdb.connect(str(published_database), read_only=True) as connection:
        rows = connection.sql("FROM household_overview('15062600000000000001')").pl().to_dicts()
        key = "(SELECT applicant_key FROM households WHERE household_id = 'H3')"
        places = connection.sql(f"FROM seen_person({key})").pl().to_dicts()
        chain = connection.sql("FROM chain_of('15062600000000000001')").pl()
        cars = connection.sql("FROM findings_of('undeclared_vehicle')").pl().to_dicts()
    sections = [row["section"] for row in rows]
    assert list(dict.fromkeys(sections)) == ["register", "member", "means", "label", "finding", "ticket"]
    assert sections.count("member") == 2
    assert {"年可计收入 countable_income": "32401.45"}.items() <= {row["item"]: row["value"] for row in rows}.items()
    assert {row["source"] for row in places} == {
        "households",
        "household_members",
        "risk_labels",
        "silent_check_readiness",
    }
    assert {row["household_id"] for row in places} == {"H3", "15062600000000000001"}  # a child of two households
    assert chain["seq"].to_list() == sorted(chain["seq"].to_list()) and chain.height > 1
    assert picked(cars, "household_id", "observed", "ticket_status")[0][0] == "15062600000000000001"


# --- Carrying answers away ---------------------------------------------------------------------------------------------


@given(st.lists(st.text(alphabet="0123456789eE=+-@'＝＋－＠x甲\t\r\n .", max_size=22), max_size=8))
@settings(deadline=None)
def test_cells_for_a_spreadsheet_are_those_of_our_own_files(texts: list[str]) -> None:
    with duckdb.connect() as connection:
        connection.execute(sql_of("for_excel"))
        connection.register("given", pl.DataFrame({"cell": texts}, schema={"cell": pl.String}))
        found = [cell for (cell,) in connection.execute("SELECT for_excel(cell) FROM given").fetchall()]
    assert found == [protected(text) for text in texts]


def test_other_types_are_left_as_they_are() -> None:
    query = "SELECT for_excel(-5) AS a, for_excel(DATE '2026-11-20') AS b, for_excel(0.50::DECIMAL(9,2)) AS c, for_excel(NULL) AS d"
    assert ask(query) == [{"a": "-5", "b": "2026-11-20", "c": "0.50", "d": None}]
