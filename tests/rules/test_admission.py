"""Admission to the silent check: every gap that holds, each side of its day; consent before anything is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from kit import Household
from stages import ENGINES, TOWN, ran

Gaps = dict[str, set[str | None]]
CASES: dict[str, tuple[Household, Callable[[Household], Gaps]]] = {}
WHOLE: set[str | None] = {None}
TWO = ("1980-06-01", "1982-06-01")


def case(expected: Callable[[Household], Gaps], **about: Any) -> Callable[[Callable[[Household], object]], None]:
    """A household with these gaps. A function of the household, because its people get their numbers when it is made."""

    def take(build: Callable[[Household], object]) -> None:
        household = TOWN.household(f"gap-{len(CASES):03d}", **about)
        build(household)
        CASES[build.__name__] = household, expected

    return take


def nothing(_: Household) -> Gaps:
    return {}


def first_lacks_consent(home: Household) -> Gaps:
    return {"authorisation_missing": {home.people[0]}}


@case(nothing)
def a_complete_household_is_admitted(_: Household) -> None:
    pass


@case(lambda _: {"no_members": WHOLE})
def without_members_the_other_two_gaps_are_not_listed(home: Household) -> None:
    home.change("household_members", left_on="2026-11-20")


@case(lambda _: {"members_incomplete": WHOLE}, persons_covered=2)
def one_member_where_two_are_covered_is_a_gap(_: Household) -> None:
    pass


@case(nothing, born=TWO, persons_covered=1)
def two_members_where_one_is_covered_is_none(_: Household) -> None:
    pass


@case(lambda home: {"applicant_missing": {home.people[0]}}, born=TWO, persons_covered=1)
def an_applicant_who_left_is_a_gap(home: Household) -> None:
    home.change("household_members", left_on="2026-11-20")


@case(nothing, born=TWO)
def an_applicant_who_leaves_tomorrow_is_none(home: Household) -> None:
    home.change("household_members", left_on="2026-11-21")


@case(lambda _: {"declaration_missing": WHOLE})
def a_declaration_of_tomorrow_is_none_yet(home: Household) -> None:
    home.declaration["declared_on"] = "2026-11-21"


@case(nothing)
def a_declaration_of_today_is_one(home: Household) -> None:
    home.declaration["declared_on"] = "2026-11-20"


@case(first_lacks_consent)
def no_authorisation_is_a_gap_with_the_person(home: Household) -> None:
    home.without("authorisations")


@case(nothing)
def one_signed_today_is_valid(home: Household) -> None:
    home.change("authorisations", signed_on="2026-11-20")


@case(first_lacks_consent)
def one_signed_tomorrow_is_not(home: Household) -> None:
    home.change("authorisations", signed_on="2026-11-21")


@case(nothing)
def one_valid_until_today_is_valid(home: Household) -> None:
    home.change("authorisations", valid_until="2026-11-20")


@case(first_lacks_consent)
def one_valid_until_yesterday_is_not(home: Household) -> None:
    home.change("authorisations", valid_until="2026-11-19")


@case(nothing)
def one_revoked_tomorrow_is_valid(home: Household) -> None:
    home.change("authorisations", revoked_on="2026-11-21")


@case(first_lacks_consent)
def one_revoked_today_is_not(home: Household) -> None:
    home.change("authorisations", revoked_on="2026-11-20")


def another(home: Household, signed_on: str, **values: str) -> None:
    home.add("authorisations", household_id=home.id, person_id=home.people[0], signed_on=signed_on, **values)


@case(first_lacks_consent)
def revoking_one_ends_every_one_signed_before(home: Household) -> None:
    another(home, "2026-03-01", revoked_on="2026-06-01")


@case(first_lacks_consent)
def and_one_signed_on_the_very_day(home: Household) -> None:
    home.change("authorisations", revoked_on="2026-06-01")
    another(home, "2026-06-01")


@case(nothing)
def one_signed_the_day_after_stands(home: Household) -> None:
    home.change("authorisations", revoked_on="2026-06-01")
    another(home, "2026-06-02")


@case(nothing)
def a_revocation_that_lies_ahead_ends_nothing_yet(home: Household) -> None:
    another(home, "2026-03-01", revoked_on="2026-11-21")


@case(first_lacks_consent)
def a_new_one_revoked_again_leaves_nothing(home: Household) -> None:
    home.change("authorisations", revoked_on="2026-06-01")
    another(home, "2026-06-02", revoked_on="2026-07-01")


@case(nothing, born=TWO)
def the_revocation_of_one_member_does_not_end_that_of_a_member_who_left(home: Household) -> None:
    home.change("authorisations", 1, revoked_on="2026-06-01")
    home.change("household_members", 1, left_on="2026-06-01")
    home.roster["persons_covered"] = 1


@case(lambda home: {"authorisation_missing": {home.people[1]}}, born=TWO)
def only_the_person_without_consent_is_named(home: Household) -> None:
    home.without("authorisations", 1)


@case(lambda _: {"township_invalid": WHOLE}, township_code="")
def an_empty_township_is_a_gap(_: Household) -> None:
    pass


@case(lambda _: {"township_invalid": WHOLE}, township_code="15062610000")
def eleven_digits_are_no_township(_: Household) -> None:
    pass


@case(lambda _: {"township_invalid": WHOLE}, township_code="650102001000")
def a_region_without_a_policy_file_is_invalid_though_there_are_national_values(_: Household) -> None:
    pass


@case(lambda home: {"members_incomplete": WHOLE, "applicant_missing": {home.roster["applicant_id"]},
                    "authorisation_missing": {home.people[1]}, "declaration_missing": WHOLE,
                    "township_invalid": WHOLE}, born=TWO, township_code="x")  # fmt: skip
def every_gap_that_holds_is_listed(home: Household) -> None:
    home.change("household_members", joined_on="2026-11-21")
    home.without("authorisations", 1)
    home.declaration["declared_on"] = "2026-11-21"


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("name", list(CASES))
def test_gaps(name: str, engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    household, expected = CASES[name]
    found: Gaps = {}
    answers = ran(engine_name, tmp_path_factory)
    for row in answers.registers.gaps.filter(household_id=household.id).iter_rows(named=True):
        found.setdefault(row["gap"], set()).add(row["person_id"])
    assert found == expected(household)
    listed = answers.collect(answers.registers.households).filter(household_id=household.id)
    assert listed["is_admitted"].to_list() == [not found]


stranger = TOWN.household("no-consent")
stranger.without("authorisations")
stranger.vehicle(stranger.plate())
stranger.unit("A")
stranger.tax("202601", "1000")
stranger.pension("202601", "1000")
stranger.certificate(4, 1)


@pytest.mark.parametrize("feed", ["vehicles", "property", "tax", "pensions"])
def test_rows_of_people_without_consent_are_stored_nowhere(feed: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    answers = ran("polars", tmp_path_factory)
    (delivery,) = answers.stock.of_feed(feed)
    assert delivery.rows_path is not None
    assert delivery.kept is not None and delivery.kept < delivery.accepted
    for path in answers.stock.home.lake.rglob("*.parquet"):
        rows = pl.read_parquet(path)
        economic = "/rows/" in str(path) and path.parent.name == feed
        assert not economic or stranger.people[0] not in rows["person_id"].to_list()


def test_shared_lists_of_need_are_read_without_consent(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert ran("polars", tmp_path_factory).outcomes[stranger.id, "severe_disability_uncovered"].result == "hit"
