"""Referral workbooks: what a department needs to help and nothing else, and the way back as referral_answers."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from assets.landing import LandingFile
from assets.publication.referrals import common_area, guide_lines, referral_rows, write_referrals
from assets.reading.delivery import read_delivery
from data_contracts import feed_contract
from data_contracts.publications import published
from rules.findings import ALL
from tests.publication.follow_up import AS_OF, WOMAN, County, day

SURVEY = {"grade": "C", "on": "2026-03-28"}
RISK = {"factors": ["housing_safety", "income_below_standard"]}
IDLE = {"person": "150626********0021", "person_name": "王秀英"}


def _county() -> County:
    county = County()
    ticket = county.open(1, "unsafe_housing", "poverty_return_risk", "willing_without_work", direction="help")
    county.show(ticket, "unsafe_housing", SURVEY)
    county.show(ticket, "poverty_return_risk", RISK)
    county.show(ticket, "willing_without_work", IDLE)
    for department in ("housing", "agriculture", "human_resources", "education"):
        text = f"孩子需助学金,联系 {WOMAN}" if department == "education" else ""
        county.ask(ticket, "referral", department, day(5), text, known_on=day(6))
    return county


def _row(county: County, department: str) -> dict[str, Any]:
    (row,) = referral_rows(county.tickets.values(), AS_OF)[department]
    return row


def test_each_department_gets_what_concerns_it_and_nothing_about_income() -> None:
    county = _county()
    assert _row(county, "housing")["explanation"] == "入户调查:2026-03-28住房鉴定等级C。"
    assert _row(county, "agriculture")["explanation"] == "存在返贫致贫风险因素:住房不安全。"
    assert _row(county, "human_resources")["explanation"].endswith("王秀英(150626********0021)。")
    assert _row(county, "education")["explanation"] == ""
    shown = str(referral_rows(county.tickets.values(), AS_OF))
    assert "收入" not in shown
    assert WOMAN not in shown
    assert _row(county, "education")["need"] == "孩子需助学金,联系 150626********0021"


def test_every_rule_with_a_department_has_words_for_it() -> None:
    assert all(bool(rule.need_zh) == bool(rule.refer_to) for rule in ALL)
    assert not [rule.code for rule in ALL if "收入" in rule.need_zh or "房产" in rule.need_zh]


def test_a_finding_that_no_longer_holds_is_not_passed_on() -> None:
    county = _county()
    (ticket,) = county.tickets.values()
    ticket.findings["unsafe_housing"].withdrawn_on = day(10)
    assert (_row(county, "housing")["labels"], _row(county, "housing")["explanation"]) == ("", "")


@pytest.mark.parametrize(
    ("known_on", "result", "state"),
    [(AS_OF, "", "本期新转办"), (day(6), "", "待反馈"), (day(6), "accepted", "2026-11-10 已受理")],
)
def test_what_is_not_settled_stays_listed(known_on: dt.date, result: str, state: str) -> None:
    county = _county()
    (ticket,) = county.tickets.values()
    matter = ticket.matters[0]
    matter.known_on = known_on
    if result:
        matter.answer(day(10), "某人", result, "", day(12))
    row = _row(county, "housing")
    assert (row["state"], row["waiting_days"]) == (state, 15)


@pytest.mark.parametrize("result", ["supported", "not_applicable"])
def test_what_is_settled_is_listed_no_more(result: str) -> None:
    county = _county()
    (ticket,) = county.tickets.values()
    ticket.matters[0].answer(day(10), "某人", result, "", day(12))
    assert list(referral_rows(county.tickets.values(), AS_OF)) == ["agriculture", "education", "human_resources"]


def test_the_filled_in_sheet_comes_back_as_referral_answers(tmp_path: Path) -> None:
    county = _county()
    second = county.open(2, "unsafe_housing", direction="help")
    county.ask(second, "referral", "housing", day(5))
    assert write_referrals(county.tickets.values(), tmp_path, AS_OF)["housing.xlsx"] == 2
    book = openpyxl.load_workbook(tmp_path / "housing.xlsx")
    sheet = book["转办事项"]
    row = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert [head for head, cell in row.items() if not cell.protection.locked] == [
        "反馈日期",
        "反馈结果",
        "反馈人",
        "备注",
    ]
    row["反馈日期"].value, row["反馈结果"].value = dt.date(2026, 11, 23), "不属本部门或不符合条件"
    row["反馈人"].value = "钱进"
    path = tmp_path / "landing" / "referral_answers" / "150626_20261124.xlsx"
    path.parent.mkdir(parents=True)
    book.save(path)

    file = LandingFile("referral_answers", dt.date(2026, 11, 24), 1, "150626", path.name, "xlsx", path)
    reading = read_delivery(file, None, tmp_path / "rows.parquet", 1)
    assert (reading.read, reading.accepted) == (1, 1)
    (answer,) = pl.read_parquet(tmp_path / "rows.parquet").iter_rows(named=True)
    assert answer["ticket_id"] == next(iter(county.tickets))
    assert (answer["department"], answer["result"]) == ("housing", "not_applicable")
    assert (answer["answered_on"], answer["answered_by"]) == (dt.date(2026, 11, 23), "钱进")


def test_results_are_chosen_from_a_list(tmp_path: Path) -> None:
    write_referrals(_county().tickets.values(), tmp_path, AS_OF)
    book = openpyxl.load_workbook(tmp_path / "housing.xlsx")
    (chosen,) = [v for v in book["转办事项"].data_validations.dataValidation if v.type == "list"]
    first, last = chosen.formula1.replace("填写说明!", "").replace("$", "").removeprefix("=").split(":")
    listed = [cell.value for (cell,) in book["填写说明"][f"{first}:{last}"]]
    assert listed == [code.label_zh for code in feed_contract("referral_answers").column("result").codes]
    assert book["转办事项"].max_column == len(published("referral_workbook").columns)


@pytest.mark.parametrize(
    ("counties", "area"),
    [
        (["150626"], "150626"),
        (["150626", "150626"], "150626"),
        (["150626", "150627"], "1506"),
        (["150626", "152921"], "15"),
        (["150626", "360202"], ""),
    ],
)
def test_the_file_to_send_back_is_named_after_the_area_all_rows_share(counties: list[str], area: str) -> None:
    rows = [{"county_code": county} for county in counties]
    assert common_area(rows) == area
    lines = " ".join(guide_lines("住建", rows, AS_OF))
    assert (f"如 {area}_20261120.xlsx" in lines) == bool(area)


def test_the_same_tickets_give_the_same_bytes(tmp_path: Path) -> None:
    write_referrals(_county().tickets.values(), tmp_path / "one", AS_OF)
    time.sleep(1.1)  # a clock in the file would show in its seconds
    write_referrals(_county().tickets.values(), tmp_path / "two", AS_OF)
    for name in ("housing.xlsx", "education.xlsx"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
