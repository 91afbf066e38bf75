"""A row that is sent again to the letter, in another file, may win where it had lost: the households are computed anew.

Surveys are an increment: of two rows with one key the newer delivery's counts. The rows stay the same as a set.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from end_to_end.changes import as_text
from end_to_end.two_homes import checked, differences, same_landing
from engines.homes import copied

from assets.home import Home
from data_contracts import feed_contract
from sample.generate import generate

FEED, COUNTY, FIRST_FILE = "household_surveys", "150626", "20261103"
BEFORE, AFTER = dt.date(2026, 11, 9), dt.date(2026, 11, 10)
SURVEYED_ON = "2026-10-10"
Files = Mapping[str, str]
"""Name of a file -> the grade of housing that it gives to the chosen households; "" for none of them."""

UNSAFE, SAFE, NOBODY = "D", "A", ""
CASES: dict[str, tuple[Files, Files]] = {
    "it moves behind another": (
        {"150626_20261018": UNSAFE, "150626_20261025": SAFE},
        {"150626_20261018_2": NOBODY, "150626_20261105": UNSAFE},
    ),
    "two files change places": (
        {"150626_20261018": UNSAFE, "150626_20261025": SAFE},
        {"150626_20261018_2": SAFE, "150626_20261025_2": UNSAFE},
    ),
    "it passes the prefecture's of the same day": (
        {"150626_20261018": UNSAFE, "1506_20261018_2": SAFE},
        {"150626_20261018_3": UNSAFE},
    ),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = tmp_path / "home"
    generate(root / "landing", 300, 5, f"{COUNTY},360202", as_of=dt.date(2026, 11, 4), form="parquet")
    (root / "policy").mkdir()
    return root


def found_unsafe(home: Path, day: dt.date) -> set[str]:
    items = pl.read_parquet(Home(home).check(day) / "item_states.parquet")
    return set(items.filter(pl.col("rule") == "unsafe_housing")["household_id"])


def deliver(home: Path, files: Files) -> set[str]:
    """Files of surveys: rows of five households, and some of others so that no two files are the same. Returns the five."""
    names = {column.stored_as: column.name for column in feed_contract(FEED).columns}
    folder = home / "landing" / FEED
    surveys = as_text(folder / f"{COUNTY}_{FIRST_FILE}.parquet").unique(names["household_id"], maintain_order=True)
    for place, (file, grade) in enumerate(files.items(), start=1):
        mine = surveys.head(5 if grade else 0).with_columns(
            pl.lit(SURVEYED_ON).alias(names["surveyed_on"]), pl.lit(grade).alias(names["housing_grade"])
        )
        pl.concat([mine, surveys[5 : 5 + place + 3 * file.count("_")]]).write_parquet(folder / f"{file}.parquet")
    return set(surveys.head(5)[names["household_id"]])


@pytest.mark.parametrize("case", CASES)
def test_a_row_that_wins_or_loses_otherwise_is_noticed(case: str, home: Path) -> None:
    before, after = CASES[case]
    chosen = deliver(home, before)
    other = copied(home, home.with_name("full"))
    for root, is_full in ((home, False), (other, True)):
        checked(root, BEFORE, full=is_full)
    deliver(home, after)
    same_landing(home, other)
    run = checked(home, AFTER, full=False)
    checked(other, AFTER, full=True)
    assert differences(home, other, AFTER) == []
    assert not run.scope.is_all, run.scope.why
    unsafe = [found_unsafe(home, day) & set(chosen) for day in (BEFORE, AFTER)]
    assert unsafe[0] < unsafe[1], "otherwise this says nothing"
