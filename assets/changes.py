"""Which households a check must compute anew because something about them differs from the check it builds on.

Always rather too many: a household that is named here for nothing costs a moment, one that is missing would keep an old
finding. What changes for a household is one of: a row of it or of a member (came, went, or reads otherwise), who speaks
for its county, the county's policy, what a feed is worth there, or the calendar (assets/calendar.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from assets.basis import Basis
from assets.calendar import subject_of, type_of
from assets.deliveries import Stock
from data_contracts import feed_contract

MOST_SHARE: Final = 0.5
"""Of the households: where more have changed, computing all of them is no dearer."""
MOST_HOUSEHOLDS: Final = 500_000
"""What belongs to households that have changed is held in memory."""

ALL_BECAUSE: Final = {
    "no_basis": ("此前没有可沿用的核对", "there is no earlier check to build on"),
    "program": ("程序、规则或合同已变", "program, rules or contracts are others"),
    "month": ("跨月, 收入期间整体移动", "another month: the twelve months of income have moved"),
    "every_day": ("有事实或规则未声明何时随日期变化", "a fact or rule does not say when the calendar changes it"),
    "most": ("多数家庭或超过五十万户有变化", "most households, or more than half a million, have changed"),
    "rows_gone": ("上次的数据行已不完整", "rows of the earlier check are no longer whole"),
    "asked": ("按要求全部重算", "asked for"),
}
"""Why everything is computed."""


@dataclass(frozen=True)
class Scope:
    """Households to compute. `households`: their numbers, None for all; `why`: a key of ALL_BECAUSE, "" where not all."""

    households: pl.Series | None
    why: str = ""

    @property
    def is_all(self) -> bool:
        return self.households is None


def everything(why: str) -> Scope:
    return Scope(None, why)


def scope_of(found: Iterable[pl.Series], households: int) -> Scope:
    """The households in any of `found`, or all where they are most of `households` or more than memory should hold."""
    affected = pl.concat([pl.Series(dtype=pl.String), *found]).unique()
    return everything("most") if len(affected) > min(MOST_SHARE * households, MOST_HOUSEHOLDS) else Scope(affected)


@dataclass(frozen=True)
class Exchange:
    """Files of rows that spoke for some counties, and those that speak for them now in their stead."""

    before: list[Path]
    now: list[Path]


@dataclass(frozen=True)
class Moved:
    """A feed whose deliveries in force have changed: rows that may differ; in `coverages` what speaks for a county has
    changed in a way that rows alone do not show."""

    exchanges: list[Exchange]
    coverages: set[str]


def moved(feed: str, basis: Basis, partition: Path, stock: Stock, now: Mapping[str, Sequence[str]]) -> Moved:
    """Compare what was in force with what is. `now`: coverage -> keys, as in Basis.in_force."""
    before = basis.in_force.get(feed, {})
    groups: dict[tuple[frozenset[str], frozenset[str]], set[str]] = defaultdict(set)
    whole: set[str] = set()
    for coverage in now:
        old, new = before.get(coverage), now[coverage]
        if old is None or ([k for k in old if k in new] != [k for k in new if k in old]):
            whole.add(coverage)
        elif old != new:
            groups[(frozenset(old) - frozenset(new), frozenset(new) - frozenset(old))].add(coverage)
    spoke, speaks = ({key for keys in each.values() for key in keys} for each in (before, now))
    paths = {delivery.key: delivery.rows_path for delivery in stock.of_feed(feed)}
    result = Moved([], whole)
    for (gone, come), coverages in groups.items():
        others = [keys for keys in groups if keys != (gone, come)]
        shared = any(gone & keys[0] or come & keys[1] for keys in others)
        old_paths = [partition / basis.rows[key] for key in gone if key in basis.rows]
        new_paths = [path for key in come if (path := paths.get(key)) is not None]
        is_plain = not shared and not gone & speaks and not come & spoke
        if (
            is_plain
            and len(old_paths) == len(gone)
            and len(new_paths) == len(come)
            and all(map(Path.is_file, old_paths))
        ):
            result.exchanges.append(Exchange(old_paths, new_paths))
        else:
            result.coverages.update(coverages)
    return result


def differing(feed: str, found: Moved) -> pl.Series:
    """Whose rows came, went or read otherwise: household_id, or person_id for the departments' feeds.

    A row that went with one increment and came with another may win or lose now against rows in between: of increments
    everybody counts who has a row in a file that went or came. A snapshot is in force alone, so its rows are compared -
    with those that spoke for the same counties, for a row counts nowhere else.
    """
    subject = subject_of(feed)
    changed = [pl.Series(subject, dtype=type_of(subject))]
    for exchange in found.exchanges:
        if feed_contract(feed).kind == "increment":
            rows = pl.scan_parquet([*exchange.before, *exchange.now], glob=False)
            changed.append(rows.select(subject).unique().collect().to_series())
            continue
        before, now = (_hashed(paths, subject) for paths in (exchange.before, exchange.now))
        for one, other in ((before, now), (now, before)):
            changed.append(one.join(other, on=[subject, "row"], how="anti")[subject])
    return pl.concat(changed).unique()


def _hashed(paths: Sequence[Path], subject: str) -> pl.DataFrame:
    """Subject and a hash of each row; it is compared within the subject only, so two of 64 bits do not meet by chance."""
    if not paths:
        return pl.DataFrame(schema={subject: type_of(subject), "row": pl.UInt64})
    rows = pl.scan_parquet(list(paths), glob=False).drop("delivery_no")
    return rows.select(subject, pl.struct(pl.all()).hash().alias("row")).collect()


def households_of(persons: Iterable[pl.Series], links: pl.DataFrame) -> pl.Series:
    """Households of people. `links`: household_id, person_id of everybody who is or was in one."""
    wanted = pl.concat([pl.Series(dtype=pl.Int64), *persons]).unique().alias("person_id").to_frame()
    return links.join(wanted, on="person_id", how="semi")["household_id"].unique()


def with_those_who_share_people(households: pl.Series, links: pl.DataFrame) -> pl.Series:
    """With all households that have a member in common with one of them, directly or through others: what one of them
    is found to be depends on the others (enrolled_twice)."""
    shared = links.filter(pl.col("person_id").is_duplicated())
    reached = households.alias("household_id")
    while True:
        people = shared.join(reached.to_frame(), on="household_id", how="semi").select("person_id").unique()
        more = shared.join(people, on="person_id", how="semi")["household_id"]
        both = pl.concat([reached, more]).unique()
        if len(both) == len(reached):
            return both
        reached = both
