"""Every case of every rule on Spark: the outcomes DuckDB has, which the cases themselves have judged."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines.spark_here import needs_spark, session_on
from stages import ran


@pytest.fixture
def small_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with session_on("local[2]", tmp_path_factory.mktemp("conf")):
        yield


@needs_spark
@pytest.mark.usefixtures("small_spark")
def test_every_case_of_every_rule_ends_on_spark_as_on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> None:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(path.stem)  # their households live in one town
    expected, found = (ran(engine, tmp_path_factory) for engine in ("duckdb", "spark"))
    assert len(expected.outcomes) > 1_000
    different = [pair for pair, outcome in expected.outcomes.items() if found.outcomes[pair] != outcome]
    assert different == []
    assert found.registers.gaps.equals(expected.registers.gaps)
    assert found.findings.results.equals(expected.findings.results)
