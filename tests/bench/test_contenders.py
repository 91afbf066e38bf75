"""The bare statement and pandas are calculations of their own: they must find what the program finds, or their times
mean nothing."""

from __future__ import annotations

import polars as pl
import pytest

from bench.constants import accepted_rows
from bench.contender import CONTENDERS, KEY, Clock, Task
from rules.findings import ALL


@pytest.mark.parametrize("name", ["rows_to_findings", "bare_statement", "in_pandas"])
def test_every_contender_finds_the_same_items(task: Task, published: pl.DataFrame, name: str) -> None:
    found = CONTENDERS[name](task, Clock())
    assert found is not None
    found = found.sort(KEY)
    assert published.join(found, on=KEY, how="anti").rows() == []
    assert found.join(published, on=KEY, how="anti").rows() == []
    assert found.equals(published)


def test_the_sample_has_hits_of_all_fifteen_rules(published: pl.DataFrame) -> None:
    assert set(published["rule"]) == {rule.code for rule in ALL}


def test_the_clock_notes_every_stage(task: Task, published: pl.DataFrame) -> None:
    clock = Clock()
    CONTENDERS["bare_statement"](task, clock)
    assert published.height
    assert clock.wall["seconds"] > 0
    assert clock.cpu["seconds"] > 0


def test_two_deliveries_of_a_feed_are_refused(task: Task, published: pl.DataFrame) -> None:
    assert published.height
    folder = task.home.check(task.as_of)
    extra = folder / "rows" / "tax" / "999.parquet"
    extra.write_bytes(b"")
    try:
        with pytest.raises(ValueError, match="tax: 2 deliveries"):
            accepted_rows(folder)
    finally:
        extra.unlink()
