"""A simulation as one page: self-contained, no script, Chinese first with an English switch, A4 in print.

Counts only: no household numbers, no names. The building blocks and the style are those of the report of a check date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from assets.home import whole_file
from assets.publication.report.markup import (
    Column,
    Content,
    Html,
    Text,
    heading,
    join,
    listed,
    paragraph,
    percent,
    section,
    table,
    tag,
)
from assets.publication.report.shell import whole_page
from assets.publication.report.words import DIRECTIONS, NOTHING_DECIDED, parameter, rule
from pipelines.simulate import words
from pipelines.simulate.counts import DIRECTIONS as IN_ORDER
from pipelines.simulate.small import shown_groups

TITLE: Final = Text("政策试算", "What if the policy were another")

Period = Mapping[str, Any]


def write_page(result: Period, path: Path) -> None:
    """Write the page where it was asked for; it appears whole or not at all."""
    with whole_file(path.expanduser().absolute()) as aside:
        aside.write_text(page(result), encoding="utf-8", newline="\n")


def page(result: Period) -> str:
    """The page as HTML; the same figures give the same text."""
    dates = result["check_dates"]
    days = [
        section(f"date-{day['as_of']}", Text(f"核对日期 {day['as_of']}", f"Check date {day['as_of']}"), *_period(day))
        for day in result["dates"]
    ]
    parts = [
        _opening(result),
        _policy(result) if result["policy"] else Html(""),
        section("total", Text("合计", "Total"), *_total(result)),
        *days,
    ]
    shown = parts if result["is_different"] else parts[:2]
    title = f"政策试算 {dates[0]} – {dates[-1]} Shouwang what if"
    return whole_page(title, Text("守望 · 政策试算", "Shouwang 守望"), join([*shown, _footer(result)]))


def _opening(result: Period) -> Html:
    dates = result["check_dates"]
    counties = "、".join(
        f"{name}({code})" if name != code else code for code, name in sorted(result["counties"].items())
    )
    lead = Text(
        f"{dates[0]} – {dates[-1]},共 {len(dates)} 期核对;{counties}。办理结果截至 {result['outcomes_as_of']} 的核对。",
        f"{dates[0]} – {dates[-1]}, {len(dates)} check dates; {counties}. Outcomes as of the check of "
        f"{result['outcomes_as_of']}.",
    )
    said = [
        tag("h1", TITLE),
        paragraph(lead, "lead"),
        paragraph(join([words.NOT_TOUCHED, " ", NOTHING_DECIDED]), "law"),
    ]
    if not result["is_different"]:
        said.append(paragraph(words.NO_DIFFERENCE))
    notes = [note for day in result["dates"] if (note := words.baseline(day, result["compared_with"])) is not None]
    notes += [words.changed_mode(day["as_of"], entry) for day in result["dates"] for entry in day["modes"]]
    return join([*said, listed(notes, "points") if notes else Html("")])


def _policy(result: Period) -> Html:
    columns = [
        Column(Text("参数", "Parameter")),
        Column(Text("地区", "Area")),
        Column(Text("自", "From")),
        Column(Text("试算值", "What-if value")),
        Column(Text("现行值", "Present value")),
        Column(Text("生效的核对日期与县", "In force on check dates, in counties")),
        Column(Text("依据", "Basis")),
    ]
    rows: list[Sequence[Content]] = [
        (
            parameter(entry["parameter"], entry["label_zh"]),
            entry["area"],
            entry["from"],
            words.value(entry["parameter"], entry["value"]),
            words.instead_of(entry),
            words.in_force(entry),
            entry["basis"],
        )
        for entry in result["policy"]
    ]
    title = Text("试算的参数", "The values laid over the policy")
    caption = Text("每个值及其生效情况", "Each value and where it counts")
    return section("policy", title, table(caption, columns, rows), paragraph(words.RESOLVED, "note"))


def _total(result: Period) -> list[Html]:
    total = result["total"]
    meant = [paragraph(text, "note") for text in words.MEANT]
    said = [paragraph(words.carried(total["carried"]))]
    if total["kept_by_people"]:
        said.append(paragraph(words.kept_by_people(total["kept_by_people"])))
    return [*meant, *_period(total), *said, _precision(result)]


def _period(period: Period) -> list[Html]:
    return [_households(period), *_weights(period), _rules(period), *_groups(period)]


def _households(period: Period) -> Html:
    """One measure a line: there are too many for the width of a sheet of paper."""
    sides = [period["households"][direction] for direction in IN_ORDER]
    opened = [period["opened"][direction] for direction in IN_ORDER]
    measures = {
        Text("新开单据(张),基准", "Tickets opened, baseline"): [of["published"] for of in opened],
        Text("新开单据(张),试算", "Tickets opened, what if"): [of["simulated"] for of in opened],
        Text("有单据的家庭(户),基准", "Households with a ticket, baseline"): [of["published"] for of in sides],
        Text("有单据的家庭(户),试算", "Households with a ticket, what if"): [of["simulated"] for of in sides],
    }
    for change, name in words.CHANGE.items():
        measures[Text(f"{name.zh}(户)", f"Households: {name.en}")] = [of[change] for of in sides]
    measures[Text("仍有的户中:疑点全部撤销", "Of those kept: all findings withdrawn")] = [of["emptied"] for of in sides]
    for differs, name in words.DIFFERS.items():
        measures[Text(f"仍有的户中:{name.zh}", f"Of those kept: {name.en}")] = [of["changed"][differs] for of in sides]
    columns = [Column(Text("项目", "Measure")), *(Column(DIRECTIONS[direction], "n") for direction in IN_ORDER)]
    return table(
        Text("家庭与单据", "Households and tickets"), columns, [(name, *cells) for name, cells in measures.items()]
    )


def _weights(period: Period) -> list[Html]:
    """How the tickets that are lost and kept ended so far, and what may be expected of new ones."""
    columns = [
        Column(Text("基准中的单据", "Tickets of the baseline")),
        Column(Text("已核实属实", "Confirmed"), "n"),
        Column(Text("不属实", "Not confirmed"), "n"),
        Column(Text("尚未办结", "Not concluded"), "n"),
    ]
    rows: list[Sequence[Content]] = []
    for direction in IN_ORDER:
        for change in ("lost", "kept"):
            counts, of, what = period["outcomes"][direction][change], DIRECTIONS[direction], words.CHANGE[change]
            name = Text(f"{of.zh},{what.zh}", f"{of.en}, {what.en}")
            rows.append((name, counts["confirmed"], counts["not_confirmed"], counts["open"]))
    estimates: list[Sequence[Content]] = [
        (DIRECTIONS[d], period["estimate"][d]["tickets"], words.expected(period["estimate"][d])) for d in IN_ORDER
    ]
    heads = [
        Column(Text("方向", "Direction")),
        Column(Text("新增(户)", "New (households)"), "n"),
        Column(Text("预计属实(估计,95% 区间)", "Expected to be confirmed (estimate, 95 % interval)"), "n"),
    ]
    return [
        table(Text("迄今的办理结果(张)", "Outcomes so far (tickets)"), columns, rows),
        table(
            Text("新增单据的预计属实数(估计)", "New tickets: expected to be confirmed (an estimate)"), heads, estimates
        ),
    ]


def _rules(period: Period) -> Html:
    columns = [
        Column(Text("规则", "Rule")),
        Column(Text("疑点出现(户)", "Findings appear"), "n"),
        Column(Text("疑点消失(户)", "Findings disappear"), "n"),
        *(
            Column(Text(f"单据{change.zh}(户)", f"Tickets {change.en} (households)"), "n")
            for change in words.CHANGE.values()
        ),
        Column(Text("不再有的:属实/不属实/未办结(张)", "Lost: confirmed/not/not concluded"), "n"),
        Column(Text("新增的预计属实(估计)", "New: expected (estimate)"), "n"),
    ]
    rows: list[Sequence[Content]] = []
    for entry in period["rules"]:
        findings, households, lost = entry["findings"], entry["households"], entry["outcomes"]["lost"]
        if any((findings["new"], findings["lost"], households["new"], households["lost"])):
            ended = "/".join(f"{lost[key]:,}" for key in ("confirmed", "not_confirmed", "open"))
            numbers = (findings["new"], findings["lost"], *(households[change] for change in words.CHANGE))
            rows.append((rule(entry["rule"]), *numbers, ended, words.expected(entry["estimate"])))
    return table(Text("有差别的规则", "Rules with a difference"), columns, rows)


def _groups(period: Period) -> list[Html]:
    heads = [
        Column(Text(f"{DIRECTIONS[d].zh} {change.zh}", f"{DIRECTIONS[d].en}, {change.en}"), "n")
        for d in IN_ORDER
        for change in words.CHANGE.values()
    ]
    found = []
    for dimension, rows in shown_groups(period["groups"]).items():
        title = words.DIMENSION[dimension]
        cells: list[Sequence[Content]] = [
            (words.group(dimension, row), *(row[d][change] for d in IN_ORDER for change in words.CHANGE))
            for row in rows
        ]
        named = Column(Text(title.zh.removeprefix("按"), title.en.removeprefix("By ").capitalize()))
        found.append(table(Text(f"{title.zh}(户)", f"{title.en} (households)"), [named, *heads], cells))
    return [heading(Text("分组", "By group")), *found]


def _precision(result: Period) -> Html:
    """What the estimates go by."""
    columns = [
        Column(Text("规则", "Rule")),
        Column(Text("办结件", "Cases"), "n"),
        Column(Text("属实", "Confirmed"), "n"),
        Column(Text("属实比例", "Share"), "n"),
        Column(Text("95% 区间", "95 % interval"), "n"),
    ]
    rows: list[Sequence[Content]] = [
        (
            rule(entry["rule"]),
            entry["cases"],
            entry["confirmed"],
            percent(entry["share"]),
            f"{percent(entry['low'])} – {percent(entry['high'])}" if entry["cases"] else None,
        )
        for entry in result["precision"]
    ]
    title = Text("估计所依据的属实比例(迄今全部办结件)", "The confirmed shares behind the estimates (all cases so far)")
    return join([table(title, columns, rows), paragraph(words.ESTIMATE, "note")])


def _footer(result: Period) -> Html:
    texts: list[Content] = [words.SMALL_GROUPS] if result["is_different"] else []
    said = Text(
        "本页只有合计数字,不含姓名、身份号码和家庭编号。",
        "This page holds counts only: no names, no identity numbers, no household numbers.",
    )
    return tag("footer", join([paragraph(text) for text in (*texts, said)]))
