"""People who are in no household of the roster, about as many again: departments send what they have.

Their economic rows must never be stored past the landing folder, so nothing about them needs to be consistent.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from sample.columns import feed_frame
from sample.households import Bools, Scope, days_before, draw_numbers
from sample.identity import Days, Ints, digits, strings
from sample.income import EMPLOYEE_PENSION, MONTH, RURAL_PENSION, WAGES, first_day, payers, yyyymm
from sample.names import SURNAMES, family_names
from sample.needs import CATEGORIES, DISABILITY_GRADES
from sample.possessions import (
    AREA,
    DWELLING,
    SHARE,
    THINGS_PER_PORTION,
    home_frame,
    plates,
    portion_start,
    unit_numbers,
    vehicle_frame,
)
from sample.registers import FEMALE, MALE, NORMAL


def outsider_frames(scope: Scope, count: int, months: Ints) -> Iterator[tuple[str, pl.DataFrame]]:
    """(feed, rows) of `count` persons, feed by feed. `months` are the month indices with tax and pension rows."""
    rng = scope.rng(20)
    birth = days_before(scope, rng.integers(400, 33_000, count))
    male: Bools = rng.random(count) < 0.51
    person_id = draw_numbers(scope, birth, male, rng, 2 * scope.block + 1)
    name = family_names(rng.integers(0, len(SURNAMES), count), rng)
    yield "household_registration", _registration(scope, person_id, name, birth, male)
    yield "vehicles", _vehicles(scope, person_id, name, rng)
    yield "property", _homes(scope, person_id, rng)
    yield "tax", _tax(scope, person_id, months, rng)
    yield "pensions", _pensions(person_id, months, rng)
    yield "disability", _disability(scope, person_id, birth, rng)


def _some(count: int, share: float, rng: np.random.Generator, at_most: int | None = None) -> Ints:
    return np.flatnonzero(rng.random(count) < share)[:at_most]


def _registration(scope: Scope, person_id: pl.Series, name: pl.Series, birth: Days, male: Bools) -> pl.DataFrame:
    towns = np.array([int(town.code) for town in scope.county.townships], dtype=np.int64)
    order = np.arange(len(name))
    return feed_frame(
        "household_registration",
        {
            "person_id": person_id,
            "name": name,
            "sex": pl.Series([FEMALE, MALE]).gather(male.astype(np.int64)),
            "birth_date": birth,
            "hukou_no": strings(digits(scope.first_household + order // 3 + 5 * 10**8, 9)),
            "relation_to_head": pl.Series(["户主", "配偶", "子女"]).gather(order % 3),
            "area_code": strings(digits(towns[order // 3 % len(towns)] + 201 + order % 9, 12)),
            "status": NORMAL,
        },
        known_from=birth,
    )


def _vehicles(scope: Scope, person_id: pl.Series, name: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    who = _some(len(name), 0.15, rng, THINGS_PER_PORTION)
    ordinals = portion_start(scope, 1) + np.arange(len(who))
    numbers = plates(scope.county.plate_prefix, ordinals)
    since = days_before(scope, rng.integers(1, 5000, len(who)))
    return vehicle_frame(person_id.gather(who), name.gather(who), numbers, since, rng)


def _homes(scope: Scope, person_id: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    who = _some(len(person_id), 0.18, rng, THINGS_PER_PORTION)
    count = len(who)
    unit = unit_numbers(scope, portion_start(scope, 1) + np.arange(count))
    never = np.zeros(count, dtype=np.bool_)
    return home_frame(
        scope, person_id.gather(who), unit, usage=pl.Series([DWELLING]).gather(np.zeros(count, dtype=np.int64)),
        area=rng.integers(50, 160, count) * AREA, since=days_before(scope, rng.integers(30, 7000, count)),
        share=np.full(count, SHARE), signed=never, past=never,
    )  # fmt: skip


def _tax(scope: Scope, person_id: pl.Series, months: Ints, rng: np.random.Generator) -> pl.DataFrame:
    who = _some(len(person_id), 0.08, rng)
    person, month = np.repeat(who, len(months)), np.tile(months, len(who))
    return feed_frame(
        "tax",
        {
            "person_id": person_id.gather(person),
            "period": yyyymm(month),
            "period_months": MONTH,
            "income_item": WAGES,
            "withholding_agent": payers(scope).gather(person % 72),
            "income": rng.integers(300_000, 1_200_000, len(person)),
            "tax": rng.integers(0, 30_000, len(person)),
        },
        known_from=first_day(month + 1),
    )


def _pensions(person_id: pl.Series, months: Ints, rng: np.random.Generator) -> pl.DataFrame:
    who = _some(len(person_id), 0.06, rng)
    person, month = np.repeat(who, len(months)), np.tile(months, len(who))
    rural = person % 2 == 0
    return feed_frame(
        "pensions",
        {
            "person_id": person_id.gather(person),
            "insurance_type": pl.Series([EMPLOYEE_PENSION, RURAL_PENSION]).gather(rural.astype(np.int64)),
            "period": yyyymm(month),
            "amount": np.where(rural, 21_000, 310_000) + person % 1000,
            "basic_amount": pl.Series(np.where(rural, 18_000, 0)).replace(0, None),
        },
        known_from=first_day(month + 1),
    )


def _disability(scope: Scope, person_id: pl.Series, birth: Days, rng: np.random.Generator) -> pl.DataFrame:
    who = _some(len(person_id), 0.03, rng)
    issued = np.maximum(days_before(scope, rng.integers(5, 3600, len(who))), birth[who] + 300)
    return feed_frame(
        "disability",
        {
            "person_id": person_id.gather(who),
            "category": CATEGORIES.gather(rng.integers(0, 7, len(who))),
            "grade": DISABILITY_GRADES.gather(rng.integers(0, 4, len(who))),
            "issued_on": issued,
        },
        known_from=issued,
    )
