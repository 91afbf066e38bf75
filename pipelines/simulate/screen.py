"""A simulation on the screen."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from assets.publication.report.markup import Text
from assets.publication.report.words import DIRECTIONS, parameter, rule
from pipelines.screen import Screen
from pipelines.simulate import words
from pipelines.simulate.counts import DIRECTIONS as IN_ORDER
from pipelines.simulate.small import shown_groups


def print_simulation(result: dict[str, Any]) -> None:
    """Which values, which households, which rules, which groups; small groups are not shown."""
    # Redirected output has no width of its own; 80 columns would cut the words.
    console = Screen(highlight=False, width=None if sys.stdout.isatty() else 140)
    dates = result["check_dates"]
    console.print(f"\n[bold]守望政策试算 / what if[/bold]  {dates[0]} – {dates[-1]}, {len(dates)} 期 check dates")
    _say(console, words.COMPARED[result["compared_with"]])
    if result["policy"]:
        _policy(console, result["policy"])
    _notes(console, result)
    if not result["is_different"]:
        _say(console, words.NO_DIFFERENCE)
    else:
        _households(console, result)
        _rules(console, result["total"]["rules"])
        _groups(console, result["total"]["groups"])
        _weights(console, result)
        for text in (*words.MEANT, words.ESTIMATE, words.SMALL_GROUPS):
            _say(console, text)
    _say(console, words.NOT_TOUCHED)


def _say(console: Console, text: Text, mark: str = "  ") -> None:
    console.print(f"{mark}{text.zh} / {text.en}", soft_wrap=True, markup=False)


def _table(console: Console, title: str, headers: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> None:
    """`texts`: how many columns from the left hold text, the others hold numbers."""
    table = Table(title=title, title_justify="left")
    for at, header in enumerate(headers):
        table.add_column(header, justify="left" if at < texts else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _policy(console: Console, entries: list[dict[str, Any]]) -> None:
    rows = []
    for entry in entries:
        named = parameter(entry["parameter"], entry["label_zh"])
        said, before, where = (
            words.value(entry["parameter"], entry["value"]),
            words.instead_of(entry),
            words.in_force(entry),
        )
        rows.append((f"{named.zh} {entry['parameter']}", entry["area"], entry["from"], said.zh, before.zh, where.zh))
    headers = ("参数 parameter", "地区 area", "自 from", "试算值 what if", "现行 now", "生效 in force")
    _table(console, "试算的参数 / values laid over the policy", headers, rows, texts=6)
    for entry in entries:
        if entry["not_in_force"]:
            where = words.in_force(entry)
            _say(console, Text(f"{entry['file']}:{entry['line']} {where.zh}", where.en), "  ! ")


def _notes(console: Console, result: dict[str, Any]) -> None:
    for day in result["dates"]:
        if (note := words.baseline(day, result["compared_with"])) is not None:
            _say(console, note, "  ! ")
        for entry in day["modes"]:
            _say(console, words.changed_mode(day["as_of"], entry), "  ! ")


def _households(console: Console, result: dict[str, Any]) -> None:
    rows = []
    periods = [*((day["as_of"], day) for day in result["dates"]), ("合计 total", result["total"])]
    for name, period in periods:
        for direction in IN_ORDER:
            opened, counts = period["opened"][direction], period["households"][direction]
            keys = ("published", "simulated", "new", "lost", "kept", "emptied")
            numbers = [opened["published"], opened["simulated"], *(counts[key] for key in keys)]
            rows.append((name, DIRECTIONS[direction].zh, *(f"{number:,}" for number in numbers)))
    headers = (
        "核对日期 date", "方向", "新开(张)基准 opened", "试算 what if", "有单据(户)基准 listed", "试算 what if", "新增 new",
        "不再有 lost", "仍有 kept", "疑点全部撤销 withdrawn",
    )  # fmt: skip
    _table(console, "预警单据 / tickets", headers, rows, texts=2)
    _say(console, words.carried(result["total"]["carried"]))


def _rules(console: Console, rules: list[dict[str, Any]]) -> None:
    rows = []
    for entry in rules:
        findings, households, lost = entry["findings"], entry["households"], entry["outcomes"]["lost"]
        if not any((findings["new"], findings["lost"], households["new"], households["lost"])):
            continue
        numbers = (findings["new"], findings["lost"], *(households[change] for change in ("new", "lost", "kept")))
        rows.append(
            (
                f"{rule(entry['rule']).zh} {entry['rule']}",
                *(f"{number:,}" for number in numbers),
                "/".join(f"{lost[key]:,}" for key in ("confirmed", "not_confirmed", "open")),
                words.expected(entry["estimate"]).zh,
            )
        )
    headers = (
        "规则 rule", "疑点出现 findings +", "疑点消失 -", "新增(户) new", "不再有 lost", "仍有 kept",
        "不再有的: 属实/不属实/未办结 of lost: confirmed/not/open", "新增预计属实(估计) expected of new",
    )  # fmt: skip
    _table(console, "按规则 / by rule", headers, rows)


def _groups(console: Console, groups: dict[str, list[dict[str, Any]]]) -> None:
    headers = [f"{DIRECTIONS[d].zh} {c.zh} {c.en}" for d in IN_ORDER for c in words.CHANGE.values()]
    for dimension, rows in shown_groups(groups).items():
        title = words.DIMENSION[dimension]
        cells = [
            (words.group(dimension, row).zh, *(row[d][change] for d in IN_ORDER for change in words.CHANGE))
            for row in rows
        ]
        _table(console, f"{title.zh} / {title.en}", [title.zh.removeprefix("按"), *headers], cells)


def _weights(console: Console, result: dict[str, Any]) -> None:
    total = result["total"]
    console.print(f"[bold]迄今的办理结果 / outcomes so far[/bold] ({result['outcomes_as_of']})")
    for direction in IN_ORDER:
        for change in ("lost", "kept"):
            _say(console, words.outcomes(direction, change, total["outcomes"][direction][change]))
        estimate = total["estimate"][direction]
        if estimate["tickets"]:
            said = words.expected(estimate)
            of = DIRECTIONS[direction]
            zh = f"{of.zh} 新增 {estimate['tickets']:,} 张,预计属实(估计):{said.zh}"
            _say(
                console,
                Text(zh, f"{of.en}, {estimate['tickets']:,} new, expected to be confirmed (estimate): {said.en}"),
            )
    if total["kept_by_people"]:
        _say(console, words.kept_by_people(total["kept_by_people"]))
