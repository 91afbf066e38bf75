"""The plain-Python life of a ticket (tests/oracle) by itself: every refusal, and both sides of every date."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import pytest
from oracle.model import Context, Item, RuleResult
from oracle.policy import BUILT_IN, Policy
from oracle.refusals import REFUSALS
from oracle.reports import DAY_OF, Report
from oracle.supervision import draw, pass_time, recheck_objections, settle_deadline
from oracle.ticket import Ticket
from oracle.tickets import TicketBook
from oracle.workdays import WorkDays

OPENED = dt.date(2026, 9, 20)
DUE = dt.date(2026, 10, 10)
TODAY = dt.date(2026, 10, 20)
TOWNSHIP = "360202100000"
NUMBER = "360202-20260920-0123456789"
CAR = ("undeclared_vehicle", "赣H00001")


def day(month: int, number: int) -> dt.date:
    return dt.date(2026, month, number)


class Desk:
    """One book with one ticket, one item on it."""

    def __init__(self, direction: str = "verify", rule: str = "undeclared_vehicle") -> None:
        self.book = TicketBook()
        self.ticket = Ticket(NUMBER, "H1", "360202", TOWNSHIP, direction, "township", OPENED, OPENED, DUE, False)
        self.ticket.findings, self.ticket.put_on = {rule: {CAR}}, {CAR: OPENED}
        self.ticket.item_no = {CAR: 1}
        self.ticket.record("opened", OPENED, "shouwang", "", OPENED)
        self.book.tickets[NUMBER] = self.ticket

    def context(self, as_of: dt.date = TODAY) -> Context:
        return Context(as_of, cast(Any, NewestDays()), Policy([BUILT_IN]), {}, {}, {})

    def hear(self, feed: str, on: dt.date, as_of: dt.date = TODAY, area: str = "360202", **cells: Any) -> str:
        """'' when the report was taken, otherwise the code of its refusal."""
        row = {DAY_OF[feed]: on, "visited_on": None, **cells}
        key = (cells.get("item_no") or cells.get("department") or cells.get("action") or "", on)
        report = Report(feed, NUMBER, key, row, area, "file.csv", 2)
        refused = self.book.take_reports([report], self.context(as_of))
        return refused[0].code if refused else ""

    def close(self, on: dt.date, outcome: str = "no_issue", **cells: Any) -> str:
        return self.hear("ticket_outcomes", on, outcome=outcome, **{"visitors": "2", **cells})

    def told(self, *events: str) -> list[tuple[str, dt.date, str]]:
        return [(e.event, e.on, e.detail) for e in self.ticket.events if not events or e.event in events]


class NewestDays:
    """Every feed's newest data date is 2026-10-18."""

    def newest(self, _feed: str, _county: str) -> dt.date:
        return day(10, 18)


def test_the_codes_are_looked_at_in_the_order_of_the_list() -> None:
    codes = "other_township in_future before_opening before_reopening already_closed not_closed visited_alone unknown_item already_raised "
    codes += "no_objection no_referral already_referred objection_open already_rechecked"
    assert [code for code, _ in REFUSALS] == codes.split()
    assert Desk().book.take(None, Report("ticket_receipts", "x", (), {"received_on": TODAY}), [], Desk().context())


@pytest.mark.parametrize(
    ("on", "code"),
    [(day(9, 19), "before_opening"), (OPENED, ""), (TODAY, ""), (day(10, 21), "in_future")],
)
def test_a_report_is_of_a_day_from_opening_to_the_check_date(on: dt.date, code: str) -> None:
    assert Desk().hear("ticket_receipts", on) == code


def test_what_was_in_the_future_is_taken_once_its_day_has_come_and_only_once() -> None:
    desk = Desk()
    assert desk.hear("ticket_receipts", day(10, 21)) == "in_future"
    assert desk.hear("ticket_receipts", day(10, 21), as_of=day(10, 21)) == ""
    assert desk.hear("ticket_receipts", day(10, 21), as_of=day(11, 20)) == ""
    assert desk.told("received") == [("received", day(10, 21), "")]


def test_a_township_speaks_for_its_own_tickets_only() -> None:
    assert Desk().hear("ticket_receipts", OPENED, area=TOWNSHIP) == ""
    assert Desk().hear("ticket_receipts", OPENED, area="360202101000") == "other_township"
    asked = {"requested_by": "申请人"}
    assert Desk().hear("clarification_requests", OPENED, office="360202101000", **asked) == "other_township"
    assert Desk().hear("clarification_requests", OPENED, office=TOWNSHIP, **asked) == ""


