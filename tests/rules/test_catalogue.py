"""The fifteen rules against the table of page 3: codes, order, directions, feeds, severity, parameters, names."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import re
from pathlib import Path

import pytest

from data_contracts import feed_contract, feed_contracts
from policy.parameters import CATALOGUE
from policy.policy import PolicyBook
from rules import findings
from rules.facts.facts import Facts
from rules.findings import ALL, BY_CODE
from rules.rule import ECONOMIC_FEEDS

HERE = Path(__file__).parent
RULES = Path(findings.__file__).parents[1]
REGISTRATION, SURVEYS = ("household_registration",), ("household_surveys",)

# code, 中文, direction, severity, feeds, parameters: typed in from the page
TABLE = [
    ("deceased_member", "成员已登记死亡", "verify", "red", REGISTRATION, ()),
    ("registration_cancelled", "户籍迁出或注销", "verify", "blue", REGISTRATION, ()),
    ("identity_mismatch", "姓名与户籍不符", "verify", "blue", REGISTRATION, ()),
    ("enrolled_twice", "重复纳入救助", "verify", "orange", ("assistance_roster", "household_members"), ()),
    ("undeclared_vehicle", "名下有未申报机动车", "verify", "orange", ("vehicles",), ("vehicle.exempt_types",)),
    ("undeclared_property", "名下有未申报房产", "verify", "orange", ("property",), ("property.counted_usages",)),
    ("dwellings_over_limit", "住房超出规定", "verify", "orange", ("property",),
     ("property.dwellings_limit", "property.area_per_head")),
    ("undeclared_earnings", "收入高于申报", "verify", "yellow", ("tax",),
     ("income.counted_items", "income.tolerance_ratio", "standard.dibao")),
    ("undeclared_pension", "养老待遇高于申报", "verify", "yellow", ("pensions",),
     ("income.tolerance_ratio", "income.exclude_basic_pension", "standard.dibao")),
    ("income_over_standard", "人均收入高于标准", "verify", "yellow", ("tax", "pensions"),
     ("income.limit_factor", "standard.dibao", "income.counted_items", "income.job_cost_deduction_ratio",
      "income.exclude_basic_pension")),
    ("unsafe_housing", "住房不安全", "help", "orange", SURVEYS, ("survey.max_age_days",)),
    ("unsafe_water", "饮水不安全", "help", "orange", SURVEYS, ("survey.max_age_days",)),
    ("severe_disability_uncovered", "重度残疾未单独纳入低保", "help", "orange", ("disability",), ()),
    ("willing_without_work", "有劳动能力和意愿未就业", "help", "blue", ("tax", "disability", "person_surveys"),
     ("income.counted_items", "survey.max_age_days", "labour.minor_age", "labour.retirement_age")),
    ("poverty_return_risk", "返贫致贫风险", "help", "orange", (), ("risk.min_factors",)),
]  # fmt: skip

# ethnicity, religion, birthplace as such, political status, criminal history
PROHIBITED = re.compile(
    r"ethnic|minorit|nationalit|religio|belief|faith|birth_?place|place_of_birth|native_place|politic|party_member"
    r"|criminal|crime|conviction|offender|prison|民族|宗教|信仰|籍贯|出生地|政治面貌|党员|犯罪|前科|服刑|刑满",
    re.IGNORECASE,
)


def test_there_are_fifteen_rules_in_the_order_of_the_page() -> None:
    assert [rule.code for rule in ALL] == [row[0] for row in TABLE]
    assert list(BY_CODE) == [row[0] for row in TABLE]


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_a_rule_is_what_its_line_of_the_table_says(
    row: tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]],
) -> None:
    code, label, direction, severity, feeds, parameters = row
    rule = BY_CODE[code]
    assert (rule.label_zh, rule.direction) == (label, direction)
    assert set(rule.feeds) == set(feeds)
    assert set(rule.parameters) == set(parameters)
    national = PolicyBook.load().resolve("national", f"severity.{code}", dt.date(2026, 11, 20))
    assert national is not None
    assert national.code() == severity


@pytest.mark.parametrize("rule", ALL, ids=list(BY_CODE))
def test_file_function_code_and_cases_have_one_name(rule: findings.Rule) -> None:
    source = Path(inspect.getsourcefile(rule.find) or "")
    assert source == RULES / "findings" / f"{rule.code}.py"
    assert rule.find.__name__ == rule.code
    cases = (HERE / f"test_{rule.code}.py").read_text(encoding="utf-8")
    assert f'Cases("{rule.code}"' in cases
    assert f"test_{rule.code} = cases.test()" in cases


def test_no_file_of_the_folder_is_left_out() -> None:
    files = {path.stem for path in (RULES / "findings").glob("*.py")} - {"__init__"}
    assert files == set(BY_CODE)


@pytest.mark.parametrize("rule", ALL, ids=list(BY_CODE))
def test_a_rule_explains_itself(rule: findings.Rule) -> None:
    assert len((rule.find.__doc__ or "").split()) >= 8, "what the rule holds for, in words"
    assert rule.clause, "which clause it rests on"
    assert rule.version


@pytest.mark.parametrize("rule", ALL, ids=list(BY_CODE))
def test_cases_of_a_rule_lie_on_both_sides(rule: findings.Rule) -> None:
    cases = (HERE / f"test_{rule.code}.py").read_text(encoding="utf-8")
    assert cases.count("@cases.hit(") >= 3
    assert cases.count("@cases.no_hit(") >= 3
    assert not rule.is_economic or '@cases.not_checked("not_admitted"' in cases


def test_feeds_and_parameters_of_the_rules_exist() -> None:
    for rule in ALL:
        assert set(rule.feeds) <= set(feed_contracts())
        assert set(rule.needed_parameters) <= set(CATALOGUE)


def test_exactly_the_rules_on_economic_feeds_ask_for_admission() -> None:
    economic = {row[0] for row in TABLE if set(row[4]) & {"vehicles", "property", "tax", "pensions"}}
    assert {rule.code for rule in ALL if rule.is_economic} == economic
    assert set(ECONOMIC_FEEDS) == {feed for feed in feed_contracts() if feed_contract(feed).is_economic}


def test_exactly_the_rules_on_household_registration_need_a_record_of_each_member() -> None:
    assert {rule.code for rule in ALL if rule.needs_record_of_each_member} == {row[0] for row in TABLE[:3]}


def test_prohibited_attributes_are_in_no_contract() -> None:
    for contract in feed_contracts().values():
        for column in contract.columns:
            words = (column.name, column.header_zh, *column.header_aliases, *(c.value for c in column.codes))
            assert not [word for word in words if PROHIBITED.search(word)], f"{contract.name}.{column.name}"


def test_prohibited_attributes_are_in_no_fact() -> None:
    fields = [field.name for field in dataclasses.fields(Facts)]
    assert not [name for name in fields if PROHIBITED.search(name)]


@pytest.mark.parametrize("path", sorted(RULES.rglob("*.py")), ids=lambda path: str(path.relative_to(RULES)))
def test_prohibited_attributes_are_in_no_rule_label_or_fact_function(path: Path) -> None:
    found = PROHIBITED.search(path.read_text(encoding="utf-8"))
    assert found is None, found


def test_prohibited_attributes_are_in_no_parameter() -> None:
    assert not [name for name in CATALOGUE if PROHIBITED.search(name)]


def test_the_first_six_digits_of_a_number_where_it_was_first_issued_are_read_by_no_rule() -> None:
    """The beginning of an identity number is a place of birth as good as written out; the birth date alone is read."""
    slices = [
        (path.name, found)
        for path in RULES.rglob("*.py")
        for found in re.findall(r'person_id"\)\.str\.(?:slice|head|starts_with)\(([^)]*)\)', path.read_text("utf-8"))
    ]
    assert slices == [("labour_capacity.py", "6, 8")]


def test_the_pattern_itself_finds_what_it_is_for() -> None:
    for word in ("民族", "ethnicity", "政治面貌", "籍贯", "place_of_birth", "criminal_record", "religion"):
        assert PROHIBITED.search(word), word
