"""What holds for every notebook: nothing but the database, nobody's number, no trace, words where there is no database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from notebook_kit import FOLDER, MASKED, NOTEBOOKS, ask, run_notebook

from assets.home import Home
from tests.identity_numbers import identity_numbers

each_notebook = pytest.mark.parametrize("name", NOTEBOOKS)


def test_every_notebook_of_the_folder_is_tested_and_linked_to() -> None:
    import parts

    apps = {path.stem for path in FOLDER.glob("*.py") if "marimo.App" in path.read_text(encoding="utf-8")}
    assert apps == set(NOTEBOOKS) == set(parts.NOTEBOOKS)


@each_notebook
def test_it_needs_nothing_but_the_database(
    name: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "published").mkdir()
    shutil.copy(Home(home).database, tmp_path / "published" / "civil_affairs.duckdb")
    assert "2026-11-20" in run_notebook(name, tmp_path, monkeypatch).shown
    assert [path.name for path in tmp_path.rglob("*")] == ["published", "civil_affairs.duckdb"]


@each_notebook
def test_it_leaves_the_database_free_for_the_next_publication(
    name: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Home(home).database.read_bytes()
    run_notebook(name, home, monkeypatch)
    # Nobody else has it open: DuckDB would refuse to open it for writing.
    duckdb.connect(str(Home(home).database)).close()
    assert Home(home).database.read_bytes() == before


@each_notebook
def test_it_runs_as_a_script_from_anywhere(name: str, home: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "SHOUWANG_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@each_notebook
def test_without_a_database_it_says_what_to_do(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run_notebook(name, tmp_path, monkeypatch).shown
    assert "make run" in shown and "没有分析库" in shown


@each_notebook
def test_it_shows_no_number_of_anybody(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run_notebook(name, home, monkeypatch).shown
    assert identity_numbers(shown) == []
    if name != "household":
        assert MASKED.search(shown) is None
        shortened = [name for (name,) in ask(home, "SELECT DISTINCT person_name FROM household_members") if name]
        assert [person for person in shortened if person in shown] == []


def test_what_is_text_in_the_database_stays_text_on_the_page() -> None:
    import parts

    shown = parts.table(["<b>"], [["<script>x</script>"]]).text + parts.bars([("<i>", "<u>", [1])], legend=["<s>"]).text
    assert "<script>" not in shown and "<u>" not in shown and "<s>" not in shown
    assert "&lt;script&gt;" in shown


def test_codes_are_read_out_as_the_database_explains_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import parts

    monkeypatch.setenv("SHOUWANG_HOME", str(home))
    words = parts.code_words()
    assert words["tickets.severity"] == {code: zh for code, (zh, _) in parts.SEVERITIES.items()}
    assert list(words["rule_results.reason"]) == [
        "not_admitted", "feed_missing", "feed_stale", "policy_missing", "no_record",
    ]  # fmt: skip
    assert len(parts.REASON_COLOURS) == len(words["rule_results.reason"])
    for column in (
        "tickets.status",
        "tickets.outcome",
        "ticket_events.event",
        "household_chain.kind",
        "rule_modes.mode",
    ):
        table, name = column.split(".")
        (codes,) = zip(*ask(home, f'SELECT DISTINCT "{name}" FROM {table} WHERE "{name}" IS NOT NULL'), strict=True)
        assert set(codes) <= set(words[column])