@pytest.mark.parametrize(
    ("direction", "visitors", "visit_before", "code"),
    [
        ("verify", "2", None, ""), ("verify", "甲", None, "visited_alone"), ("help", "甲", None, ""),
        ("verify", None, None, "visited_alone"), ("verify", None, day(10, 5), ""),
        ("verify", None, day(10, 6), "visited_alone"), ("verify", "甲", day(10, 5), "visited_alone"),
    ],
)  # fmt: skip
def test_two_people_have_to_visit_for_a_verify_ticket(
    direction: str, visitors: str | None, visit_before: dt.date | None, code: str
) -> None:
    desk = Desk(direction)
    if visit_before:
        assert desk.hear("ticket_handling", visit_before, action="visited", visitors="甲") == "visited_alone"
        assert desk.hear("ticket_handling", visit_before, action="visited", visitors="甲、乙") == ""
    assert desk.close(day(10, 5), visitors=visitors) == code


@pytest.mark.parametrize(
    ("visited_on", "recorded"),
    [(day(9, 19), False), (OPENED, True), (day(10, 5), True), (day(10, 6), False)],
)
def test_an_outcome_brings_its_visit_when_the_day_can_be(visited_on: dt.date, recorded: bool) -> None:
    desk = Desk()
    desk.close(day(10, 5), visited_on=visited_on, handler="经办")
    visit = [("visited", visited_on, "")] if recorded else []
    ends = [("concluded", day(10, 5), "no_issue"), ("closed", day(10, 5), "no_issue")]
    assert desk.told()[1:] == visit + ends


def test_on_a_closed_ticket_only_what_concerns_closed_tickets_is_heard() -> None:
    desk = Desk()
    assert desk.hear("recheck_results", TODAY, result="confirmed") == "not_closed"
    assert desk.close(day(10, 5)) == ""
    assert desk.close(day(10, 5)) == ""  # the one that closed it
    assert desk.close(day(10, 6)) == "already_closed"
    assert desk.hear("ticket_receipts", day(10, 1)) == "already_closed"
    assert desk.hear("objections", TODAY, item_no=1) == ""
    assert desk.hear("ticket_referrals", TODAY, department="housing") == ""


def test_an_objection_concerns_an_item_and_waits_for_one_answer() -> None:
    desk = Desk()
    assert desk.hear("objections", day(10, 1), item_no=2) == "unknown_item"
    assert desk.hear("objection_answers", day(10, 3), item_no=1, result="upheld") == "no_objection"
    assert desk.hear("objections", day(10, 1), item_no=1) == ""
    assert desk.hear("objections", day(10, 2), item_no=1) == "already_raised"
    assert desk.hear("objection_answers", day(9, 30), item_no=1, result="upheld") == "no_objection"
    assert desk.hear("objection_answers", day(10, 1), item_no=1, result="upheld") == ""
    assert desk.hear("objection_answers", day(10, 4), item_no=1, result="upheld") == "no_objection"
    assert desk.hear("objections", day(10, 2), item_no=1) == ""


@pytest.mark.parametrize(
    ("outcome", "raised", "answered", "code"),
    [
        ("moved", day(10, 5), None, "objection_open"), ("moved", day(10, 6), None, ""), ("no_issue", day(10, 5), None, ""),
        ("moved", day(10, 1), day(10, 5), ""), ("moved", day(10, 1), day(10, 6), "objection_open"),
    ],
)  # fmt: skip
def test_nothing_is_concluded_as_confirmed_under_an_open_objection(
    outcome: str, raised: dt.date, answered: dt.date | None, code: str
) -> None:
    desk = Desk()
    desk.hear("objections", raised, item_no=1)
    if answered:
        desk.hear("objection_answers", answered, item_no=1, result="upheld")
    assert desk.close(day(10, 5), outcome) == code


def test_a_department_is_asked_once_and_answers_once() -> None:
    desk = Desk("help", "unsafe_housing")
    assert desk.hear("referral_answers", day(10, 3), department="housing", result="accepted") == "no_referral"
    assert desk.close(day(10, 5), "referred") == ""
    assert desk.told("referred") == [("referred", day(10, 5), "housing")]
    assert desk.hear("ticket_referrals", day(10, 1), department="housing") == "already_referred"
    assert desk.hear("referral_answers", day(10, 4), department="housing", result="accepted") == "no_referral"
    assert desk.hear("referral_answers", day(10, 5), department="housing", result="accepted") == ""
    assert desk.hear("referral_answers", day(10, 6), department="housing", result="supported") == ""  # after a progress
    assert desk.hear("referral_answers", day(10, 7), department="housing", result="supported") == "no_referral"


