"""severe_disability_uncovered 重度残疾未单独纳入低保: which grade, until which day, in which household."""

from kit import Household
from stages import Cases

cases = Cases("severe_disability_uncovered")
LIMB, MIND, MENTAL = 4, 5, 6


@cases.hit(lambda home, found: found.keys == {home.people[0]} and found.items[0]["grade"] == "2")
def grade_two_is_a_hit(home: Household) -> None:
    home.certificate(LIMB, 2)


@cases.no_hit()
def grade_three_of_a_limb_is_no_hit(home: Household) -> None:
    home.certificate(LIMB, 3)


@cases.hit(lambda home, found: found.keys == set(home.people), born=("1980-06-01",) * 2)
def grade_three_of_mind_is_a_hit(home: Household) -> None:
    home.certificate(MIND, 3)
    home.certificate(MENTAL, 3, person=1)


@cases.no_hit(born=("1980-06-01",) * 3)
def grade_four_is_no_hit(home: Household) -> None:
    for person, category in enumerate((LIMB, MIND, MENTAL)):
        home.certificate(category, 4, person)


@cases.hit(lambda home, found: found.keys == set(home.people), born=("1980-06-01",) * 7)
def grade_one_of_every_category_is_a_hit(home: Household) -> None:
    for person in range(7):
        home.certificate(person + 1, 1, person)


@cases.no_hit(born=("1980-06-01",) * 5)
def grade_three_of_the_other_categories_is_no_hit(home: Household) -> None:
    for person, category in enumerate((1, 2, 3, 4, 7)):
        home.certificate(category, 3, person)


@cases.hit()
def a_certificate_valid_until_today_is_valid(home: Household) -> None:
    home.certificate(LIMB, 1, valid_until="2026-11-20")


@cases.no_hit()
def one_valid_until_yesterday_is_not(home: Household) -> None:
    home.certificate(LIMB, 1, valid_until="2026-11-19")


@cases.hit()
def a_certificate_issued_today_is_valid(home: Household) -> None:
    home.certificate(LIMB, 1, issued_on="2026-11-20")


@cases.no_hit()
def one_issued_tomorrow_is_not(home: Household) -> None:
    home.certificate(LIMB, 1, issued_on="2026-11-21")


@cases.no_hit(program="低保")
def a_household_in_dibao_is_no_hit(home: Household) -> None:
    home.certificate(LIMB, 1)


@cases.no_hit(program="特困")
def nor_is_one_in_tekun(home: Household) -> None:
    home.certificate(LIMB, 1)


@cases.no_hit()
def nor_is_one_with_dibao_among_its_programmes(home: Household) -> None:
    home.programme("特困")
    home.certificate(LIMB, 1)


@cases.hit()
def a_programme_that_ended_today_covers_nobody(home: Household) -> None:
    home.programme("低保", ended_on="2026-11-20")
    home.certificate(LIMB, 1)


@cases.hit(program="刚性支出困难")
def other_programmes_are_no_cover(home: Household) -> None:
    home.certificate(LIMB, 1)


@cases.hit()
def consent_to_the_economic_check_is_not_needed(home: Household) -> None:
    home.without("authorisations")
    home.certificate(LIMB, 1)


@cases.no_hit(born=("1980-06-01",) * 2, persons_covered=1)
def a_member_who_left_is_no_hit(home: Household) -> None:
    home.certificate(LIMB, 1, person=1)
    home.change("household_members", 1, left_on="2026-11-20")


test_severe_disability_uncovered = cases.test()
