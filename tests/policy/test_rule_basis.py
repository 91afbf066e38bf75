"""What a rule rests on: the nation's clauses and those of the county's own areas, on both sides of each day; never another
place's notice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from oracle import policy as oracle

from policy.errors import PolicyError
from policy.parameters import CATALOGUE, GROUNDED, RULES
from policy.policy import BUILT_IN, PolicyBook

BOOK = PolicyBook.load()
COUNTIES = ("150626", "150703", "152921", "150102", "360202", "360302", "140802", "140105", "152201", "440106")
DATES = (
    date(2000, 1, 1),
    *(date(2021, 12, 29 + n) for n in (0, 1)),
    *(date(year, month, day) for year, month, day in ((2023, 12, 31), (2024, 1, 1), (2025, 7, 15), (2025, 7, 16))),
    *(date(2025, 8, 11 + n) for n in (0, 1)),
    *(date(year, month, day) for year, month, day in ((2025, 12, 31), (2026, 1, 1), (2026, 6, 30), (2026, 7, 1))),
)
PLACES = {
    "150626": ("乌民政发", "乌审旗"),
    "150703": ("扎政发", "扎赉诺尔"),
    "1529": ("阿拉善", "阿盟"),
    "1408": ("运民发", "运城"),
    "3602": ("景民字", "景德镇"),
    "15": ("内民政发", "内蒙古", "自治区", "兴安盟"),
    "44": ("广东",),
}
LAW, CONFIRMATION, FLOOR = "社会救助法", "民发〔2021〕57号", "民发〔2022〕83号"
ECONOMIC = f"{LAW} 第四十条、第四十一条; {CONFIRMATION}(核对)"
REGISTER = f"{LAW} 第四十六条、第四十七条; {CONFIRMATION} 第三十一条、第三十二条"
# Page 12, section 2, from 2026-07-01 where an area has nothing of its own.
NATIONAL = {
    **dict.fromkeys(
        (
            "undeclared_vehicle",
            "undeclared_property",
            "dwellings_over_limit",
            "undeclared_earnings",
            "undeclared_pension",
        ),
        ECONOMIC,
    ),
    **dict.fromkeys(("registration_cancelled", "identity_mismatch", "enrolled_twice"), REGISTER),
    "deceased_member": f"{REGISTER}; {FLOOR}",
    "income_over_standard": f"{LAW} 第十八条、第二十一条",
    "severe_disability_uncovered": f"{LAW} 第二十一条; {CONFIRMATION} 第八条; {FLOOR}",
    "unsafe_housing": f"{LAW} 第二十六条",
    "unsafe_water": "",
    "willing_without_work": f"{LAW} 第二十七条",
    "poverty_return_risk": f"{LAW} 第十条",
}


@pytest.mark.parametrize("county", COUNTIES)
def test_nothing_that_a_ticket_can_show_names_another_place(county: str) -> None:
    foreign = [word for area, words in PLACES.items() if not county.startswith(area) for word in words]
    for as_of in DATES:
        shown = [BOOK.rule_basis(county, code, as_of) for code in GROUNDED]
        values = [BOOK.resolve(county, name, as_of) for name in CATALOGUE]
        shown += [value.basis for value in values if value is not None]
        assert not [(word, text) for text in shown for word in foreign if word in text]


@pytest.mark.parametrize("county", COUNTIES)
def test_clauses_equal_an_independent_reading(county: str) -> None:
    other = oracle.Policy([BUILT_IN])
    for as_of in DATES:
        for code in GROUNDED:
            assert BOOK.rule_basis(county, code, as_of) == "; ".join(other.rule_basis(county, code, as_of))


@pytest.mark.parametrize("code", RULES)
def test_the_nations_clauses_are_those_that_were_read(code: str) -> None:
    assert BOOK.rule_basis("440106", code, date(2026, 7, 1)) == NATIONAL[code]
    before = BOOK.rule_basis("440106", code, date(2026, 6, 30))
    assert before == "; ".join(part for part in NATIONAL[code].split("; ") if LAW not in part)


# county, code, the day from which its own notice counts, what it says
OWN = (
    ("150626", "unsafe_water", date(2025, 8, 12), "乌民政发〔2025〕23号 二(二)7"),
    ("150626", "income_over_standard", date(2025, 8, 12), "乌民政发〔2025〕23号 二(一)4"),
    ("150626", "registration_cancelled", date(2025, 8, 12), "乌民政发〔2025〕23号 二(一)4"),
    ("150703", "deceased_member", date(2025, 7, 16), "扎政发〔2025〕13号 八(六)"),
    (
        "152921",
        "undeclared_vehicle",
        date(2021, 12, 30),
        "阿拉善盟改革完善社会救助制度的实施措施(2021-12-30)六(二十二)",
    ),
    ("140802", "severe_disability_uncovered", date(2022, 1, 1), "运民发〔2022〕11号 二(十)"),
    ("360202", "undeclared_vehicle", date(2024, 1, 1), "景民字〔2024〕40号 三(三)2、三(三)4"),
)


@pytest.mark.parametrize(("county", "code", "since", "said"), OWN)
def test_a_county_adds_its_own_notice_behind_the_nations(county: str, code: str, since: date, said: str) -> None:
    elsewhere = BOOK.rule_basis("440106", code, since)
    assert BOOK.rule_basis(county, code, since) == "; ".join(filter(None, (elsewhere, said)))
    assert said not in BOOK.rule_basis(county, code, date.fromordinal(since.toordinal() - 1))


def test_consent_and_the_check_itself_have_the_law_from_its_first_day() -> None:
    for code, article in (("authorisation_missing", "第四十条"), ("silent_check", "第十条")):
        assert BOOK.rule_basis("440106", code, date(2026, 6, 30)) == ""
        assert all(
            BOOK.rule_basis(county, code, date(2026, 7, 1)).startswith(f"{LAW} {article}") for county in COUNTIES
        )


# parameter, area, the last day before, the first day after: status on each; the value stays
TURNS = (
    ("income.exclude_basic_pension", "440106", date(2020, 12, 31), "assumed", "official"),
    ("income.exclude_basic_pension", "150626", date(2025, 12, 31), "official", "assumed"),
    ("income.limit_factor", "360202", date(2026, 6, 30), "official", "assumed"),
    ("income.limit_factor", "150626", date(2026, 6, 30), "official", "assumed"),
)


@pytest.mark.parametrize(("name", "area", "last", "before", "after"), TURNS)
def test_what_a_clause_says_ends_with_the_clause(name: str, area: str, last: date, before: str, after: str) -> None:
    values = [BOOK.resolve(area, name, day) for day in (last, date.fromordinal(last.toordinal() + 1))]
    assert [value and value.status for value in values] == [before, after]
    assert values[0] is not None
    assert values[1] is not None
    assert values[0].value == values[1].value


def home(folder: Path, *lines: str) -> Path:
    entry = "\n".join(f"        {line}" for line in lines)
    text = 'area: "440106"\nparameters:\n  rule.basis:\n    - from: 2026-09-01\n      basis: 穗民〔2026〕1号\n'
    (folder / "440106.yaml").write_text(f"{text}      status: local\n      value:\n{entry}\n", encoding="utf-8")
    return folder


def test_an_office_enters_one_line_a_rule(tmp_path: Path) -> None:
    book = PolicyBook.load(home(tmp_path, "unsafe_water: 穗民〔2026〕1号 三", "deceased_member: 穗民〔2026〕1号 四"))
    assert book.rule_basis("440106", "unsafe_water", date(2026, 9, 1)) == "穗民〔2026〕1号 三"
    assert book.rule_basis("440106", "unsafe_water", date(2026, 8, 31)) == ""
    assert book.rule_basis("440106", "deceased_member", date(2026, 9, 1)).endswith(f"{FLOOR}; 穗民〔2026〕1号 四")
    assert book.rule_basis("440105", "unsafe_water", date(2026, 9, 1)) == ""


def test_mistakes_of_an_office_are_named_with_their_lines(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as raised:
        PolicyBook.load(home(tmp_path, "unsafe_watre: 三"))
    assert "440106.yaml:8" in str(raised.value)
    assert "unsafe_water" in str(raised.value)
    with pytest.raises(PolicyError) as raised:
        PolicyBook.load(home(tmp_path, "unsafe_water: 三", "unsafe_housing: ''", "enrolled_twice: 5"))
    assert [problem.line for problem in raised.value.problems] == [9, 10]
