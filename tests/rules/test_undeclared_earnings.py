"""undeclared_earnings 收入高于申报: tolerance, window W (2025-11 to 2026-10), periods that swallow others.

With nothing declared the tolerance is one month of the standard: 800 in town, 600 in the country.
"""

from kit import Household
from stages import Cases, Check

cases = Cases("undeclared_earnings")
TWO = ("1980-06-01", "1982-06-01")
DECLARATIONS = "declarations"


def of_yuan(yuan: str) -> Check:
    """The sum of all that was recorded."""
    return lambda _, found: found.items[0]["observed"] == int(yuan.replace(".", ""))


@cases.no_hit()
def exactly_at_the_tolerance_is_no_hit(home: Household) -> None:
    home.tax("202610", "800.00")


@cases.hit(of_yuan("800.01"))
def one_fen_more_is_a_hit(home: Household) -> None:
    home.tax("202610", "800.01")


@cases.no_hit(urban_rural="农村")
def in_the_country_the_tolerance_is_the_rural_standard(home: Household) -> None:
    home.tax("202610", "600.00")


@cases.hit(urban_rural="农村")
def and_one_fen_more_is_a_hit_there(home: Household) -> None:
    home.tax("202610", "600.01")


@cases.no_hit()
def a_tenth_of_what_was_declared_is_tolerated_where_that_is_more(home: Household) -> None:
    home.declaration["wage_income"] = "10000"
    home.tax("202511", "11000.00", months=12)


@cases.hit()
def one_fen_above_the_tenth_is_a_hit(home: Household) -> None:
    home.declaration["wage_income"] = "10000"
    home.tax("202511", "11000.01", months=12)


@cases.no_hit()
def where_a_tenth_is_less_the_standard_is_tolerated(home: Household) -> None:
    home.declaration["wage_income"] = "7999.99"
    home.tax("202511", "8799.99", months=12)


@cases.hit()
def the_tenth_of_a_fen_is_not_rounded_away(home: Household) -> None:
    home.declaration["wage_income"] = "10000.09"
    home.tax("202511", "11000.10", months=12)


@cases.no_hit()
def wages_business_and_property_income_are_declared_together(home: Household) -> None:
    home.declaration.update(wage_income="3,000元", business_income="3000", property_income="4000")
    home.tax("202511", "11000.00", months=12)


@cases.hit()
def transfers_and_pensions_declared_are_no_earnings(home: Household) -> None:
    home.declaration.update(transfer_income="5000", pension_income="5000")
    home.tax("202511", "800.01", months=12)


@cases.no_hit()
def the_newest_declaration_counts(home: Household) -> None:
    home.add(DECLARATIONS, household_id=home.id, declared_on="2026-11-20", wage_income="9000")
    home.tax("202610", "9000")


@cases.hit()
def a_declaration_dated_tomorrow_does_not(home: Household) -> None:
    home.add(DECLARATIONS, household_id=home.id, declared_on="2026-11-21", wage_income="9000")
    home.tax("202610", "9000")


@cases.hit()
def a_newer_declaration_may_declare_less(home: Household) -> None:
    home.declaration["wage_income"] = "9000"
    home.add(DECLARATIONS, household_id=home.id, declared_on="2026-06-01")
    home.tax("202610", "9000")


@cases.hit(of_yuan("10000.00"))
def windfalls_and_sales_do_not_count(home: Household) -> None:
    home.tax("202610", "9000", income_item="偶然所得")
    home.tax("202610", "9000", income_item="财产转让")
    home.tax("202610", "10000", income_item="财产租赁")


@cases.hit(policy={"income.counted_items": ["偶然所得"]})
def a_county_may_count_them(home: Household) -> None:
    home.tax("202610", "9000", income_item="偶然所得")


@cases.hit(of_yuan("18000.00"))
def the_first_and_the_last_month_of_the_window_count(home: Household) -> None:
    home.tax("202511", "9000")
    home.tax("202610", "9000")


@cases.no_hit()
def the_months_around_the_window_do_not(home: Household) -> None:
    home.tax("202510", "9000")
    home.tax("202611", "9000")


@cases.hit(of_yuan("18000.00"))
def quarters_inside_the_window_count(home: Household) -> None:
    home.tax("202511", "9000", months=3)
    home.tax("202608", "9000", months=3)


