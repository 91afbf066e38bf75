"""willing_without_work 有劳动能力和意愿未就业: able, willing, and nothing recorded in August to October 2026."""

from kit import Household
from stages import Cases

cases = Cases("willing_without_work")


@cases.hit(lambda home, found: found.keys == {home.people[0]})
def an_able_and_willing_person_without_any_record_is_a_hit(home: Household) -> None:
    home.willing()


@cases.no_hit()
def earnings_in_the_last_of_the_three_months_are_work(home: Household) -> None:
    home.willing()
    home.tax("202610", "100")


@cases.no_hit()
def earnings_in_the_first_of_them_are(home: Household) -> None:
    home.willing()
    home.tax("202608", "100")


@cases.hit()
def the_month_before_does_not_count(home: Household) -> None:
    home.willing()
    home.tax("202607", "100")


@cases.hit()
def nor_does_the_current_month(home: Household) -> None:
    home.willing()
    home.tax("202611", "100")


@cases.no_hit()
def a_quarter_that_touches_the_three_months_counts(home: Household) -> None:
    home.willing()
    home.tax("202606", "100", months=3)


@cases.hit()
def a_quarter_that_ends_before_does_not(home: Household) -> None:
    home.willing()
    home.tax("202605", "100", months=3)


@cases.no_hit()
def a_calendar_year_that_touches_them_counts(home: Household) -> None:
    home.willing()
    home.tax("202601", "100", months=12)


@cases.no_hit()
def a_record_of_nothing_earned_is_still_a_record(home: Household) -> None:
    home.willing()
    home.tax("202609", "0")


@cases.hit()
def a_windfall_is_no_work(home: Household) -> None:
    home.willing()
    home.tax("202609", "100", income_item="偶然所得")


@cases.hit(lambda home, found: found.keys == {home.people[0]}, born=("1980-06-01",) * 2)
def the_work_of_one_member_is_not_that_of_another(home: Household) -> None:
    home.willing()
    home.willing(person=1)
    home.tax("202609", "100", person=1)


@cases.no_hit()
def an_unwilling_person_is_no_hit(home: Household) -> None:
    home.willing("无")


@cases.no_hit()
def a_person_never_asked_is_no_hit(home: Household) -> None:
    home.surveyed(housing="A")


@cases.no_hit()
def the_newest_answer_counts(home: Household) -> None:
    home.willing("有", on="2026-06-01")
    home.willing("无", on="2026-06-02")


@cases.hit()
def an_answer_exactly_a_year_old_counts(home: Household) -> None:
    home.willing(on="2025-11-20")


@cases.no_hit()
def a_day_older_does_not(home: Household) -> None:
    home.willing(on="2025-11-19")


@cases.no_hit()
def an_answer_of_tomorrow_does_not_yet(home: Household) -> None:
    home.willing(on="2026-11-21")


@cases.hit(born=("2010-11-20",))
def who_turns_sixteen_today_is_of_working_age(home: Household) -> None:
    home.willing()


@cases.no_hit(born=("2010-11-21",))
def who_turns_sixteen_tomorrow_is_not(home: Household) -> None:
    home.willing()


@cases.hit(born=("1966-11-21",))
def who_turns_sixty_tomorrow_is_of_working_age(home: Household) -> None:
    home.willing()


@cases.no_hit(born=("1966-11-20",))
def who_turns_sixty_today_is_not(home: Household) -> None:
    home.willing()


@cases.no_hit(born=("2008-11-21",), policy={"labour.minor_age": 18})
def a_county_may_call_minors_all_under_eighteen(home: Household) -> None:
    home.willing()


@cases.hit(born=("2008-11-20",), policy={"labour.minor_age": 18})
def who_turns_eighteen_today_is_of_working_age_there(home: Household) -> None:
    home.willing()


@cases.hit()
def a_certificate_that_leaves_some_capacity_is_no_obstacle(home: Household) -> None:
    home.willing()
    home.certificate(4, 3)


@cases.no_hit()
def a_certificate_that_leaves_none_is(home: Household) -> None:
    home.willing()
    home.certificate(4, 2)


@cases.hit()
def one_that_ended_yesterday_is_not(home: Household) -> None:
    home.willing()
    home.certificate(4, 2, valid_until="2026-11-19")


@cases.not_checked("not_admitted")
def without_consent_nothing_is_looked_at(home: Household) -> None:
    home.willing()
    home.without("authorisations")


test_willing_without_work = cases.test()
