"""unsafe_housing 住房不安全: which grade, which survey, how old it may be."""

from kit import Household
from stages import Cases

cases = Cases("unsafe_housing")


@cases.hit(lambda _, found: found.keys == {"C"})
def grade_c_is_a_hit(home: Household) -> None:
    home.surveyed(housing="C")


@cases.hit(lambda _, found: found.keys == {"D"})
def grade_d_is_a_hit(home: Household) -> None:
    home.surveyed(housing="D")


@cases.no_hit()
def grade_b_is_no_hit(home: Household) -> None:
    home.surveyed(housing="B")


@cases.no_hit()
def a_household_never_surveyed_is_no_hit(home: Household) -> None:
    home.surveyed(housing="", water="否")


@cases.no_hit()
def the_newest_survey_decides(home: Household) -> None:
    home.surveyed("2026-06-01", housing="D")
    home.surveyed("2026-06-02", housing="A")


@cases.hit(lambda _, found: found.keys == {"C"} and str(found.items[0]["on"]) == "2026-06-02")
def a_newer_survey_may_be_the_worse_one(home: Household) -> None:
    home.surveyed("2026-06-01", housing="A")
    home.surveyed("2026-06-02", housing="C")


@cases.hit()
def a_newer_survey_that_gives_no_grade_decides_nothing(home: Household) -> None:
    home.surveyed("2026-06-01", housing="D")
    home.surveyed("2026-06-02", water="是")


@cases.hit()
def a_survey_exactly_a_year_old_counts(home: Household) -> None:
    home.surveyed("2025-11-20", housing="D")


@cases.no_hit()
def a_day_older_does_not(home: Household) -> None:
    home.surveyed("2025-11-19", housing="D")


@cases.hit()
def a_survey_of_today_counts(home: Household) -> None:
    home.surveyed("2026-11-20", housing="D")


@cases.no_hit()
def one_of_tomorrow_does_not_yet(home: Household) -> None:
    home.surveyed("2026-11-21", housing="D")


@cases.hit()
def one_of_tomorrow_does_not_hide_todays(home: Household) -> None:
    home.surveyed("2026-11-20", housing="D")
    home.surveyed("2026-11-21", housing="A")


@cases.hit(policy={"survey.max_age_days": 30})
def where_thirty_days_are_allowed_thirty_count(home: Household) -> None:
    home.surveyed("2026-10-21", housing="D")


@cases.no_hit(policy={"survey.max_age_days": 30})
def and_thirty_one_do_not(home: Household) -> None:
    home.surveyed("2026-10-20", housing="D")


@cases.hit()
def consent_to_the_economic_check_is_not_needed(home: Household) -> None:
    home.without("authorisations")
    home.surveyed(housing="D")


@cases.hit(program="低保")
def support_received_changes_nothing(home: Household) -> None:
    home.surveyed(housing="D")


test_unsafe_housing = cases.test()
