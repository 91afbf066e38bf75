"""A dated value of a parameter with its clause, as read from one line of one file, and the reading of such a file.

```yaml
area: "150626"            # GB/T 2260 code of 2, 4 or 6 digits, or "national"
label: 乌审旗
parameters:
  warning.deadline_days:
    - {from: 2025-08-12, value: 20, basis: "乌民政发〔2025〕23号 二(二)6", status: official}
```
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from yaml.nodes import Node, ScalarNode

from policy.errors import LineError, Problem
from policy.kinds import KindError, ParameterValue
from policy.parameters import CATALOGUE, GROUNDED, RULE_BASIS, Parameter, nearest
from policy.source import items, known_members, line_of, members, read_date, read_root, read_text, shown

NATIONAL = "national"
STATUSES = ("official", "local", "assumed")
"""official: the clause says it · local: this office's own ruling · assumed: our default, shown as such everywhere."""

_AREA = re.compile(r"[1-9][0-9](?:[0-9]{2}){0,2}")


@dataclass(frozen=True)
class PolicyValue:
    """The value of `parameter` in `area` from `from_on` on, with the clause it rests on and where it is written."""

    parameter: str
    value: ParameterValue = field(hash=False)
    area: str
    from_on: date
    basis: str
    status: str
    file: str
    line: int

    def whole(self) -> int:
        """The value of a whole-number parameter. Every reader raises TypeError for a parameter of another kind."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        raise self._other_kind("whole number")

    def flag(self) -> bool:
        """The value of a yes-or-no parameter."""
        if isinstance(self.value, bool):
            return self.value
        raise self._other_kind("flag")

    def number(self) -> Decimal:
        """The value of an exact-number parameter, in its unit."""
        if isinstance(self.value, Decimal):
            return self.value
        raise self._other_kind("number")

    def code(self) -> str:
        """The value of a one-of parameter."""
        if isinstance(self.value, str):
            return self.value
        raise self._other_kind("code")

    def codes(self) -> tuple[str, ...]:
        """The value of a list parameter, in written order."""
        if isinstance(self.value, tuple):
            return self.value
        raise self._other_kind("list of codes")

    def table(self) -> Mapping[str, Decimal]:
        """The value of a table parameter; copy it before changing anything."""
        if isinstance(self.value, Mapping):
            return self.value
        raise self._other_kind("table")

    def plain(self) -> object:
        """The value as JSON holds it: a whole Decimal as int, any other as float (for reading, not for reckoning)."""
        return _plain(self.value)

    def _other_kind(self, asked: str) -> TypeError:
        return TypeError(f"{self.parameter} 不是所要的类型 | {self.parameter} is no {asked}")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    return value


@dataclass(frozen=True)
class AreaFile:
    """What one file says: its area, the area's name ("" when not given) and its values."""

    area: str
    label: str
    values: tuple[PolicyValue, ...]


def read_area_file(path: Path, shown_name: str) -> tuple[AreaFile | None, list[Problem]]:
    """One policy file and everything wrong with it. `shown_name` is what values carry as their `file`; problems carry
    the real path, for whoever has to open it. The file is None when not even its area could be read."""
    try:
        parts = known_members(read_root(path), ("area", "parameters"), ("label",))
        area = _read_area(parts["area"], path)
        label = read_text(parts["label"], "label") if "label" in parts else ""
        by_parameter = members(parts["parameters"])
    except LineError as fault:
        return None, [fault.at(str(path))]
    values: list[PolicyValue] = []
    problems: list[Problem] = []
    for name, (key, node) in by_parameter.items():
        for outcome in _read_parameter(name, key, node, area, shown_name):
            if isinstance(outcome, LineError):
                problems.append(outcome.at(str(path)))
            else:
                values.append(outcome)
    return AreaFile(area, label, tuple(values)), problems


