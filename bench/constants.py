"""What all contenders are told: the accepted rows of each feed and the policy of the benchmark county."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assets.county_policy import CountyPolicy, column_of, resolve_counties
from assets.households import HOUSEHOLD_FEEDS, PERSON_FEEDS, ROSTER
from policy.policy import PolicyBook
from rules.expressions import month_index
from rules.facts.income import DEDUCTIBLE_ITEMS

AREA: Final = "150626"
AS_OF: Final = dt.date(2026, 11, 20)
FEEDS: Final = (ROSTER, *HOUSEHOLD_FEEDS, *PERSON_FEEDS)


@dataclass(frozen=True)
class Constants:
    """Policy in force for one county on one date, in the program's whole units (fen, millionths, 1/10,000 m2)."""

    area: str
    as_of: dt.date
    known_areas: tuple[str, ...]
    scalars: dict[str, Any]
    standards: dict[str, int]
    limit_factors: dict[str, int]
    exempt_types: tuple[str, ...]
    counted_usages: tuple[str, ...]
    counted_items: tuple[str, ...]
    tax_data_on: dt.date
    deductible_items: tuple[str, ...] = DEDUCTIBLE_ITEMS

    @property
    def month(self) -> int:
        """The check date's month since year 0."""
        return month_index(self.as_of)

    @property
    def anchor(self) -> int:
        """The earlier of the check date's month and that of the newest tax data date."""
        return min(self.month, month_index(self.tax_data_on))


def constants(book: PolicyBook, as_of: dt.date, tax_data_on: dt.date, area: str = AREA) -> Constants:
    """Everything a calculation of one county needs besides rows."""
    policy = resolve_counties(book, [area], as_of)
    known = [a for a in book.areas() if a != "national" and book.has_local_value(a.ljust(6, "0"), as_of)]
    return Constants(
        area=area,
        as_of=as_of,
        known_areas=tuple(known),
        scalars=policy.scalars.row(0, named=True),
        standards=_table(policy, "standard.dibao"),
        limit_factors=_table(policy, "income.limit_factor"),
        exempt_types=tuple(policy.codes("vehicle.exempt_types")["value"].to_list()),
        counted_usages=tuple(policy.codes("property.counted_usages")["value"].to_list()),
        counted_items=tuple(policy.codes("income.counted_items")["value"].to_list()),
        tax_data_on=tax_data_on,
    )


def _table(policy: CountyPolicy, parameter: str) -> dict[str, int]:
    (rows,) = (frame for frame in policy.keyed if column_of(parameter) in frame.columns)
    return dict(rows.select(rows.columns[1:]).iter_rows())


def accepted_rows(partition: Path) -> dict[str, Path]:
    """The one file of accepted rows of each feed. ValueError when a feed has none or several."""
    found = {}
    for feed in FEEDS:
        paths = sorted((partition / "rows" / feed).glob("*.parquet"))
        if len(paths) != 1:
            raise ValueError(f"{feed}: {len(paths)} deliveries in force; the benchmark compares one delivery a feed")
        found[feed] = paths[0]
    return found
