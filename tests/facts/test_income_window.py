"""Window W and overlapping tax periods, on both engines (spec page 3, Income). W of 2026-11-20: 2025-11 to 2026-10."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest

from assets.engine import Engine
from pipelines.engines.choose import make_engine
from rules.expressions import Lazy, month_index
from rules.facts.income import by_payer, in_window, observed_pensions, with_months

AS_OF = dt.date(2026, 11, 20)
Period = tuple[int, int]  # YYYYMM, months


@pytest.fixture(params=["duckdb", "polars"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return make_engine(request.param, tmp_path)


def months_since_year_0(period: int) -> int:
    return month_index(dt.date(period // 100, period % 100, 1))


def rows_that_count(engine: Engine, *periods: Period, as_of: dt.date = AS_OF) -> Lazy:
    """Rows of one person, payer and item inside W, a fen each."""
    tax = pl.DataFrame(
        {
            "household_id": "H", "county": "150626", "person_id": "P", "withholding_agent": "甲厂", "income_item": "工资薪金",
            "period_index": [months_since_year_0(p) for p, _ in periods],
            "period_months": [m for _, m in periods],
            "income_fen": 1,
        }
    )  # fmt: skip
    return in_window(with_months(engine.frame(tax)), as_of)


def counted(engine: Engine, *periods: Period, as_of: dt.date = AS_OF) -> list[Period]:
    """Which of them count."""
    rows = engine.collect(rows_that_count(engine, *periods, as_of=as_of))
    found = zip(rows["first_month"].to_list(), rows["period_months"].to_list(), strict=True)
    return sorted((first // 12 * 100 + first % 12 + 1, length) for first, length in found)


@pytest.mark.parametrize(("period", "counts"), [
    ((202510, 1), False), ((202511, 1), True), ((202610, 1), True), ((202611, 1), False),
    ((202510, 3), False), ((202511, 3), True), ((202608, 3), True), ((202609, 3), False),
    ((202510, 12), False), ((202511, 12), True), ((202512, 12), False), ((202501, 12), False), ((202601, 12), False),
])  # fmt: skip
def test_a_row_counts_when_its_whole_period_lies_in_the_window(engine: Engine, period: Period, counts: bool) -> None:
    assert counted(engine, period) == ([period] if counts else [])


def test_in_january_the_window_is_the_calendar_year_before(engine: Engine) -> None:
    january = dt.date(2026, 1, 31)
    assert counted(engine, (202501, 12), (202412, 1), (202601, 1), as_of=january) == [(202501, 12)]


def test_the_day_of_the_month_does_not_move_the_window(engine: Engine) -> None:
    for day in (dt.date(2026, 11, 1), dt.date(2026, 11, 30)):
        assert counted(engine, (202510, 1), (202511, 1), (202610, 1), (202611, 1), as_of=day) == [
            (202511, 1),
            (202610, 1),
        ]


def test_a_quarter_swallows_its_three_months_and_not_those_around(engine: Engine) -> None:
    months = [(period, 1) for period in (202512, 202601, 202602, 202603, 202604)]
    assert counted(engine, (202601, 3), *months) == [(202512, 1), (202601, 3), (202604, 1)]


def test_a_year_swallows_quarters_and_months(engine: Engine) -> None:
    assert counted(engine, (202601, 3), (202605, 1), (202511, 12)) == [(202511, 12)]


def test_a_longer_row_outside_the_window_swallows_nothing(engine: Engine) -> None:
    rows = [(202510, 3), (202511, 1), (202512, 1), (202601, 12), (202601, 3)]
    assert counted(engine, *rows) == [(202511, 1), (202512, 1), (202601, 3)]


def test_quarters_that_overlap_in_part_are_equally_long_and_both_count(engine: Engine) -> None:
    assert counted(engine, (202601, 3), (202602, 3)) == [(202601, 3), (202602, 3)]


def test_months_inside_either_of_them_are_swallowed_once(engine: Engine) -> None:
    assert counted(engine, (202601, 3), (202602, 3), (202602, 1), (202604, 1), (202605, 1)) == [
        (202601, 3), (202602, 3), (202605, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("periods", "months"), [
    ([(202511, 12)], 12),
    ([(202601, 3), (202604, 1), (202610, 1)], 5),
    ([(202601, 3), (202602, 3)], 4),
    ([(202601, 3), (202602, 3), (202603, 3), (202607, 3)], 8),
    ([(202601, 3), (202604, 3)], 6),
    ([(202601, 3), (202603, 3), (202602, 1), (202606, 1)], 6),
    ([(202511, 3), (202512, 3), (202602, 3), (202605, 3), (202608, 3)], 12),
])  # fmt: skip
def test_a_month_with_records_is_counted_once(engine: Engine, periods: list[Period], months: int) -> None:
    (row,) = engine.collect(by_payer(rows_that_count(engine, *periods))).rows(named=True)
    assert row["months"] == months


@pytest.mark.parametrize(("exclude", "expected"), [(True, 70_000), (False, 90_000), (None, 90_000)])
def test_the_basic_pension_of_residents_is_taken_off_where_the_policy_says_so(
    engine: Engine, exclude: bool | None, expected: int
) -> None:
    pensions = pl.DataFrame(
        {
            "household_id": "H", "person_id": "P", "insurance_type": "城乡居民",
            "period_index": [months_since_year_0(p) for p in (202510, 202511, 202610, 202611)],
            "amount_fen": 45_000, "basic_amount_fen": 10_000,
        }
    )  # fmt: skip
    people = pl.DataFrame({"household_id": ["H"], "person_id": ["P"], "excluded": [exclude]})
    policy = nw.col("excluded")
    found = engine.collect(observed_pensions(engine.frame(pensions), engine.frame(people), policy, AS_OF))
    assert found["amount_fen"].to_list() == [expected]
