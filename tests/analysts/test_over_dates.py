"""Pseudonyms, keys, groups and history over two check dates of a whole county."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.home import Home
from assets.lake import read_table
from assets.publication.pseudonyms import Pseudonyms, load_key
from data_contracts.publications import TABLES, VIEWS, published
from tests.durability.tiny_county import FIRST, SECOND, published_tickets

KEYS = """
    SELECT 'household_members' AS place, household_id, person_key FROM household_members
    UNION ALL SELECT 'households', household_id, applicant_key FROM households
    UNION ALL SELECT 'finding_items', household_id, person_key FROM finding_items
    UNION ALL SELECT 'risk_labels', household_id, person_key FROM risk_labels
    UNION ALL SELECT 'silent_check_readiness', household_id, person_key FROM silent_check_readiness
"""


def _rows(root: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(Home(root).database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _key_of_everybody(root: Path, day: dt.date) -> dict[str, str]:
    home = Home(root)
    people = read_table(home.check(day), "members", ["person_id"])
    keyed = Pseudonyms(load_key(home)).with_keys(people.unique(), "person_id", "person_key")
    return dict(keyed.iter_rows())


def test_a_person_has_one_key_in_all_tables_and_on_all_dates(one_date: Path, two_dates: Path) -> None:
    first, second = _key_of_everybody(one_date, FIRST), _key_of_everybody(two_dates, SECOND)
    stayed = first.keys() & second.keys()
    assert len(stayed) > 100
    assert all(first[person] == second[person] for person in stayed)
    for root, keys in ((one_date, first), (two_dates, second)):
        found = _rows(root, KEYS)
        assert {place for place, _, key in found if key is not None} == {
            "household_members", "households", "finding_items", "risk_labels", "silent_check_readiness",
        }  # fmt: skip
        members = {(household, key) for place, household, key in found if place == "household_members"}
        assert {key for _, key in members} == set(keys.values())
        # In every other table the key is that of somebody of the household (an applicant may be no member: a gap).
        others = {
            (household, key) for place, household, key in found if place in ("finding_items", "risk_labels") and key
        }
        assert others <= members


def test_a_question_about_a_person_finds_the_same_on_both_dates(one_date: Path, two_dates: Path) -> None:
    (key,) = _rows(two_dates, "SELECT person_key FROM finding_items WHERE person_key IS NOT NULL ORDER BY ALL LIMIT 1")[
        0
    ]
    for root in (one_date, two_dates):
        households = _rows(
            root, f"SELECT DISTINCT household_id FROM seen_person('{key}') WHERE source = 'household_members'"
        )
        assert households
    other = one_date.with_name("other_key")
    shutil.copytree(two_dates, other)
    (other / "lake" / "secret" / "pseudonym.key").write_text("7b" * 32, encoding="ascii")
    person = {k: p for p, k in _key_of_everybody(two_dates, SECOND).items()}[str(key)]
    assert _key_of_everybody(other, SECOND)[person] != key


@pytest.mark.parametrize("name", [name for name in (*TABLES, *VIEWS) if published(name).key])
def test_keys_are_unique_and_what_must_be_there_is(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    frame = connection.sql(f"FROM {name}").pl()
    assert frame.select(column.name for column in published(name).key).is_duplicated().sum() == 0
    required = [column.name for column in published(name).columns if column.is_cell_required]
    assert frame.select(pl.col(required).null_count()).row(0) == (0,) * len(required)


# --- Groups ------------------------------------------------------------------------------------------------------------


def test_groups_add_up_to_the_results_of_the_check(connection: duckdb.DuckDBPyConnection) -> None:
    counted = connection.sql("""
        SELECT dimension, rule, sum(households)::BIGINT AS households, sum(hits)::BIGINT AS hits,
               sum(suppressed)::BIGINT AS suppressed, sum(not_checked)::BIGINT AS not_checked
        FROM findings_by_group WHERE area = 'all' GROUP BY ALL ORDER BY ALL""").pl()
    results = connection.sql("""
        SELECT rule, sum(households)::BIGINT AS households,
               coalesce(sum(households) FILTER (result = 'hit'), 0)::BIGINT AS hits,
               coalesce(sum(households) FILTER (result = 'suppressed'), 0)::BIGINT AS suppressed,
               coalesce(sum(households) FILTER (result = 'not_checked'), 0)::BIGINT AS not_checked
        FROM rule_results WHERE as_of = (SELECT max(as_of) FROM rule_results) GROUP BY ALL ORDER BY ALL""").pl()
    assert results["suppressed"].sum() > 0
    assert results["not_checked"].sum() > 0
    for (_,), part in counted.partition_by("dimension", as_dict=True).items():
        assert part.drop("dimension").sort("rule").equals(results.sort("rule"))
    assert counted["dimension"].unique().sort().to_list() == ["age_band", "all", "area", "disability", "programme"]


def test_groups_of_a_county_add_up_too(connection: duckdb.DuckDBPyConnection) -> None:
    wrong = connection.sql("""
        SELECT rule, dimension, sum(households) AS n, sum(hits) AS k FROM findings_by_group WHERE area <> 'all'
        GROUP BY area, rule, dimension
        EXCEPT
        SELECT rule, dimension, n, k FROM (
            SELECT area, rule, sum(households) AS n, sum(hits) AS k FROM findings_by_group
            WHERE area <> 'all' AND dimension = 'all' GROUP BY area, rule
        ) CROSS JOIN (SELECT DISTINCT dimension FROM findings_by_group)""").fetchall()
    assert wrong == []


def test_closed_findings_of_groups_are_those_of_the_precision_of_rules(connection: duckdb.DuckDBPyConnection) -> None:
    groups = (
        "SELECT area, rule, settled, confirmed, precision, precision_low FROM findings_by_group WHERE dimension = 'all'"
    )
    rules = "SELECT area, rule, settled, confirmed, precision, precision_low FROM rule_precision"
    assert connection.sql(f"{groups} EXCEPT {rules}").fetchall() == []
    ((settled,),) = connection.execute("SELECT sum(settled) FROM rule_precision").fetchall()
    by_disability = "SELECT sum(settled) FROM findings_by_group WHERE dimension = 'disability'"
    assert connection.execute(by_disability).fetchall() == [(settled,)]
    assert settled > 0


def test_a_share_lies_in_its_interval(connection: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        SELECT * FROM findings_by_group
        WHERE (checked = 0) <> (share IS NULL) OR share NOT BETWEEN share_low AND share_high
            OR checked + not_checked <> households OR hits + suppressed > checked"""
    assert connection.sql(wrong).fetchall() == []


# --- History -----------------------------------------------------------------------------------------------------------


def test_history_agrees_with_the_published_files(two_dates: Path, connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.sql(
        "SELECT as_of, open_tickets, tickets_opened, tickets_closed FROM check_history WHERE county_code = '150626'"
    )
    open_by_date = {as_of: (left, opened, closed) for as_of, left, opened, closed in rows.fetchall()}
    for day in (FIRST, SECOND):
        objects = published_tickets(two_dates, day)
        left = sum(ticket["status"] != "closed" for ticket in objects)
        changes = [sum(ticket["change"] == change for ticket in objects) for change in ("opened", "closed")]
        assert open_by_date[day] == (left, *changes)
    assert open_by_date[SECOND][2] > 0