def _read_area(node: Node, path: Path) -> str:
    area = read_text(node, "area")
    if area != NATIONAL and not _AREA.fullmatch(area):
        raise LineError(
            line_of(node),
            f"area 应为 2、4 或 6 位区划代码或 national,现为 {shown(node)}",
            f'area must be an area code of 2, 4 or 6 digits or "national", found {shown(node)}',
        )
    # A file called 150626.yaml that speaks for another county is a copy somebody forgot to finish.
    if (path.stem.isdigit() or path.stem == NATIONAL) and path.stem != area:
        raise LineError(
            line_of(node),
            f"area 为 {area},与文件名 {path.name} 不符:请改其一",
            f"area is {area} but the file is named {path.name}: change one of them",
        )
    return area


def _read_parameter(name: str, key: ScalarNode, node: Node, area: str, file: str) -> Iterator[PolicyValue | LineError]:
    """The parameter's dated values, each of them or what is wrong with it."""
    parameter = CATALOGUE.get(name)
    if parameter is None and name != RULE_BASIS:
        yield _unknown(name, line_of(key))
        return
    try:
        entries = list(items(node, "每项含 from, value, basis, status", "each with from, value, basis, status"))
    except LineError as fault:
        yield fault
        return
    if not entries:
        yield LineError(line_of(key), f"{name} 没有值:请补上或删去", f"{name} has no value: add one or delete it")
    for entry in entries:
        try:
            yield from _read_entry(name, parameter, entry, area, file)
        except LineError as fault:
            yield fault


def _read_entry(
    name: str, parameter: Parameter | None, entry: Node, area: str, file: str
) -> Iterator[PolicyValue | LineError]:
    """One value, or for `rule.basis` one for each code of its mapping, which are resolved each on its own."""
    parts = known_members(entry, ("from", "value", "basis", "status"))
    status = read_text(parts["status"], "status")
    if status not in STATUSES:
        listed = ", ".join(STATUSES)
        raise LineError(
            line_of(parts["status"]),
            f"{name} 的 status {status!r} 不认识:应为 {listed}",
            f"unknown status {status!r} of {name}: expected {listed}",
        )
    from_on, basis = read_date(parts["from"], "from"), read_text(parts["basis"], "basis")
    listed_values = [(parameter, entry, parts["value"])] if parameter else _grounded(parts["value"])
    for one, written, node in listed_values:
        try:
            value = _read_value(one, node)
        except LineError as fault:
            yield fault
            continue
        yield PolicyValue(one.name, value, area, from_on, basis, status, file, line_of(written))


def _grounded(node: Node) -> Iterator[tuple[Parameter, Node, Node]]:
    """The members of a value of `rule.basis`: parameter, key and clause of each."""
    for code, (key, clause) in members(node).items():
        if code not in GROUNDED:
            near = next(iter(difflib.get_close_matches(code, GROUNDED, n=1)), ", ".join(GROUNDED))
            raise LineError(
                line_of(key),
                f"{RULE_BASIS} 不认识代码 {code!r}:应为 {near}",
                f"unknown code {code!r} of {RULE_BASIS}: expected {near}",
            )
        yield CATALOGUE[f"{RULE_BASIS}.{code}"], key, clause


def _read_value(parameter: Parameter, node: Node) -> ParameterValue:
    try:
        return parameter.kind.read(node)
    except KindError as mismatch:
        expected_zh, expected_en = parameter.kind.expected
        found = shown(mismatch.node)
        raise LineError(
            line_of(mismatch.node),
            f"{parameter.name}({parameter.zh})的值 {found} 不对:应为{expected_zh}",
            f"wrong value {found} of {parameter.name} ({parameter.en}): expected {expected_en}",
        ) from None


def _unknown(name: str, line: int) -> LineError:
    near = nearest(name)
    zh = f"是否应为 {near}?" if near else "参数清单见 policy/parameters.py"
    en = f"did you mean {near}?" if near else "policy/parameters.py lists them all"
    return LineError(line, f"不认识的参数 {name!r}:{zh}", f"unknown parameter {name!r}: {en}")
