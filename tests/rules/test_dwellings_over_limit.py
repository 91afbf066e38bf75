"""dwellings_over_limit 住房超出规定: two dwellings and more than 40 m² a head, each side of both."""

from kit import Household, unit_no
from stages import Cases

cases = Cases("dwellings_over_limit")
TWO = ("1980-06-01", "1982-06-01")


@cases.no_hit()
def exactly_forty_square_metres_a_head_is_no_hit(home: Household) -> None:
    home.unit("A", "20")
    home.unit("B", "20.00")


@cases.hit(lambda _, found: found.keys == {unit_no("A"), unit_no("B")})
def a_hundredth_more_is_a_hit_with_every_dwelling_as_evidence(home: Household) -> None:
    home.unit("A", "20")
    home.unit("B", "20.01")


@cases.no_hit()
def a_hundredth_less_is_no_hit(home: Household) -> None:
    home.unit("A", "20")
    home.unit("B", "19.99")


@cases.hit()
def the_fourth_decimal_counts_as_well(home: Household) -> None:
    home.unit("A", "20")
    home.unit("B", "20.0001")


@cases.no_hit()
def one_dwelling_however_large_is_no_hit(home: Household) -> None:
    home.unit("A", "500")


@cases.no_hit(born=TWO)
def one_dwelling_held_by_two_members_is_one(home: Household) -> None:
    home.unit("A", "500", share="0.5")
    home.unit("A", "500", share="0.5", person=1)


@cases.no_hit()
def one_dwelling_signed_for_and_registered_is_one(home: Household) -> None:
    home.unit("A", "500")
    home.unit("A", "500", record_kind="网签")


@cases.no_hit()
def a_dwelling_of_the_past_is_none(home: Household) -> None:
    home.unit("A", "500")
    home.unit("B", "500", status="历史")


@cases.no_hit()
def a_shop_is_no_dwelling(home: Household) -> None:
    home.unit("A", "500")
    home.unit("B", "500", usage="商业")


@cases.hit()
def a_declared_dwelling_counts_like_any_other(home: Household) -> None:
    home.unit("A", "500")
    home.unit("B", "500")
    home.declares("房产", unit_no("A"))
    home.declares("房产", unit_no("B"))


@cases.no_hit(born=TWO)
def the_area_is_shared_by_the_members(home: Household) -> None:
    home.unit("A", "40")
    home.unit("B", "40")


@cases.hit(born=TWO)
def a_hundredth_over_the_area_of_two_is_a_hit(home: Household) -> None:
    home.unit("A", "40.01")
    home.unit("B", "40", person=1)


@cases.hit(born=TWO, persons_covered=1)
def a_member_who_left_shares_nothing(home: Household) -> None:
    home.unit("A", "40")
    home.unit("B", "40")
    home.change("household_members", 1, left_on="2026-11-20")


@cases.no_hit()
def only_the_share_held_counts(home: Household) -> None:
    home.unit("A", "40", share="0.5")
    home.unit("B", "40", share="0.5")


@cases.hit()
def the_smallest_share_more_is_a_hit(home: Household) -> None:
    home.unit("A", "40", share="0.5")
    home.unit("B", "40", share="0.500001")


@cases.no_hit(born=TWO)
def shares_of_one_dwelling_add_up_to_the_whole_and_not_more(home: Household) -> None:
    home.unit("A", "60", share="0.8")
    home.unit("A", "60", share="0.8", person=1)
    home.unit("B", "20")


@cases.hit(lambda _, found: found.items[0]["area_m2_e4"] == 700_000)
def of_two_areas_of_one_dwelling_the_larger_counts(home: Household) -> None:
    home.unit("A", "10")
    home.unit("A", "70", record_kind="网签")
    home.unit("B", "")


@cases.hit(lambda _, found: found.items[0]["share_e6"] == 700_000)
def of_two_shares_of_one_member_the_larger_counts_and_they_do_not_add_up(home: Household) -> None:
    home.unit("A", "100", share="0.4")
    home.unit("A", "100", share="0.7", record_kind="网签")
    home.unit("B", "")


@cases.no_hit(policy={"property.dwellings_limit": 3})
def where_the_limit_is_three_two_are_no_hit(home: Household) -> None:
    home.unit("A", "500")
    home.unit("B", "500")


@cases.hit(policy={"property.dwellings_limit": 1})
def where_the_limit_is_one_a_single_large_dwelling_is_a_hit(home: Household) -> None:
    home.unit("A", "40.01")


@cases.no_hit(policy={"property.area_per_head": 50})
def where_fifty_square_metres_are_allowed_fifty_are_no_hit(home: Household) -> None:
    home.unit("A", "25")
    home.unit("B", "25")


@cases.not_checked("not_admitted", persons_covered=2)
def with_fewer_members_than_persons_covered_nothing_is_looked_at(home: Household) -> None:
    home.unit("A", "500")
    home.unit("B", "500")


test_dwellings_over_limit = cases.test()
