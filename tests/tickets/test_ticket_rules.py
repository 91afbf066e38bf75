"""The small rules of a ticket's life, on both sides of each boundary (spec page 4)."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from rules.tickets.identity import add_months, highest, ticket_id
from rules.tickets.items import Settlement, item_state
from rules.tickets.reports import visitor_count

DAY = dt.date(2026, 11, 20)


def test_a_ticket_number_is_county_day_and_ten_hex_digits_of_the_hash() -> None:
    expected = hashlib.sha256(b"H1|verify|2026-11-20").hexdigest()[:10]
    assert ticket_id("150626", "H1", "verify", DAY) == f"150626-20261120-{expected}"


def test_the_highest_severity_wins() -> None:
    assert highest(["blue", "yellow", "orange"]) == "orange"
    assert highest(["blue", "red"]) == "red"


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (dt.date(2026, 8, 31), 6, dt.date(2027, 2, 28)),
        (dt.date(2027, 8, 31), 6, dt.date(2028, 2, 29)),
        (dt.date(2026, 11, 20), 1, dt.date(2026, 12, 20)),
        (dt.date(2026, 12, 31), 2, dt.date(2027, 2, 28)),
        (dt.date(2026, 6, 30), 6, dt.date(2026, 12, 30)),
        (dt.date(2026, 5, 15), 0, dt.date(2026, 5, 15)),
    ],
)
def test_months_later_is_clipped_to_the_end_of_the_month(day: dt.date, months: int, expected: dt.date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("as_of", "code", "expected"),
    [
        (dt.date(2026, 11, 19), "no_issue", "suppressed"),
        (dt.date(2026, 11, 20), "no_issue", "new"),
        (dt.date(2026, 11, 19), "data_error", "suppressed"),
        (dt.date(2026, 11, 19), "change_confirmed", "known"),
        (dt.date(2026, 11, 20), "change_confirmed", "new"),
    ],
)
def test_an_item_settled_six_months_ago_is_new_from_that_very_day(as_of: dt.date, code: str, expected: str) -> None:
    settled = Settlement(dt.date(2026, 5, 20), code)
    assert item_state(is_on_open_ticket=False, settlement=settled, suppress_months=6, as_of=as_of) == expected


def test_an_item_on_the_open_ticket_is_open_whatever_was_settled_before() -> None:
    settled = Settlement(DAY, "no_issue")
    assert item_state(is_on_open_ticket=True, settlement=settled, suppress_months=6, as_of=DAY) == "open"


@pytest.mark.parametrize(
    ("visitors", "count"),
    [
        (None, 0), ("", 0), ("1", 1), ("2", 2), ("2人", 2), ("３", 3), ("张三", 1), ("张三、李四", 2), ("张三,李四,王五", 3),
        ("张三 李四", 2), ("张三;张三", 1), ("张和平", 1),
    ],
)  # fmt: skip
def test_visitors_are_counted_from_a_number_or_from_different_names(visitors: str | None, count: int) -> None:
    assert visitor_count(visitors) == count
