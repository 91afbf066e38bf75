"""poverty_return_risk 返贫致贫风险: two factors at least, unknown ones do not count, basic support covers.

With nothing declared the income is below the standard (800): every household starts with that one factor.
"""

from kit import Household
from stages import Cases, Check

cases = Cases("poverty_return_risk", program="防返贫监测")
OLD = ("1950-06-01",)
ENOUGH = "9600.00"


def factors(*names: str) -> Check:
    return lambda _, found: found.items[0]["factors"].rstrip(",").split(",") == sorted(names)


@cases.hit(factors("housing_safety", "income_below_standard"))
def two_factors_are_a_hit(home: Household) -> None:
    home.surveyed(housing="C")


@cases.no_hit()
def one_factor_is_no_hit(home: Household) -> None:
    home.surveyed(housing="B", water="是")


@cases.no_hit()
def an_income_of_exactly_the_standard_is_no_factor(home: Household) -> None:
    home.declaration["transfer_income"] = ENOUGH
    home.surveyed(housing="C")


@cases.hit(factors("housing_safety", "income_below_standard"))
def one_fen_less_is(home: Household) -> None:
    home.declaration["transfer_income"] = "9599.99"
    home.surveyed(housing="C")


@cases.hit(factors("housing_safety", "water_safety"))
def housing_and_water_are_two_factors(home: Household) -> None:
    home.declaration["transfer_income"] = ENOUGH
    home.surveyed(housing="C", water="否")


@cases.no_hit()
def a_survey_that_is_too_old_is_no_factor(home: Household) -> None:
    home.surveyed("2025-11-19", housing="C", water="否")


@cases.hit(factors("income_below_standard", "labour_capacity"), born=OLD)
def where_nobody_has_full_capacity_that_is_a_factor(home: Household) -> None:
    home.surveyed()


@cases.hit(factors("income_below_standard", "labour_capacity"), born=(*OLD, "1980-06-01"))
def partial_capacity_is_not_full(home: Household) -> None:
    home.certificate(4, 3, person=1)


@cases.no_hit(born=(*OLD, "1980-06-01"))
def one_member_with_full_capacity_is_enough(home: Household) -> None:
    home.surveyed(water="是")


@cases.hit(factors("housing_safety", "labour_capacity"), born=OLD)
def without_consent_the_income_is_unknown_and_the_rest_still_counts(home: Household) -> None:
    home.without("authorisations")
    home.surveyed(housing="C")


@cases.no_hit()
def without_consent_a_low_income_is_no_factor(home: Household) -> None:
    home.without("authorisations")
    home.surveyed(housing="C")


@cases.no_hit(born=OLD)
def a_household_without_members_has_no_capacity_to_lack(home: Household) -> None:
    home.change("household_members", left_on="2026-01-01")
    home.surveyed(housing="C")


@cases.hit(factors("housing_safety", "water_safety"), born=OLD)
def but_its_other_factors_count(home: Household) -> None:
    home.change("household_members", left_on="2026-01-01")
    home.surveyed(housing="C", water="否")


@cases.no_hit(program="低保", born=OLD)
def dibao_covers(home: Household) -> None:
    home.surveyed(housing="D", water="否")


@cases.no_hit(program="防返贫监测", born=OLD)
def tekun_beside_monitoring_covers(home: Household) -> None:
    home.programme("特困")
    home.surveyed(housing="D", water="否")


@cases.hit(program="低保边缘", born=OLD)
def the_margin_does_not(home: Household) -> None:
    home.surveyed(housing="D", water="否")


@cases.hit(factors("income_below_standard"), policy={"risk.min_factors": 1})
def where_one_factor_is_enough_one_is_a_hit(home: Household) -> None:
    home.surveyed(housing="B")


@cases.no_hit(policy={"risk.min_factors": 3})
def where_three_are_asked_two_are_no_hit(home: Household) -> None:
    home.surveyed(housing="C")


@cases.not_checked("not_admitted", township_code="1506261000001", born=OLD)
def thirteen_digits_are_no_township(home: Household) -> None:
    home.surveyed(housing="C", water="否")


test_poverty_return_risk = cases.test()
