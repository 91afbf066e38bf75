"""The analysts' database: shape by contract, masked, explained, replaced without disturbing readers."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.errors import CheckStoppedError
from assets.publication.inputs import Inputs
from assets.publication.pseudonyms import Pseudonyms, key_path, load_key
from data_contracts.derive.duckdb_tables import duckdb_type, table_schema
from data_contracts.publications import TABLES, published
from tests.publication.conftest import AS_OF, CHILD, MAN, WOMAN, build_tables, make_inputs, publish_database

FULL_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
HOUSEHOLD = "15062600000000000001"  # 20 digits: a register number, no identity number


@pytest.fixture
def tables(inputs: Inputs) -> dict[str, pl.DataFrame]:
    return build_tables(inputs)


@pytest.fixture
def database(inputs: Inputs) -> Path:
    publish_database(inputs)
    return inputs.home.database


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=True)


def test_every_table_has_the_columns_types_and_comments_of_its_contract(database: Path) -> None:
    with _open(database) as connection:
        for name in TABLES:
            found = connection.execute(
                "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
                [name],
            ).fetchall()
            expected = published(name).columns
            assert [(column, kind) for column, kind, _ in found] == [(c.name, duckdb_type(c)) for c in expected]
            for (_, _, comment), column in zip(found, expected, strict=True):
                assert column.header_zh in comment
                assert column.description in comment
        listed = connection.execute("SELECT table_name, comment FROM duckdb_tables() ORDER BY 1").fetchall()
    assert [name for name, _ in listed] == sorted(TABLES)
    assert all(published(name).title_zh in comment for name, comment in listed)


def test_keys_are_unique(tables: dict[str, pl.DataFrame]) -> None:
    for name, table in tables.items():
        key = [column.name for column in published(name).key]
        if key:
            assert table.select(key).is_duplicated().sum() == 0, name


def test_no_identity_number_and_no_whole_name_is_in_any_table(tables: dict[str, pl.DataFrame]) -> None:
    for name, table in tables.items():
        for column, dtype in table.schema.items():
            if dtype == pl.String:
                cells = [
                    cell for cell in table[column].drop_nulls().to_list() if column not in ("household_id", "sha256")
                ]
                assert not [cell for cell in cells if FULL_NUMBER.search(cell)], (name, column)
                assert not [cell for cell in cells if "王秀英" in cell or "李四光" in cell], (name, column)


def test_the_bytes_of_the_file_hold_no_identity_number(database: Path) -> None:
    content = database.read_bytes()
    assert not [number for number in (WOMAN, MAN, CHILD) if number.encode() in content]


def test_the_unmasked_profile_shows_numbers_and_names(tmp_path: Path) -> None:
    tables = build_tables(make_inputs(tmp_path / "home", unmasked=True))
    assert set(tables["household_members"]["person"]) == {WOMAN, MAN, CHILD}
    assert "王秀英" in tables["household_members"]["person_name"].to_list()


def test_one_person_has_one_pseudonym_everywhere(tables: dict[str, pl.DataFrame], inputs: Inputs) -> None:
    members = tables["household_members"]
    child = members.filter(pl.col("person") == "150626********0033")["person_key"]
    assert len(child) == 2
    assert child.n_unique() == 1
    applicant = tables["households"].filter(pl.col("household_id") == "H3")["applicant_key"].item()
    gap = tables["silent_check_readiness"].filter(pl.col("gap") == "authorisation_missing")["person_key"].item()
    assert child[0] == applicant == gap
    key = load_key(inputs.home)
    assert child[0] == hmac.digest(key, f"person|{CHILD}".encode(), "sha256").hex()[:20]
    assert child[0] != hashlib.sha256(CHILD.encode()).hexdigest()[:20]


def test_the_key_is_made_once_and_only_for_its_owner(inputs: Inputs) -> None:
    path = key_path(inputs.home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert load_key(inputs.home) == bytes.fromhex(before.decode())
    assert path.read_bytes() == before


def test_a_broken_key_stops_the_check_and_is_not_quoted(inputs: Inputs) -> None:
    key_path(inputs.home).write_text("abc123 not a key", encoding="ascii")
    with pytest.raises(CheckStoppedError) as stopped:
        load_key(inputs.home)
    assert "abc123" not in str(stopped.value)


def test_names_are_shortened() -> None:
    names = pl.DataFrame({"n": ["张三", "欧阳小明", "阿", "", None]})
    assert names.select(Pseudonyms(b"k" * 32).name("n"))["n"].to_list() == ["张*", "欧***", "阿", "", None]


def test_the_figures_are_those_of_the_tickets(tables: dict[str, pl.DataFrame]) -> None:
    finding = tables["findings"].row(by_predicate=pl.col("rule") == "undeclared_earnings", named=True)
    assert [str(finding[name]) for name in ("declared", "observed", "limit_value")] == [
        "12000.00",
        "36000.50",
        "13200.00",
    ]
    assert finding["unit"] == "元/年"
    suppressed = tables["findings"].row(by_predicate=pl.col("rule") == "undeclared_property", named=True)
    assert suppressed["result"] == "suppressed"
    item = tables["finding_items"].row(by_predicate=pl.col("rule") == "undeclared_property", named=True)
    assert [str(item["area_m2"]), str(item["share"])] == ["80.1234", "0.500000"]


def test_the_profile_of_a_household(tables: dict[str, pl.DataFrame]) -> None:
    profile = tables["household_profile"].row(by_predicate=pl.col("household_id") == HOUSEHOLD, named=True)
    assert str(profile["countable_income"]) == "32401.45"
    assert str(profile["income_per_head_month"]) == "1350.06"
    assert (profile["property_units"], profile["dwellings"], str(profile["dwelling_area_m2"])) == (1, 1, "60.09")
    assert (profile["minors"], profile["elderly"], profile["with_disability"], profile["able_to_work"]) == (1, 0, 1, 1)
    assert (profile["findings_verify"], profile["findings_help"], profile["open_tickets"]) == (2, 0, 1)
    not_admitted = tables["household_profile"].row(by_predicate=pl.col("household_id") == "H3", named=True)
    assert not_admitted["countable_income"] is None
    assert not_admitted["property_units"] is None


def test_programmes_ages_and_labels(tables: dict[str, pl.DataFrame]) -> None:
    household = tables["households"].row(by_predicate=pl.col("household_id") == HOUSEHOLD, named=True)
    assert household["programmes"] == ["低保", "防返贫监测"]
    members = tables["household_members"].select("person", "age", "age_band", "sex").unique().sort("age").rows()
    assert [row[1:] for row in members] == [(11, "0-15", "male"), (56, "45-59", "female"), (78, "75+", "male")]
    labels = tables["risk_labels"].filter(pl.col("household_id") == "H2")
    risk = labels.row(by_predicate=pl.col("label") == "poverty_return_risk", named=True)
    assert risk["factors"] == ["housing_safety", "water_safety"]
    assert risk["unknown_factors"] == []
    water = labels.row(by_predicate=pl.col("label") == "water_safety", named=True)
    assert (water["value_zh"], water["source"], water["source_date"]) == (
        "不安全",
        "household_surveys",
        dt.date(2026, 3, 28),
    )
    unknown = tables["risk_labels"].filter(pl.col("value") == "unknown")
    assert unknown["source"].null_count() == unknown.height


def test_events_keep_no_whole_name_and_no_number(tables: dict[str, pl.DataFrame]) -> None:
    closed = tables["ticket_events"].row(by_predicate=pl.col("event") == "closed", named=True)
    assert closed["by"] == "李**"
    assert closed["detail"] == "见 150626********0021"
    assert tables["ticket_events"].row(by_predicate=pl.col("event") == "opened", named=True)["by"] == "shouwang"


def test_rule_results_reach_back_over_published_dates(inputs: Inputs) -> None:
    earlier = dt.date(2026, 10, 20)
    (inputs.home.publication(earlier)).mkdir(parents=True)
    (inputs.home.publication(earlier) / "manifest.json").write_text("{}", encoding="utf-8")
    inputs.home.check(earlier).mkdir(parents=True)
    inputs.lake("rule_results").write_parquet(inputs.home.check(earlier) / "rule_results.parquet")
    results = build_tables(inputs)["rule_results"]
    assert results["as_of"].unique().sort().to_list() == [earlier, AS_OF]


def test_deliveries_and_what_was_no_delivery(tables: dict[str, pl.DataFrame]) -> None:
    rows = {row["file"]: row for row in tables["deliveries"].iter_rows(named=True)}
    assert rows["tax/150626_20261115.csv"]["of_which_not_consented"] == 58
    assert rows["household_members/150626_20261115.csv"]["of_which_not_consented"] is None
    assert rows["tax/final version.xlsx"]["status"] == "unusable"
    assert tables["rejected_rows"].columns == list(table_schema("rejected_rows"))


def test_policy_values_carry_their_clause(tables: dict[str, pl.DataFrame]) -> None:
    row = tables["policy_parameters"].row(by_predicate=pl.col("parameter") == "warning.owner", named=True)
    assert (row["county_code"], row["value"], row["area"], row["status"]) == (
        "150626",
        '"county"',
        "150626",
        "official",
    )


def test_the_same_inputs_give_the_same_content(tmp_path: Path) -> None:
    one, two = make_inputs(tmp_path / "home"), make_inputs(tmp_path / "home")
    first, second = build_tables(one), build_tables(two)
    for name, table in first.items():
        assert table.equals(second[name]), name


def test_every_table_can_be_made_of_nothing(inputs: Inputs) -> None:
    """A county without households or tickets still gets all tables."""
    for path in inputs.folder.rglob("*.parquet"):
        pl.read_parquet(path).clear().write_parquet(path)
    empty = make_empty(inputs)
    assert all(table.columns == list(table_schema(name)) for name, table in build_tables(empty).items())
    publish_database(empty)
    with _open(empty.home.database) as connection:
        assert connection.execute("SELECT count(*) FROM households").fetchone() == (0,)


def make_empty(inputs: Inputs) -> Inputs:
    return replace(inputs, gaps=inputs.gaps.clear(), rejected=inputs.rejected.clear(), objects=[])


READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print(connection.execute("SELECT count(*) FROM households").fetchone()[0], flush=True)
sys.stdin.readline()
print(connection.execute("SELECT count(*) FROM households").fetchone()[0], flush=True)
"""


