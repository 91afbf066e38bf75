"""A check that builds on the one before publishes what a full one would: two homes with one landing folder, step by step.

Every step is a change set at random (changes.py) on some day. SHOUWANG_CHANGES asks for more of them (make changes).
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from end_to_end.changes import Landing
from end_to_end.two_homes import checked, differences, same_landing
from engines.homes import copied

ASKED = int(os.environ.get("SHOUWANG_CHANGES", "6"))
STEPS = min(20, max(3, ASKED // 3))
CHAINS = -(-ASKED // STEPS)
FIRST = dt.date(2026, 11, 4)


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
