"""undeclared_vehicle 名下有未申报机动车: whose it is, whether it counts, whether it was declared."""

from kit import Household
from stages import Cases

cases = Cases("undeclared_vehicle")
ON_THE_LIST = "机动车"


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@cases.hit(lambda home, found: found.keys == {home.plate()})
def a_car_nobody_declared_is_a_hit(home: Household) -> None:
    home.vehicle(home.plate())


@cases.no_hit()
def a_declared_car_is_no_hit(home: Household) -> None:
    home.vehicle(home.plate())
    home.declares(ON_THE_LIST, home.plate())


@cases.no_hit()
def a_plate_spelled_otherwise_is_the_same_plate(home: Household) -> None:
    home.vehicle(full_width(home.plate()))
    home.declares(ON_THE_LIST, " " + "-".join(home.plate().lower()))


@cases.hit(lambda home, found: found.keys == {home.plate()} == {found.items[0]["plate_no"]})
def a_plate_is_published_as_letters_and_digits(home: Household) -> None:
    home.vehicle(" · ".join(full_width(home.plate().lower())))


@cases.hit()
def a_plate_declared_as_a_dwelling_is_not_declared(home: Household) -> None:
    home.vehicle(home.plate())
    home.declares("房产", home.plate())


@cases.hit(lambda home, found: found.keys == {home.plate(1)})
def of_two_cars_the_one_not_declared_is_the_evidence(home: Household) -> None:
    home.vehicle(home.plate())
    home.vehicle(home.plate(1))
    home.declares(ON_THE_LIST, home.plate())


@cases.hit()
def a_list_of_assets_older_than_the_declaration_declares_nothing(home: Household) -> None:
    home.vehicle(home.plate())
    home.declares(ON_THE_LIST, home.plate(), on="2026-01-09")


@cases.no_hit()
def a_list_of_assets_younger_than_the_declaration_counts(home: Household) -> None:
    home.vehicle(home.plate())
    home.declares(ON_THE_LIST, home.plate(), on="2026-11-20")


@cases.hit()
def a_list_dated_tomorrow_does_not_count_yet(home: Household) -> None:
    home.vehicle(home.plate())
    home.declares(ON_THE_LIST, home.plate(), on="2026-11-21")


@cases.hit()
def a_newer_list_without_the_car_replaces_the_older_one(home: Household) -> None:
    home.vehicle(home.plate())
    home.declares(ON_THE_LIST, home.plate(), on="2026-02-01")
    home.declares(ON_THE_LIST, home.plate(1), on="2026-03-01")


@cases.no_hit()
def motorcycles_three_wheelers_and_tractors_are_exempt(home: Household) -> None:
    for number, vehicle_type in enumerate(("M21", "N11", "T21", "M")):
        home.vehicle(home.plate(number), vehicle_type)


@cases.hit(lambda home, found: found.keys == {home.plate(1)})
def a_light_lorry_is_not_exempt_beside_a_motorcycle(home: Household) -> None:
    home.vehicle(home.plate(), "M21")
    home.vehicle(home.plate(1), "H31")


@cases.no_hit(policy={"vehicle.exempt_types": ["K33", "H"]})
def a_county_may_exempt_one_type_and_a_whole_class(home: Household) -> None:
    home.vehicle(home.plate(), "K33")
    home.vehicle(home.plate(1), "H31")


@cases.hit(lambda _, found: len(found.keys) == 2, policy={"vehicle.exempt_types": ["K33", "H"]})
def the_type_next_to_an_exempt_one_counts_and_the_national_list_is_replaced(home: Household) -> None:
    home.vehicle(home.plate(), "K31")
    home.vehicle(home.plate(1), "M21")


@cases.hit(policy={"vehicle.exempt_types": []})
def where_nothing_is_exempt_a_motorcycle_counts(home: Household) -> None:
    home.vehicle(home.plate(), "M21")


@cases.hit(lambda _, found: len(found.keys) == 3)
def offences_not_settled_and_inspections_missed_do_not_end_ownership(home: Household) -> None:
    for number, status in enumerate(("A", "AG", "GQ")):
        home.vehicle(home.plate(number), status=status)


@cases.no_hit()
def one_letter_among_others_ends_ownership(home: Household) -> None:
    for number, status in enumerate(("B", "E", "M", "P", "AB", "GE", "MQ", "APQ")):
        home.vehicle(home.plate(number), status=status)


@cases.hit(lambda _, found: len(found.items) == 1)
def one_plate_with_two_kinds_of_plate_is_one_item(home: Household) -> None:
    home.vehicle(home.plate(), plate_type="02")
    home.vehicle(home.plate(), plate_type="01")


@cases.hit(born=("1980-06-01", "1982-06-01"))
def a_member_who_leaves_tomorrow_is_still_one(home: Household) -> None:
    home.vehicle(home.plate(), person=1)
    home.change("household_members", 1, left_on="2026-11-21")


@cases.no_hit(born=("1980-06-01", "1982-06-01"), persons_covered=1)
def a_member_who_left_today_is_none(home: Household) -> None:
    home.vehicle(home.plate(), person=1)
    home.change("household_members", 1, left_on="2026-11-20")


@cases.hit(born=("1980-06-01", "1982-06-01"))
def a_member_who_joined_today_is_one(home: Household) -> None:
    home.vehicle(home.plate(), person=1)
    home.change("household_members", 1, joined_on="2026-11-20")


@cases.no_hit(born=("1980-06-01", "1982-06-01"), persons_covered=1)
def a_member_who_joins_tomorrow_is_none(home: Household) -> None:
    home.vehicle(home.plate(), person=1)
    home.change("household_members", 1, joined_on="2026-11-21")


@cases.not_checked("not_admitted", born=("1980-06-01", "1982-06-01"))
def without_the_consent_of_one_member_nothing_is_looked_at(home: Household) -> None:
    home.vehicle(home.plate())
    home.without("authorisations", 1)


@cases.not_checked("not_admitted")
def consent_given_to_one_household_is_no_consent_in_another(home: Household) -> None:
    person = home.people[0]
    home.without("authorisations")
    other = home.town.household(f"{home.id}-other", program="防返贫监测")
    other.person(number=person)
    home.vehicle(home.plate())


test_undeclared_vehicle = cases.test()
