"""What time brings: reminders, overdue marks, supervision level by level, the draw (each on both sides of its day)."""

from __future__ import annotations

import datetime as dt

import pytest
from tickets.life import CAR, D0, FLAT, World, days, told

from rules.tickets.transitions import OPEN, STATUSES, TRANSITIONS, after, refusal
from tools.ticket_life import PAGE, page

DUE = D0 + days(20)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (DUE - days(6), []),
        (DUE - days(5), ["reminded"]),
        (DUE, ["reminded"]),
        (DUE + days(1), ["overdue"]),
        (DUE + days(4), ["overdue"]),
        (DUE + days(5), ["overdue", "escalated"]),
        (DUE + days(14), ["overdue", "escalated"]),
        (DUE + days(15), ["overdue", "escalated", "escalated"]),
    ],
)
def test_what_a_first_look_on_a_day_brings(day: dt.date, expected: list[str]) -> None:
    world = World()
    world.opened()
    assert [event for event, _ in told(world.check(day, CAR))] == expected


def test_each_mark_is_given_once() -> None:
    world = World()
    ticket = world.opened()
    found = [told(world.check(DUE + days(n), CAR)) for n in (-5, 0, 1, 2, 5, 6, 15, 40)]
    assert [[event for event, _ in events] for events in found] == [
        ["reminded"], [], ["overdue"], [], ["escalated"], [], ["escalated"], [],
    ]  # fmt: skip
    assert ticket.escalated_to == "city" and ticket.overdue_days(DUE + days(40)) == 40
    assert found[2] == [("overdue", DUE.isoformat())] and found[4] == [("escalated", "county")]


def test_the_overdue_mark_bears_the_day_after_the_deadline_also_when_it_is_seen_later() -> None:
    world = World()
    world.opened()
    (event, *_) = world.check(DUE + days(3), CAR).events
    assert (event.event, event.on, event.at) == ("overdue", DUE + days(1), DUE + days(3))


def test_a_ticket_the_county_owns_is_told_to_the_city_only() -> None:
    world = World(owner="county")
    world.opened()
    assert [e for e, _ in told(world.check(DUE + days(5), CAR))] == ["overdue"]
    assert told(world.check(DUE + days(15), CAR)) == [("escalated", "city")]


def test_closed_tickets_are_left_alone() -> None:
    world = World()
    ticket = world.opened()
    world.outcome(ticket, D0 + days(1))
    world.check(D0 + days(2), CAR)
    assert told(world.check(DUE + days(30), CAR)) == []


def test_of_the_tickets_closed_on_a_check_date_the_share_is_drawn() -> None:
    world = World(recheck_share=1)
    ticket = world.opened()
    world.outcome(ticket, D0 + days(1))
    assert told(world.check(D0 + days(2), CAR))[-1] == ("recheck_drawn", "1")
    assert told(world.check(D0 + days(3), CAR)) == []


# --- Findings in shadow, held; items and their numbers --------------------------------------------------------------------


def test_a_rule_in_shadow_or_held_opens_no_ticket_and_its_items_say_so() -> None:
    for mode in ("shadow", "held"):
        world = World()
        world.modes = {CAR[0]: mode}
        result = world.check(D0, CAR)
        assert [i.state for i in result.items] == [mode] and not world.tickets


def test_what_is_already_on_a_ticket_stays_open_and_only_a_held_rule_withdraws_nothing() -> None:
    for mode, state, event in (("shadow", "open", ["finding_withdrawn"]), ("held", "held", [])):
        world = World()
        world.opened()
        world.modes = {CAR[0]: mode}
        assert [i.state for i in world.check(D0 + days(1), CAR).items] == [state]
        assert [e for e, _ in told(world.check(D0 + days(2)))] == event


def test_items_keep_their_numbers() -> None:
    world = World()
    ticket = world.opened(FLAT)
    world.check(D0 + days(1), CAR)
    world.check(D0 + days(2), CAR, FLAT)
    assert {key: item.item_no for key, item in ticket.items.items()} == {FLAT: 1, CAR: 2}


# --- A repeated check ------------------------------------------------------------------------------------------------


def test_a_ticket_somebody_acted_on_is_not_taken_back_by_a_repeat() -> None:
    world = World()
    old = world.opened(CAR)
    again = World()
    result = again.check(D0, kept=(old.as_opened(),))
    assert told(result) == [("opened", ""), ("finding_withdrawn", CAR[0])]
    assert again.tickets[old.ticket_id].is_open
    again.outcome(old.ticket_id, D0 + days(1))
    again.check(D0 + days(2), CAR)
    assert again.tickets[old.ticket_id].outcome == "no_issue"
    assert [i.state for i in again.check(D0 + days(3), CAR).items] == ["suppressed"], "what the person settled stays so"


def test_where_an_older_ticket_stands_for_it_its_reports_count_there() -> None:
    world = World()
    old = world.opened(CAR)
    again = World()
    again.check(D0 - days(30), CAR)
    again.check(D0, CAR, kept=(old.as_opened(),))
    (standing,) = again.tickets.values()
    assert again.aliases == {old.ticket_id: standing.ticket_id}
    again.outcome(old.ticket_id, D0 + days(1), "change_confirmed")
    again.check(D0 + days(2), CAR)
    assert (standing.status, standing.outcome) == ("closed", "change_confirmed")


# --- The table itself ------------------------------------------------------------------------------------------------


def test_every_status_can_be_reached_and_every_move_ends_in_a_known_status() -> None:
    ends = {status for transition in TRANSITIONS.values() for status in transition.moves.values()}
    assert ends | {"opened"} == set(STATUSES)
    assert all(set(t.allowed) <= set(STATUSES) and set(t.moves) <= set(t.allowed) for t in TRANSITIONS.values())


def test_only_a_person_closes_a_ticket_and_only_after_a_conclusion() -> None:
    closing = [t for t in TRANSITIONS.values() if "closed" in t.moves.values()]
    assert [(t.event, t.source, t.allowed) for t in closing] == [("closed", "people", ("concluded",))]


def test_what_the_table_does_not_allow_raises() -> None:
    for event, transition in TRANSITIONS.items():
        for status in STATUSES:
            if status in transition.allowed:
                assert after(event, status) in STATUSES and refusal(event, status) is None
            else:
                assert refusal(event, status) == ("not_closed" if status in OPEN else "already_closed")
                with pytest.raises(ValueError, match=event):
                    after(event, status)


def test_the_page_about_the_life_of_a_ticket_is_drawn_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tools.ticket_life`"
