"""Reading `$SHOUWANG_HOME/policy/calendar/<year>.yaml`: a State Council notice typed in on a closed network.

```yaml
basis: "国办发明电〔2026〕…号"
rest_days: [2027-01-01, 2027-01-02, …]      # every day off that the notice names; Saturdays and Sundays may be left out
working_days: [2027-02-20, …]               # the Saturdays and Sundays it makes working days (调休上班)
```
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from yaml.nodes import Node

from policy.calendar import Notice, WorkCalendar, is_weekend, provisional_festivals
from policy.errors import LineError, Problem
from policy.source import items, known_members, line_of, read_date, read_root, read_text

_YEAR_DIGITS = 4


def read_notices(paths: Iterable[tuple[Path, str]]) -> tuple[dict[int, Notice], list[Problem]]:
    """The notices in the files (path, name shown to people) by year, and what is wrong with the others."""
    found: dict[int, Notice] = {}
    problems: list[Problem] = []
    for path, shown_name in paths:
        try:
            notice = _read_notice(path, shown_name)
        except LineError as fault:
            problems.append(fault.at(str(path)))
        else:
            found[notice.year] = notice
    return found, problems


def _read_notice(path: Path, shown_name: str) -> Notice:
    if not (path.stem.isascii() and path.stem.isdigit() and len(path.stem) == _YEAR_DIGITS):
        raise LineError(1, "文件名应为年份,如 2027.yaml", "the file must be named after its year, such as 2027.yaml")
    year = int(path.stem)
    root = read_root(path)
    parts = known_members(root, ("basis", "rest_days"), ("working_days",))
    rest = _days(parts["rest_days"], year)
    working = _days(parts["working_days"], year) if "working_days" in parts else {}
    for day, line in working.items():
        if day in rest:
            raise LineError(line, f"{day} 既休息又上班:请删去一处", f"{day} is both rest and working day: delete one")
    if not WorkCalendar().is_published(year):
        _refuse_unlikely(year, line_of(root), rest, working)
    days = {**dict.fromkeys(rest, True), **dict.fromkeys(working, False)}
    return Notice(year, days, read_text(parts["basis"], "basis"), shown_name)


def _days(node: Node, year: int) -> dict[date, int]:
    """The days of a list with their lines: of the year, or of the December before it."""
    found: dict[date, int] = {}
    for item in items(node, "日期 YYYY-MM-DD", "days YYYY-MM-DD"):
        day = read_date(item, "日期 day")
        if day.year != year and (day.year, day.month) != (year - 1, 12):
            raise LineError(
                line_of(item), f"{day} 不属于 {year} 年的安排", f"{day} cannot belong to the notice for {year}"
            )
        found[day] = line_of(item)
    return found


def _refuse_unlikely(year: int, first_line: int, rest: dict[date, int], working: dict[date, int]) -> None:
    """A half-typed notice would turn a provisional deadline into a settled wrong one: every statutory day must be
    off and every make-up day a Saturday or Sunday (the Regulation on festivals; page 4, "Deadline")."""
    for day, name in provisional_festivals(year).items():
        if day in working or not (day in rest or is_weekend(day)):
            raise LineError(
                working.get(day, first_line),
                f"{day}({name})是法定节日,却不休息:请对照通知补全 rest_days",
                f"{day} ({name}) is a statutory holiday and not off: complete rest_days from the notice",
            )
    for day, line in working.items():
        if not is_weekend(day):
            raise LineError(
                line,
                f"{day} 本来就是工作日,不能调休上班:请核对日期",
                f"{day} is no Saturday or Sunday and cannot be a make-up day: check the date",
            )