def test_a_reader_keeps_the_old_database_while_it_is_replaced(database: Path, inputs: Inputs) -> None:
    command = [sys.executable, "-c", READER, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline().strip() == "3"
        pl.read_parquet(inputs.folder / "households.parquet").head(1).write_parquet(
            inputs.folder / "households.parquet"
        )
        publish_database(replace(inputs))  # a new object: the old one remembers the households
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline().strip() == "3"
    with _open(database) as connection:
        assert connection.execute("SELECT count(*) FROM households").fetchone() == (1,)
    assert [p.name for p in database.parent.iterdir()] == ["civil_affairs.duckdb"]


def test_a_failure_leaves_the_old_database(database: Path, inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    before = database.read_bytes()
    monkeypatch.setattr("assets.publication.database.sys.executable", "/bin/false")
    with pytest.raises(OSError, match="could not be written"):
        publish_database(inputs)
    assert database.read_bytes() == before
    assert [p.name for p in database.parent.iterdir()] == ["civil_affairs.duckdb"]


def test_analysts_can_ask_without_quoting(database: Path) -> None:
    with _open(database) as connection:
        for query in (
            "SELECT rule, precision, precision_low, open, settled FROM rule_precision",
            "SELECT rule, rule_version, dimension, group_code, precision FROM rule_precision_by_group",
            "SELECT rule, mode, share, floor, hits, checked, precision FROM rule_modes",
            "SELECT file, read, accepted, set_aside, code FROM deliveries",
            "SELECT rule, declared, observed, limit_value, unit FROM findings",
            "SELECT name, value FROM about",
        ):
            connection.execute(query)
