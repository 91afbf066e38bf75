"""When a thing changes by the calendar alone.

A check on top of an earlier one computes again what data has changed, and what its clock says has changed without any.
Only what reads the check date has a clock of its own; the rest changes with what it reads. Undeclared means EveryDay.
The tests move the check date over frozen data and prove for each thing that nothing else changes (tests/rules/test_clocks.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

Looked = int | str
"""How a function looked at the check date: so many days before it, or by its "Month" or by somebody's "Age" on it."""


@dataclass(frozen=True)
class Always:
    """Nothing but data changes it."""


@dataclass(frozen=True)
class EveryDay:
    """It may be another on every day: whoever builds on an earlier check computes everything again."""


@dataclass(frozen=True)
class Month:
    """It stands still within a calendar month."""


@dataclass(frozen=True, init=False)
class Dates:
    """It changes when the check date comes to a day in one of these columns of the feeds it is made from, or when that day
    lies so many `days` back: whole numbers, or policy parameters in days."""

    columns: tuple[str, ...]
    days: tuple[int | str, ...]

    def __init__(self, *columns: str, days: tuple[int | str, ...] = ()) -> None:
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "days", days)


@dataclass(frozen=True, init=False)
class Age:
    """It changes when somebody comes to an age: policy parameters in years."""

    years: tuple[str, ...]

    def __init__(self, *years: str) -> None:
        object.__setattr__(self, "years", years)


Clock = Always | EveryDay | Month | Dates | Age


def covers(clock: Clock, looked: Looked) -> bool:
    """Whether a clock expects a function to look at the check date in this way."""
    match clock:
        case Dates():
            return looked == 0 or looked in clock.days
        case Month() | Age():
            return looked == type(clock).__name__
        case _:
            return isinstance(clock, EveryDay)


class CheckDate(dt.date):
    """The check date as functions are given it. It remembers how it was looked at, so that a function that looks further
    back than its clock says is refused before anything is published."""

    looked: set[Looked]

    @classmethod
    def on(cls, day: dt.date) -> CheckDate:
        made = cls(day.year, day.month, day.day)
        made.looked = set()
        return made

    @property
    def plain(self) -> dt.date:
        return dt.date(self.year, self.month, self.day)

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, dt.timedelta):
            self.looked.add(other.days)
        return self.plain - other

    def __add__(self, other: dt.timedelta) -> Any:
        self.looked.add(-other.days)
        return self.plain + other

    def replace(self, *parts: Any, **named: Any) -> Any:
        self.looked.add("another day")
        return self.plain.replace(*parts, **named)


def look(day: dt.date, how: Looked) -> None:
    """Tell the check date how it is looked at."""
    if isinstance(day, CheckDate):
        day.looked.add(how)
