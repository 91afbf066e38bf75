"""Civil affairs' own registers and the household registration they are compared with.

Roster, members, authorisations, declarations and declared assets of one block, with the gaps that keep about one
household in twenty out of the silent check.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from sample.columns import code_values, feed_frame
from sample.households import APPLICANT, CHILD, DIBAO, PARENT, PROGRAMMES, Block, Bools, days_before
from sample.identity import Days, Ints, digits, strings

URBAN, RURAL = code_values("assistance_roster", "urban_rural")
MALE, FEMALE = code_values("household_registration", "sex")
NORMAL, DEAD, MOVED, CANCELLED = code_values("household_registration", "status")
RELATIONS = pl.Series(["本人", "配偶", "子女", "父母"])

NO_GAP, UNSIGNED, EXPIRED, REVOKED, TOO_FEW, UNDECLARED, NO_APPLICANT, NO_TOWNSHIP, NO_MEMBERS = range(9)
_GAP_SHARES = (0.952, 0.013, 0.010, 0.008, 0.006, 0.005, 0.002, 0.002, 0.002)
NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Register:
    """Memberships (m,) of a block; `household` and `person` index into it. A few persons are in two households."""

    gap: Ints
    household: Ints
    person: Ints
    joined: Days
    left: Days
    died: Days
    moved: Days
    first_declared: Days
    last_declared: Days

    @property
    def active(self) -> Bools:
        """Members who have not left as of the check date or later."""
        return np.isnat(self.left)


def _never(count: int) -> Days:
    return np.full(count, NEVER, dtype="datetime64[D]")


def draw_register(block: Block) -> Register:
    """Who is a member since when, who died or moved, when the family declared."""
    rng = block.scope.rng(3)
    gap = rng.choice(len(_GAP_SHARES), block.households, p=_GAP_SHARES).astype(np.int64)
    # An applicant can only be missing where somebody else remains.
    gap = np.where((gap == NO_APPLICANT) & (block.size == 1), NO_GAP, gap)
    died, moved = _never(block.persons), _never(block.persons)
    risk = np.where(block.age >= 60, 0.014, 0.002)
    dead = rng.random(block.persons) < risk
    died[dead] = days_before(block.scope, rng.integers(1, 300, block.persons))[dead]
    gone = ~dead & (rng.random(block.persons) < 0.003)
    moved[gone] = days_before(block.scope, rng.integers(1, 200, block.persons))[gone]
    household, person = _memberships(block, rng)
    left = _never(len(household))
    removed = (rng.random(len(household)) < 0.4) & (died[person] + 45 < block.scope.today)
    left[removed] = died[person][removed] + 45
    moving = (block.position[person] > 0) & (rng.random(len(household)) < 0.006)
    left[moving] = days_before(block.scope, rng.integers(1, 400, len(household)))[moving]
    absent = (gap[household] == NO_APPLICANT) & (block.role[person] == APPLICANT)
    left[absent] = days_before(block.scope, rng.integers(5, 60, len(household)))[absent]
    first, last = _declaration_days(block, rng)
    return Register(gap, household, person, _joined(block, household, person, rng), left, died, moved, first, last)


def _memberships(block: Block, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Everybody in the own household, and now and then the neighbour's last member in this one too."""
    twice = np.flatnonzero(rng.random(block.households) < 0.004)
    twice = twice[twice > 0]
    last = np.cumsum(block.size) - 1
    household = np.concatenate([block.household, twice])
    person = np.concatenate([np.arange(block.persons), last[twice - 1]])
    order = np.argsort(household, kind="stable")
    return household[order], person[order]


def _joined(block: Block, household: Ints, person: Ints, rng: np.random.Generator) -> Days:
    joined = np.maximum(block.started[household], block.birth[person] + 20)
    late = (block.role[person] == CHILD) & (rng.random(len(household)) < 0.05)
    length = np.maximum((block.scope.today - joined).astype(np.int64), 1)
    joined = np.where(late, joined + (length * rng.random(len(household))).astype("timedelta64[D]"), joined)
    result: Days = np.where(~late & (rng.random(len(household)) < 0.3), NEVER, joined)
    return result


