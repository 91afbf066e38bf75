"""unsafe_water 饮水不安全: which answer, which survey, how old it may be."""

from kit import Household
from stages import Cases

cases = Cases("unsafe_water")


@cases.hit(lambda _, found: found.keys == {"否"})
def water_that_is_not_safe_is_a_hit(home: Household) -> None:
    home.surveyed(water="否")


@cases.no_hit()
def safe_water_is_no_hit(home: Household) -> None:
    home.surveyed(water="是", housing="D")


@cases.no_hit()
def a_household_never_asked_is_no_hit(home: Household) -> None:
    home.surveyed(housing="D")


@cases.no_hit()
def the_newest_answer_decides(home: Household) -> None:
    home.surveyed("2026-06-01", water="否")
    home.surveyed("2026-06-02", water="是")


@cases.hit()
def a_newer_survey_without_an_answer_decides_nothing(home: Household) -> None:
    home.surveyed("2026-06-01", water="否")
    home.surveyed("2026-06-02", housing="A")


@cases.hit()
def an_answer_exactly_a_year_old_counts(home: Household) -> None:
    home.surveyed("2025-11-20", water="否")


@cases.no_hit()
def a_day_older_does_not(home: Household) -> None:
    home.surveyed("2025-11-19", water="否")


@cases.no_hit()
def an_answer_of_tomorrow_does_not_yet(home: Household) -> None:
    home.surveyed("2026-11-21", water="否")


@cases.hit()
def consent_to_the_economic_check_is_not_needed(home: Household) -> None:
    home.without("authorisations")
    home.surveyed(water="否")


test_unsafe_water = cases.test()
