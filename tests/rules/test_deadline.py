"""Deadlines around festivals, make-up days, the turn of the year and years without a notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.calendar import Notice, WorkCalendar
from policy.policy import PolicyBook
from rules.deadline import UNITS, Deadline, deadline, deadline_by_policy, explain_deadline, settle

CALENDAR = WorkCalendar()
BOOK = PolicyBook.load()
DAY = timedelta(days=1)

# case: check date, days, unit, roll_forward → date before rolling, due date, provisional
CASES: dict[str, tuple[date, int, str, bool, date, date, bool]] = {
    "twenty days end on a working day": (
        *(date(2026, 11, 20), 20, "calendar_days", True),
        *(date(2026, 12, 10), date(2026, 12, 10), False),
    ),
    "twenty days end on a Sunday and move to Monday": (
        *(date(2026, 11, 23), 20, "calendar_days", True),
        *(date(2026, 12, 13), date(2026, 12, 14), False),
    ),
    "where deadlines do not roll, a Sunday stays a Sunday": (
        *(date(2026, 11, 23), 20, "calendar_days", False),
        *(date(2026, 12, 13), date(2026, 12, 13), False),
    ),
    "twenty days end in the Spring Festival and move behind it": (
        *(date(2026, 1, 27), 20, "calendar_days", True),
        *(date(2026, 2, 16), date(2026, 2, 24), False),
    ),
    "twenty days end on a make-up Saturday, a working day": (
        *(date(2026, 1, 25), 20, "calendar_days", True),
        *(date(2026, 2, 14), date(2026, 2, 14), False),
    ),
    "the Sunday before the festival already belongs to it": (
        *(date(2026, 1, 26), 20, "calendar_days", True),
        *(date(2026, 2, 15), date(2026, 2, 24), False),
    ),
    "twenty days end in the National Day week": (
        *(date(2026, 9, 11), 20, "calendar_days", True),
        *(date(2026, 10, 1), date(2026, 10, 8), False),
    ),
    "twenty working days across Mid-Autumn and National Day with two make-up days": (
        *(date(2026, 9, 10), 20, "working_days", True),
        *(date(2026, 10, 14), date(2026, 10, 14), False),
    ),
    "twenty working days across the Spring Festival": (
        *(date(2026, 2, 6), 20, "working_days", True),
        *(date(2026, 3, 12), date(2026, 3, 12), False),
    ),
    "one working day after a Friday before a make-up Saturday is that Saturday": (
        *(date(2026, 10, 9), 1, "working_days", True),
        *(date(2026, 10, 10), date(2026, 10, 10), False),
    ),
    "working days pay no heed to rolling": (
        *(date(2026, 9, 30), 1, "working_days", False),
        *(date(2026, 10, 8), date(2026, 10, 8), False),
    ),
    "the day of issue is not counted even when it is a working day": (
        *(date(2026, 11, 16), 1, "working_days", True),
        *(date(2026, 11, 17), date(2026, 11, 17), False),
    ),
    "issued on a Saturday, the first working day is Monday": (
        *(date(2026, 11, 21), 1, "working_days", True),
        *(date(2026, 11, 23), date(2026, 11, 23), False),
    ),
    "the last day of a published year is settled": (
        *(date(2026, 12, 11), 20, "calendar_days", True),
        *(date(2026, 12, 31), date(2026, 12, 31), False),
    ),
    "one day later is New Year and moves over the weekend, provisional": (
        *(date(2026, 12, 12), 20, "calendar_days", True),
        *(date(2027, 1, 1), date(2027, 1, 4), True),
    ),
    "an unpublished year is provisional without rolling too": (
        *(date(2026, 12, 12), 20, "calendar_days", False),
        *(date(2027, 1, 1), date(2027, 1, 1), True),
    ),
    "a Saturday of January 2027 moves to Monday": (
        *(date(2026, 12, 20), 20, "calendar_days", True),
        *(date(2027, 1, 9), date(2027, 1, 11), True),
    ),
    "working days across the turn of the year skip 1 January only": (
        *(date(2026, 12, 20), 20, "working_days", True),
        *(date(2027, 1, 18), date(2027, 1, 18), True),
    ),
    "working days that end in December stay settled": (
        *(date(2026, 12, 3), 20, "working_days", True),
        *(date(2026, 12, 31), date(2026, 12, 31), False),
    ),
    "New Year's Eve 2027 is a rest day and the 4th of the month is not": (
        *(date(2027, 1, 16), 20, "calendar_days", True),
        *(date(2027, 2, 5), date(2027, 2, 9), True),
    ),
    "no make-up days in an unpublished year": (
        *(date(2027, 2, 4), 5, "working_days", True),
        *(date(2027, 2, 15), date(2027, 2, 15), True),
    ),
    "a Labour Day on a Saturday brings no substitute in an unpublished year": (
        *(date(2027, 4, 11), 20, "calendar_days", True),
        *(date(2027, 5, 1), date(2027, 5, 3), True),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_due_on(case: str) -> None:
    as_of, days, unit, roll_forward, before_rolling, due_on, provisional = CASES[case]
    result = deadline(as_of, days, unit, roll_forward, CALENDAR)
    assert (result.before_rolling, result.due_on, result.provisional) == (before_rolling, due_on, provisional)


def naive_rest_day(day: date) -> bool:
    """Page 4 once more, from the packages' own words and a hand-written 2027."""
    if day.year <= 2026:
        return bool(chinese_calendar.is_holiday(day))
    statutory = {
        *((1, 1), (2, 5), (2, 6), (2, 7), (2, 8), (4, 5), (5, 1), (5, 2), (6, 9)),
        *((9, 15), (10, 1), (10, 2), (10, 3)),
    }
    return day.isoweekday() > 5 or (day.month, day.day) in statutory