def test_a_recheck_that_does_not_confirm_opens_the_ticket_again() -> None:
    desk = Desk()
    desk.close(day(10, 5))
    assert desk.book.settled
    assert desk.hear("recheck_results", day(10, 8), result="not_confirmed") == ""
    assert (desk.ticket.status, desk.ticket.closed_on, desk.book.settled) == ("opened", None, {})
    assert desk.ticket.due_on == dt.date(2026, 11, 17)  # twenty working days from the check date
    assert desk.close(day(10, 7)) == "before_reopening"
    assert desk.ticket.is_open
    assert desk.hear("recheck_results", day(10, 9), result="confirmed") == "not_closed"
    assert desk.close(day(10, 8)) == ""
    assert desk.hear("recheck_results", day(10, 9), result="confirmed") == ""
    assert desk.hear("recheck_results", day(10, 10), result="confirmed") == "already_rechecked"


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (day(10, 4), []), (day(10, 5), ["reminded"]), (DUE, ["reminded"]), (day(10, 11), ["overdue"]),
        (day(10, 14), ["overdue"]), (day(10, 15), ["overdue", "county"]), (day(10, 24), ["overdue", "county"]),
        (day(10, 25), ["overdue", "county", "city"]),
    ],
)  # fmt: skip
def test_time_is_told_once_on_either_side_of_its_days(as_of: dt.date, expected: list[str]) -> None:
    desk = Desk()
    for _ in range(2):
        pass_time(desk.ticket, desk.context(as_of))
    found = [detail if event == "escalated" else event for event, _, detail in desk.told()[1:]]
    assert found == expected
    assert all(on == day(10, 11) for event, on, _ in desk.told("overdue"))


@pytest.mark.parametrize(
    ("raised", "holds", "expected"),
    [
        (day(10, 18), True, []), (day(10, 17), True, ["1:still_recorded"]), (day(10, 17), False, ["1:no_longer_recorded"]),
        (day(10, 17), None, []),
    ],
)  # fmt: skip
def test_an_objection_is_rechecked_once_against_newer_data(
    raised: dt.date, holds: bool | None, expected: list[str]
) -> None:
    desk = Desk()
    desk.hear("objections", raised, item_no=1)
    result = RuleResult("hit" if holds else "no_hit", items=[Item(CAR)] if holds else [])
    results = {} if holds is None else {("H1", "undeclared_vehicle"): result}
    for _ in range(2):
        recheck_objections(desk.ticket, desk.context(), results, set())
    assert [detail for _, _, detail in desk.told("objection_rechecked", "objection_answered")] == expected


def test_a_provisional_deadline_is_settled_only_later(tmp_path: Any) -> None:
    desk = Desk()
    desk.ticket.issued_on, desk.ticket.due_on = dt.date(2026, 12, 13), dt.date(2027, 1, 4)
    desk.ticket.deadline_provisional = True
    settle_deadline(desk.ticket, desk.context(), WorkDays())
    assert desk.ticket.deadline_provisional
    notice = "rest_days: [2027-01-01, 2027-01-02, 2027-01-03, 2027-01-04]"
    (tmp_path / "2027.yaml").write_text(notice, encoding="utf-8")
    terms = ("warning.deadline_days", "warning.deadline_unit")
    desk.ticket.county = "150626"  # twenty calendar days: 2 January 2027, a Saturday
    assert [desk.context().policy.value("150626", name, TODAY) for name in terms] == [20, "calendar_days"]
    settle_deadline(desk.ticket, desk.context(), WorkDays(tmp_path))
    assert desk.told("deadline_settled") == [("deadline_settled", TODAY, "2027-01-04 -> 2027-01-05")]


def test_the_draw_takes_the_share_of_todays_closings_rounded_up() -> None:
    desk = Desk()
    desk.close(day(10, 5))
    for _ in range(20):
        other = Desk()
        other.ticket.ticket_id = f"{NUMBER[:-2]}{len(desk.book.tickets):02d}"
        other.close(day(10, 6))
        desk.book.tickets[other.ticket.ticket_id] = other.ticket
    draw(desk.book.tickets.values(), desk.context())
    drawn = [m for t in desk.book.tickets.values() for m in t.matters]
    assert sorted(m.subject for m in drawn) == ["1", "2"]  # 5 % of 21
