"""A check that builds on the one before publishes what a full one would: two homes with one landing folder, step by step.

Every step is a change set at random (changes.py) on some day. SHOUWANG_CHANGES asks for more of them (make changes).
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import polars as pl
import pytest
from end_to_end.changes import Landing
from engines.homes import NOW, copied, database_rows, lake_frames, published_files

from assets.home import Home
from pipelines.check import CheckRun, run_check

ASKED = int(os.environ.get("SHOUWANG_CHANGES", "18"))
STEPS = min(20, ASKED // 3)
CHAINS = -(-ASKED // STEPS)
FIRST = dt.date(2026, 11, 4)


def checked(root: Path, day: dt.date, *, full: bool, engine: str = "polars") -> CheckRun:
    return run_check(Home(root), day, engine=engine, full=full, now=lambda: NOW)


def same_landing(landing: Path, home: Path) -> None:
    for part in ("landing", "policy"):
        shutil.rmtree(home / part, ignore_errors=True)
        shutil.copytree(landing / part, home / part)


def differences(one: Path, other: Path, day: dt.date) -> list[str]:
    """Names of tables and files in which two homes differ; no cell may appear in a test's words."""
    lakes = [lake_frames(root, day) for root in (one, other)]
    names = sorted(name for name in {*lakes[0], *lakes[1]} if not _same(lakes[0].get(name), lakes[1].get(name)))
    files = [published_files(root) for root in (one, other)]
    names += sorted(name for name in {*files[0], *files[1]} if files[0].get(name) != files[1].get(name))
    tables = [database_rows(root) for root in (one, other)]
    return names + sorted(name for name in tables[0] if tables[0][name] != tables[1][name])


def _same(one: pl.DataFrame | None, other: pl.DataFrame | None) -> bool:
    return one is not None and other is not None and one.equals(other)


@pytest.mark.parametrize("chain", range(CHAINS))
def test_a_check_on_top_of_another_equals_a_full_one_whatever_has_changed(chain: int, tmp_path: Path) -> None:
    landing = Landing(tmp_path / "changing", seed=100 + chain, as_of=FIRST, mixed=chain % 2 == 0)
    other = copied(landing.root, tmp_path / "full")
    checked(landing.root, landing.day, full=False)
    checked(other, landing.day, full=True)
    scopes = []
    for step in range(STEPS):
        landing.change()
        landing.pass_on(landing.random.choice((0, 1, 1, 2, 3, 5)))
        same_landing(landing.root, other)
        run = checked(landing.root, landing.day, full=False, engine=("polars", "duckdb")[(step + chain) % 2])
        checked(other, landing.day, full=True)
        assert run.scope.is_all or "engine_of_all" not in vars(run), "an engine is started where it is needed"
        assert run.scope.why != "rows_gone", "nothing was damaged"
        scopes.append(run.scope)
        assert differences(landing.root, other, landing.day) == [], (chain, step, landing.said, run.scope.why)
    assert any(not scope.is_all and len(scope.households) for scope in scopes if scope.households is not None)
