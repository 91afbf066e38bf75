"""What the sample generator planted is found, and what it planted just beside the boundary is not."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from assets.home import Home
from pipelines.check import CheckRun, run_check
from sample.generate import generate
from sample.truth import SampleSummary

AS_OF = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[SampleSummary, CheckRun]:
    root = tmp_path_factory.mktemp("planted")
    summary = generate(root / "landing", 400, seed=33)
    return summary, run_check(Home(root), AS_OF)


def test_every_planted_case_comes_out_as_the_truth_file_says(checked: tuple[SampleSummary, CheckRun]) -> None:
    summary, run = checked
    hits = set(run.findings.items.select("household_id", "rule").unique().iter_rows())
    wrong = [
        (case.household_id, case.rule, case.why)
        for case in summary.planted
        if ((case.household_id, case.rule) in hits) != (case.result == "hit")
    ]
    assert len(summary.planted) > 100
    assert not wrong


def test_every_planted_gap_is_listed_and_every_narrow_miss_is_not(checked: tuple[SampleSummary, CheckRun]) -> None:
    summary, run = checked
    gaps = set(run.registers.gaps.select("household_id", "gap").unique().iter_rows())
    wrong = [(g.household_id, g.gap, g.why) for g in summary.gaps if ((g.household_id, g.gap) in gaps) != g.holds]
    assert summary.gaps
    assert not wrong


def test_every_file_is_accepted_or_rejected_as_the_truth_file_says(checked: tuple[SampleSummary, CheckRun]) -> None:
    summary, run = checked
    statuses = {delivery.file.shown: delivery.status for delivery in run.stock.deliveries.values()}
    assert {file.path: file.expect for file in summary.files} == statuses


def test_nothing_of_people_without_consent_lies_in_the_lake(checked: tuple[SampleSummary, CheckRun]) -> None:
    summary, run = checked
    frames = [pl.read_parquet(path) for path in (run.home.root / "lake").rglob("*.parquet")]
    stored = {text for frame in frames for column in frame.select(pl.col(pl.String)) for text in column.unique()}
    plates = {planted.plate_no for planted in summary.not_consented}
    assert plates
    assert not plates & stored
