"""The policy in force per county as small frames: what the rules join instead of asking for values one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from policy.parameters import CATALOGUE
from policy.policy import PolicyBook
from policy.values import NATIONAL, PolicyValue
from rules.expressions import PPM


@dataclass(frozen=True)
class CountyPolicy:
    """Values in force on one check date.

    scalars           county, p_* (ratios in millionths, days as dates, area in ten-thousandths of m2)
    standards         county, urban_rural, p_standard_fen
    limit_factors     county, main_program, p_limit_factor_ppm
    exempt_types      county, value, length
    counted_usages    county, value
    counted_items     county, value
    """

    values: dict[tuple[str, str], PolicyValue]
    scalars: pl.DataFrame
    standards: pl.DataFrame
    limit_factors: pl.DataFrame
    exempt_types: pl.DataFrame
    counted_usages: pl.DataFrame
    counted_items: pl.DataFrame

    def value(self, county: str, parameter: str) -> PolicyValue | None:
        return self.values.get((county, parameter))


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
        standards=_standards(values),
        limit_factors=_limit_factors(values),
        exempt_types=_codes(values, "vehicle.exempt_types").with_columns(
            pl.col("value").str.len_chars().cast(pl.Int64).alias("length")
        ),
        counted_usages=_codes(values, "property.counted_usages"),
        counted_items=_codes(values, "income.counted_items"),
    )


def _units(value: Decimal, scale: int) -> int:
    return int(value * scale)


def _scalars(values: dict[tuple[str, str], PolicyValue], counties: list[str], as_of: dt.date) -> pl.DataFrame:
    def number(county: str, parameter: str, scale: int) -> int | None:
        value = values.get((county, parameter))
        return None if value is None else _units(value.number(), scale)

    def whole(county: str, parameter: str) -> int | None:
        value = values.get((county, parameter))
        return None if value is None else value.whole()

    def flag(county: str, parameter: str) -> bool | None:
        value = values.get((county, parameter))
        return None if value is None else value.flag()

    rows = []
    for county in counties:
        age = whole(county, "survey.max_age_days")
        rows.append(
            {
                "county": county,
                "p_tolerance_ppm": number(county, "income.tolerance_ratio", PPM),
                "p_job_cost_ppm": number(county, "income.job_cost_deduction_ratio", PPM),
                "p_exclude_basic_pension": flag(county, "income.exclude_basic_pension"),
                "p_dwellings_limit": whole(county, "property.dwellings_limit"),
                "p_area_per_head_e4": number(county, "property.area_per_head", 10_000),
                "p_minor_age": whole(county, "labour.minor_age"),
                "p_retirement_age": whole(county, "labour.retirement_age"),
                "p_survey_from": None if age is None else as_of - dt.timedelta(days=age),
                "p_min_factors": whole(county, "risk.min_factors"),
            }
        )
    schema = {
        "county": pl.String,
        "p_tolerance_ppm": pl.Int64,
        "p_job_cost_ppm": pl.Int64,
        "p_exclude_basic_pension": pl.Boolean,
        "p_dwellings_limit": pl.Int64,
        "p_area_per_head_e4": pl.Int64,
        "p_minor_age": pl.Int64,
        "p_retirement_age": pl.Int64,
        "p_survey_from": pl.Date,
        "p_min_factors": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def _standards(values: dict[tuple[str, str], PolicyValue]) -> pl.DataFrame:
    names = {"urban": "城市", "rural": "农村"}
    rows = [
        {"county": county, "urban_rural": names[kind], "p_standard_fen": _units(amount, 100)}
        for (county, parameter), value in values.items()
        if parameter == "standard.dibao"
        for kind, amount in value.table().items()
    ]
    return pl.DataFrame(rows, schema={"county": pl.String, "urban_rural": pl.String, "p_standard_fen": pl.Int64})


def _limit_factors(values: dict[tuple[str, str], PolicyValue]) -> pl.DataFrame:
    rows = [
        {"county": county, "main_program": program, "p_limit_factor_ppm": _units(factor, PPM)}
        for (county, parameter), value in values.items()
        if parameter == "income.limit_factor"
        for program, factor in value.table().items()
    ]
    return pl.DataFrame(rows, schema={"county": pl.String, "main_program": pl.String, "p_limit_factor_ppm": pl.Int64})


def _codes(values: dict[tuple[str, str], PolicyValue], parameter: str) -> pl.DataFrame:
    rows = [
        {"county": county, "value": code}
        for (county, name), value in values.items()
        if name == parameter
        for code in value.codes()
    ]
    return pl.DataFrame(rows, schema={"county": pl.String, "value": pl.String})
