"""What people report moves the ticket, once; everything else is set aside with its reason (spec page 4, "Life")."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from tickets.life import CAR, D0, FLAT, HOUSE, OTHER_TOWNSHIP, TOWNSHIP, World, days, refusals, report, told

from rules.tickets.refusals import REASONS
from rules.tickets.state import Ticket

DAY = D0 + days(10)


def test_the_whole_main_line_from_opening_to_closing() -> None:
    world = World()
    ticket = world.opened()
    world.say("ticket_receipts", ticket, received_on=D0, system="平台")
    world.say("ticket_handling", ticket, action="assigned", acted_on=D0 + days(1), handler="乙")
    world.say("ticket_handling", ticket, action="visited", acted_on=D0 + days(2), visitors="乙、丙")
    world.outcome(ticket, D0 + days(3), "change_confirmed", handler="乙", visited_on=D0 + days(3), visitors=None)
    result = world.check(DAY)
    assert told(result) == [
        ("received", ""), ("assigned", ""), ("visited", ""), ("visited", ""),
        ("concluded", "change_confirmed"), ("closed", "change_confirmed"),
    ]  # fmt: skip
    assert [e.by for e in result.events] == ["平台", "乙", "township", "乙", "乙", "乙"]
    assert (ticket.status, ticket.closed_on, ticket.outcome) == ("closed", D0 + days(3), "change_confirmed")


def test_a_report_taken_once_is_never_taken_again() -> None:
    world = World()
    ticket = world.opened()
    world.say("ticket_receipts", ticket, received_on=D0, system="平台")
    world.say("ticket_handling", ticket, action="assigned", acted_on=D0)
    assert len(world.check(DAY, CAR).events) == 2
    again = world.check(DAY + days(1), CAR)
    assert told(again) == [] and refusals(again) == []


def test_reports_are_taken_in_the_order_of_their_days_whatever_the_order_of_the_files() -> None:
    world = World()
    ticket = world.opened()
    world.outcome(ticket, D0 + days(5), "moved")
    world.say("ticket_receipts", ticket, received_on=D0 + days(5), system="平台")
    world.say("ticket_handling", ticket, action="assigned", acted_on=D0 + days(6))
    result = world.check(DAY, CAR)
    assert told(result)[:3] == [("received", ""), ("concluded", "moved"), ("closed", "moved")]
    assert refusals(result) == ["already_closed"]


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("unknown_ticket", "ticket_receipts", {"received_on": D0, "number": "150626-20200101-0000000000"}),
    ("other_township", "ticket_receipts", {"received_on": D0, "area": OTHER_TOWNSHIP}),
    ("other_township", "clarification_requests", {"requested_on": D0, "office": OTHER_TOWNSHIP, "requested_by": "乙"}),
    ("in_future", "ticket_receipts", {"received_on": DAY + days(1)}),
    ("before_opening", "ticket_handling", {"action": "assigned", "acted_on": D0 - days(1)}),
    ("visited_alone", "ticket_handling", {"action": "visited", "acted_on": D0, "visitors": "乙"}),
    ("visited_alone", "ticket_outcomes", {"handled_on": D0, "outcome": "no_issue", "visitors": "1"}),
    ("visited_alone", "ticket_outcomes", {"handled_on": D0, "outcome": "no_issue", "visitors": None}),
    ("not_closed", "recheck_results", {"rechecked_on": D0, "result": "confirmed"}),
    ("unknown_item", "objections", {"item_no": 2, "raised_on": D0}),
    ("no_objection", "objection_answers", {"item_no": 1, "answered_on": D0, "result": "upheld"}),
    ("no_referral", "referral_answers", {"department": "housing", "answered_on": D0, "result": "supported"}),
]


@pytest.mark.parametrize(("code", "feed", "cells"), REFUSED)
def test_what_cannot_be_is_set_aside_with_its_reason(code: str, feed: str, cells: dict[str, Any]) -> None:
    world = World()
    ticket = world.opened()
    given = dict(cells)
    world.say(feed, given.pop("number", ticket.ticket_id), **given)
    result = world.check(DAY, CAR)
    assert refusals(result) == [code]
    assert told(result) == [] and code in REASONS


def test_days_on_the_boundary_are_taken() -> None:
    world = World()
    ticket = world.opened()
    world.say("ticket_handling", ticket, action="assigned", acted_on=D0)
    world.say("ticket_handling", ticket, action="assigned", acted_on=DAY)
    world.say("ticket_receipts", ticket, received_on=DAY, system="", area=TOWNSHIP)
    assert refusals(world.check(DAY, CAR)) == []


def test_a_day_in_the_future_is_taken_when_it_has_come() -> None:
    world = World()
    ticket = world.opened()
    world.outcome(ticket, DAY + days(1))
    assert refusals(world.check(DAY, CAR)) == ["in_future"]
    result = world.check(DAY + days(1), CAR)
    assert refusals(result) == [] and ticket.closed_on == DAY + days(1)


def test_the_earliest_valid_outcome_closes_and_the_second_one_is_set_aside() -> None:
    world = World()
    ticket = world.opened()
    world.outcome(ticket, D0 + days(4), "data_error")
    world.outcome(ticket, D0 + days(2), "moved", visitors="乙")
    world.outcome(ticket, D0 + days(3), "no_issue")
    result = world.check(DAY, CAR)
    assert (ticket.closed_on, ticket.outcome) == (D0 + days(3), "no_issue")
    assert refusals(result) == ["visited_alone", "already_closed"]
    assert refusals(world.check(DAY + days(1))) == ["already_closed", "already_closed"]


def test_a_late_outcome_settles_an_item_that_was_on_the_ticket_went_and_came_back() -> None:
    """It was on the ticket on the day of the visit; nobody should be asked twice (decision 0005)."""
    world = World()
    ticket = world.opened(CAR, FLAT)
    assert told(world.check(D0 + days(5), FLAT)) == [("finding_withdrawn", "undeclared_vehicle")]
    assert told(world.check(D0 + days(8), CAR, FLAT)) == [("finding_added", "undeclared_vehicle")]
    world.outcome(ticket, D0 + days(3))
    result = world.check(DAY, CAR, FLAT)
    assert ticket.closed_on == D0 + days(3)
    assert {item.state for item in result.items} == {"suppressed"}
    assert list(world.tickets) == [ticket.ticket_id]


def test_an_outcome_may_rest_on_a_visit_by_two_recorded_before_but_not_on_a_later_one() -> None:
    for visit, code in ((D0 + days(3), []), (D0 + days(4), ["visited_alone"])):
        world = World()
        ticket = world.opened()
        world.say("ticket_handling", ticket, action="visited", acted_on=visit, visitors="乙、丙")
        world.outcome(ticket, D0 + days(3), visitors="")
        assert refusals(world.check(DAY, CAR)) == code


def test_a_help_ticket_may_be_visited_by_one() -> None:
    world = World()
    ticket = world.opened(HOUSE)
    world.say("ticket_handling", ticket, action="visited", acted_on=D0, visitors="乙")
    world.outcome(ticket, D0 + days(1), "new_need", visitors=None)
    assert refusals(world.check(DAY, HOUSE)) == [] and ticket.status == "closed"


# --- Objections --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["change_confirmed", "gradual_exit", "passed_away", "moved"])
def test_while_an_objection_waits_the_disputed_record_cannot_be_concluded_as_true(code: str) -> None:
    world = World()
    ticket = world.opened(CAR, FLAT)
    world.say("objections", ticket, item_no=2, raised_on=D0 + days(3), raised_by="甲", evidence="过户发票")
    world.outcome(ticket, D0 + days(3), code)
    result = world.check(D0 + days(4), CAR, FLAT, data_on=D0)
    assert refusals(result) == ["objection_open"] and ticket.is_open
    world.say("objection_answers", ticket, item_no=2, answered_on=D0 + days(3), result="upheld", answered_by="交管")
    result = world.check(D0 + days(5), CAR, FLAT, data_on=D0)
    assert told(result)[0] == ("objection_answered", "2:upheld") and ticket.status == "closed"


def test_before_the_objection_and_with_other_outcomes_the_ticket_can_be_concluded() -> None:
    for handled_on, code in ((D0 + days(2), "change_confirmed"), (D0 + days(3), "no_issue")):
        world = World()
        ticket = world.opened()
        world.say("objections", ticket, item_no=1, raised_on=D0 + days(3))
        world.outcome(ticket, handled_on, code)
        assert refusals(world.check(DAY, CAR, data_on=D0)) == [] and ticket.status == "closed"


def test_an_item_gone_from_newer_data_answers_the_objection_and_one_still_there_is_noted_once() -> None:
    world = World()
    ticket = world.opened(CAR, FLAT)
    for number in (1, 2):
        world.say("objections", ticket, item_no=number, raised_on=D0 + days(3))
    same_day = world.check(D0 + days(4), CAR, FLAT, data_on=D0 + days(3))
    assert [e for e, _ in told(same_day)] == ["objection_raised", "objection_raised"]
    newer = world.check(D0 + days(5), CAR, data_on=D0 + days(4))
    assert ("objection_answered", "1:no_longer_recorded") in told(newer)
    assert ("objection_rechecked", "2:still_recorded") in told(newer)
    assert not [e for e, _ in told(world.check(D0 + days(6), CAR)) if e.startswith("objection")]
    assert [m.subject for m in ticket.waiting("objection")] == ["2"]


def test_an_objection_is_not_answered_by_a_check_that_could_not_look() -> None:
    world = World()
    ticket = world.opened()
    world.say("objections", ticket, item_no=1, raised_on=D0)
    world.unchecked = {CAR[0]}
    world.check(DAY)
    assert ticket.waiting("objection")


def test_a_second_objection_to_the_same_item_waits_for_the_first_answer() -> None:
    world = World()
    ticket = world.opened()
    world.say("objections", ticket, item_no=1, raised_on=D0)
    world.say("objections", ticket, item_no=1, raised_on=D0 + days(1))
    assert refusals(world.check(D0 + days(1), CAR, data_on=D0)) == ["already_raised"]


# --- Clarification, referral, re-check ---------------------------------------------------------------------------------


def test_a_clarification_is_asked_and_answered_and_the_clock_keeps_running() -> None:
    world = World()
    ticket = world.opened()
    due_on = ticket.due_on
    world.say("clarification_requests", ticket, requested_on=D0, office=TOWNSHIP, requested_by="乙", question="哪辆车")
    assert told(world.check(D0 + days(1), CAR)) == [("clarification_requested", TOWNSHIP)]
    answer = {
        "requested_on": D0.isoformat(),
        "answered_on": D0 + days(2),
        "answered_by": "丁",
        "ticket_id": ticket.ticket_id,
    }
    world.reports.append(
        type(world.reports[0])("clarification_answers", ticket.ticket_id, (D0.isoformat(),), answer, "", "", 0)
    )
    assert told(world.check(D0 + days(2), CAR)) == [("clarification_answered", TOWNSHIP)]
    assert ticket.due_on == due_on and not ticket.waiting("clarification")


def test_an_outcome_referred_asks_the_departments_that_can_help() -> None:
    world = World()
    ticket = world.opened(HOUSE, ("unsafe_water", ""), ("willing_without_work", "p"))
    world.say("ticket_referrals", ticket, department="housing", referred_on=D0, need="修缮", referred_by="乙")
    world.outcome(ticket, D0 + days(1), "referred", visitors=None)
    result = world.check(DAY, HOUSE)
    assert [d for e, d in told(result) if e == "referred"] == ["housing", "human_resources", "water_resources"]
    world.say("ticket_referrals", ticket, department="housing", referred_on=D0 + days(2))
    world.say("referral_answers", ticket, department="housing", answered_on=D0 + days(3), result="accepted")
    world.say("referral_answers", ticket, department="housing", answered_on=D0 + days(9), result="supported")
    world.say("referral_answers", ticket, department="housing", answered_on=D0 + days(10), result="accepted")
    result = world.check(DAY + days(1), HOUSE)
    assert told(result) == [("referral_answered", "housing:accepted"), ("referral_answered", "housing:supported")]
    assert refusals(result) == ["already_referred", "no_referral"]


def closed_world(**policy: Any) -> tuple[World, Any]:
    world = World(**policy)
    ticket = world.opened()
    world.outcome(ticket, D0 + days(1))
    world.check(DAY, CAR)
    return world, ticket


def test_a_re_check_that_does_not_confirm_reopens_the_ticket_with_a_new_deadline() -> None:
    world, ticket = closed_world()
    world.say("recheck_results", ticket, rechecked_on=D0 + days(11), result="not_confirmed", checked_by="丁")
    again = world.check(D0 + days(12), CAR)
    assert told(again) == [("rechecked", "not_confirmed"), ("reopened", "")]
    assert (ticket.status, ticket.closed_on, ticket.due_on) == ("opened", None, D0 + days(32))
    later = world.check(D0 + days(13), CAR)
    assert told(later) == [] and refusals(later) == [], "the outcome of the first handling is spent"
    world.outcome(ticket, D0 + days(14), "change_confirmed")
    world.check(D0 + days(14), CAR)
    assert (ticket.status, ticket.outcome) == ("closed", "change_confirmed")


def test_a_re_check_that_confirms_leaves_it_closed_and_a_second_result_is_set_aside() -> None:
    world, ticket = closed_world()
    world.say("recheck_results", ticket, rechecked_on=D0 + days(11), result="confirmed")
    world.say("recheck_results", ticket, rechecked_on=D0 + days(12), result="not_confirmed")
    result = world.check(D0 + days(12), CAR)
    assert told(result) == [("rechecked", "confirmed")] and refusals(result) == ["already_rechecked"]


def test_a_record_corrected_after_the_re_check_calls_for_another_one() -> None:
    world, ticket = closed_world()
    world.say("recheck_results", ticket, rechecked_on=D0 + days(11), result="confirmed")
    world.say("objections", ticket, item_no=1, raised_on=D0 + days(12))
    world.say("objection_answers", ticket, item_no=1, answered_on=D0 + days(13), result="corrected")
    world.say("recheck_results", ticket, rechecked_on=D0 + days(14), result="not_confirmed")
    result = world.check(D0 + days(14), CAR, data_on=D0)
    assert refusals(result) == [] and ticket.status == "opened"


def test_a_re_check_dated_before_the_closing_is_set_aside() -> None:
    world, ticket = closed_world()
    world.say("recheck_results", ticket, rechecked_on=D0, result="confirmed")
    assert refusals(world.check(D0 + days(12), CAR)) == ["not_closed"]


def test_it_is_not_reopened_beside_another_open_ticket_of_the_household() -> None:
    world, ticket = closed_world()
    world.check(D0 + days(11), FLAT)
    world.say("recheck_results", ticket, rechecked_on=D0 + days(12), result="not_confirmed")
    assert told(world.check(D0 + days(12), FLAT)) == [("rechecked", "not_confirmed")]
    assert ticket.status == "closed"


def test_a_receipt_for_a_closed_ticket_is_set_aside() -> None:
    world, ticket = closed_world()
    world.reports.append(report("ticket_receipts", ticket.ticket_id, received_on=D0 + days(2)))
    assert refusals(world.check(dt.date(2026, 7, 1))) == ["already_closed"]


# --- Corrections (page 12, decision 0032)


def _closed_on_the_first_day() -> tuple[World, Ticket]:
    world = World()
    ticket = world.opened()
    world.outcome(ticket, D0 + days(2))
    world.check(D0 + days(2), CAR)
    return world, ticket


def _filed(world: World, on: dt.date, no: int = 1, area: str | None = None) -> None:
    """When, and by whom, the newest report was filed."""
    newest = world.reports[-1]
    world.reports[-1] = replace(newest, filed_on=on, filed_no=no, area=area or newest.area)


@pytest.mark.parametrize(
    ("after", "filed", "why"), [(15, 15, []), (16, 16, ["correction_late"]), (0, 16, ["correction_late"])]
)
def test_another_outcome_corrects_within_the_days_and_not_after(after: int, filed: int, why: list[str]) -> None:
    world, ticket = _closed_on_the_first_day()
    world.outcome(ticket, D0 + days(2 + after), "moved", handler="丙")
    _filed(world, D0 + days(2 + filed))
    result = world.check(D0 + days(2 + filed), CAR)
    assert refusals(result) == why
    corrected = [("corrected", "no_issue:moved"), ("concluded", "moved"), ("closed", "moved")]
    assert [one for one in told(result) if one[0] in dict(corrected)] == ([] if why else corrected)
    assert ticket.outcome == ("no_issue" if why else "moved")
    assert {item.state for item in result.items} == {"suppressed" if why else "known"}
    assert told(world.check(D0 + days(40))) == [], "once taken, never again"


def test_two_offices_that_contradict_each_other_are_both_sent_back_until_one_gives_way() -> None:
    world = World()
    ticket = world.opened()
    world.outcome(ticket, D0 + days(2))
    world.outcome(ticket, D0 + days(3), "moved")
    _filed(world, D0 + days(3), area=ticket.township_code)
    assert refusals(world.check(D0 + days(4), CAR)) == ["contradicted", "contradicted"]
    assert ticket.is_open
    world.outcome(ticket, D0 + days(4), "moved")
    _filed(world, D0 + days(5), no=2)
    world.check(D0 + days(5), CAR)
    assert (ticket.outcome, ticket.closed_on) == ("moved", D0 + days(3))
