"""Data quality by department: what was delivered, set aside and not taken, and which gaps can be closed."""

from __future__ import annotations

from pathlib import Path

import pytest
from notebook_kit import FIRST, SECOND, ask, one, run_notebook


@pytest.mark.parametrize("department", ["", "税务", "公安交管"])
def test_its_figures_are_those_of_the_deliveries(home: Path, monkeypatch: pytest.MonkeyPatch, department: str) -> None:
    run = run_notebook("data_quality", home, monkeypatch, department=department)
    where = f"feed IS NOT NULL AND '{department}' IN ('', department_zh)"
    ((files, read, accepted, aside, feeds, not_taken),) = ask(
        home, "SELECT count(*), sum(read)::BIGINT, sum(accepted)::BIGINT, sum(set_aside)::BIGINT, count(DISTINCT feed), "
        f"count(*) FILTER (status IN ('rejected', 'refused', 'duplicate')) FROM deliveries WHERE {where}",
    )  # fmt: skip
    assert run["headline"] == {
        "files": files, "files_not_taken": not_taken, "rows_read": read, "rows_accepted": accepted, "rows_set_aside": aside,
    }  # fmt: skip
    assert read == accepted + aside > 0
    assert len(run["feeds"]) == feeds
    assert sum(row[4] for row in run["feeds"]) == accepted and sum(row[5] for row in run["feeds"]) == aside
    assert {row[0] for row in run["feeds"]} == ({department} if department else {row[0] for row in run["feeds"]})


def test_the_age_of_the_data_in_force_is_shown_feed_by_feed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("data_quality", home, monkeypatch)
    ages = dict(ask(home, "SELECT feed_zh, oldest_days FROM delivery_quality"))
    assert {row[1]: row[-1] for row in run["feeds"]} == ages
    assert len(set(ages.values())) > 4


def test_reasons_add_up_to_the_rows_that_were_set_aside(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("data_quality", home, monkeypatch)
    rows = one(home, "SELECT count(*) FROM rejected_rows")
    assert sum(numbers[0] for _, _, numbers in run["reasons"]) == run["set_aside"]["行数"].sum() == rows > 0
    assert [numbers for *_, numbers in run["reasons"]] == sorted((n for *_, n in run["reasons"]), reverse=True)


def test_files_that_were_not_taken_are_named_with_the_reason(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("data_quality", home, monkeypatch)
    refused = ask(home, "SELECT file, reason_zh FROM deliveries WHERE status IN ('rejected', 'refused', 'unusable')")
    shown = {file: reason for _, file, _, reason in run["not_taken"]}
    assert refused and all(shown[file] == reason for file, reason in refused)


def test_its_trends_are_by_month_of_the_data_and_by_check_date(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("data_quality", home, monkeypatch)
    months = ask(
        home, "SELECT strftime(data_date, '%Y-%m'), sum(set_aside) / sum(read) FROM deliveries GROUP BY 1 "
        "HAVING sum(read) > 0 ORDER BY 1 DESC",
    )  # fmt: skip
    assert [(month, numbers[0]) for month, _, numbers in run["by_month"]] == [
        (month, pytest.approx(share)) for month, share in months
    ]
    for label, _, (missing, stale, no_record) in run["over_dates"]:
        counted = dict(
            ask(
                home,
                f"SELECT reason, sum(households)::BIGINT FROM rule_results WHERE as_of = '{label}' GROUP BY reason",
            )
        )
        assert (missing, stale, no_record) == tuple(
            counted.get(r, 0) for r in ("feed_missing", "feed_stale", "no_record")
        )
        assert missing > 0
    assert [label for label, *_ in run["over_dates"]] == [str(SECOND), str(FIRST)]


def test_gaps_say_who_can_close_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("data_quality", home, monkeypatch)
    gaps = ask(
        home, "SELECT gap_zh, count(DISTINCT household_id) FROM silent_check_readiness GROUP BY ALL ORDER BY ALL"
    )
    assert sorted(row[:2] for row in run["gaps"]) == gaps
    assert all(row[-1] not in ("", "民政") for row in run["gaps"]), "each kind of gap has its own words"
    assert run["by_township"].height == one(home, "SELECT count(*) FROM readiness_by_gap")
    vehicles = [row for row in run["missing"] if row[1] == "名下有未申报机动车"]
    assert [(row[0], row[2]) for row in vehicles] == [("360202", "没有覆盖本县的数据")]
    assert all(row[-1] for row in run["missing"])


def test_after_one_check_it_says_that_a_trend_comes_later(first_date: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("data_quality", first_date, monkeypatch)
    assert "只有一次核对" in run.shown and len(run["over_dates"]) == 1
