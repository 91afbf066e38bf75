"""registration_cancelled 户籍迁出或注销: which status, from which day."""

from kit import Household
from stages import Cases

cases = Cases("registration_cancelled")
REGISTRATION = "household_registration"


@cases.hit(lambda home, found: found.keys == {f"{home.people[0]}|2026-11-20"})
def who_moved_away_today_is_a_hit(home: Household) -> None:
    home.change(REGISTRATION, status="迁出", status_date="2026-11-20")


@cases.no_hit()
def who_moves_away_tomorrow_is_no_hit_yet(home: Household) -> None:
    home.change(REGISTRATION, status="迁出", status_date="2026-11-21")


@cases.hit(lambda home, found: found.keys == {f"{home.people[0]}|"})
def who_was_struck_off_without_a_date_is_a_hit(home: Household) -> None:
    home.change(REGISTRATION, status="其他注销")


@cases.no_hit()
def a_death_is_the_other_rule(home: Household) -> None:
    home.change(REGISTRATION, status="死亡注销", status_date="2026-01-01")


@cases.no_hit()
def a_date_beside_a_normal_status_means_nothing(home: Household) -> None:
    home.change(REGISTRATION, status="正常", status_date="2026-01-01")


@cases.hit(lambda _, found: len(found.keys) == 2, born=("1980-06-01", "1982-06-01"))
def two_members_are_two_items(home: Household) -> None:
    home.change(REGISTRATION, status="迁出", status_date="2026-01-01")
    home.change(REGISTRATION, 1, status="其他注销", status_date="2026-01-01")


@cases.not_checked("no_record")
def a_member_who_is_not_in_the_feed_leaves_the_household_unchecked(home: Household) -> None:
    home.without(REGISTRATION)


@cases.hit(lambda home, found: found.missing == [home.people[1]], born=("1980-06-01", "1982-06-01"))
def beside_a_hit_the_member_without_a_record_is_listed(home: Household) -> None:
    home.change(REGISTRATION, status="迁出", status_date="2026-01-01")
    home.without(REGISTRATION, 1)


@cases.not_checked("no_record", born=("1980-06-01", "1982-06-01"))
def a_move_dated_tomorrow_is_no_hit_that_would_excuse_a_missing_record(home: Household) -> None:
    home.change(REGISTRATION, status="迁出", status_date="2026-11-21")
    home.without(REGISTRATION, 1)


test_registration_cancelled = cases.test()
