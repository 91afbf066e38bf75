"""The fifteen rules against the table of page 3: codes, order, directions, feeds, severity, parameters, names."""

from __future__ import annotations

import datetime as dt
import inspect
from pathlib import Path

import pytest

from data_contracts import feed_contract, feed_contracts
from policy.parameters import CATALOGUE
from policy.policy import PolicyBook
from rules import findings
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
    assert f"rule.basis.{rule.code}" in CATALOGUE, "which clause it rests on, by area"
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