def naive_due_on(as_of: date, days: int, unit: str, roll_forward: bool, rest: Callable[[date], bool]) -> date:
    """One day at a time, as a clerk would tick them off."""
    day, ticked = as_of, 0
    while ticked < days:
        day += DAY
        ticked += 1 if unit == "calendar_days" or not rest(day) else 0
    while unit == "calendar_days" and roll_forward and rest(day):
        day += DAY
    return day


@settings(deadline=None)  # the first example imports the calendars
@given(
    as_of=st.dates(date(2004, 1, 1), date(2027, 8, 1)),
    days=st.integers(1, 45),
    unit=st.sampled_from(UNITS),
    roll_forward=st.booleans(),
)
def test_agrees_with_a_clerk_who_ticks_off_days(as_of: date, days: int, unit: str, roll_forward: bool) -> None:
    result = deadline(as_of, days, unit, roll_forward, CALENDAR)
    assert result.due_on == naive_due_on(as_of, days, unit, roll_forward, naive_rest_day)
    assert result.provisional is (result.due_on.year > 2026 or result.before_rolling.year > 2026)
    if unit == "working_days" or roll_forward:
        assert not naive_rest_day(result.due_on)


@pytest.mark.parametrize(("days", "unit"), [(0, "calendar_days"), (-1, "working_days"), (20, "weeks")])
def test_nonsense_is_refused(days: int, unit: str) -> None:
    with pytest.raises(ValueError, match=r"\|"):
        deadline(date(2026, 11, 20), days, unit, True, CALENDAR)


def published(rest: list[date], working: list[date]) -> WorkCalendar:
    """The calendar once a notice for 2027 is out."""
    days = {**dict.fromkeys(rest, True), **dict.fromkeys(working, False)}
    return WorkCalendar({2027: Notice(2027, days, "2027 年通知(测试)", "2027.yaml")})


def provisional_deadline() -> Deadline:
    """20 days from 2026-12-20: 2027-01-09, a Saturday, moved to Monday the 11th."""
    return deadline(date(2026, 12, 20), 20, "calendar_days", True, CALENDAR)


