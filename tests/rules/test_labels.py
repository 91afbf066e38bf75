"""The five risk labels: age on the birthday, grades of certificates, surveys, unknown factors."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import polars as pl
import pytest
from kit import Household, identity_number
from stages import ENGINES, TOWN, ran

from rules.labels.labour_capacity import age

NONE_BY_GRADE = {(5, 1), (5, 2), (5, 3), (6, 1), (6, 2), (6, 3), (4, 1), (4, 2), (1, 1)}
GRADES = [(category, grade) for category in range(1, 8) for grade in range(1, 5)]


def labelled(name: str, born: str = "1980-06-01", **about: str) -> Household:
    return TOWN.household(f"label-{name}", born=(born,), **about)


graded = {pair: labelled(f"grade-{pair[0]}-{pair[1]}") for pair in GRADES}
for (category, grade), household in graded.items():
    household.certificate(category, grade)
ages = {born: labelled(f"born-{born}", born) for born in ("2010-11-20", "2010-11-21", "1966-11-20", "1966-11-21")}
plain = labelled("plain")
ended = labelled("ended")
ended.certificate(5, 1, valid_until="2026-11-19")
old_and_graded = labelled("old", "1950-06-01")
old_and_graded.certificate(4, 3)
asked = {answer: labelled(f"asked-{answer}") for answer in ("有", "无")}
for answer, household in asked.items():
    household.willing(answer)
asked_long_ago = labelled("asked-long-ago")
asked_long_ago.willing(on="2025-11-19")
old_and_asked = labelled("old-and-asked", "1950-06-01")
old_and_asked.willing()
covered = labelled("covered", program="特困")
covered.surveyed(housing="D", water="否")
no_consent = labelled("no-consent", program="防返贫监测")
no_consent.without("authorisations")
half_known = labelled("half-known", program="防返贫监测")
half_known.surveyed(housing="B")


@pytest.fixture(params=ENGINES)
def labour(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[str, str | None]]:
    run = ran(request.param, tmp_path_factory)
    rows = run.collect(run.facts["labour"]).select("household_id", "labour_capacity", "labour_willingness")
    return {home: (capacity, willingness) for home, capacity, willingness in rows.iter_rows()}


def test_which_grades_leave_no_capacity_and_which_leave_some(labour: dict[str, tuple[str, str | None]]) -> None:
    found = {pair: labour[home.id][0] for pair, home in graded.items()}
    assert found == {pair: "none" if pair in NONE_BY_GRADE else "partial" for pair in GRADES}


def test_capacity_begins_on_the_sixteenth_birthday_and_ends_on_the_sixtieth(
    labour: dict[str, tuple[str, str | None]],
) -> None:
    found = {born: labour[home.id][0] for born, home in ages.items()}
    assert found == {"2010-11-20": "full", "2010-11-21": "none", "1966-11-20": "none", "1966-11-21": "full"}


def test_without_a_valid_certificate_capacity_is_full(labour: dict[str, tuple[str, str | None]]) -> None:
    assert (labour[plain.id][0], labour[ended.id][0]) == ("full", "full")


def test_age_goes_before_the_certificate(labour: dict[str, tuple[str, str | None]]) -> None:
    assert labour[old_and_graded.id][0] == "none"


def test_willingness_is_what_was_said_within_a_year(labour: dict[str, tuple[str, str | None]]) -> None:
    assert labour[asked["有"].id][1] == "willing"
    assert labour[asked["无"].id][1] == "unwilling"
    assert labour[asked_long_ago.id][1] == "unknown"
    assert labour[plain.id][1] == "unknown"


def test_people_without_capacity_have_no_willingness(labour: dict[str, tuple[str, str | None]]) -> None:
    assert labour[old_and_asked.id] == ("none", None)


@pytest.mark.parametrize("engine_name", ENGINES)
def test_risk_of_a_covered_household_is_covered_whatever_its_factors(
    engine_name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = ran(engine_name, tmp_path_factory)
    risk = run.collect(run.facts["poverty_return_risk"]).filter(household_id=covered.id)
    assert risk["poverty_return_risk"].to_list() == ["covered"]


@pytest.mark.parametrize("engine_name", ENGINES)
def test_unknown_factors_are_listed_and_do_not_count(
    engine_name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = ran(engine_name, tmp_path_factory)
    risk = {row["household_id"]: row for row in run.collect(run.facts["poverty_return_risk"]).iter_rows(named=True)}
    found = {home.id: risk[home.id]["unknown_factors"].rstrip(",").split(",") for home in (no_consent, half_known)}
    assert found[no_consent.id] == ["housing_safety", "income_below_standard", "water_safety"]
    assert found[half_known.id] == ["water_safety"]
    assert {risk[home.id]["poverty_return_risk"] for home in (no_consent, half_known)} == {"none"}


@pytest.mark.parametrize(
    ("born", "as_of", "years"),
    [
        ("2008-02-29", "2024-02-28", 15),
        ("2008-02-29", "2024-02-29", 16),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2010-11-20", "2026-11-19", 15),
        ("2010-11-20", "2026-11-20", 16),
        ("1966-11-20", "2026-11-20", 60),
        ("1966-12-31", "2026-11-20", 59),
        ("1999-12-31", "2000-01-01", 0),
    ],
)
def test_the_birthday_is_included_and_that_of_29_february_is_1_march_in_common_years(
    born: str, as_of: str, years: int
) -> None:
    person = identity_number(dt.date.fromisoformat(born), serial=7)
    frame = nw.from_native(pl.LazyFrame({"person_id": [int(person[:17])]}))
    found = frame.select(age(dt.date.fromisoformat(as_of)).alias("age")).collect()
    assert found["age"].to_list() == [years]
