"""What makes a household different from one check date to the next: both sides of every boundary."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from assets.calendar import Calendar
from assets.changes import (
    MOST_HOUSEHOLDS,
    MOST_SHARE,
    Exchange,
    Moved,
    differing,
    households_of,
    scope_of,
    with_those_who_share_people,
)
from assets.county_policy import resolve_counties
from policy.policy import PolicyBook
from rules.registry import FACTS, Made

BOOK = PolicyBook.load()
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


def calendar(*facts: str, since: dt.date = TENTH, until: dt.date = FIFTEENTH) -> Calendar:
    """What the clocks of some facts say of the days between; surveys are valid for 365 days, ages are 16 and 60."""
    return Calendar([FACTS[name] for name in facts], since, until, resolve_counties(BOOK, ["150626"], until))


@pytest.mark.parametrize(
    ("born", "since", "until", "is_named"),
    [
        ("19661110", TENTH, FIFTEENTH, False),  # sixty on the earlier day already
        ("19661111", TENTH, FIFTEENTH, True),
        ("19661115", TENTH, FIFTEENTH, True),
        ("19661116", TENTH, FIFTEENTH, False),
        ("19651112", TENTH, FIFTEENTH, False),  # sixty-one: no rule asks for it
        ("20101112", TENTH, FIFTEENTH, True),
        ("19661112", TENTH, TENTH, False),
        ("20080229", dt.date(2024, 2, 28), dt.date(2024, 2, 29), True),
        ("20100228", dt.date(2026, 2, 27), dt.date(2026, 2, 28), True),
        ("20120229", dt.date(2028, 2, 28), dt.date(2028, 2, 29), True),
    ],
)
def test_who_comes_to_an_age_between_the_check_dates_is_named(
    born: str, since: dt.date, until: dt.date, is_named: bool
) -> None:
    found = calendar("labour_capacity", since=since, until=until).of_age(links(("H1", person(born))))
    assert found.to_list() == ["H1"] * is_named


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
    found = calendar("household_safety").of_rows("household_surveys", [surveys(tmp_path, day)])
    assert found.to_list() == [str(day)] * is_named


def test_nothing_passes_on_the_same_date_nor_for_feeds_that_no_clock_names(tmp_path: Path) -> None:
    paths = [surveys(tmp_path, TENTH)]
    assert calendar("household_safety", until=TENTH).of_rows("household_surveys", paths).is_empty()
    assert calendar("property_units").of_rows("household_surveys", paths).is_empty()


@pytest.mark.parametrize(
    ("facts", "until", "why"),
    [
        (("observed_income",), FIFTEENTH, ""),
        (("observed_income",), dt.date(2026, 12, 1), "month"),
        (("household_safety",), dt.date(2026, 12, 1), ""),
    ],
)
def test_another_month_changes_everything_that_looks_at_months(
    facts: tuple[str, ...], until: dt.date, why: str
) -> None:
    assert calendar(*facts, until=until).everything == why


def test_what_reads_the_check_date_and_declares_no_clock_changes_every_day() -> None:
    def today(as_of: dt.date) -> dt.date:
        return as_of

    undeclared = Calendar([Made(today)], TENTH, FIFTEENTH, resolve_counties(BOOK, ["150626"], FIFTEENTH))
    assert undeclared.everything == "every_day"
    assert Calendar([Made(today)], TENTH, TENTH, undeclared.policy).everything == ""


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
