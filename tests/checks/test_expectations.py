"""Every expectation holds on good frames and fails on a frame with one bad row."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from checks.expectations import SUITE, Expectation, run_suite
from checks.frames import FINDINGS, PEOPLE, TICKET_ADDED, TICKETS, published_frames
from checks.result_page import result_page
from rules.findings import ALL

TICKET: dict[str, Any] = {
    "ticket_id": "150626-20261120-0087c0516c",
    "as_of": "2026-11-20",
    "change": "opened",
    "status": "opened",
    "direction": "verify",
    "severity": "red",
    "household_id": "H1",
    "applicant_id_masked": "150626********501X",
    "township_code": "150626104000",
    "county_code": "150626",
    "owner": "township",
    "opened_on": "2026-11-20",
    "due_on": "2026-12-10",
    "deadline_unit": "calendar_days",
    "deadline_days": 20,
    "overdue_days": 0,
    "highest": "red",
    "county_of_township": "150626",
    "reasons": 1,
}
FINDING: dict[str, Any] = {
    "rule": "undeclared_vehicle",
    "severity": "red",
    "since": "2026-11-20",
    "as_of": "2026-11-20",
    "explanation_zh": "公安交管登记有1辆机动车未申报。以上为比对线索,待核实,不作认定。",
    "items": 1,
    "parameters": 1,
}
COUNTY: dict[str, Any] = {
    "county": "150626",
    "households": 100,
    "pct_with_ticket": 10,
    "pct_admitted": 90,
    "pct_not_checked": 10,
}


def good_frames() -> dict[str, pl.DataFrame]:
    rules = [{"rule": rule.code, "households": 7, "active": 7} for rule in ALL]
    other = {**TICKET, "ticket_id": "150626-20261120-0087c0516d", "direction": "help"}
    return {
        "tickets": pl.DataFrame([TICKET, other], schema={**TICKETS, **TICKET_ADDED}),
        "open_tickets": pl.DataFrame({"household_id": ["H1", "H1", "H2"], "direction": ["verify", "help", "verify"]}),
        "findings": pl.DataFrame([FINDING], schema=FINDINGS),
        "people": pl.DataFrame({"masked": ["150626********501X", "150626********5015"]}, schema=PEOPLE),
        "results": pl.DataFrame({"result": ["hit", "not_checked"], "households": [1, 6]}),
        "rules": pl.DataFrame(rules),
        "counties": pl.DataFrame([COUNTY]),
    }


BAD_ROWS: dict[str, list[dict[str, Any]]] = {
    "ticket_number_shape": [{"ticket_id": "150626-2026-11-20-1"}, {"ticket_id": ""}],
    "ticket_number_once": [{}],
    "one_open_ticket": [{"household_id": "H1", "direction": "verify"}],
    "tickets_severity_known": [{"severity": "purple"}, {"severity": ""}],
    "tickets_direction_known": [{"direction": "stop"}],
    "tickets_status_known": [{"status": "cancelled"}],
    "tickets_change_known": [{"change": "deleted"}],
    "tickets_deadline_unit_known": [{"deadline_unit": "hours"}],
    "due_after_opened": [{"due_on": "2026-11-20"}, {"due_on": ""}],
    "opening_date_present": [{"opened_on": ""}],
    "due_date_present": [{"due_on": ""}],
    "owner_present": [{"owner": ""}, {"owner": " "}],
    "overdue_not_negative": [{"overdue_days": -1}],
    "severity_is_highest": [{"severity": "yellow"}, {"highest": ""}],
    "township_in_county": [{"township_code": "150627104000", "county_of_township": "150627"}],
    "reason_present": [{"reasons": 0}],
    "findings_rule_known": [{"rule": "bad_person"}],
    "findings_severity_known": [{"severity": "black"}],
    "explanation_present": [{"explanation_zh": ""}, {"explanation_zh": "见附件"}],
    "words_are_neutral": [
        {"explanation_zh": "该户涉嫌骗取低保金,应当退还。"},
        {"explanation_zh": "a suspected FRAUD case"},
    ],
    "no_whole_number_in_words": [{"explanation_zh": "成员 11010519491231002X 名下有车"}],
    "evidence_present": [{"items": 0}],
    "parameters_named": [{"parameters": 0}],
    "since_not_later": [{"since": "2026-11-21"}],
    "numbers_are_masked": [{"masked": "11010519491231002X"}, {"masked": ""}, {"masked": "150626********50"}],
    "results_result_known": [{"result": "guilty"}],
    "results_positive": [{"households": 0}],
    "results_add_up": [{"households": 6, "active": 7}],
    "every_rule_reported": [{"rule": "sixteenth"}],
    "share_with_ticket": [{"pct_with_ticket": 41}],
    "share_admitted": [{"pct_admitted": 49}],
    "share_not_checked": [{"pct_not_checked": 51}],
}


def test_good_frames_satisfy_every_expectation() -> None:
    outcomes = run_suite(good_frames())
    assert [o.expectation.name for o in outcomes if not o.passed] == []
    assert [o.expectation for o in outcomes] == list(SUITE)


def test_every_expectation_has_a_bad_row() -> None:
    assert set(BAD_ROWS) == {e.name for e in SUITE}
    assert len({e.name for e in SUITE}) == len(SUITE)


@pytest.mark.parametrize("expectation", SUITE, ids=lambda e: e.name)
def test_a_bad_row_fails_its_expectation(expectation: Expectation) -> None:
    frames = good_frames()
    good = frames[expectation.table]
    for bad in BAD_ROWS[expectation.name]:
        row = pl.DataFrame([{**good.row(0, named=True), **bad}], schema=good.schema)
        frames[expectation.table] = pl.concat([good, row])
        (outcome,) = run_suite(frames, [expectation])
        assert not outcome.passed, bad
        assert outcome.problems is None or outcome.problems >= 1


def test_a_rule_without_results_is_noticed() -> None:
    frames = good_frames()
    frames["rules"] = frames["rules"].head(14)
    (outcome,) = run_suite(frames, [e for e in SUITE if e.name == "every_rule_reported"])
    assert not outcome.passed


def test_a_date_without_tickets_is_fine() -> None:
    frames = {name: frame.clear() if name in ("tickets", "open_tickets", "findings", "people") else frame
              for name, frame in good_frames().items()}  # fmt: skip
    assert all(o.passed for o in run_suite(frames))


def test_frames_are_read_from_a_publication(tmp_path: Path) -> None:
    ticket = {k: v for k, v in TICKET.items() if k in TICKETS}
    finding = {
        "rule": "undeclared_vehicle", "severity": "orange", "since": "2026-11-20", "explanation_zh": None,
        "items": [{"person": "150626********501X", "plate_no": "x"}, {"grade": "C"}],
        "parameters": [{}], "missing_records": ["150626********5015"],
    }  # fmt: skip
    (tmp_path / "warnings").mkdir()
    lines = [
        {**ticket, "findings": [finding], "withdrawn": []},
        {**ticket, "findings": [], "withdrawn": [{}], "due_on": None},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "warnings" / "tickets.jsonl").write_text(text, encoding="utf-8")
    counted = {"county": ["150626", "150626"], "rule": ["a", "a"], "result": ["hit", "no_hit"], "reason": [None, None]}
    pl.DataFrame({**counted, "households": [1, 3]}).write_parquet(tmp_path / "rule_results.parquet")
    homes = {
        "household_id": ["H1", "H2", "H3", "H4"],
        "county": ["150626"] * 3 + [""],
        "is_admitted": [True] * 3 + [False],
    }
    pl.DataFrame(homes).write_parquet(tmp_path / "households.parquet")

    frames = published_frames(tmp_path, tmp_path)

    assert frames["tickets"]["highest"].to_list() == ["orange", "red"]
    assert frames["tickets"]["reasons"].to_list() == [1, 1]
    assert frames["tickets"]["due_on"].to_list() == ["2026-12-10", ""], "a missing value must not be skipped"
    assert frames["findings"]["items"].to_list() == [2]
    assert frames["findings"]["explanation_zh"].to_list() == [""]
    assert frames["people"]["masked"].len() == 4
    assert frames["rules"].rows() == [("a", 4, 4)]
    assert frames["counties"].rows() == [("150626", 3, 33, 100, 0)]


def test_the_page_needs_nothing_from_outside_and_names_nobody() -> None:
    frames = good_frames()
    bad = pl.DataFrame({"masked": ["11010519491231002X"]}, schema=PEOPLE)
    frames["people"] = pl.concat([frames["people"], bad])
    chosen = [e for e in SUITE if e.table in ("people", "counties")]
    page = result_page(run_suite(frames, chosen), dt.date(2026, 11, 20), 3)
    assert not re.search(r"https?:|//|src=|href=|@import|url\(|<script", page)
    assert "11010519491231002X" not in page
    assert "证件号码均已遮盖" in page and "every identity number is masked" in page
    assert "✗ 不符" in page and "✓ 符合" in page and "第 3 批" in page
