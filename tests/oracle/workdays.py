"""Deadlines (page 4): working days by the State Council's notices, a provisional rule for later years."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import chinese_calendar
import yaml

ONE_DAY = timedelta(days=1)
# first day of the first lunar month, Qingming, Dragon Boat, Mid-Autumn
LUNAR = {
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
}


@dataclass(frozen=True)
class Deadline:
    due_on: date
    provisional: bool
    before_rolling: date


@cache
def published(year: int) -> bool:
    """Is this year's notice known?"""
    try:
        chinese_calendar.is_workday(date(year, 6, 1))
    except NotImplementedError:  # what the package raises for a year it does not know
        return False
    return True


def provisional_rest(day: date) -> bool:
    """Weekends and the statutory days themselves, without make-up or substitute days."""
    if day.weekday() >= 5:
        return True
    spring, qingming, dragon_boat, mid_autumn = (date(day.year, m, d) for m, d in LUNAR[day.year])
    fixed = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
    if (day.month, day.day) in fixed or day in (qingming, dragon_boat, mid_autumn):
        return True
    return spring - ONE_DAY <= day <= spring + 2 * ONE_DAY


class WorkDays:
    """The notices the package knows and those an office typed in: <home>/policy/calendar/<year>.yaml."""

    def __init__(self, folder: Path | None = None) -> None:
        self.years: set[int] = set()
        self.named: dict[date, bool] = {}  # day -> is a working day
        for path in sorted(folder.glob("*.yaml")) if folder and folder.is_dir() else []:
            notice = yaml.safe_load(path.read_text(encoding="utf-8"))
            self.years.add(int(path.stem))
            self.named.update(dict.fromkeys(notice["rest_days"], False))
            self.named.update(dict.fromkeys(notice.get("working_days") or [], True))

    def published(self, year: int) -> bool:
        return year in self.years or published(year)

    def is_working_day(self, day: date) -> bool:
        if day in self.named:
            return self.named[day]
        if published(day.year):
            return bool(chinese_calendar.is_workday(day))
        return day.weekday() < 5 if day.year in self.years else not provisional_rest(day)

    def deadline(self, issued: date, days: int, unit: str, roll_forward: bool) -> Deadline:
        if unit == "working_days":
            due = issued
            for _ in range(days):
                due += ONE_DAY
                while not self.is_working_day(due):
                    due += ONE_DAY
            return Deadline(due, not self.published(due.year), due)
        before = due = issued + timedelta(days=days)
        while roll_forward and not self.is_working_day(due):
            due += ONE_DAY
        return Deadline(due, not (self.published(due.year) and self.published(before.year)), before)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, clipped to the month's end."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
