"""A snapshot with far fewer rows than the one before it is held; what it is compared with (spec page 2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from rules.facts.coverage import Delivered, Shrunk, shrunk


def delivered(rows: int, month: int, area: str = "150626", n: int = 1, day: int = 15) -> Delivered:
    return Delivered(int(f"{month}{day}{n}{len(area)}"), "vehicles", area, dt.date(2026, month, day), n, rows)


def held(*deliveries: Delivered, share: str = "0.5", signed: tuple[Delivered, ...] = ()) -> set[int]:
    return {d.rows for d in deliveries if d.place in found(*deliveries, share=share, signed=signed)}


def found(*deliveries: Delivered, share: str = "0.5", signed: tuple[Delivered, ...] = ()) -> dict[int, Shrunk]:
    return shrunk(deliveries, lambda _: Decimal(share), lambda d: d in signed)


@pytest.mark.parametrize(
    ("before", "rows", "share", "is_held"),
    [
        *((100, 49, "0.5", True), (100, 50, "0.5", False), (101, 50, "0.5", True), (101, 51, "0.5", False)),
        *((1, 0, "0.5", True), (2, 1, "0.5", False), (3, 1, "0.5", True), (0, 0, "0.5", False), (0, 7, "0.5", False)),
        *((100, 0, "0", True), (100, 1, "0", False), (100, 99, "1", True), (100, 100, "1", False)),
        *((3, 1, "0.3333", False), (3, 1, "0.3334", True)),
    ],
)
def test_fewer_rows_than_the_share_or_none_at_all_exactly_the_share_is_enough(
    before: int, rows: int, share: str, is_held: bool
) -> None:
    first, second = delivered(before, 10), delivered(rows, 11)
    assert (second.place in found(first, second, share=share)) == is_held


def test_the_first_delivery_is_never_held() -> None:
    assert held(delivered(0, 10)) == held(delivered(1, 10)) == set()


def test_what_is_held_is_no_measure_and_a_newer_sound_one_replaces_it() -> None:
    sound, short, shorter, newer = delivered(100, 8), delivered(40, 9), delivered(30, 10), delivered(90, 11)
    assert held(newer, shorter, sound, short) == {40, 30}
    before = found(sound, short, shorter, newer)
    assert [one.before for one in before.values()] == [(sound,), (sound,)]
    assert all(one.is_replaced for one in before.values())
    assert not found(sound, short)[short.place].is_replaced


def test_a_correction_that_shrank_is_held_and_one_that_restores_the_rows_is_not() -> None:
    first, short, whole = delivered(100, 11), delivered(10, 11, n=2), delivered(95, 11, n=3)
    assert held(first, short) == {10}
    assert held(first, short, whole) == {10}


def test_a_signed_off_delivery_counts_and_is_the_measure_of_the_next() -> None:
    sound, short, next_one = delivered(100, 9), delivered(20, 10), delivered(15, 11)
    assert held(sound, short, next_one) == {20, 15}
    assert held(sound, short, next_one, signed=(short,)) == set()


def test_a_county_is_not_compared_with_the_region_it_is_a_part_of_unless_nothing_is_left() -> None:
    region = delivered(10_000, 9, "15")
    assert held(region, delivered(300, 10)) == set()
    assert held(region, delivered(0, 10)) == {0}
    assert held(delivered(700, 8), region, delivered(300, 10)) == {300}  # its own earlier one says how many there are


def test_a_region_is_compared_with_its_last_one_or_with_all_its_parts_together() -> None:
    parts = delivered(600, 8, "150626"), delivered(500, 8, "150625"), delivered(100, 8, "3602")
    assert held(*parts, delivered(549, 10, "15")) == {549}
    assert held(*parts, delivered(550, 10, "15")) == set()
    nested = (*parts, delivered(1_000, 9, "1506"))  # the counties are within it and not counted twice
    assert held(*nested, delivered(499, 10, "15")) == {499}
    assert held(*nested, delivered(500, 10, "15")) == set()
    assert held(delivered(1_000, 7, "15"), *parts, delivered(500, 10, "15")) == set()


def test_other_areas_say_nothing() -> None:
    assert held(delivered(1_000, 9, "3602"), delivered(1, 10, "1506"), delivered(1, 10, "150726")) == set()


def test_a_wider_area_of_the_same_day_comes_first() -> None:
    """As in coverage: of one day the longest area wins, so it is looked at last."""
    region, county = delivered(0, 10, "15"), delivered(100, 10)
    assert held(region, county) == set()
    assert held(delivered(200, 9), region, county) == {0}
