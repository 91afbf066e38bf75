"""The quick judgement and great-expectations say the same, on good frames and on every bad row."""

from __future__ import annotations

import polars as pl
import pytest
from test_expectations import BAD_ROWS, good_frames

from checks.expectations import SUITE, Expectation, Outcome, run_suite
from checks.quick import SAME_SET, WRONG, judge_quickly


def _shown(outcomes: list[Outcome]) -> list[tuple[str, bool, int, int | None]]:
    return [(o.expectation.name, o.passed, o.counted, o.problems) for o in outcomes]


def test_every_kind_of_expectation_is_known() -> None:
    assert {one.kind for one in SUITE} <= {*WRONG, SAME_SET}


def test_both_say_the_same_of_good_frames() -> None:
    assert _shown(judge_quickly(good_frames())) == _shown(run_suite(good_frames()))


def test_both_say_the_same_where_there_is_no_ticket() -> None:
    frames = {
        name: frame.clear() if name in ("tickets", "open_tickets", "findings", "people") else frame
        for name, frame in good_frames().items()
    }
    quick = judge_quickly(frames)
    assert [o.passed for o in quick] == [o.passed for o in run_suite(frames)]
    assert all(o.problems in (0, None) for o in quick)


@pytest.mark.parametrize("table", sorted({one.table for one in SUITE}))
def test_both_say_the_same_of_bad_rows(table: str) -> None:
    """All bad rows of a table at once: whatever fails, and how often."""
    frames = good_frames()
    good = frames[table]
    chosen: list[Expectation] = [one for one in SUITE if one.table == table]
    rows = [{**good.row(0, named=True), **bad} for one in chosen for bad in BAD_ROWS[one.name]]
    frames[table] = pl.concat([good, pl.DataFrame(rows, schema=good.schema)])
    quick = judge_quickly(frames, chosen)
    assert not any(outcome.passed for outcome in quick)
    assert _shown(quick) == _shown(run_suite(frames, chosen))
