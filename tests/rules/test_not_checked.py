"""Why a rule is not checked: the first reason that holds, for whole counties and every rule at once.

Five counties of region 15 differ in nothing but the age of their departments' files; one county of region 61 has no
standard. The day is 2026-11-20: files of 40, 70 or 100 days are just fresh.
"""

from __future__ import annotations

import datetime as dt

import pytest
from kit import AS_OF, FEEDS, Household, Row, Town, write_file, write_policy
from stages import ENGINES, Run, run

from data_contracts import feed_contract
from rules.findings import BY_CODE

FRESH, STALE, BARE, MIXED, OLD_ROSTER, NO_STANDARD = "150101", "150102", "150103", "150104", "150105", "610101"
REGISTRATION_RULES = ("deceased_member", "registration_cancelled", "identity_mismatch")
ON_SURVEYS = ("unsafe_housing", "unsafe_water")
LASTING = ("declarations", "declared_assets", "authorisations", "household_surveys", "person_surveys")


def resident(town: Town, county: str, suffix: str = "", **about: str) -> Household:
    household = town.household(county + suffix, township_code=f"{county}100000", **about)
    household.willing()
    return household


def days_old(feed: str, more: int) -> dt.date:
    """The oldest data date of the feed that is still fresh, and `more` days before it."""
    return AS_OF - dt.timedelta(days=(feed_contract(feed).stale_after_days or 0) + more)


def rows_of(town: Town, feed: str, homes: list[Household]) -> list[Row]:
    people, ids = {p for home in homes for p in home.people}, {home.id for home in homes}
    return [row for row in town.rows[feed] if row.get("household_id") in ids or row.get("person_id") in people]


@pytest.fixture(scope="module", params=ENGINES)
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    home, town = tmp_path_factory.mktemp("counties"), Town()
    homes = {county: [resident(town, county)] for county in (FRESH, STALE, BARE, MIXED, OLD_ROSTER, NO_STANDARD)}
    without = resident(town, BARE, "-without-consent")
    without.without("authorisations")
    homes[BARE].append(without)
    homes[BARE].append(resident(town, BARE, "-nowhere"))
    homes[BARE][-1].roster["township_code"] = "150199100000x"
    for county, residents in homes.items():
        area = county
        if county == NO_STANDARD:
            write_policy(home, county, {"warning.owner": "county"})
        for feed in FEEDS:
            own = feed in ("assistance_roster", "household_members")
            if feed in LASTING:
                day = None if county == NO_STANDARD and "survey" in feed else dt.date(2026, 2, 1)
            elif county == BARE and not own:
                day = None
            elif county == MIXED and feed == "pensions":
                day = days_old(feed, 1)
            elif county == MIXED and feed == "tax":
                day = None
            else:
                day = days_old(feed, 1 if (county == STALE and not own) or (county == OLD_ROSTER and own) else 0)
            if day is not None:
                write_file(home, feed, area, day, rows_of(town, feed, residents))
    return run(home, request.param)


def reasons(answers: Run, household: str) -> dict[str, str]:
    return {rule: outcome.reason for (home, rule), outcome in answers.outcomes.items() if home == household}


def test_files_exactly_as_old_as_allowed_are_fresh(answers: Run) -> None:
    assert set(reasons(answers, FRESH).values()) == {""}


def test_a_day_older_every_rule_on_departments_feeds_is_stale(answers: Run) -> None:
    for rule, reason in reasons(answers, STALE).items():
        own = rule in ("enrolled_twice", "poverty_return_risk", *ON_SURVEYS)
        assert reason == ("" if own else "feed_stale"), rule


def test_without_a_delivery_they_are_missing(answers: Run) -> None:
    for rule, reason in reasons(answers, BARE).items():
        own = rule in ("enrolled_twice", "poverty_return_risk", *ON_SURVEYS)
        assert reason == ("" if own else "feed_missing"), rule


def test_of_a_missing_and_a_stale_feed_the_missing_one_is_named(answers: Run) -> None:
    found = reasons(answers, MIXED)
    assert found["income_over_standard"] == "feed_missing"
    assert found["undeclared_earnings"] == "feed_missing"
    assert found["undeclared_pension"] == "feed_stale"
    assert found["undeclared_vehicle"] == ""


def test_not_being_admitted_goes_before_a_missing_feed_for_economic_rules_only(answers: Run) -> None:
    for rule, reason in reasons(answers, f"{BARE}-without-consent").items():
        if BY_CODE[rule].is_economic:
            assert reason == "not_admitted", rule
    assert reasons(answers, f"{BARE}-without-consent")["deceased_member"] == "feed_missing"


def test_an_invalid_township_leaves_all_rules_unchecked(answers: Run) -> None:
    assert set(reasons(answers, f"{BARE}-nowhere").values()) == {"not_admitted"}


def test_with_an_old_roster_double_enrolment_is_stale(answers: Run) -> None:
    found = reasons(answers, OLD_ROSTER)
    assert found.pop("enrolled_twice") == "feed_stale"
    assert set(found.values()) == {""}


def test_without_a_standard_the_rules_that_need_one_have_no_policy(answers: Run) -> None:
    found = reasons(answers, NO_STANDARD)
    assert {rule for rule, reason in found.items() if reason == "policy_missing"} == {
        "undeclared_earnings", "undeclared_pension", "income_over_standard",
    }  # fmt: skip
    assert found["undeclared_vehicle"] == ""


def test_surveys_that_never_came_are_missing_and_the_label_is_unknown(answers: Run) -> None:
    found = reasons(answers, NO_STANDARD)
    assert {found[rule] for rule in (*ON_SURVEYS, "willing_without_work")} == {"feed_missing"}
    safety = answers.collect(answers.facts["household_safety"]).filter(household_id=NO_STANDARD)
    assert (safety["housing_safety"][0], safety["water_safety"][0]) == ("unknown", "unknown")


def test_surveys_that_came_without_this_household_are_no_hit_and_unknown(answers: Run) -> None:
    assert [answers.outcomes[FRESH, rule].result for rule in ON_SURVEYS] == ["no_hit", "no_hit"]
    safety = answers.collect(answers.facts["household_safety"]).filter(household_id=FRESH)
    assert (safety["housing_safety"][0], safety["water_safety"][0]) == ("unknown", "unknown")


@pytest.mark.parametrize(("county", "label"), [(FRESH, "full"), (STALE, "unknown"), (BARE, "unknown")])
def test_without_fresh_disability_data_capacity_is_unknown(answers: Run, county: str, label: str) -> None:
    labour = answers.collect(answers.facts["labour"]).filter(household_id=county)
    assert labour["labour_capacity"].to_list() == [label]


def test_the_three_months_without_work_end_before_the_newest_tax_data(answers: Run) -> None:
    """The tax data of 150101 is of 2026-09-11: June to August are looked at, not August to October."""
    assert days_old("tax", 0) == dt.date(2026, 9, 11)
    newest = answers.collect(answers.facts["fresh"].rows).filter(coverage="150101")["newest_tax_month"]
    assert newest.to_list() == [2026 * 12 + 9 - 1]
    assert answers.outcomes[FRESH, "willing_without_work"].result == "hit"


def test_without_fresh_tax_data_the_risk_label_counts_what_it_knows(answers: Run) -> None:
    risk = answers.collect(answers.facts["poverty_return_risk"]).filter(household_id=STALE)
    unknown = risk["unknown_factors"][0].rstrip(",").split(",")
    assert risk["poverty_return_risk"].to_list() == ["none"]
    assert unknown == ["housing_safety", "income_below_standard", "labour_capacity", "water_safety"]
