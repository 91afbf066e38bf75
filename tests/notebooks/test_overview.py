"""The overview notebook on a demo database: it runs without a server, and its numbers are the database's."""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.home import Home
from pipelines.check import run_check
from sample.generate import generate
from tests.identity_numbers import identity_numbers

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "overview.py"
COUNTS = "select count(*) from tickets where status <> 'closed'"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("overview")
    generate(root / "landing", 120, 11, form="csv", as_of=dt.date(2026, 11, 20))
    run_check(Home(root), dt.date(2026, 11, 20))
    return Home(root)


def run_app(home: Home, monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, Any]]:
    """What the notebook shows, as text, and the values it computed."""
    monkeypatch.setenv("SHOUWANG_HOME", str(home.root))
    spec = importlib.util.spec_from_file_location("overview_notebook", NOTEBOOK)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    outputs, values = module.app.run()
    return "\n".join(getattr(shown, "text", "") for shown in outputs), dict(values)


def test_its_numbers_are_those_of_the_database(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, values = run_app(home, monkeypatch)
    with duckdb.connect(str(home.database), read_only=True) as connection:
        (open_tickets,) = connection.execute(COUNTS).fetchone() or (0,)
        (households,) = connection.execute("select count(*) from households").fetchone() or (0,)
        (files,) = connection.execute("select count(*) from deliveries").fetchone() or (0,)
    assert values["headline"]["open"] == open_tickets > 0
    assert values["headline"]["active"] == households
    assert sum(n for _, n, _ in values["tickets_by_due"]) == open_tickets
    assert sum(n for _, n, _ in values["tickets_by_township"]) == open_tickets
    assert values["findings_by_rule"].height == 15
    assert values["delivered"].height == files
    rows = values["findings_by_rule"].select("hit", "no_hit", "not_checked", "suppressed").sum_horizontal()
    assert set(rows.to_list()) == {households}
    for words in ("在办预警单", "按到期日", "按乡镇", "静默核对条件", "交换批次", "2026-11-20"):
        assert words in shown


def test_it_shows_counts_and_no_person(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, _ = run_app(home, monkeypatch)
    assert identity_numbers(shown) == [] and re.search(r"[0-9]{6}\*{8}", shown) is None


def test_it_leaves_the_database_free_for_the_next_publication(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = home.database.read_bytes()
    run_app(home, monkeypatch)
    duckdb.connect(str(home.database)).close()
    assert len(home.database.read_bytes()) == len(before)


def test_it_runs_as_a_script(home: Home) -> None:
    environment = {**os.environ, "SHOUWANG_HOME": str(home.root)}
    done = subprocess.run([sys.executable, str(NOTEBOOK)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_without_a_database_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, _ = run_app(Home(tmp_path), monkeypatch)
    assert "make run" in shown and "没有分析库" in shown
