"""deceased_member 成员已登记死亡: from which day, what is not known, whom it concerns."""

from kit import Household
from stages import Cases

cases = Cases("deceased_member")
TWO = ("1950-06-01", "1980-06-01")
DEAD = {"status": "死亡注销"}
REGISTRATION = "household_registration"


@cases.hit(lambda home, found: found.keys == {f"{home.people[0]}|2026-11-20"})
def a_death_registered_for_today_is_a_hit(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-11-20")


@cases.no_hit()
def a_death_dated_tomorrow_is_no_hit_yet(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-11-21")


@cases.hit(lambda home, found: found.keys == {f"{home.people[0]}|"} and found.items[0]["months"] is None)
def a_death_without_a_date_is_a_hit_without_months(home: Household) -> None:
    home.change(REGISTRATION, **DEAD)


@cases.no_hit()
def moving_away_is_no_death(home: Household) -> None:
    home.change(REGISTRATION, status="迁出", status_date="2026-01-01")


@cases.hit(lambda _, found: found.items[0]["months"] == 6)
def months_are_calendar_months_since_the_month_of_death(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-05-31")


@cases.hit(lambda _, found: found.items[0]["months"] == 0)
def a_death_this_month_leaves_no_month(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-11-01")


@cases.hit(lambda _, found: found.items[0]["months"] == 6, started_on="2026-05-01")
def a_household_that_began_in_the_month_of_death_was_on_the_roster_all_months_since(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-05-31")


@cases.hit(lambda _, found: found.items[0]["months"] == 6, started_on="2026-06-15")
def so_was_one_that_began_the_month_after(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-05-31")


@cases.hit(lambda _, found: found.items[0]["months"] == 1, started_on="2026-11-01")
def a_household_that_began_this_month_has_been_on_the_roster_one_month(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2020-05-31")


@cases.not_checked("no_record", born=TWO)
def a_member_who_is_not_in_the_feed_leaves_the_household_unchecked(home: Household) -> None:
    home.without(REGISTRATION, 1)


@cases.hit(lambda home, found: found.missing == [home.people[1]], born=TWO)
def beside_a_dead_member_the_one_without_a_record_is_listed(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-05-31")
    home.without(REGISTRATION, 1)


@cases.no_hit(born=TWO, persons_covered=1)
def a_dead_person_who_left_the_household_is_no_hit(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-05-31")
    home.change("household_members", left_on="2026-06-01")


@cases.no_hit(born=TWO, persons_covered=1)
def a_member_without_a_record_who_left_is_not_missed(home: Household) -> None:
    home.without(REGISTRATION, 1)
    home.change("household_members", 1, left_on="2026-06-01")


@cases.hit()
def consent_is_not_needed_to_see_a_death(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-05-31")
    home.without("authorisations")


@cases.no_hit()
def a_household_without_any_member_is_no_hit(home: Household) -> None:
    home.change("household_members", left_on="2026-06-01")


@cases.not_checked("not_admitted", township_code="150626")
def a_township_code_that_is_too_short_leaves_everything_unchecked(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-05-31")


@cases.not_checked("not_admitted", township_code="")
def so_does_an_empty_one(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-05-31")


@cases.not_checked("not_admitted", township_code="650102001000")
def so_does_one_of_a_region_without_a_policy(home: Household) -> None:
    home.change(REGISTRATION, **DEAD, status_date="2026-05-31")


test_deceased_member = cases.test()
