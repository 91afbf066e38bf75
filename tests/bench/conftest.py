"""A small landing folder checked once: what the contenders of the benchmark start from."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from assets.home import Home
from bench.constants import AREA, AS_OF
from bench.contender import KEY, Clock, Task, files_to_tickets
from sample.generate import generate

PERSONS = 3_000


@pytest.fixture(scope="session")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    folder: Path = tmp_path_factory.mktemp("bench")
    generate(folder / "home" / "landing", PERSONS, seed=11, area=AREA, form="parquet")
    (folder / "work").mkdir()
    return Task(Home(folder / "home"), folder / "work", AS_OF)


@pytest.fixture(scope="session")
def published(task: Task) -> pl.DataFrame:
    """The hits of the whole check, sorted."""
    found = files_to_tickets(task, Clock())
    assert found is not None
    return found.sort(KEY)