def settled(announced: date, calendar: WorkCalendar) -> Deadline:
    return settle(announced, deadline(date(2026, 12, 20), 20, "calendar_days", True, calendar), calendar)


def test_a_provisional_deadline_is_settled_where_it_was() -> None:
    result = settled(provisional_deadline().due_on, published([date(2027, 1, 1)], []))
    assert (result.due_on, result.provisional, result.recomputed_on) == (date(2027, 1, 11), False, None)


def test_a_provisional_deadline_moves_later_with_the_notice() -> None:
    result = settled(provisional_deadline().due_on, published([date(2027, 1, 11)], []))
    assert (result.due_on, result.provisional) == (date(2027, 1, 12), False)


def test_a_make_up_day_does_not_move_an_announced_deadline_earlier() -> None:
    calendar = published([], [date(2027, 1, 9)])
    result = settled(provisional_deadline().due_on, calendar)
    assert (result.due_on, result.provisional, result.recomputed_on) == (date(2027, 1, 11), False, date(2027, 1, 9))
    assert "不提前" in "".join(explain_deadline(result, calendar).zh)


def test_an_announced_day_that_became_a_rest_day_moves_on() -> None:
    result = settled(date(2027, 1, 11), published([date(2027, 1, 11)], [date(2027, 1, 9)]))
    assert result.due_on == date(2027, 1, 12)


def test_without_a_notice_nothing_is_settled() -> None:
    result = settled(provisional_deadline().due_on, CALENDAR)
    assert (result.due_on, result.provisional) == (date(2027, 1, 11), True)


def test_settling_twice_changes_nothing() -> None:
    calendar = published([date(2027, 1, 11)], [])
    once = settled(provisional_deadline().due_on, calendar)
    assert settled(once.due_on, calendar) == once


def test_150626_counts_calendar_days_by_its_notice() -> None:
    result, values = deadline_by_policy(BOOK, "150626", date(2026, 12, 20))
    assert (result.due_on, result.provisional) == (date(2027, 1, 11), True)
    zh, en = explain_deadline(result, BOOK.calendar, values).zh, explain_deadline(result, BOOK.calendar, values).en
    assert len(zh) == len(en)
    told = "\n".join(zh)
    for words in (
        "当日不计入",
        "2027-01-09(星期六)",
        "顺延",
        "周末",
        "2027 年放假安排尚未公布",
        "乌民政发〔2025〕23号 二(二)6",
        "民法典",
    ):
        assert words in told
    assert "Due on 2027-01-11 (Monday)." in en


def test_3602_counts_working_days_and_names_the_festivals() -> None:
    result, values = deadline_by_policy(BOOK, "360203", date(2026, 9, 10))
    told = "\n".join(explain_deadline(result, BOOK.calendar, values).zh)
    for words in (
        "20 个工作日",
        "中秋节",
        "2026-10-01 至 2026-10-07 国庆节",
        "2026-10-10 调休上班",
        "景民字〔2024〕40号 三(三)4",
    ):
        assert words in told
    assert "民法典" not in told
    assert "尚未公布" not in told


def test_an_assumed_limit_is_said_to_be_assumed() -> None:
    result, values = deadline_by_policy(BOOK, "440106", date(2026, 11, 23))
    told = explain_deadline(result, BOOK.calendar, values)
    assert any("默认值" in line for line in told.zh)
    assert any("assumed" in line for line in told.en)


def test_a_rest_day_that_stays_is_explained() -> None:
    result = deadline(date(2026, 11, 23), 20, "calendar_days", False, CALENDAR)
    assert any("不顺延" in line for line in explain_deadline(result, CALENDAR).zh)


def test_a_check_date_before_every_policy_is_refused() -> None:
    with pytest.raises(LookupError, match=r"warning\.deadline_days"):
        deadline_by_policy(BOOK, "150626", date(1999, 12, 31))
