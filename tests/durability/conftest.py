"""One tiny county, checked on two dates; tests that change it work on a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from durability.tiny_county import FIRST, SECOND, check, deliver_outcomes, make_county


@pytest.fixture(scope="session")
def two_dates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with two publications."""
    root = make_county(tmp_path_factory.mktemp("two_dates") / "home")
    check(root, FIRST)
    deliver_outcomes(root)
    check(root, SECOND)
    return root


@pytest.fixture
def copy(two_dates: Path, tmp_path: Path) -> Path:
    shutil.copytree(two_dates, tmp_path / "home", symlinks=True)
    return tmp_path / "home"
