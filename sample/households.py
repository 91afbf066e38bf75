"""One block of households as numpy columns: who lives together, how old, in which programme, on how much.

Everything is drawn once for the whole time line up to `as_of`; what a department knew on an earlier data date is a
view of it (see `columns`). So the same household looks the same however many months are delivered.
Households are rows of shape (h,), persons of shape (p,); `household` maps persons to households.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from sample.areas import County
from sample.columns import code_values
from sample.identity import CodeBook, Days, Ints, digits, strings, unique_numbers
from sample.names import SURNAMES, family_names

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

BLOCK_HOUSEHOLDS = 20_000
PROGRAMMES = code_values("assistance_roster", "program")
DIBAO, TEKUN, MARGIN, RIGID, WATCHED, EXITED = range(6)
_SHARES = (0.45, 0.11, 0.12, 0.08, 0.14, 0.10)
_SIZES = {
    DIBAO: (0.36, 0.28, 0.19, 0.11, 0.04, 0.02),
    TEKUN: (0.95, 0.05, 0.0, 0.0, 0.0, 0.0),
}
_OTHER_SIZES = (0.18, 0.27, 0.25, 0.19, 0.08, 0.03)
_INCOME_LIMIT = np.array([1.0, 1.2, 1.5, 2.0, 1.8, 2.4])  # times the dibao standard: what such a family may live on
APPLICANT, SPOUSE, CHILD, PARENT = range(4)


@dataclass(frozen=True)
class Scope:
    """What every part of one block needs to know: place, dates, numbering and its own random stream."""

    county: County
    book: CodeBook
    as_of: date
    block: int
    first_household: int
    seed: int

    def rng(self, part: int) -> np.random.Generator:
        """A random stream of this block and part, independent of every other part."""
        return np.random.default_rng([self.seed, int(self.county.code), self.block, part])

    @property
    def today(self) -> np.datetime64:
        return np.datetime64(self.as_of, "D")


@dataclass(frozen=True)
class Block:
    """Households and the persons in them."""

    scope: Scope
    household_id: pl.Series
    programme: Ints
    second_programme: Ints
    urban: Bools
    township: Ints
    size: Ints
    started: Days
    ended: Days
    budget_fen: Ints
    household: Ints
    position: Ints
    role: Ints
    birth: Days
    male: Bools
    person_id: pl.Series
    name: pl.Series

    @property
    def households(self) -> int:
        return len(self.size)

    @property
    def persons(self) -> int:
        return len(self.household)

    @property
    def age(self) -> Ints:
        """Completed years, near enough for drawing lots."""
        return ((self.scope.today - self.birth).astype(np.int64) / 365.2425).astype(np.int64)

    def of_household(self, values: npt.NDArray[Any]) -> Floats:
        """Sum per household of a value per person."""
        sums = np.bincount(self.household, weights=values.astype(np.float64), minlength=self.households)
        return sums.astype(np.float64)


def days_before(scope: Scope, days: npt.NDArray[np.int64]) -> Days:
    """Dates that many days before the check date."""
    result: Days = scope.today - days.astype("timedelta64[D]")
    return result


def _sizes(programme: Ints, rng: np.random.Generator) -> Ints:
    """Household sizes 1-6 by programme."""
    draw = rng.random(len(programme))
    result = np.ones(len(programme), dtype=np.int64)
    for code in range(len(PROGRAMMES)):
        limits = np.cumsum(_SIZES.get(code, _OTHER_SIZES))[:-1]
        chosen = programme == code
        result[chosen] = 1 + np.searchsorted(limits, draw[chosen], side="right")
    return result


def _roles(position: Ints, rng: np.random.Generator) -> Ints:
    draw = rng.random(len(position))
    second = np.where(draw < 0.7, SPOUSE, np.where(draw < 0.9, CHILD, PARENT))
    later = np.where(draw < 0.85, CHILD, PARENT)
    return np.where(position == 0, APPLICANT, np.where(position == 1, second, later))


def _ages(programme: Ints, household: Ints, role: Ints, rng: np.random.Generator) -> Floats:
    """Ages in years; children 20-34 years younger than the applicant, parents as much older."""
    count = len(programme)
    old = rng.uniform(61, 89, count)
    head = np.where(programme == TEKUN, np.where(rng.random(count) < 0.85, old, rng.uniform(25, 58, count)), 0.0)
    head = np.where(head > 0, head, np.where(rng.random(count) < 0.35, old, rng.uniform(27, 60, count)))
    base = head[household]
    gap = rng.uniform(20, 34, len(household))
    age = np.select(
        [role == APPLICANT, role == SPOUSE, role == CHILD],
        [base, base + rng.uniform(-6, 6, len(household)), base - gap],
        base + gap,
    )
    # A child cannot be unborn and a parent of an old applicant would not be alive: both are brought back into range.
    age = np.where(age < 1, rng.uniform(1.1, 12, len(household)), age)
    return np.where(age > 96, rng.uniform(75, 96, len(household)), age)


def _started(scope: Scope, count: int, rng: np.random.Generator) -> tuple[Days, Days]:
    started = days_before(scope, rng.integers(1, 6 * 365, count))
    ended = np.full(count, np.datetime64("NaT"), dtype="datetime64[D]")
    leaving = rng.random(count) < 0.03
    length = (scope.today - started).astype(np.int64)
    ended[leaving] = (started + (length * rng.uniform(0.5, 1.0, count)).astype("timedelta64[D]"))[leaving]
    return started, ended


def _budget(scope: Scope, programme: Ints, urban: Bools, size: Ints, rng: np.random.Generator) -> Ints:
    """Yearly means of the household in fen: mostly well under its limit, three in a hundred above it."""
    standard = np.where(urban, scope.county.standards[0], scope.county.standards[1])
    level = rng.uniform(0.25, 0.85, len(programme))
    level = np.where(rng.random(len(programme)) < 0.03, rng.uniform(1.1, 1.7, len(programme)), level)
    means: Ints = (level * _INCOME_LIMIT[programme] * standard * 1200 * size).astype(np.int64)
    return means


def draw_block(scope: Scope, persons_left: int) -> Block:
    """The next block: at most 20,000 households and exactly `persons_left` persons when fewer are left."""
    rng = scope.rng(0)
    count = min(BLOCK_HOUSEHOLDS, persons_left)
    programme = rng.choice(len(PROGRAMMES), count, p=_SHARES).astype(np.int64)
    size = _sizes(programme, rng)
    total = np.cumsum(size)
    count = min(count, int(np.searchsorted(total, persons_left)) + 1)
    programme, size, excess = programme[:count], size[:count], max(0, int(total[count - 1]) - persons_left)
    size[-1] -= excess
    household = np.repeat(np.arange(count), size)
    position = np.arange(len(household)) - np.repeat(np.cumsum(size) - size, size)
    urban = rng.random(count) < 0.32
    started, ended = _started(scope, count, rng)
    second = np.where((programme == WATCHED) & (rng.random(count) < 0.25), DIBAO, -1)
    budget = _budget(scope, np.where(second >= 0, second, programme), urban, size, rng)
    role = _roles(position, rng)
    birth, male, person_id, name = _people(scope, programme, household, role, rng)
    return Block(
        scope=scope, household_id=household_ids(scope, count), programme=programme, second_programme=second,
        urban=urban, township=rng.integers(0, len(scope.county.townships), count), size=size, started=started,
        ended=ended, budget_fen=budget, household=household, position=position, role=role, birth=birth, male=male,
        person_id=person_id, name=name,
    )  # fmt: skip


def household_ids(scope: Scope, count: int) -> pl.Series:
    """Register numbers: H, the county, eight digits counted through the county."""
    ordinals = int(scope.county.code) * 10**8 + scope.first_household + np.arange(count, dtype=np.int64)
    letter = np.full((count, 1), ord("H"), dtype=np.uint8)
    return strings(np.column_stack([letter, digits(ordinals, 14)]))


def _people(
    scope: Scope, programme: Ints, household: Ints, role: Ints, rng: np.random.Generator
) -> tuple[Days, Bools, pl.Series, pl.Series]:
    age = _ages(programme, household, role, rng)
    birth = days_before(scope, (age * 365.2425).astype(np.int64))
    head_male = rng.random(len(programme)) < 0.6
    male = np.where(role == APPLICANT, head_male[household], rng.random(len(household)) < 0.5)
    male = np.where(role == SPOUSE, ~head_male[household], male)
    own = rng.integers(0, len(SURNAMES), len(household))
    family = rng.integers(0, len(SURNAMES), len(programme))[household]
    surname = np.where((role == APPLICANT) | (role == CHILD), family, own)
    person_id = draw_numbers(scope, birth, male, rng, 2 * scope.block)
    return birth, male, person_id, family_names(surname, rng)


def draw_numbers(scope: Scope, birth: Days, male: Bools, rng: np.random.Generator, portion: int) -> pl.Series:
    """Identity numbers from one portion of the sequence numbers; two thirds carry the county's first birth code."""
    codes = np.array([int(code) for code in scope.book.codes(scope.county.code, portion)], dtype=np.int64)
    chosen = np.where(rng.random(len(birth)) < 0.67, 0, rng.integers(0, len(codes), len(birth)))
    return unique_numbers(scope.book, codes[chosen], birth, male, portion)
