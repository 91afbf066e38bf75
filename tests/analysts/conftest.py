"""A tiny county as analysts meet it: one check published and another one to come; both published."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assets.home import Home
from tests.durability.tiny_county import FIRST, SECOND, check, deliver_outcomes, make_county


@pytest.fixture(scope="session")
def one_date(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first date is published, what people sent back since then has been delivered."""
    root = make_county(tmp_path_factory.mktemp("analysts") / "one")
    check(root, FIRST)
    deliver_outcomes(root)
    return root


@pytest.fixture(scope="session")
def two_dates(one_date: Path) -> Path:
    """Both dates are published. Tests leave it as it is."""
    root = one_date.with_name("two")
    shutil.copytree(one_date, root)
    check(root, SECOND)
    return root


@pytest.fixture
def copy(two_dates: Path, tmp_path: Path) -> Path:
    """One to change."""
    shutil.copytree(two_dates, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def connection(two_dates: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(Home(two_dates).database), read_only=True) as opened:
        yield opened
