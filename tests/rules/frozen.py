"""A population over which the calendar alone passes: every date that a condition may look at lies in the days to come."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random
from typing import Any

from kit import identity_number, write_file, write_policy
from population import AREAS, COUNTIES, POLICY, Maker, Population

from data_contracts import feed_contract

START = dt.date(2026, 12, 5)
DAYS = 40
"""Over a new year."""
DELIVERED = START - dt.timedelta(days=1)


class Frozen(Maker):
    """One delivery of each feed, one policy, nothing afterwards."""

    def __init__(self, seed: int) -> None:
        super().__init__(Random(seed))
        self.as_of, self.places = START, COUNTIES[:2]

    def population(self, households: int) -> Population:
        """Most people are in one household only: what changes for one does not change all."""
        people = [identity_number(self.birthday(), serial=n, area="150600") for n in range(households * 3)]
        for number in range(households):
            own = people[number * 3 : number * 3 + 3]
            self.household(f"H{number}", own if self.chance.random() < 0.9 else people)
        for person in people:
            self.records(person)
        return Population(self.as_of, self.rows)

    def near(self, *days: int) -> str:
        """Long ago, or a day among those to come, or among those so many `days` before."""
        if self.chance.random() < 0.6:
            return "2026-06-01"
        coming = START + dt.timedelta(days=self.chance.randint(-2, DAYS + 2))
        return (coming - dt.timedelta(days=self.chance.choice((0, *days)))).isoformat()

    def birthday(self) -> dt.date:
        """Somebody who comes to an age that matters, or who does not."""
        day = START + dt.timedelta(days=self.chance.randint(-2, DAYS + 2))
        return day.replace(year=day.year - self.chance.choice((15, 16, 18, 30, 45, 55, 60, 80)))

    def write(self, home: Path) -> None:
        for feed, rows in self.rows.items():
            key = [column.name for column in feed_contract(feed).key]
            unique = {tuple(str(row[name]) for name in key): row for row in rows}
            write_file(home, feed, AREAS[0], DELIVERED, list(unique.values()))
        for county in COUNTIES[:2]:
            write_policy(home, county, self.values(), "2025-01-01")

    def values(self) -> dict[str, Any]:
        given = {name: self.chance.choice(values) for name, values in POLICY.items()}
        return given | {"survey.max_age_days": 30, "standard.dibao": {"urban": 800, "rural": 600}}


def frozen_home(home: Path, households: int = 70, seed: int = 1) -> Path:
    """A home folder with the landing folder and policy of such a population."""
    maker = Frozen(seed)
    maker.population(households)
    maker.write(home)
    return home