@cases.no_hit()
def quarters_that_straddle_its_ends_do_not(home: Household) -> None:
    home.tax("202510", "9000", months=3)
    home.tax("202609", "9000", months=3)


@cases.hit(of_yuan("9000.00"))
def a_year_counts_when_it_is_the_window(home: Household) -> None:
    home.tax("202511", "9000", months=12)


@cases.no_hit()
def a_calendar_year_is_never_spread_over_the_window(home: Household) -> None:
    home.tax("202501", "90000", months=12)
    home.tax("202601", "90000", months=12)
    home.tax("202512", "90000", months=12)
    home.tax("202510", "90000", months=12)


@cases.hit(lambda _, found: (found.items[0]["amount_fen"], found.items[0]["months"]) == (900_000, 12))
def a_year_swallows_its_months_and_quarters(home: Household) -> None:
    home.tax("202511", "9000", months=12)
    home.tax("202601", "5000")
    home.tax("202604", "5000", months=3)


@cases.hit(lambda _, found: (found.items[0]["amount_fen"], found.items[0]["months"]) == (1_000_000, 5))
def a_quarter_swallows_its_months_and_no_others(home: Household) -> None:
    home.tax("202601", "8000", months=3)
    for period in ("202601", "202602", "202603"):
        home.tax(period, "5000")
    home.tax("202512", "1000")
    home.tax("202604", "1000")


@cases.hit(of_yuan("3000.00"))
def a_quarter_that_straddles_the_window_swallows_nothing(home: Household) -> None:
    home.tax("202510", "9000", months=3)
    home.tax("202511", "1500")
    home.tax("202512", "1500")


@cases.hit(of_yuan("3000.00"))
def a_longer_row_with_less_money_still_counts_instead(home: Household) -> None:
    home.tax("202601", "3000", months=3)
    home.tax("202602", "9000")


@cases.hit(of_yuan("6000.00"))
def two_quarters_that_overlap_in_part_both_count(home: Household) -> None:
    home.tax("202601", "3000", months=3)
    home.tax("202602", "3000", months=3)


@cases.hit(lambda home, found: found.keys == {f"{home.people[0]}|{p}|工资薪金" for p in ("甲厂", "乙厂")})
def rows_of_another_payer_are_not_swallowed(home: Household) -> None:
    home.tax("202511", "9000", months=12)
    home.tax("202601", "5000", withholding_agent="乙厂")


@cases.hit(lambda home, found: found.keys == {f"{home.people[0]}|甲厂|{i}" for i in ("工资薪金", "劳务报酬")})
def nor_are_rows_of_another_item(home: Household) -> None:
    home.tax("202511", "9000", months=12)
    home.tax("202601", "5000", income_item="劳务报酬")


@cases.hit(lambda _, found: len(found.keys) == 2 and found.items[0]["observed"] == 1_400_000, born=TWO)
def nor_are_rows_of_another_member(home: Household) -> None:
    home.tax("202511", "9000", months=12)
    home.tax("202601", "5000", person=1)


@cases.no_hit(born=TWO, persons_covered=1)
def earnings_of_a_member_who_left_do_not_count(home: Household) -> None:
    home.tax("202601", "5000", person=1)
    home.change("household_members", 1, left_on="2026-11-20")


@cases.no_hit()
def money_paid_back_is_taken_off(home: Household) -> None:
    home.tax("202601", "5000")
    home.tax("202602", "-4200")


@cases.hit(policy={"income.tolerance_ratio": 0})
def where_nothing_is_tolerated_the_standard_still_is_and_one_fen_more_is_a_hit(home: Household) -> None:
    home.declaration["wage_income"] = "100000"
    home.tax("202511", "100800.01", months=12)


@cases.no_hit(policy={"income.tolerance_ratio": 0.125})
def a_county_may_tolerate_an_eighth(home: Household) -> None:
    home.declaration["wage_income"] = "10000"
    home.tax("202511", "11250.00", months=12)


@cases.not_checked("not_admitted")
def with_an_authorisation_that_ended_yesterday_nothing_is_looked_at(home: Household) -> None:
    home.change("authorisations", valid_until="2026-11-19")
    home.tax("202610", "9000")


test_undeclared_earnings = cases.test()
