"""One small mixed landing folder for all tests of the sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from sample import SampleSummary, generate


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """3,000 persons of one county, one month, as departments send them."""
    return generate(tmp_path_factory.mktemp("mixed") / "landing", 3_000)


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """The same persons over three months as typed Parquet."""
    out: Path = tmp_path_factory.mktemp("clean") / "landing"
    return generate(out, 3_000, months=3, form="parquet")
