"""The bare statement: bench/bare.sql with paths and policy values filled in, run by DuckDB alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template

import duckdb
import polars as pl

from bench.constants import Constants
from pipelines.engines.choose import sql_text

STATEMENT = Path(__file__).with_name("bare.sql")


def _list(values: Iterable[str]) -> str:
    return ", ".join(sql_text(value) for value in values)


def statement(given: Constants, rows: Mapping[str, Path]) -> str:
    """The SQL text for one county's accepted rows."""
    policy = given.scalars
    return Template(STATEMENT.read_text(encoding="utf-8")).substitute(
        {feed: str(path).replace("'", "''") for feed, path in rows.items()},
        as_of=given.as_of.isoformat(),
        as_of_number=f"{given.as_of:%Y%m%d}",
        area=given.area,
        known_area=" or ".join(f"starts_with(township, {sql_text(area)})" for area in given.known_areas),
        month=given.month,
        anchor=given.anchor,
        standard_urban=given.standards["城市"],
        standard_rural=given.standards["农村"],
        exempt_types="|".join(given.exempt_types),
        counted_usages=_list(given.counted_usages),
        counted_items=_list(given.counted_items),
        limit_factors=" ".join(f"when {sql_text(name)} then {ppm}" for name, ppm in given.limit_factors.items()),
        exclude_basic=str(policy["p_exclude_basic_pension"]).lower(),
        tolerance_ppm=policy["p_tolerance_ppm"],
        job_cost_ppm=policy["p_job_cost_ppm"],
        dwellings_limit=policy["p_dwellings_limit"],
        area_per_head_e4=policy["p_area_per_head_e4"],
        minor_age=policy["p_minor_age"],
        retirement_age=policy["p_retirement_age"],
        survey_from=policy["p_survey_from"].isoformat(),
        min_factors=policy["p_min_factors"],
    )


def find(given: Constants, rows: Mapping[str, Path], spill: Path, memory_limit: str) -> pl.DataFrame:
    """rule, household_id, item_key of every hit. `memory_limit`: DuckDB's, the rest goes to `spill`."""
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"set temp_directory = {sql_text(str(spill))}")
        connection.execute(f"set memory_limit = {sql_text(memory_limit)}")
        found = connection.sql(statement(given, rows)).pl()
        assert isinstance(found, pl.DataFrame)
        return found
