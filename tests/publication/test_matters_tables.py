"""Tables about what happens around tickets: matters, supervision, the chain of a household; nothing unmasked."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from assets.publication.chain_steps import EVENT_EN, PROGRAMME_EN, STEP_OF, chain_steps
from assets.publication.inputs import Inputs
from assets.publication.life import Life
from assets.publication.people import BY_PEOPLE
from assets.publication.tables.makers import make_table
from data_contracts.publications import published
from policy.parameters import PROGRAMMES
from rules.tickets.state import Ticket
from rules.tickets.transitions import TRANSITIONS
from tests.publication.conftest import AS_OF
from tests.publication.follow_up import TOWNSHIP, County, aid, day

HOUSEHOLD = "15062600000000000001"


def test_matters_tell_how_long_they_have_been_waiting(inputs: Inputs) -> None:
    table = make_table("ticket_matters", inputs)
    objection, referral = table.sort("kind").iter_rows(named=True)
    assert (objection["household_id"], objection["county_code"]) == (HOUSEHOLD, "150626")
    assert (objection["waiting_days"], referral["waiting_days"]) == (5, None)
    assert (objection["opened_by"], referral["answered_by"]) == ("李**", "王**")
    assert objection["text"] == "车已过户, 见 150626********0021"
    assert referral["note"] == "已修 150626********0021"


def test_supervision_is_the_list_of_the_workbook_as_a_table(inputs: Inputs) -> None:
    table = make_table("supervision", inputs)
    (row,) = table.iter_rows(named=True)
    assert (row["kind"], row["kind_zh"], row["responsible_zh"]) == ("objection", "异议待答复", "公安交管")
    assert (row["matter_key"], row["waiting_days"], row["as_of"]) == ("1|2026-11-15", 5, AS_OF)


def test_the_chain_holds_aid_and_tickets_of_households_with_a_ticket(inputs: Inputs) -> None:
    table = make_table("household_chain", inputs)
    mine = table.filter(pl.col("household_id") == HOUSEHOLD)
    assert mine["seq"].to_list() == [1, 2, 3]
    assert mine["kind"].to_list() == ["aid", "ticket", "finding"]
    assert mine["what_zh"].to_list() == ["纳入低保,现月保障金额 815.00 元", "出单:核实", "疑点:名下有未申报机动车"]
    assert mine["known_on"].to_list() == [None, AS_OF, AS_OF]


def test_names_of_people_are_shortened_in_events_and_those_of_systems_are_not(inputs: Inputs) -> None:
    ticket_id = inputs.lake("tickets")["ticket_id"][0]
    by = {"received": "township-cases", "objection_raised": "李四光", "objection_answered": "shouwang",
          "referred": "township", "rechecked": "督查组 王秀英"}  # fmt: skip
    events = pl.DataFrame(
        [(ticket_id, number, event, AS_OF, who, "", AS_OF) for number, (event, who) in enumerate(by.items(), start=5)],
        schema=inputs.lake("ticket_events").schema, orient="row",
    )  # fmt: skip
    events.write_parquet(inputs.folder / "ticket_events.parquet")
    shown = dict(make_table("ticket_events", inputs).select("event", "by").iter_rows())
    assert shown["received"] == "township-cases"
    assert shown["objection_raised"] == "李**"
    assert shown["objection_answered"] == "shouwang"
    assert shown["referred"] == "township"
    assert shown["rechecked"] == "督******"


def test_every_event_has_its_step_and_its_words() -> None:
    assert set(STEP_OF) | {"closed"} == set(TRANSITIONS) == set(EVENT_EN) | {"closed"}
    assert set(STEP_OF.values()) | {"aid"} == {code.value for code in published("household_chain").column("kind").codes}
    assert set(PROGRAMME_EN) == set(PROGRAMMES)
    assert {"closed", "referral_answered", "reopened"} <= set(BY_PEOPLE)


def _told(county: County) -> list[dict[str, Any]]:
    return list(chain_steps(county.life(), aid("H1")).iter_rows(named=True))


@pytest.fixture
def county() -> County:
    """One household, much of what can happen to it."""
    county = County()
    ticket = county.open(1, "unsafe_housing", "willing_without_work", direction="help")
    county.happen(ticket, "visited", day(3), "赵敏")
    county.ask(ticket, "clarification", TOWNSHIP, day(4), "哪一位成员")
    county.happen(ticket, "clarification_requested", day(4), "孙丽", TOWNSHIP)
    county.ask(ticket, "objection", "2", day(5), "已在县里上班").answer(day(7), "人社", "corrected", "见合同", AS_OF)
    county.happen(ticket, "objection_raised", day(5), "李四光", "2")
    county.happen(ticket, "objection_answered", day(7), "人社", "2:corrected")
    county.happen(ticket, "finding_withdrawn", day(8), detail="willing_without_work")
    county.ask(ticket, "referral", "housing", day(9), "屋顶漏雨").answer(day(15), "钱进", "supported", "已修", AS_OF)
    county.happen(ticket, "referred", day(9), "赵敏", "housing")
    county.happen(ticket, "overdue", day(10), detail="2026-11-09")
    county.close(ticket, "referred", day(12))
    county.happen(ticket, "referral_answered", day(15), "钱进", "housing:supported")
    county.happen(ticket, "recheck_drawn", AS_OF, detail="1")
    return county


def test_the_steps_come_in_the_order_of_their_days_with_what_was_said(county: County) -> None:
    assert [(str(s["on"]), s["kind"], s["what_zh"], s["detail"]) for s in _told(county)] == [
        ("2018-01-01", "aid", "纳入低保边缘", ""),
        ("2019-12-31", "aid", "低保边缘:名册所载退出日期", ""),
        ("2020-01-01", "aid", "纳入低保,现月保障金额 815.00 元", ""),
        ("2026-10-20", "ticket", "出单:帮扶", ""),
        ("2026-10-20", "finding", "疑点:住房不安全", ""),
        ("2026-10-20", "finding", "疑点:有劳动能力和意愿未就业", ""),
        ("2026-11-03", "visit", "入户", ""),
        ("2026-11-04", "clarification", "申请点对点查看:150626100000", "哪一位成员"),
        ("2026-11-05", "objection", "提出异议:第2项", "已在县里上班"),
        ("2026-11-07", "answer", "答复异议:第2项,已更正", "见合同"),
        ("2026-11-08", "finding", "疑点不再成立:有劳动能力和意愿未就业", ""),
        ("2026-11-09", "referral", "转办:住建", "屋顶漏雨"),
        ("2026-11-10", "supervision", "超期:期限 2026-11-09", ""),
        ("2026-11-12", "outcome", "办结:转专项救助部门", ""),
        ("2026-11-15", "answer", "转办反馈:住建,已落实帮扶", "已修"),
        ("2026-11-20", "recheck", "抽中复查:第1位", ""),
    ]


def test_the_same_in_english(county: County) -> None:
    said = [step["what_en"] for step in _told(county)]
    assert said[2] == "enrolled: dibao (subsistence allowance), 815.00 yuan a month now"
    assert said[3] == "ticket opened: help may be needed"
    assert said[9] == "objection answered: item 2, the record was corrected"
    assert said[13] == "concluded and closed: Passed on to another department"


def test_a_finding_that_came_later_or_came_back_is_told_once_for_each_time() -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    _add(county, ticket, "undeclared_property", 2)
    county.happen(ticket, "finding_withdrawn", day(3), detail="undeclared_vehicle")
    _add(county, ticket, "undeclared_vehicle", 6)
    told = [(str(s["on"]), s["what_zh"]) for s in _told(county) if s["kind"] == "finding"]
    assert told == [
        ("2026-10-20", "疑点:名下有未申报机动车"),
        ("2026-11-02", "增加疑点:名下有未申报房产"),
        ("2026-11-03", "疑点不再成立:名下有未申报机动车"),
        ("2026-11-06", "增加疑点:名下有未申报机动车"),
    ]


def _add(county: County, ticket: Ticket, rule: str, on: int) -> None:
    ticket.put_on(rule, f"key of {rule}", day(on))
    county.happen(ticket, "finding_added", day(on), detail=rule)


def test_a_household_without_aid_or_tickets_has_no_steps() -> None:
    county = County()
    life: Life = county.life()
    assert chain_steps(life, aid()).height == 0
