"""The shipped policy files say what page 3 says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from policy.kinds import ParameterValue
from policy.parameters import CATALOGUE, RULES, UNITS_ZH
from policy.policy import BUILT_IN, PolicyBook

TODAY = date(2026, 11, 20)
AREAS = ("14", "1408", "15", "1506", "150626", "150703", "1529", "36", "3602", "national")
SEVERITY = {
    "red": ["deceased_member"],
    "blue": ["registration_cancelled", "identity_mismatch", "willing_without_work"],
    "orange": [
        "enrolled_twice",
        "undeclared_vehicle",
        "undeclared_property",
        "dwellings_over_limit",
        "unsafe_housing",
        "unsafe_water",
        "severe_disability_uncovered",
        "poverty_return_risk",
    ],
    "yellow": ["undeclared_earnings", "undeclared_pension", "income_over_standard"],
}
# What the seeds change; everywhere else an area's own value equals the national one.
CHANGED = {
    ("150626", "warning.owner"),
    ("3602", "warning.deadline_unit"),
    ("1529", "labour.minor_age"),
    ("15", "standard.dibao"),
}
# A bureau must decide these itself.
WITHOUT_NATIONAL_VALUE = ("publication.group", "standard.dibao", "shadow.floor", "rule.basis.unsafe_water")
# parameter → national value (all of them our own defaults)
OF_TICKETS: dict[str, object] = {
    "supervision.remind_days": 5,
    "supervision.escalate_days": {"county": 5, "city": 15},
    "recheck.share": Decimal("0.05"),
    "brake.times_usual": 5,
    "brake.min_checks": 3,
    "brake.min_hits": 30,
    "shadow.min_cases": 30,
    "shadow.window_months": 24,
}
BOOK = PolicyBook.load()


def test_the_areas_are_those_of_the_seeds() -> None:
    assert set(BOOK.areas()) == set(AREAS)
    assert all(BOOK.label(area) != area for area in AREAS)


@pytest.mark.parametrize("name", [n for n in CATALOGUE if n not in WITHOUT_NATIONAL_VALUE and "rule.basis" not in n])
def test_every_parameter_a_bureau_need_not_decide_has_a_national_default(name: str) -> None:
    assert BOOK.resolve("national", name, date(2000, 1, 1)) is not None


@pytest.mark.parametrize("name", WITHOUT_NATIONAL_VALUE)
def test_nobody_decides_for_a_bureau(name: str) -> None:
    assert BOOK.resolve("national", name, TODAY) is None


@pytest.mark.parametrize(("name", "expected"), OF_TICKETS.items())
def test_days_shares_and_limits_of_supervision_are_marked_as_assumed(name: str, expected: object) -> None:
    for day in (date(2000, 1, 1), TODAY):
        value = BOOK.resolve("national", name, day)
        assert value is not None
        assert (value.value, value.status) == (expected, "assumed")


@pytest.mark.parametrize(("severity", "rules"), SEVERITY.items())
def test_severities_are_those_of_the_table(severity: str, rules: list[str]) -> None:
    for rule in rules:
        value = BOOK.resolve("national", f"severity.{rule}", TODAY)
        assert value is not None
        assert value.code() == severity, rule


def test_every_rule_has_one_severity() -> None:
    assert sorted(rule for rules in SEVERITY.values() for rule in rules) == sorted(RULES)
    assert len(RULES) == 15


def test_every_parameter_has_both_labels_and_a_known_unit() -> None:
    assert all(p.zh and p.en and p.unit in UNITS_ZH for p in CATALOGUE.values())


def national(name: str) -> ParameterValue | None:
    value = BOOK.resolve("national", name, TODAY)
    return None if value is None else value.value


def test_an_area_changes_only_what_its_notice_says() -> None:
    for value in BOOK.values():
        if value.area == "national" or value.parameter.startswith("rule.basis."):
            continue  # each area names its own notice: test_rule_basis.py
        if (value.area, value.parameter) not in CHANGED:
            assert value.value == national(value.parameter), value


def test_official_values_of_an_area_name_their_document() -> None:
    for value in BOOK.values():
        if value.area != "national" and value.status == "official":
            assert "号" in value.basis or "阿拉善盟" in value.basis, value


def test_files_are_plain_utf8_without_links() -> None:
    for path in BUILT_IN.glob("*.yaml"):
        assert "http" not in path.read_text(encoding="utf-8")
