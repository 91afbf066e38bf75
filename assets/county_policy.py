"""The policy in force per county as small frames: what the rules join instead of asking for values one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from policy.kinds import Codes, Flag, Table, Whole
from policy.parameters import CATALOGUE
from policy.policy import PolicyBook
from policy.values import NATIONAL, PolicyValue
from rules.expressions import PPM
from rules.findings import ALL
from rules.registry import asked_for

COLUMNS: Final = {
    "income.tolerance_ratio": "p_tolerance_ppm",
    "income.job_cost_deduction_ratio": "p_job_cost_ppm",
    "income.exclude_basic_pension": "p_exclude_basic_pension",
    "property.dwellings_limit": "p_dwellings_limit",
    "property.area_per_head": "p_area_per_head_e4",
    "labour.minor_age": "p_minor_age",
    "labour.retirement_age": "p_retirement_age",
    "survey.max_age_days": "p_survey_from",
    "risk.min_factors": "p_min_factors",
    "standard.dibao": "p_standard_fen",
    "income.limit_factor": "p_limit_factor_ppm",
}
"""What the lake calls values that it has kept since version 0.1; a later one is p_<name>."""
SCALES: Final = {"share": PPM, "times_standard": PPM, "m2": 10_000, "yuan_per_month": 100}
"""Whole numbers by unit: products of decimals are not portable between engines."""
KEYED_BY: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "standard.dibao": ("urban_rural", {"urban": "城市", "rural": "农村"}),
    "income.limit_factor": ("main_program", {}),
}
"""Tables of values: the column of a household that says which is its own, and what it holds for each key."""


def column_of(parameter: str) -> str:
    """The column in which a household carries the value of a parameter that holds in its county."""
    return COLUMNS.get(parameter, f"p_{parameter.replace('.', '_')}")


@dataclass(frozen=True)
class CountyPolicy:
    """Values in force on one check date.

    scalars   county, and a column (column_of) for each parameter that a function asks for and that has one value a county:
              ratios in millionths, area in ten-thousandths of m2, days as the day so long before the check date
    keyed     for each such parameter with a table of values: county, the household's column that tells which, column_of
    """

    values: dict[tuple[str, str], PolicyValue]
    scalars: pl.DataFrame
    keyed: tuple[pl.DataFrame, ...]

    def value(self, county: str, parameter: str) -> PolicyValue | None:
        return self.values.get((county, parameter))

    def of_all(self, parameter: str) -> list[PolicyValue]:
        return [value for (_, name), value in self.values.items() if name == parameter]

    def codes(self, parameter: str) -> pl.DataFrame:
        """county, value: the codes of a parameter that is a list of them."""
        rows = [
            {"county": county, "value": code}
            for (county, name), value in self.values.items()
            if name == parameter
            for code in value.codes()
        ]
        return pl.DataFrame(rows, schema={"county": pl.String, "value": pl.String})


def is_county(code: str) -> bool:
    """Six ASCII digits that can begin an area code."""
    return len(code) == 6 and code.isascii() and code.isdigit() and code[0] != "0"


def resolve_counties(book: PolicyBook, counties: Iterable[str], as_of: dt.date) -> CountyPolicy:
    """Every parameter for every county; a code that is none gets the national values only."""
    values: dict[tuple[str, str], PolicyValue] = {}
    listed = sorted(set(counties))
    for county in listed:
        area = county if is_county(county) else NATIONAL
        for parameter in CATALOGUE:
            value = book.resolve(area, parameter, as_of)
            if value is not None:
                values[(county, parameter)] = value
    return CountyPolicy(
        values=values,
        scalars=_scalars(values, listed, as_of),
        keyed=tuple(_keyed(values, name) for name in KEYED_BY),
    )


def _scalars(values: dict[tuple[str, str], PolicyValue], counties: list[str], as_of: dt.date) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {"county": pl.Series("county", counties, dtype=pl.String)}
    for name in scalar_parameters():
        found = [values.get((county, name)) for county in counties]
        known = [None if value is None else _whole(name, value, as_of) for value in found]
        columns[column_of(name)] = pl.Series(column_of(name), known, dtype=_type_of(name))
    return pl.DataFrame(columns)


def scalar_parameters() -> list[str]:
    """Parameters with one value a county that a function in rules/ asks for."""
    return [name for name in asked_for(ALL) if not isinstance(CATALOGUE[name].kind, (Codes, Table))]


def _type_of(name: str) -> type[pl.DataType]:
    if CATALOGUE[name].unit == "days":
        return pl.Date
    return pl.Boolean if isinstance(CATALOGUE[name].kind, Flag) else pl.Int64


def _whole(name: str, value: PolicyValue, as_of: dt.date) -> int | bool | dt.date:
    parameter = CATALOGUE[name]
    if isinstance(parameter.kind, Flag):
        return value.flag()
    if parameter.unit == "days":
        return as_of - dt.timedelta(days=value.whole())
    return value.whole() if isinstance(parameter.kind, Whole) else int(value.number() * SCALES[parameter.unit])


def _keyed(values: dict[tuple[str, str], PolicyValue], parameter: str) -> pl.DataFrame:
    key, words = KEYED_BY[parameter]
    column, scale = column_of(parameter), SCALES[CATALOGUE[parameter].unit]
    rows = [
        {"county": county, key: words.get(name, name), column: int(amount * scale)}
        for (county, known), value in values.items()
        if known == parameter
        for name, amount in value.table().items()
    ]
    return pl.DataFrame(rows, schema={"county": pl.String, key: pl.String, column: pl.Int64})
