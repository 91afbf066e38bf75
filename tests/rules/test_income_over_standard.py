"""income_over_standard 人均收入高于标准: factor x standard x 12 x members, exactly (standard 800 in town, 600 outside)."""

from kit import Household
from stages import Cases

cases = Cases("income_over_standard")
TWO = ("1980-06-01", "1982-06-01")


def transfers(home: Household, yuan: str) -> None:
    """The plainest income: declared and taken as it is."""
    home.declaration["transfer_income"] = yuan


@cases.no_hit(program="低保")
def exactly_the_standard_is_no_hit(home: Household) -> None:
    transfers(home, "9600.00")


@cases.hit(lambda _, found: found.keys == {"低保|10"}, program="低保")
def one_fen_a_year_more_is_a_hit(home: Household) -> None:
    transfers(home, "9600.01")


@cases.hit(lambda _, found: found.keys == {"低保|10"}, program="低保")
def just_under_eleven_tenths_of_the_limit_is_still_step_ten(home: Household) -> None:
    transfers(home, "10559.99")


@cases.hit(lambda _, found: found.keys == {"低保|11"}, program="低保")
def eleven_tenths_of_the_limit_are_step_eleven(home: Household) -> None:
    transfers(home, "10560.00")


@cases.no_hit()
def on_the_margin_one_and_a_half_times_the_standard_is_no_hit(home: Household) -> None:
    transfers(home, "14400.00")


@cases.hit(lambda _, found: found.keys == {"低保边缘|10"})
def and_one_fen_more_is_a_hit_there(home: Household) -> None:
    transfers(home, "14400.01")


@cases.no_hit(program="低保", urban_rural="农村")
def in_the_country_the_rural_standard_counts(home: Household) -> None:
    transfers(home, "7200.00")


@cases.hit(program="低保", urban_rural="农村")
def one_fen_above_the_rural_standard_is_a_hit(home: Household) -> None:
    transfers(home, "7200.01")


@cases.no_hit(program="低保", born=TWO)
def two_members_share_the_income(home: Household) -> None:
    transfers(home, "19200.00")


@cases.hit(program="低保", born=TWO)
def one_fen_above_what_two_may_have_is_a_hit(home: Household) -> None:
    transfers(home, "19200.01")


@cases.no_hit()
def a_tenth_of_wages_and_fees_is_the_cost_of_working(home: Household) -> None:
    home.tax("202601", "8000")
    home.tax("202601", "8000", income_item="劳务报酬")


@cases.hit()
def one_fen_more_of_wages_exceeds_by_nine_tenths_of_a_fen(home: Household) -> None:
    home.tax("202601", "8000.01")
    home.tax("202601", "8000", income_item="劳务报酬")


@cases.no_hit()
def business_income_has_no_such_cost(home: Household) -> None:
    home.tax("202601", "14400.00", income_item="经营所得")


@cases.hit()
def so_one_fen_more_of_it_is_a_hit(home: Household) -> None:
    home.tax("202601", "14400.01", income_item="经营所得")


@cases.no_hit(policy={"income.job_cost_deduction_ratio": 0.25})
def a_county_may_allow_a_quarter(home: Household) -> None:
    home.tax("202601", "19200.00")


@cases.no_hit()
def of_declared_and_recorded_earnings_the_larger_counts_once(home: Household) -> None:
    home.declaration["wage_income"] = "14400"
    home.tax("202601", "16000")


@cases.hit()
def declared_earnings_have_no_cost_taken_off(home: Household) -> None:
    home.declaration["wage_income"] = "14400.01"
    home.tax("202601", "15000")


@cases.no_hit()
def of_declared_and_recorded_pensions_the_larger_counts_once(home: Household) -> None:
    home.declaration["pension_income"] = "14000"
    home.pension("202601", "14400")


@cases.no_hit()
def the_basic_pension_of_residents_is_no_income(home: Household) -> None:
    home.pension("202601", "16000", "城乡居民", basic="1600")


@cases.hit()
def earnings_pensions_and_transfers_add_up(home: Household) -> None:
    home.declaration.update(business_income="4800", pension_income="4800", transfer_income="4800.01")


@cases.no_hit()
def savings_are_no_income(home: Household) -> None:
    home.declaration["financial_assets"] = "1000000"


@cases.no_hit()
def windfalls_are_no_income(home: Household) -> None:
    home.tax("202601", "100000", income_item="偶然所得")


@cases.no_hit(program="特困")
def a_programme_without_a_factor_is_no_hit(home: Household) -> None:
    transfers(home, "1000000")


@cases.no_hit(program="特困")
def of_two_programmes_the_main_one_decides_even_without_a_factor(home: Household) -> None:
    home.programme("低保边缘")
    transfers(home, "1000000")


@cases.hit(lambda _, found: found.keys == {"低保|14"})
def the_main_programme_is_the_first_of_the_list_not_of_the_file(home: Household) -> None:
    home.programme("低保")
    transfers(home, "14399.99")


@cases.no_hit()
def a_programme_that_ended_today_is_not_the_main_one(home: Household) -> None:
    home.programme("低保", ended_on="2026-11-20")
    transfers(home, "14400.00")


@cases.hit(lambda _, found: found.keys == {"低保|10"}, urban_rural="农村")
def the_main_programme_says_town_or_country(home: Household) -> None:
    home.programme("低保", urban_rural="城市")
    transfers(home, "9600.01")


@cases.no_hit(policy={"income.limit_factor": {"刚性支出困难": 2.5}})
def where_a_county_names_other_programmes_the_national_factors_are_replaced(home: Household) -> None:
    transfers(home, "1000000")


@cases.hit(lambda _, found: found.keys == {"刚性支出困难|10"}, program="刚性支出困难",
           policy={"income.limit_factor": {"刚性支出困难": 2.5}})  # fmt: skip
def and_its_own_factor_holds(home: Household) -> None:
    transfers(home, "24000.01")


@cases.no_hit(policy={"standard.dibao": {"urban": 800.01, "rural": 600}})
def the_standard_of_the_county_goes_before_the_regions(home: Household) -> None:
    transfers(home, "14400.18")


@cases.not_checked("not_admitted")
def with_the_applicant_gone_nothing_is_looked_at(home: Household) -> None:
    home.person()
    home.change("household_members", left_on="2026-11-20")
    transfers(home, "1000000")


test_income_over_standard = cases.test()
