"""Vehicles and homes of one block, and what the families declared of them.

A thing acquired after the newest declaration is undeclared by itself; a few more are left out on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample.columns import code_values, feed_frame
from sample.households import SPOUSE, Block, Bools, Scope, days_before
from sample.identity import Days, Ints, digits, strings
from sample.registers import UNDECLARED, Register

VEHICLE, HOME = code_values("declared_assets", "asset_kind")
REGISTERED, SIGNED_ONLINE = code_values("property", "record_kind")
CURRENT, PAST = code_values("property", "status")
DWELLING, SHOP, OFFICE, PARKING, INDUSTRY, HOMESTEAD, OTHER_USE = code_values("property", "usage")

CAR, MINIBUS, VAN, MOTORCYCLE, TRICYCLE, TRACTOR = "K33", "K31", "H31", "M21", "N11", "T21"  # GA 24.4, open list
_TYPES = pl.Series([CAR, MINIBUS, VAN, MOTORCYCLE, TRICYCLE, TRACTOR])
_TYPE_SHARES = (0.30, 0.04, 0.06, 0.28, 0.20, 0.12)
_PLATE_KINDS = pl.Series(["02", "02", "02", "07", "13", "25"])  # small car, motorcycle, low-speed, tractor plates
_MODELS = pl.Series(["五菱宏光", "金杯海狮", "福田祥菱", "豪爵125", "时风三轮", "东方红504"])
_STATES = pl.Series(["A", "G", "GQ", "Q", "E", "B", "M", "P", "GE"])
_STATE_SHARES = (0.84, 0.04, 0.02, 0.02, 0.03, 0.02, 0.01, 0.01, 0.01)
_PLATE_ALPHABET = np.frombuffer(b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", dtype=np.uint8)
_PLATES = len(_PLATE_ALPHABET) ** 5
THINGS_PER_PORTION = 20_000
SHARE, AREA = 10**6, 10**4  # the contract's scales: 0.5 is 500,000; 80 m² is 800,000


@dataclass(frozen=True)
class Things:
    """Vehicles or property units of a block: the household, how it is named, since when, and whether it is hidden."""

    household: Ints
    number: pl.Series
    since: Days
    hidden: Bools


def plates(prefix: str, ordinals: Ints) -> pl.Series:
    """Distinct plate numbers: province and city, then five letters or digits without I and O."""
    # A multiplier without a factor in common with 34**5 walks through every plate before one repeats.
    walk = ordinals * 28_657_013 % _PLATES
    powers = len(_PLATE_ALPHABET) ** np.arange(4, -1, -1, dtype=np.int64)
    tails = strings(_PLATE_ALPHABET[walk[:, None] // powers % len(_PLATE_ALPHABET)])
    return pl.select(pl.lit(prefix) + tails).to_series()


def unit_numbers(scope: Scope, ordinals: Ints, kind: str = "GB") -> pl.Series:
    """Distinct 28-character unit numbers: parcel (county, zones, kind, 5 digits) and building F with 8 digits."""
    head = f"{scope.county.code}{ordinals[0] % 3 + 1 if len(ordinals) else 1:03d}001{kind}"
    parcel = strings(digits(ordinals // 900 % 10**5, 5))
    room = strings(digits(10_000 + ordinals % 900, 8))
    return pl.Series(pl.select(pl.lit(head) + parcel + pl.lit("F") + room).to_series())


def _owners(block: Block, household: Ints, rng: np.random.Generator) -> Ints:
    """Person indices: the applicant, in a quarter of larger families the second member."""
    first = (np.cumsum(block.size) - block.size)[household]
    second = (block.size[household] > 1) & (rng.random(len(household)) < 0.25)
    second &= block.age[np.minimum(first + 1, block.persons - 1)] >= 18
    return first + second


def vehicles(block: Block) -> tuple[pl.DataFrame, Things]:
    """The vehicle rows of the block and the vehicles still to be declared."""
    rng = block.scope.rng(10)
    household = np.flatnonzero(rng.random(block.households) < 0.19)
    household = np.sort(np.concatenate([household, household[rng.random(len(household)) < 0.08]]))
    owner = _owners(block, household, rng)
    since = days_before(block.scope, (rng.random(len(household)) ** 1.5 * 5000 + 1).astype(np.int64))
    ordinals = portion_start(block.scope, 0) + np.arange(len(household))
    numbers = plates(block.scope.county.plate_prefix, ordinals)
    frame = vehicle_frame(block.person_id.gather(owner), block.name.gather(owner), numbers, since, rng)
    return frame, Things(household, numbers, since, rng.random(len(household)) < 0.16)


def portion_start(scope: Scope, which: int) -> int:
    """First ordinal of this block's numbered things; 0 for the households', 1 for everybody else's."""
    return (2 * scope.block + which) * THINGS_PER_PORTION


