"""What makes a household different from one check date to the next: both sides of every boundary."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from assets.changes import (
    MOST_HOUSEHOLDS,
    MOST_SHARE,
    Exchange,
    Moved,
    birthdays,
    crossed,
    differing,
    households_of,
    scope_of,
    with_those_who_share_people,
)

TENTH, FIFTEENTH = dt.date(2026, 11, 10), dt.date(2026, 11, 15)


def person(born: str, serial: int = 1) -> int:
    """The first 17 digits of a number."""
    return int(f"150626{born}{serial:03}")


def links(*pairs: tuple[str, int]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"household_id": pl.String, "person_id": pl.Int64}, orient="row")


def surveys(folder: Path, *days: dt.date) -> Path:
    path = folder / "rows.parquet"
    rows = {"household_id": [str(day) for day in days], "surveyed_on": days, "delivery_no": [1] * len(days)}
    pl.DataFrame(rows).write_parquet(path)
    return path


@pytest.mark.parametrize(
    ("born", "since", "until", "is_named"),
    [
        ("19661109", TENTH, FIFTEENTH, False),
        ("19661110", TENTH, FIFTEENTH, True),
        ("19661115", TENTH, FIFTEENTH, True),
        ("19661116", TENTH, FIFTEENTH, False),
        ("19661012", TENTH, FIFTEENTH, False),
        ("19661112", TENTH, TENTH, False),
        ("20080229", dt.date(2027, 2, 27), dt.date(2027, 2, 28), False),
        ("20080229", dt.date(2028, 2, 28), dt.date(2028, 2, 29), True),
        ("20080229", dt.date(2027, 3, 1), dt.date(2027, 3, 2), False),
        ("20080228", dt.date(2027, 3, 1), dt.date(2027, 3, 2), False),
    ],
)
def test_a_birthday_between_the_check_dates_names_the_household(
    born: str, since: dt.date, until: dt.date, is_named: bool
) -> None:
    assert birthdays(links(("H1", person(born))), since, until).to_list() == ["H1"] * is_named


@pytest.mark.parametrize(
    ("day", "is_named"),
    [
        (dt.date(2026, 11, 9), False),
        (dt.date(2026, 11, 10), True),
        (dt.date(2026, 11, 15), True),
        (dt.date(2026, 11, 16), False),
        (dt.date(2025, 11, 9), False),  # the same days 365 days before: a survey that has grown too old
        (dt.date(2025, 11, 10), True),
        (dt.date(2025, 11, 15), True),
        (dt.date(2025, 11, 16), False),
    ],
)
def test_a_date_between_the_check_dates_names_its_household_and_surveys_age(
    day: dt.date, is_named: bool, tmp_path: Path
) -> None:
    found = crossed("household_surveys", [surveys(tmp_path, day)], TENTH, FIFTEENTH, {365})
    assert found.to_list() == [str(day)] * is_named


def test_the_same_date_again_crosses_nothing(tmp_path: Path) -> None:
    assert crossed("household_surveys", [surveys(tmp_path, TENTH)], TENTH, TENTH, {365}).is_empty()


def test_feeds_without_dates_cross_nothing(tmp_path: Path) -> None:
    rows = pl.DataFrame({"person_id": [1], "period_index": [24_322], "delivery_no": [1]})
    rows.write_parquet(tmp_path / "rows.parquet")
    assert crossed("pensions", [tmp_path / "rows.parquet"], TENTH, FIFTEENTH, {365}).is_empty()


def test_rows_that_came_went_or_read_otherwise_name_their_subject(tmp_path: Path) -> None:
    def rows(name: str, place: int, amounts: dict[int, int | None]) -> Path:
        frame = pl.DataFrame(
            {"person_id": list(amounts), "amount_fen": list(amounts.values()), "delivery_no": [place] * len(amounts)}
        )
        frame.write_parquet(tmp_path / name)
        return tmp_path / name

    before = rows("before", 1, {1: 100, 2: 100, 3: None, 4: 100, 6: None})
    now = rows("now", 2, {1: 100, 2: 101, 3: None, 5: 100, 6: 100})
    exchange = Exchange([before], [now])
    assert sorted(differing("property", Moved([exchange], set()))) == [2, 4, 5, 6]
    assert sorted(differing("pensions", Moved([exchange], set()))) == [1, 2, 3, 4, 5, 6], (
        "they may win or lose elsewhere"
    )
    back = Exchange([now], [before])
    assert sorted(differing("property", Moved([exchange, back], set()))) == [2, 4, 5, 6], "each for its own counties"


def test_households_that_share_people_directly_or_through_others_go_together() -> None:
    shared = links(("A", 1), ("B", 1), ("B", 2), ("C", 2), ("D", 3), ("E", 3), ("F", 4))
    assert sorted(with_those_who_share_people(pl.Series(["A"]), shared)) == ["A", "B", "C"]
    assert sorted(with_those_who_share_people(pl.Series(["F"]), shared)) == ["F"]
    assert sorted(households_of([pl.Series([1, 3])], shared)) == ["A", "B", "D", "E"]


@pytest.mark.parametrize(("affected", "is_all"), [(MOST_HOUSEHOLDS, False), (MOST_HOUSEHOLDS + 1, True)])
def test_where_more_has_changed_than_memory_should_hold_everything_is_computed(affected: int, is_all: bool) -> None:
    scope = scope_of([pl.Series(range(affected)).cast(pl.String)], 10 * MOST_HOUSEHOLDS)
    assert (scope.is_all, scope.why) == (is_all, "most" if is_all else "")


@pytest.mark.parametrize(("affected", "is_all"), [(50, False), (51, True)])
def test_where_more_than_half_has_changed_everything_is_computed(affected: int, is_all: bool) -> None:
    assert MOST_SHARE == 0.5
    scope = scope_of([pl.Series([str(at) for at in range(affected)]), pl.Series(["0"])], 100)
    assert (scope.is_all, scope.why) == (is_all, "most" if is_all else "")
