"""undeclared_pension 养老待遇高于申报: tolerance, window W (2025-11 to 2026-10), the basic pension of residents."""

from kit import Household
from stages import Cases

cases = Cases("undeclared_pension")
RESIDENT = "城乡居民"


@cases.no_hit()
def exactly_at_the_tolerance_is_no_hit(home: Household) -> None:
    home.pension("202610", "800.00")


@cases.hit(lambda home, found: found.keys == {f"{home.people[0]}|城镇职工"})
def one_fen_more_is_a_hit(home: Household) -> None:
    home.pension("202610", "800.01")


@cases.no_hit()
def a_tenth_of_what_was_declared_is_tolerated_where_that_is_more(home: Household) -> None:
    home.declaration["pension_income"] = "10000"
    home.pension("202610", "11000.00")


@cases.hit()
def one_fen_above_the_tenth_is_a_hit(home: Household) -> None:
    home.declaration["pension_income"] = "10000"
    home.pension("202610", "11000.01")


@cases.hit()
def earnings_declared_are_no_pension(home: Household) -> None:
    home.declaration.update(wage_income="5000", business_income="5000", property_income="5000", transfer_income="5000")
    home.pension("202610", "800.01")


@cases.hit(lambda _, found: found.items[0]["amount_fen"] == 200_000)
def the_first_and_the_last_month_of_the_window_count(home: Household) -> None:
    for period in ("202510", "202511", "202610", "202611"):
        home.pension(period, "1000")


@cases.no_hit()
def the_months_around_the_window_do_not(home: Household) -> None:
    home.pension("202510", "9000")
    home.pension("202611", "9000")


@cases.no_hit()
def the_basic_pension_of_residents_is_no_income(home: Household) -> None:
    home.pension("202610", "1000.00", RESIDENT, basic="200")


@cases.hit(lambda _, found: found.items[0]["amount_fen"] == 80_001)
def what_is_paid_on_top_of_it_is(home: Household) -> None:
    home.pension("202610", "1000.01", RESIDENT, basic="200")


@cases.hit()
def an_empty_basic_amount_is_nothing(home: Household) -> None:
    home.pension("202610", "800.01", RESIDENT, basic="")


@cases.hit(lambda _, found: found.items[0]["amount_fen"] == 100_000, policy={"income.exclude_basic_pension": False})
def a_county_may_count_the_basic_pension(home: Household) -> None:
    home.pension("202610", "1000", RESIDENT, basic="200")


@cases.no_hit(policy={"income.exclude_basic_pension": False})
def and_then_exactly_the_tolerance_is_no_hit_there(home: Household) -> None:
    home.pension("202610", "800", RESIDENT, basic="800")


@cases.hit(lambda _, found: found.items[0]["amount_fen"] == 90_000)
def a_basic_amount_beside_an_employees_pension_is_not_taken_off(home: Household) -> None:
    home.pension("202610", "900", "城镇职工", basic="200")


@cases.hit(lambda home, found: found.keys == {f"{home.people[0]}|城镇职工", f"{home.people[0]}|机关事业"})
def two_insurances_are_two_items_and_count_together(home: Household) -> None:
    home.pension("202610", "400", "城镇职工")
    home.pension("202610", "400.01", "机关事业")


@cases.hit(lambda _, found: found.items[0]["observed"] == 80_001, born=("1950-06-01", "1952-06-01"))
def pensions_of_two_members_count_together(home: Household) -> None:
    home.pension("202610", "400")
    home.pension("202610", "400.01", person=1)


@cases.not_checked("not_admitted")
def with_consent_withdrawn_today_nothing_is_looked_at(home: Household) -> None:
    home.change("authorisations", revoked_on="2026-11-20")
    home.pension("202610", "9000")


test_undeclared_pension = cases.test()
