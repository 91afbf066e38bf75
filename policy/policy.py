"""The policy book: every dated value in force anywhere, found by area and check date (page 3, "Policy").

Built-in files lie beside this module; `$SHOUWANG_HOME/policy/` adds to them, and a value of the same area, parameter
and `from` there replaces the built-in one. Nothing here knows rules, households or the clock.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from operator import attrgetter
from pathlib import Path

from policy.calendar import Notice, WorkCalendar
from policy.errors import PolicyError, Problem
from policy.notices import read_notices
from policy.parameters import CATALOGUE, RULE_BASIS, nearest
from policy.values import NATIONAL, AreaFile, PolicyValue, read_area_file

BUILT_IN = Path(__file__).resolve().parent
_COUNTY_DIGITS = 6
_FROM = attrgetter("from_on")


def area_chain(area_code: str) -> tuple[str, ...]:
    """The areas whose policy applies, nearest first: county, prefecture, province, national.

    Takes 2, 4 or 6 digits, longer codes (a township's 12 digits) for their county, or "national".
    Raises ValueError on anything else.
    """
    if area_code == NATIONAL:
        return (NATIONAL,)
    county = area_code[:_COUNTY_DIGITS]
    if not (area_code.isascii() and area_code.isdigit() and len(county) in (2, 4, 6)):
        raise ValueError(f"{area_code!r} 不是行政区划代码 | {area_code!r} is no area code of 2, 4, 6 or more digits")
    return (*(county[:length] for length in (6, 4, 2) if length <= len(county)), NATIONAL)


class PolicyBook:
    """All policy values and the working-day calendar. Immutable once loaded; make one with `PolicyBook.load`."""

    def __init__(self, values: Iterable[PolicyValue], labels: dict[str, str], calendar: WorkCalendar) -> None:
        """`values`: at most one per area, parameter and day; `labels`: the areas' names."""
        self.calendar = calendar
        self._labels = dict(labels)
        self._dated: dict[tuple[str, str], list[PolicyValue]] = {}
        for value in sorted(values, key=_FROM):
            self._dated.setdefault((value.area, value.parameter), []).append(value)
        self._first_day: dict[str, date] = {}
        for (area, _), dated in self._dated.items():
            self._first_day[area] = min(dated[0].from_on, self._first_day.get(area, date.max))

    @classmethod
    def load(cls, home_policy: Path | None = None, built_in: Path = BUILT_IN) -> PolicyBook:
        """The built-in policy and, over it, the files of `home_policy` (`$SHOUWANG_HOME/policy`; it may be absent).

        Raises `PolicyError` with every mistake of every file: unknown parameter, missing basis, wrong type, unknown
        status, bad day or area, two values from one day in one layer, text that is not YAML or not UTF-8.
        """
        values, labels, problems = read_layer(yaml_files(built_in), "policy/")
        notices: dict[int, Notice] = {}
        if home_policy is not None:
            home_files = yaml_files(home_policy)
            home_values, home_labels, home_problems = read_layer(home_files, "$SHOUWANG_HOME/policy/")
            values.update(home_values)
            labels.update({area: label for area, label in home_labels.items() if label or area not in labels})
            calendar_files = yaml_files(home_policy / "calendar")
            notices, notice_problems = read_notices(
                (path, f"$SHOUWANG_HOME/policy/calendar/{path.name}") for path in calendar_files
            )
            problems += home_problems + notice_problems
        if problems:
            raise PolicyError(problems)
        return cls(values.values(), labels, WorkCalendar(notices))

    def resolve(self, area_code: str, parameter: str, as_of: date) -> PolicyValue | None:
        """The value in force: of the nearest area that has one by `as_of`, the newest. None when no area has one.

        Raises ValueError for something that is no area code and for a parameter that does not exist.
        """
        if parameter not in CATALOGUE:
            near = nearest(parameter)
            raise ValueError(f"不认识的参数 {parameter!r} | unknown parameter {parameter!r}; nearest: {near!r}")
        found = (self._own(area, parameter, as_of) for area in area_chain(area_code))
        return next((value for value in found if value is not None), None)

    def rule_basis(self, area_code: str, code: str, as_of: date) -> str:
        """The clauses that a code of `GROUNDED` rests on in an area: the nation's first, then what each nearer area adds;
        "" where nobody names one. Never another place's (page 12, section 2)."""
        layers = (self._own(area, f"{RULE_BASIS}.{code}", as_of) for area in reversed(area_chain(area_code)))
        return "; ".join(dict.fromkeys(value.code() for value in layers if value is not None))

    def _own(self, area: str, parameter: str, as_of: date) -> PolicyValue | None:
        """The newest value by `as_of` of exactly this area."""
        dated = self._dated.get((area, parameter), [])
        position = bisect_right(dated, as_of, key=_FROM)
        return dated[position - 1] if position else None

    def has_local_value(self, county: str, as_of: date) -> bool:
        """Whether the county, its prefecture or its province has any value in force; national does not count
        (page 3, `township_invalid`). False for something that is no 6-digit code."""
        if len(county) != _COUNTY_DIGITS or not (county.isascii() and county.isdigit()):
            return False
        return any(self._first_day.get(area, date.max) <= as_of for area in area_chain(county)[:-1])

    def areas(self) -> tuple[str, ...]:
        """Every area with a file, "national" last."""
        return tuple(sorted(self._labels))

    def label(self, area: str) -> str:
        """The area's name as its file gives it, or the code itself."""
        return self._labels.get(area) or area

    def values(self) -> tuple[PolicyValue, ...]:
        """Every value of every area, past and future ones included, by area, parameter and day."""
        return tuple(value for key in sorted(self._dated) for value in self._dated[key])

    def digest(self) -> str:
        """SHA-256 (64 hex digits) over all that can change an answer: values with clause and status, and the calendar.
        Where and on which line something is written does not count, so two machines agree."""
        content = {
            "values": [_digestible(value) for value in self.values()],
            "notices": [
                [year, notice.basis, sorted((day.isoformat(), rest) for day, rest in notice.days.items())]
                for year, notice in sorted(self.calendar.notices.items())
            ],
            "calendar": self.calendar.version(),
        }
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _digestible(value: PolicyValue) -> list[object]:
    """A value for the digest; 0.10 and 0.1 are the same rule and give the same bytes."""
    return [value.area, value.parameter, value.from_on.isoformat(), value.plain(), value.basis, value.status]


Layer = tuple[dict[tuple[str, str, date], PolicyValue], dict[str, str], list[Problem]]


def read_layer(paths: Iterable[Path], shown_prefix: str) -> Layer:
    """The values of some files by area, parameter and day, the areas' names, and what is wrong."""
    values: dict[tuple[str, str, date], PolicyValue] = {}
    labels: dict[str, str] = {}
    problems: list[Problem] = []
    for path in paths:
        area_file, found = read_area_file(path, shown_prefix + path.name)
        problems += found
        if area_file is None:
            continue
        if area_file.label or area_file.area not in labels:
            labels[area_file.area] = area_file.label
        problems += _add(values, area_file, path)
    return values, labels, problems


def _add(values: dict[tuple[str, str, date], PolicyValue], area_file: AreaFile, path: Path) -> Iterable[Problem]:
    """Adds the file's values to the layer's; yields a problem for each that the layer has from the same day."""
    for value in area_file.values:
        key = (value.area, value.parameter, value.from_on)
        first = values.setdefault(key, value)
        if first is not value:
            yield Problem(
                str(path),
                value.line,
                f"{value.parameter} 自 {value.from_on} 起已有一个值({first.file}:{first.line}):请只留一个",
                f"{value.parameter} has a value from {value.from_on} already ({first.file}:{first.line}): keep one",
            )


def yaml_files(folder: Path) -> list[Path]:
    """The folder's YAML files in a fixed order; hidden ones (editors' and archivers' droppings) are not policy."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if _is_yaml(p) and p.name[0] != "." and p.is_file())


def _is_yaml(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml")


def ignored_files(folder: Path) -> list[str]:
    """What lies in the home's policy folder and is not read: somebody may believe that it is in force."""
    found = [*folder.iterdir(), *(folder / "calendar").glob("*")] if folder.is_dir() else []
    read = {*yaml_files(folder), *yaml_files(folder / "calendar"), folder / "calendar"}
    return sorted(str(path.relative_to(folder)) for path in found if path not in read)