def _declaration_days(block: Block, rng: np.random.Generator) -> tuple[Days, Days]:
    first = block.started - rng.integers(0, 21, block.households).astype("timedelta64[D]")
    again = days_before(block.scope, rng.integers(3, 340, block.households))
    last: Days = np.where((again > first + 30) & (rng.random(block.households) < 0.8), again, NEVER)
    return first, last


def roster_frame(block: Block, register: Register) -> pl.DataFrame:
    """One row per household, a second one for those both watched and on dibao; leavers in two versions."""
    rng = block.scope.rng(4)
    towns = pl.Series([town.code for town in block.scope.county.townships])
    second = np.flatnonzero(block.second_programme >= 0)
    rows = np.concatenate([np.arange(block.households), second])
    programme = np.concatenate([block.programme, block.second_programme[second]])
    applicant = np.cumsum(block.size) - block.size
    active = np.bincount(register.household[register.active], minlength=block.households)
    covered = np.where(register.gap == TOO_FEW, active + 1, np.maximum(active, 1))
    alone = (block.programme == DIBAO) & (rng.random(block.households) < 0.04)
    covered = np.where(alone, 1, covered)
    township = towns.gather(block.township[rows])
    paid = rng.integers(150, 700, block.households) * 100 * covered
    frame = feed_frame(
        "assistance_roster",
        {
            "household_id": block.household_id.gather(rows),
            "program": pl.Series(PROGRAMMES).gather(programme),
            "applicant_id": block.person_id.gather(applicant[rows]),
            "category": pl.Series(code_values("assistance_roster", "category")).gather(rows % 2),
            "urban_rural": pl.Series([RURAL, URBAN]).gather(block.urban[rows].astype(np.int64)),
            "township_code": township.zip_with(pl.Series(register.gap[rows] != NO_TOWNSHIP), township.clear(len(rows))),
            "started_on": block.started[rows],
            "ended_on": block.ended[rows],
            "monthly_amount": paid[rows],
            "persons_covered": covered[rows],
        },
        known_from=block.started[rows],
    )
    return versions(frame, "ended_on")


def versions(frame: pl.DataFrame, *events: str) -> pl.DataFrame:
    """Rows with an event date twice: as known before that day (cell empty) and from that day on."""
    event = events[0]
    before = frame.filter(pl.col(event).is_not_null()).with_columns(
        pl.col(event).alias("_until"), *(pl.lit(None, dtype=pl.Date).alias(name) for name in events)
    )
    since = pl.when(pl.col(event).is_not_null()).then(pl.col(event)).otherwise(pl.col("_from"))
    return pl.concat([frame.with_columns(since.alias("_from")), before])


def members_frame(block: Block, register: Register) -> pl.DataFrame:
    """Memberships; who left appears in two versions. Half a per cent carry a name that is not the registered one."""
    rng = block.scope.rng(5)
    shown = np.flatnonzero(register.gap[register.household] != NO_MEMBERS)
    household, person = register.household[shown], register.person[shown]
    names = block.name.gather(person)
    other = block.name.gather((person + 1) % block.persons)
    wrong = pl.Series(rng.random(len(shown)) < 0.004)
    role = np.where(household == block.household[person], block.role[person], PARENT)
    frame = feed_frame(
        "household_members",
        {
            "household_id": block.household_id.gather(household),
            "person_id": block.person_id.gather(person),
            "name": other.zip_with(wrong, names),
            "relation_to_applicant": RELATIONS.gather(role),
            "joined_on": register.joined[shown],
            "left_on": register.left[shown],
        },
        known_from=np.fmax(register.joined[shown], block.birth[person] + 20),
    )
    return versions(frame, "left_on")


