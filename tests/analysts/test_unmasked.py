"""The unmasked database: a deliberate act of a named person, on record before the file is there, whole or not at all."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets import audit
from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home, sha256
from assets.lake import read_table
from assets.publication.tables.makers import MAKERS, MAKERS_OF_PEOPLE
from data_contracts.publications import TABLES, VIEWS, published
from pipelines.cli import main
from pipelines.commands.database import unmasked_database
from pipelines.commands.verify import verify
from pipelines.lock import locked
from tests.durability.tiny_county import SECOND
from tests.publication.conftest import build_tables, make_inputs

NOW = "2026-11-28T08:00:00+08:00"
NUMBER = re.compile(r"\b\d{17}[0-9X]\b")


def _make(root: Path, out: Path, by: str = "王敏", reason: str = "入户核实名单") -> str:
    return unmasked_database(Home(root), out, by, reason, NOW)


def _tables(path: Path) -> dict[str, pl.DataFrame]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return {name: connection.sql(f"FROM {name}").pl() for name in (*TABLES, *VIEWS)}


def test_it_is_the_published_database_but_for_what_names_people(copy: Path, tmp_path: Path) -> None:
    _make(copy, tmp_path / "full.duckdb")
    masked, full = _tables(Home(copy).database), _tables(tmp_path / "full.duckdb")
    changed = {
        (name, column)
        for name, table in masked.items()
        for column in table.columns
        if not table[column].equals(full[name][column], null_equal=True)
    }
    assert {
        ("household_members", "person"),
        ("households", "applicant"),
        ("silent_check_readiness", "person"),
    } <= changed
    assert {name for name, _ in changed} <= {*MAKERS_OF_PEOPLE, "about"}
    shown = {"masked_identity", "name"}
    free = {"detail", "text", "note", "subject", "by", "opened_by", "answered_by", "value", "note_zh", "note_en"}
    for name, column in changed:
        assert published(name).column(column).classification in shown or column in free, (name, column)
    assert full["about"].filter(name="profile")["value"].item() == "unmasked"


def test_numbers_and_names_are_those_of_the_lake(copy: Path, tmp_path: Path) -> None:
    _make(copy, tmp_path / "full.duckdb")
    lake = read_table(Home(copy).check(SECOND), "members", ["household_id", "person_id", "name"])
    full = _tables(tmp_path / "full.duckdb")
    found = full["household_members"].select(
        "household_id", pl.col("person").alias("person_id"), pl.col("person_name").alias("name")
    )
    assert set(found.iter_rows()) == set(lake.iter_rows())
    readiness = full["silent_check_readiness"]
    named = readiness.filter(pl.col("person_key").is_not_null())
    assert named["person"].str.contains(NUMBER.pattern).all() and named.height > 0
    assert readiness.filter(pl.col("person_key").is_null())["person"].null_count() == readiness.height - named.height


def test_only_the_tables_about_people_depend_on_the_profile(tmp_path: Path) -> None:
    masked = build_tables(make_inputs(tmp_path / "home"))
    full = build_tables(make_inputs(tmp_path / "home", unmasked=True))
    assert {name for name in MAKERS if not masked[name].equals(full[name])} <= set(MAKERS_OF_PEOPLE)
    assert not masked["households"].equals(full["households"])


def test_the_act_is_on_record_and_nothing_of_what_the_file_holds(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "full.duckdb"
    command = [
        "database",
        "--unmasked",
        "--by",
        "王敏",
        "--reason",
        "入户核实名单",
        "--out",
        str(out),
        "--home",
        str(copy),
    ]
    assert main(command) == 0
    said = capsys.readouterr()
    intent, entry = audit.entries(Home(copy))[-2:]
    assert (intent.kind, intent.by) == ("unmasked_database_intended", entry.by)
    rows = sum(table.height for name, table in _tables(out).items() if name in TABLES)
    expected = {"as_of": "2026-11-25", "reason": "入户核实名单", "file": "full.duckdb", "sha256": sha256(out)}
    assert (entry.kind, entry.by) == ("unmasked_database", "王敏")
    assert entry.fields == {**expected, "tables": len(TABLES), "rows": rows}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    names = set(_tables(out)["household_members"]["person_name"].drop_nulls())
    for text in (said.out, said.err, Home(copy).audit.read_text(encoding="utf-8")):
        assert not NUMBER.search(text)
        assert not [name for name in names if len(name) > 1 and name in text]
    assert "您的责任" in said.out and "duties" in said.out
    assert verify(Home(copy)).is_sound
    assert not (Home(copy).lake / "tmp").exists() or not list((Home(copy).lake / "tmp").iterdir())


def test_what_is_published_is_left_alone(copy: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in sorted(Home(copy).published.rglob("*")) if path.is_file()}
    _make(copy, tmp_path / "full.duckdb")
    assert {path: path.read_bytes() for path in sorted(Home(copy).published.rglob("*")) if path.is_file()} == before


@pytest.mark.parametrize("place", ["published", "published/2026-11-25", "landing/tax", "link"])
def test_it_may_not_lie_where_others_read(copy: Path, place: str) -> None:
    (copy / "link").symlink_to(copy / "published")
    with pytest.raises(WrongUseError, match="out_is_public"):
        _make(copy, copy / place / "full.duckdb")
    assert len([e for e in audit.entries(Home(copy)) if e.kind == "unmasked_database"]) == 0
    assert verify(Home(copy)).is_sound


@pytest.mark.parametrize(
    ("by", "reason", "out", "code"),
    [
        (" ", "核实", "full.duckdb", "words_missing"),
        ("王敏", "", "full.duckdb", "words_missing"),
        ("王敏", "核实\n二", "full.duckdb", "words_missing"),
        ("王敏", "核实 150626197003040021", "full.duckdb", "number_in_words"),
        ("王敏", "核实", "150626197003040021.duckdb", "out"),
        ("王敏", "核实", "nowhere/full.duckdb", "out"),
        ("王敏", "核实", "taken.duckdb", "out_exists"),
        ("王敏", "核实", "dangling.duckdb", "out_exists"),
    ],
)
def test_wrong_use_makes_nothing(copy: Path, tmp_path: Path, by: str, reason: str, out: str, code: str) -> None:
    (tmp_path / "taken.duckdb").write_text("mine", encoding="ascii")
    (tmp_path / "dangling.duckdb").symlink_to(tmp_path / "gone")
    with pytest.raises(WrongUseError, match=code) as refused:
        _make(copy, tmp_path / out, by, reason)
    assert "150626197003040021" not in str(refused.value)
    assert (tmp_path / "taken.duckdb").read_text(encoding="ascii") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling.duckdb", "home", "taken.duckdb"]


def test_there_must_be_a_published_check_and_an_unharmed_database(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="not_checked"):
        _make(tmp_path / "empty", tmp_path / "full.duckdb")
    with Home(copy).database.open("r+b") as stream:
        stream.seek(100_000)
        stream.write(b"changed")
    with pytest.raises(CheckStoppedError, match="database_not_current"):
        _make(copy, tmp_path / "full.duckdb")
    assert not (tmp_path / "full.duckdb").exists()


def test_a_running_check_is_not_disturbed(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.commands.database.LOCK_SECONDS", 0)
    with locked(Home(copy)), pytest.raises(CheckStoppedError, match="locked"):
        _make(copy, tmp_path / "full.duckdb")


def test_a_ledger_that_takes_no_entry_means_no_file(copy: Path, tmp_path: Path) -> None:
    Home(copy).audit.write_text("garbage\n", encoding="ascii")
    with pytest.raises(CheckStoppedError, match="audit_damaged"):
        _make(copy, tmp_path / "full.duckdb")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_disk_that_refuses_leaves_nothing_behind(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28), "full.duckdb")

    monkeypatch.setattr("pipelines.commands.database.shutil.copyfileobj", full)
    with pytest.raises(CheckStoppedError, match="storage"):
        _make(copy, tmp_path / "full.duckdb")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert [e for e in audit.entries(Home(copy)) if e.kind == "unmasked_database"] == []


def test_without_the_word_unmasked_nothing_is_made(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        main(["database", "--by", "王敏", "--reason", "x", "--out", str(tmp_path / "full.duckdb"), "--home", str(copy)])
    assert left.value.code == 2
