"""The fifteen rules: which are checked, which hold (page 3)."""

from __future__ import annotations

from . import economic_rules as economic
from . import register_rules as register
from .feeds import ECONOMIC
from .households import Household
from .in_force import InForce
from .income import dibao_standard
from .labels import labels_of
from .model import Context, Rule, RuleResult
from .policy import Policy

REGISTRATION = ("household_registration",)
OWN_REGISTERS = ("assistance_roster", "household_members")
SURVEY = ("survey.max_age_days",)
STANDARD = "standard.dibao"
EARNINGS = ("income.counted_items", "income.tolerance_ratio", STANDARD)
PENSION = ("income.exclude_basic_pension", "income.tolerance_ratio", STANDARD)
LIMIT = (
    "income.limit_factor", "income.counted_items", "income.job_cost_deduction_ratio",
    "income.exclude_basic_pension", STANDARD,
)  # fmt: skip
DWELLINGS = ("property.dwellings_limit", "property.area_per_head")
LABOUR = ("income.counted_items", "labour.minor_age", "labour.retirement_age", *SURVEY)

RULES = {
    rule.code: rule
    for rule in (
        Rule("deceased_member", REGISTRATION, "verify", "red", (), register.deceased_member),
        Rule("registration_cancelled", REGISTRATION, "verify", "blue", (), register.registration_cancelled),
        Rule("identity_mismatch", REGISTRATION, "verify", "blue", (), register.identity_mismatch),
        Rule("enrolled_twice", OWN_REGISTERS, "verify", "orange", (), register.enrolled_twice),
        Rule("undeclared_vehicle", ("vehicles",), "verify", "orange", ("vehicle.exempt_types",),
             economic.undeclared_vehicle),
        Rule("undeclared_property", ("property",), "verify", "orange", ("property.counted_usages",),
             economic.undeclared_property),
        Rule("dwellings_over_limit", ("property",), "verify", "orange", DWELLINGS, economic.dwellings_over_limit),
        Rule("undeclared_earnings", ("tax",), "verify", "yellow", EARNINGS, economic.undeclared_earnings),
        Rule("undeclared_pension", ("pensions",), "verify", "yellow", PENSION, economic.undeclared_pension),
        Rule("income_over_standard", ("tax", "pensions"), "verify", "yellow", LIMIT, economic.income_over_standard),
        Rule("unsafe_housing", ("household_surveys",), "help", "orange", SURVEY, register.unsafe_housing),
        Rule("unsafe_water", ("household_surveys",), "help", "orange", SURVEY, register.unsafe_water),
        Rule("severe_disability_uncovered", ("disability",), "help", "orange", (),
             register.severe_disability_uncovered),
        Rule("willing_without_work", ("tax", "disability", "person_surveys"), "help", "blue", LABOUR,
             economic.willing_without_work),
        Rule("poverty_return_risk", (), "help", "orange", ("risk.min_factors",), register.poverty_return_risk),
    )
}  # fmt: skip


def context_of(in_force: InForce, policy: Policy, households: dict[str, Household]) -> Context:
    aided_of: dict[str, set[str]] = {}
    for household in households.values():
        if household.programmes & register.AIDED:
            for person in household.persons:
                aided_of.setdefault(person, set()).add(household.household_id)
    labels = {key: labels_of(household, in_force, policy) for key, household in households.items()}
    return Context(in_force.as_of, in_force, policy, households, labels, aided_of)


def not_checked_reason(rule: Rule, household: Household, context: Context) -> str:
    """The first reason that holds, '' when the rule is checked (no_record is the rule's own affair)."""
    economic_rule = any(feed in ECONOMIC for feed in rule.feeds)
    if not household.township_valid or (economic_rule and not household.admitted):
        return "not_admitted"
    troubles = [context.in_force.trouble(feed, household.county) for feed in rule.feeds]
    for trouble in ("feed_missing", "feed_stale"):
        if trouble in troubles:
            return trouble
    if any(is_missing(name, household, context) for name in rule.parameters):
        return "policy_missing"
    return ""


def is_missing(name: str, household: Household, context: Context) -> bool:
    if name == STANDARD:
        return dibao_standard(household, context.policy, context.as_of) is None
    return context.value(household, name) is None


def judge_all(context: Context) -> dict[tuple[str, str], RuleResult]:
    results = {}
    for household_id, household in context.households.items():
        for code, rule in RULES.items():
            reason = not_checked_reason(rule, household, context)
            results[household_id, code] = (
                RuleResult("not_checked", reason) if reason else rule.judge(household, context)
            )
    return results


def severity_of(rule: str, household: Household, context: Context) -> str:
    return str(context.value(household, f"severity.{rule}") or RULES[rule].severity)
