"""Homes the notebooks are run on: two counties after one check, and after a month of reports and a second check."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from pathlib import Path

import pytest
from end_to_end.counties import deliver_outcomes, make_lively_home, tickets
from end_to_end.reports import Clerks
from notebook_kit import FIRST, FOLDER, SECOND

from assets.home import Home
from pipelines.check import run_check

# Where a notebook finds what the notebooks share: Python and marimo put its folder on the path themselves.
sys.path.insert(0, str(FOLDER))


@pytest.fixture(scope="session")
def first_date(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One check date, nothing concluded. One county got no vehicles: rules on them are not checked there."""
    root = make_lively_home(tmp_path_factory.mktemp("notebooks") / "one", 11, 2, SECOND)
    for path in (root / "landing" / "vehicles").glob("360202_*"):
        path.unlink()
    run_check(Home(root), FIRST, without_rejected=True)
    return root


@pytest.fixture(scope="session")
def home(first_date: Path) -> Path:
    """Two check dates, with what people reported between them."""
    root = first_date.with_name("two")
    shutil.copytree(first_date, root)
    Clerks(root, 6).send(tickets(root, FIRST), FIRST, SECOND - dt.timedelta(days=1))
    deliver_outcomes(root, FIRST, SECOND, 5)
    run_check(Home(root), SECOND, without_rejected=True)
    return root
