"""Which deliveries speak for which county: snapshot, increment, corrections, ties, age (spec page 2)."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from rules.facts.coverage import Delivered, coverage_rows, in_force, is_stale, replace_corrected

COUNTY = "150626"
AS_OF = dt.date(2026, 11, 20)
_numbers = itertools.count(1)


def delivered(area: str = COUNTY, day: int = 15, n: int = 1, month: int = 11) -> Delivered:
    return Delivered(next(_numbers), "tax", area, dt.date(2026, month, day), n)


def snapshot(*deliveries: Delivered, county: str = COUNTY) -> list[Delivered]:
    return in_force(deliveries, county, "snapshot", AS_OF)


def increment(*deliveries: Delivered, county: str = COUNTY) -> list[Delivered]:
    return in_force(deliveries, county, "increment", AS_OF)


def test_the_newest_snapshot_is_in_force() -> None:
    old, new = delivered(day=1), delivered(day=2)
    assert snapshot(new, old) == [new]


def test_a_delivery_of_today_is_in_force_and_one_of_tomorrow_is_not() -> None:
    today, tomorrow = delivered(day=20), delivered(day=21)
    assert snapshot(today, tomorrow) == [today]


def test_of_snapshots_of_one_day_the_longest_area_is_in_force() -> None:
    region, prefecture, county = delivered("15"), delivered("1506"), delivered("150626")
    assert snapshot(county, region, prefecture) == [county]
    assert snapshot(county, region, prefecture, county="150627") == [prefecture]
    assert snapshot(county, region, prefecture, county="150701") == [region]


def test_a_newer_file_of_the_region_goes_before_an_older_one_of_the_county() -> None:
    region, county = delivered("15", day=16), delivered("150626", day=15)
    assert snapshot(county, region) == [region]


def test_a_correction_goes_before_a_longer_area_of_the_same_day() -> None:
    region, county = delivered("15", n=2), delivered("150626", n=1)
    assert snapshot(county, region) == [region]


def test_an_area_next_door_covers_nothing() -> None:
    assert snapshot(delivered("150627"), delivered("36"), delivered("1507")) == []


def test_a_longer_area_does_not_cover_a_county_code_cut_short() -> None:
    assert snapshot(delivered("150626"), county="15") == []


def test_a_correction_replaces_every_lower_number_of_its_area_and_day() -> None:
    first, second, third = delivered(n=1), delivered(n=2), delivered(n=3)
    assert replace_corrected([third, first, second]) == [third]


def test_a_correction_replaces_an_increment_as_a_whole() -> None:
    first, second, other_day = delivered(n=1), delivered(n=2), delivered(day=14)
    assert increment(first, second, other_day) == [other_day, second]


def test_a_correction_does_not_touch_other_areas_or_days() -> None:
    county, region, earlier = delivered(n=2), delivered("15", n=1), delivered(day=14, n=1)
    assert replace_corrected([county, region, earlier]) == [earlier, region, county]


def test_increments_are_merged_oldest_first_then_correction_then_longest_area() -> None:
    region_1, county_1, region_2 = delivered("15"), delivered("150626"), delivered("15", n=2)
    newest = delivered("15", day=16)
    assert increment(newest, county_1, region_1) == [region_1, county_1, newest]
    assert increment(newest, county_1, region_1, region_2) == [county_1, region_2, newest]


def test_every_county_ranks_the_deliveries_that_cover_it() -> None:
    region, county = delivered("15"), delivered("150626")
    rows = coverage_rows([region, county], ["150626", "150701"], "increment", AS_OF)
    assert [(r["coverage"], r["delivery_no"], r["rank"]) for r in rows] == [
        ("150626", region.place, 0), ("150626", county.place, 1), ("150701", region.place, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("limit", "days", "stale"), [
    (40, 40, False), (40, 41, True), (70, 70, False), (70, 71, True), (100, 100, False), (100, 101, True),
    (40, 0, False), (None, 10_000, False),
])  # fmt: skip
def test_exactly_the_days_of_the_contract_are_fresh(limit: int | None, days: int, stale: bool) -> None:
    assert is_stale(AS_OF - dt.timedelta(days=days), AS_OF, limit) is stale