def registration_frame(block: Block, register: Register) -> pl.DataFrame:
    """Everybody's household registration; a death or a move is a second version from that day on."""
    rng = block.scope.rng(6)
    happened = np.where(np.isnat(register.died), register.moved, register.died)
    status = np.where(~np.isnat(register.died), 1, np.where(np.isnat(register.moved), 0, 2))
    status = np.where((status == 2) & (rng.random(block.persons) < 0.3), 3, status)
    towns = np.array([int(town.code) for town in block.scope.county.townships], dtype=np.int64)
    frame = feed_frame(
        "household_registration",
        {
            "person_id": block.person_id,
            "name": block.name,
            "sex": pl.Series([FEMALE, MALE]).gather(block.male.astype(np.int64)),
            "birth_date": block.birth,
            "hukou_no": strings(digits(block.scope.first_household + block.household + 10**8, 9)),
            "relation_to_head": RELATIONS.gather(block.role).replace("本人", "户主"),
            "area_code": strings(digits(towns[block.township[block.household]] + 201 + block.household % 9, 12)),
            "status": pl.Series([NORMAL, DEAD, MOVED, CANCELLED]).gather(status),
            "status_date": happened,
        },
        known_from=block.birth,
    )
    unregistered = pl.Series(rng.random(block.persons) < 0.002)
    frame = versions(frame.filter(~unregistered), "status_date")
    return frame.with_columns(
        pl.when(pl.col("_until").is_not_null()).then(pl.lit(NORMAL)).otherwise(pl.col("status")).alias("status")
    )


def authorisation_frame(block: Block, register: Register) -> pl.DataFrame:
    """One signature per membership; older expired ones beside some; the gaps `UNSIGNED`, `EXPIRED`, `REVOKED`."""
    rng = block.scope.rng(7)
    count = len(register.household)
    gap = np.where(block.position[register.person] == 0, register.gap[register.household], NO_GAP)
    joined = np.where(np.isnat(register.joined), block.started[register.household], register.joined)
    signed = np.maximum(joined - rng.integers(0, 30, count).astype("timedelta64[D]"), block.birth[register.person])
    limited = rng.random(count) < 0.4
    until = np.where(limited, block.scope.today + rng.integers(0, 700, count).astype("timedelta64[D]"), NEVER)
    until = np.where(gap == EXPIRED, days_before(block.scope, rng.integers(1, 200, count)), until)
    revoked = np.where(gap == REVOKED, days_before(block.scope, rng.integers(1, 100, count)), NEVER)
    kept = np.flatnonzero(gap != UNSIGNED)
    older = kept[rng.random(len(kept)) < 0.08]
    older = older[signed[older] - np.timedelta64(800, "D") > block.birth[register.person[older]]]
    frame = _signatures(block, register, kept, signed=signed[kept], until=until[kept], revoked=revoked[kept])
    earlier, ended = signed[older] - np.timedelta64(800, "D"), signed[older] - np.timedelta64(5, "D")
    past = _signatures(block, register, older, signed=earlier, until=ended, revoked=_never(len(older)))
    return pl.concat([versions(frame, "revoked_on"), past])


def _signatures(
    block: Block, register: Register, rows: Ints, *, signed: Days, until: Days, revoked: Days
) -> pl.DataFrame:
    return feed_frame(
        "authorisations",
        {
            "household_id": block.household_id.gather(register.household[rows]),
            "person_id": block.person_id.gather(register.person[rows]),
            "signed_on": signed,
            "valid_until": until,
            "revoked_on": revoked,
        },
        known_from=signed,
    )


def declaration_frame(block: Block, register: Register, amounts: dict[str, Ints]) -> pl.DataFrame:
    """The first declaration of every household and the newest of most; the earlier one a tenth lower."""
    rng = block.scope.rng(8)
    declares = register.gap != UNDECLARED
    savings = rng.integers(0, 20_000, block.households) * 100
    frames = []
    for declared, factor in ((register.first_declared, 9), (register.last_declared, 10)):
        rows = np.flatnonzero(declares & ~np.isnat(declared))
        # Where the first declaration is the only one it carries today's amounts.
        tenths = np.where(np.isnat(register.last_declared[rows]), 10, factor)
        values = {name: value[rows] * tenths // 10 for name, value in amounts.items()}
        frames.append(_declared(block, rows, declared, values, savings))
    return pl.concat(frames)


def _declared(
    block: Block, rows: Ints, declared: Days, values: dict[str, npt.NDArray[np.int64]], savings: Ints
) -> pl.DataFrame:
    days = declared[rows]
    ids = block.household_id.gather(rows)
    return feed_frame(
        "declarations",
        {"household_id": ids, "declared_on": days, **values, "financial_assets": savings[rows]},
        known_from=days,
    )
