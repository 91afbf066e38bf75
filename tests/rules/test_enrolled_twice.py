"""enrolled_twice 重复纳入救助: which programmes, which households, on which day."""

from typing import Any

from kit import Household
from stages import Cases, Outcome

cases = Cases("enrolled_twice", program="低保")


def also_in(home: Household, program: str, suffix: str = "b", **roster: Any) -> Household:
    """Another household with the same first member."""
    other = home.town.household(home.id + suffix, program=program, **roster)
    other.person(number=home.people[0])
    return other


def names_the_other(home: Household, found: Outcome) -> bool:
    return found.keys == {f"{home.people[0]}|{home.id}b"} and found.items[0]["other_household"] == home.id + "b"


@cases.hit(names_the_other)
def a_person_in_two_households_is_a_hit_that_names_the_other(home: Household) -> None:
    also_in(home, "刚性支出困难")


@cases.hit(names_the_other, program="特困")
def the_programmes_need_not_be_the_same(home: Household) -> None:
    also_in(home, "低保边缘")


@cases.no_hit()
def being_monitored_elsewhere_is_no_enrolment(home: Household) -> None:
    also_in(home, "防返贫监测")


@cases.no_hit()
def having_left_elsewhere_within_two_years_is_no_enrolment(home: Household) -> None:
    also_in(home, "退出未满两年")


@cases.no_hit(program="防返贫监测")
def a_monitored_household_itself_gets_no_finding(home: Household) -> None:
    also_in(home, "低保")


@cases.hit(names_the_other)
def a_monitored_household_that_also_gets_support_counts(home: Household) -> None:
    also_in(home, "防返贫监测").programme("低保边缘")


@cases.no_hit()
def two_programmes_of_one_household_are_no_second_enrolment(home: Household) -> None:
    home.programme("刚性支出困难")


@cases.hit(lambda home, found: found.keys == {f"{home.people[0]}|{home.id}{s}" for s in "bc"})
def three_households_are_two_items_for_each(home: Household) -> None:
    also_in(home, "低保")
    also_in(home, "低保", "c")


@cases.hit(names_the_other)
def consent_is_not_needed_on_either_side(home: Household) -> None:
    home.without("authorisations")
    other = also_in(home, "低保")
    other.without("authorisations")


@cases.hit(names_the_other)
def members_of_a_household_with_an_invalid_township_count_for_the_others(home: Household) -> None:
    also_in(home, "低保", township_code="999999000000")


@cases.not_checked("not_admitted", township_code="999999000000")
def that_household_itself_stays_unchecked(home: Household) -> None:
    also_in(home, "低保")


@cases.no_hit()
def who_left_the_other_household_today_is_no_hit(home: Household) -> None:
    also_in(home, "低保").change("household_members", 1, left_on="2026-11-20")


@cases.hit(names_the_other)
def who_leaves_it_tomorrow_is_still_a_hit(home: Household) -> None:
    also_in(home, "低保").change("household_members", 1, left_on="2026-11-21")


@cases.no_hit()
def a_household_that_left_the_roster_today_is_no_longer_one(home: Household) -> None:
    also_in(home, "低保", ended_on="2026-11-20")


@cases.hit(names_the_other)
def one_that_leaves_it_tomorrow_still_is(home: Household) -> None:
    also_in(home, "低保", ended_on="2026-11-21")


@cases.no_hit()
def one_that_begins_tomorrow_is_none_yet(home: Household) -> None:
    also_in(home, "低保", started_on="2026-11-21")


@cases.hit(names_the_other)
def one_that_began_today_is(home: Household) -> None:
    also_in(home, "低保", started_on="2026-11-20")


test_enrolled_twice = cases.test()
