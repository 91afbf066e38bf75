"""undeclared_property 名下有未申报房产: which units count, which are declared, how shares add up."""

from kit import Household, unit_no
from stages import Cases, Outcome

cases = Cases("undeclared_property")
TWO = ("1980-06-01", "1982-06-01")
UNIT, ON_THE_LIST = "150626001001GB00001F00010001", "房产"


def one_item(_home: Household, found: Outcome) -> bool:
    return found.keys == {UNIT} and len(found.items) == 1


@cases.hit(one_item)
def a_dwelling_nobody_declared_is_a_hit(home: Household) -> None:
    home.unit(UNIT)


@cases.no_hit()
def a_declared_dwelling_is_no_hit(home: Household) -> None:
    home.unit(UNIT)
    home.declares(ON_THE_LIST, UNIT)


@cases.no_hit()
def a_number_written_with_spaces_and_in_lower_case_is_the_same(home: Household) -> None:
    home.unit(UNIT)
    home.declares(ON_THE_LIST, "150626 001001-gb00001-f00010001")


@cases.hit(one_item)
def a_dwelling_declared_as_a_vehicle_is_not_declared(home: Household) -> None:
    home.unit(UNIT)
    home.declares("机动车", UNIT)


@cases.no_hit()
def what_was_owned_once_is_no_hit(home: Household) -> None:
    home.unit(UNIT, status="历史")


@cases.hit(one_item)
def a_contract_signed_online_counts_like_a_registration(home: Household) -> None:
    home.unit(UNIT, record_kind="网签")


@cases.hit(one_item)
def a_unit_both_signed_for_and_registered_is_one_item(home: Household) -> None:
    home.unit(UNIT)
    home.unit(UNIT, record_kind="网签")


@cases.hit(one_item)
def a_unit_sold_and_bought_again_is_in_force(home: Household) -> None:
    home.unit(UNIT, status="历史")
    home.unit(UNIT)


@cases.hit(lambda _, found: len(found.keys) == 4)
def dwellings_shops_offices_and_workshops_count(home: Household) -> None:
    for number, usage in enumerate(("住宅", "商业", "办公", "工业")):
        home.unit(f"U{number}", usage=usage)


@cases.no_hit()
def parking_spaces_homesteads_and_others_do_not(home: Household) -> None:
    for number, usage in enumerate(("车位", "农村宅基地", "其他")):
        home.unit(f"U{number}", usage=usage)


@cases.hit(lambda _, found: found.keys == {unit_no("P")}, policy={"property.counted_usages": ["车位"]})
def a_county_may_count_parking_spaces_instead(home: Household) -> None:
    home.unit("P", usage="车位")
    home.unit("D", usage="住宅")


@cases.hit(lambda _, found: found.items[0]["share_e6"] == 750_000 and len(found.items) == 1, born=TWO)
def shares_of_two_members_add_up_in_one_item(home: Household) -> None:
    home.unit(UNIT, share="0.5")
    home.unit(UNIT, share="0.25", person=1)


@cases.hit(lambda _, found: found.items[0]["share_e6"] == 1_000_000, born=TWO)
def shares_above_one_count_as_one(home: Household) -> None:
    home.unit(UNIT, share="0.8")
    home.unit(UNIT, share="0.8", person=1)


@cases.hit(lambda _, found: found.items[0]["share_e6"] == 500_000)
def of_the_shares_of_one_member_the_largest_counts(home: Household) -> None:
    home.unit(UNIT, share="0.5")
    home.unit(UNIT, share="0.3", record_kind="网签")


@cases.hit(lambda _, found: found.items[0]["share_e6"] == 1_000_000 and found.items[0]["area_m2_e4"] == 0)
def an_empty_share_is_the_whole_and_an_empty_area_nothing(home: Household) -> None:
    home.unit(UNIT, area="")


@cases.hit(one_item)
def a_list_of_assets_older_than_the_declaration_declares_nothing(home: Household) -> None:
    home.unit(UNIT)
    home.declares(ON_THE_LIST, UNIT, on="2026-01-09")


@cases.not_checked("not_admitted")
def without_a_declaration_nothing_is_looked_at(home: Household) -> None:
    home.unit(UNIT)
    home.declaration["declared_on"] = "2026-11-21"


test_undeclared_property = cases.test()
