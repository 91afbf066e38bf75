"""identity_mismatch 姓名与户籍不符: what makes two names different, and what does not."""

from kit import Household
from stages import Cases

cases = Cases("identity_mismatch")
REGISTRATION, MEMBERS = "household_registration", "household_members"
DOTS = "\u00b7\u2022\u2027\u2219\u22c5\u30fb"
SPACES = " \t\u00a0\u1680\u2003\u2009\u202f\u205f\u3000"


def names(home: Household, ours: str, registered: str, person: int = 0) -> None:
    home.change(MEMBERS, person, name=ours)
    home.change(REGISTRATION, person, name=registered)


@cases.no_hit()
def the_same_name_is_no_hit(home: Household) -> None:
    names(home, "乙某", "乙某")


@cases.hit(lambda home, found: found.keys == {home.people[0]})
def another_character_is_a_hit(home: Household) -> None:
    names(home, "乙某", "丙某")


@cases.hit()
def a_traditional_character_is_another_one(home: Household) -> None:
    names(home, "刘某", "劉某")


@cases.no_hit(born=("1980-06-01",) * len(DOTS))
def each_of_the_six_middle_dots_counts_for_nothing(home: Household) -> None:
    for person, dot in enumerate(DOTS):
        names(home, f"阿{dot}某", "阿某", person)


@cases.no_hit()
def the_half_width_katakana_dot_becomes_one_of_the_six(home: Household) -> None:
    names(home, "阿\uff65某", "阿·某")


@cases.no_hit()
def a_full_stop_between_han_characters_is_a_middle_dot(home: Household) -> None:
    names(home, "阿.某", "阿·某")


@cases.hit()
def a_full_stop_elsewhere_is_none(home: Household) -> None:
    names(home, "阿A.某", "阿A某")


@cases.no_hit()
def a_rare_character_of_an_older_edition_of_the_standard_is_the_same(home: Household) -> None:
    names(home, "李\ue81e", "李龴")


@cases.no_hit(born=("1980-06-01",) * len(SPACES))
def no_unicode_space_counts(home: Household) -> None:
    for person, space in enumerate(SPACES):
        names(home, f"乙{space}某", "乙某", person)


@cases.no_hit()
def full_width_letters_and_compatibility_characters_are_the_same(home: Household) -> None:
    names(home, "\uf900Ａ某", "\u8c48A某")


@cases.hit()
def upper_and_lower_case_differ(home: Household) -> None:
    names(home, "A某", "a某")


@cases.no_hit()
def an_empty_name_is_no_hit(home: Household) -> None:
    names(home, "", "乙某")


@cases.no_hit()
def a_name_of_dots_alone_is_empty(home: Household) -> None:
    names(home, "··", "乙某")


@cases.no_hit()
def a_registered_name_of_dots_alone_is_empty_too(home: Household) -> None:
    names(home, "乙某", "·")


@cases.not_checked("no_record")
def an_empty_name_without_a_record_is_still_unchecked(home: Household) -> None:
    home.change(MEMBERS, name="")
    home.without(REGISTRATION)


@cases.hit(lambda home, found: found.missing == [home.people[1]], born=("1980-06-01", "1982-06-01"))
def beside_a_hit_the_member_without_a_record_is_listed(home: Household) -> None:
    names(home, "乙某", "丙某")
    home.without(REGISTRATION, 1)


test_identity_mismatch = cases.test()
