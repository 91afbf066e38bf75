"""The fifteen rules: file = function = code. `ALL` lists them in the order of spec page 3."""

from rules.findings.deceased_member import deceased_member
from rules.findings.dwellings_over_limit import dwellings_over_limit
from rules.findings.enrolled_twice import enrolled_twice
from rules.findings.identity_mismatch import identity_mismatch
from rules.findings.income_over_standard import income_over_standard
from rules.findings.poverty_return_risk import poverty_return_risk
from rules.findings.registration_cancelled import registration_cancelled
from rules.findings.severe_disability_uncovered import severe_disability_uncovered
from rules.findings.undeclared_earnings import undeclared_earnings
from rules.findings.undeclared_pension import undeclared_pension
from rules.findings.undeclared_property import undeclared_property
from rules.findings.undeclared_vehicle import undeclared_vehicle
from rules.findings.unsafe_housing import unsafe_housing
from rules.findings.unsafe_water import unsafe_water
from rules.findings.willing_without_work import willing_without_work
from rules.rule import Rule

ALL: tuple[Rule, ...] = (
    deceased_member,
    registration_cancelled,
    identity_mismatch,
    enrolled_twice,
    undeclared_vehicle,
    undeclared_property,
    dwellings_over_limit,
    undeclared_earnings,
    undeclared_pension,
    income_over_standard,
    unsafe_housing,
    unsafe_water,
    severe_disability_uncovered,
    willing_without_work,
    poverty_return_risk,
)

BY_CODE: dict[str, Rule] = {rule.code: rule for rule in ALL}
ORDER: dict[str, int] = {rule.code: place for place, rule in enumerate(ALL)}

__all__ = ["ALL", "BY_CODE", "ORDER"]