def vehicle_frame(
    person_id: pl.Series, name: pl.Series, numbers: pl.Series, since: Days, rng: np.random.Generator
) -> pl.DataFrame:
    """Vehicle rows with types and states drawn as a county's mix."""
    kind = rng.choice(len(_TYPES), len(numbers), p=_TYPE_SHARES)
    state = rng.choice(len(_STATES), len(numbers), p=_STATE_SHARES)
    return feed_frame(
        "vehicles",
        {
            "person_id": person_id,
            "owner_name": name,
            "plate_no": numbers,
            "plate_type": _PLATE_KINDS.gather(kind),
            "vehicle_type": _TYPES.gather(kind),
            "use_nature": "A",
            "brand_model": _MODELS.gather(kind),
            "first_registered_on": since,
            "status": _STATES.gather(state),
        },
        known_from=since,
    )


def homes(block: Block) -> tuple[pl.DataFrame, Things]:
    """The property rows of the block and the units still to be declared; couples own some in equal shares."""
    rng = block.scope.rng(11)
    first = np.flatnonzero(rng.random(block.households) < np.where(block.urban, 0.55, 0.5))
    second = first[rng.random(len(first)) < 0.035]
    household = np.sort(np.concatenate([first, second]))
    count = len(household)
    since = days_before(block.scope, rng.integers(60, 7000, count))
    rural = ~block.urban[household] & (rng.random(count) < 0.8)
    extra = rng.choice(4, count, p=(0.955, 0.02, 0.015, 0.01))
    usage = pl.Series([DWELLING, PARKING, OTHER_USE, SHOP, HOMESTEAD]).gather(np.where(rural, 4, extra))
    unit = unit_numbers(block.scope, portion_start(block.scope, 0) + np.arange(count))
    area = rng.integers(28 * AREA, 78 * AREA, count) // 100 * 100
    owner = _owners(block, household, rng)
    partner = (np.cumsum(block.size) - block.size)[household] + 1
    couple = (block.size[household] > 1) & (rng.random(count) < 0.2)
    couple &= (block.role[np.minimum(partner, block.persons - 1)] == SPOUSE) & (owner + 1 == partner)
    signed = (rng.random(count) < 0.03) & ~rural
    past = rng.random(count) < 0.04
    rows = np.concatenate([np.arange(count), np.flatnonzero(couple)])
    persons = np.concatenate([owner, partner[couple]])
    frame = home_frame(
        block.scope, block.person_id.gather(persons), unit.gather(rows), usage=usage.gather(rows), area=area[rows],
        since=since[rows], share=np.where(couple[rows], SHARE // 2, SHARE), signed=signed[rows], past=past[rows],
    )  # fmt: skip
    return frame, Things(household, unit, since, (rng.random(count) < 0.025) | past)


def home_frame(
    scope: Scope, person_id: pl.Series, unit: pl.Series, *, usage: pl.Series, area: Ints, since: Days, share: Ints,
    signed: Bools, past: Bools,
) -> pl.DataFrame:  # fmt: skip
    """Property rows. `area` and `share` in the contract's scales."""
    ordinal = unit.str.slice(23)
    return feed_frame(
        "property",
        {
            "person_id": person_id,
            "unit_no": unit,
            "certificate_no": pl.select(pl.lit(f"{scope.county.name}不动产权第") + ordinal + pl.lit("号")).to_series(),
            "record_kind": pl.Series([REGISTERED, SIGNED_ONLINE]).gather(signed.astype(np.int64)),
            "share": share,
            "area_m2": area,
            "usage": usage,
            "location": pl.select(pl.lit(scope.county.name) + ordinal + pl.lit("号")).to_series(),
            "registered_on": since,
            "status": pl.Series([CURRENT, PAST]).gather(past.astype(np.int64)),
        },
        known_from=since,
    )


def declared_frame(block: Block, register: Register, things: Things, kind: str) -> pl.DataFrame:
    """What each declaration listed: everything the household had on that day and does not hide."""
    frames = []
    declares = (register.gap != UNDECLARED)[things.household]
    for declared in (register.first_declared, register.last_declared):
        days = declared[things.household]
        rows = np.flatnonzero(declares & ~things.hidden & ~np.isnat(days) & (things.since <= days))
        frames.append(
            feed_frame(
                "declared_assets",
                {
                    "household_id": block.household_id.gather(things.household[rows]),
                    "declared_on": days[rows],
                    "asset_kind": kind,
                    "asset_no": things.number.gather(rows),
                },
                known_from=days[rows],
            )
        )
    return pl.concat(frames)
