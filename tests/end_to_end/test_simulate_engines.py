"""A simulation computes every check date twice: what one run has taken of the machine is free before the next one begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from end_to_end.two_runs import OCTOBER, standard, write_policy

from assets.home import Home
from pipelines.check import run_check
from pipelines.simulate.run import simulate
from sample.generate import generate


def test_the_engine_of_each_run_is_closed_when_it_has_done_its_part(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    generate(home.landing, 200, 43, "150626", as_of=OCTOBER)
    run_check(home, OCTOBER)
    policy = write_policy(tmp_path / "raised.yaml", "150626", standard("2026-09-01", 1700, 1400))
    used: list[Any] = []
    simulate(home, policy, OCTOBER, OCTOBER, engine="duckdb", watch=lambda _, run: used.append(run.engine_of_all))
    assert len(used) == 2
    for engine in used:
        with pytest.raises(duckdb.ConnectionException):
            engine._con.execute("SELECT 1")
