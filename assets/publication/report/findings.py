"""Findings by rule: today, over the check dates, and rules that opened no tickets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from assets.publication.report.context import HITS, Report
from assets.publication.report.figures import NEWEST_DATES
from assets.publication.report.markup import (
    CHART,
    Column,
    Content,
    Html,
    Text,
    heading,
    join,
    paragraph,
    percent,
    section,
    table,
)
from assets.publication.report.opening import TITLES
from assets.publication.report.shapes import DARK, LIGHT, bar, legend, panel, panels
from assets.publication.report.words import DIRECTIONS, mode, rule
from policy.parameters import RULES
from rules.findings import BY_CODE


def findings(report: Report) -> Html:
    """Today by rule, trend, modes."""
    return section(
        "findings",
        TITLES["findings"],
        paragraph(
            Text(
                "疑点是比对线索,待核实。一户可因多条规则各有一项疑点。",
                "A finding is a signal to be verified. A household may have findings of several rules.",
            )
        ),
        paragraph(_where(report)),
        _today(report),
        heading(Text("帮扶需求与经济状况变化", "Need for help, and changed means")),
        _both_sides(report),
        heading(Text("历次核对的变化", "Over the check dates")),
        _trend(report),
        heading(Text("未出单据的规则", "Rules that opened no tickets")),
        _modes(report),
    )


def _where(report: Report) -> Text:
    """What of the findings waits for somebody, and what does not."""
    count = report.figures.one("on_tickets")
    rest = count["found"] - count["waiting"]
    return Text(
        f"现有疑点 {count['found']:,} 项(一户一条规则为一项),其中 {count['waiting']:,} 项在在办单据上;其余 {rest:,} 项不在在办单据上:"
        "已核实办结而数据尚未变化,或所属规则处于影子运行、暂停。",
        f"{count['found']:,} findings (one household, one rule): {count['waiting']:,} on open tickets; the other {rest:,} are "
        "not: verified and closed while the data stay as they are, or their rule is in shadow or held.",
    )


def _today(report: Report) -> Html:
    counts = {code: report.results(code) for code in RULES}
    most = max((sum(n for (result, _), n in found.items() if result in HITS) for found in counts.values()), default=0)
    rows: list[list[Content]] = []
    for code in sorted(RULES, key=lambda c: (BY_CODE[c].direction != "verify", -counts[c].get(("hit", None), 0))):
        hit, suppressed = (counts[code].get((name, None), 0) for name in HITS)
        checked = hit + suppressed + counts[code].get(("no_hit", None), 0)
        rows.append(
            [
                rule(code),
                DIRECTIONS[BY_CODE[code].direction],
                bar([hit, suppressed], [DARK, LIGHT], most),
                hit,
                suppressed,
                checked,
                percent((hit + suppressed) / checked if checked else None),
            ]
        )
    keys = legend(
        [
            (DARK, Text("有疑点", "found")),
            (LIGHT, Text("已核实,期内不重复提示", "settled not long ago, not repeated")),
        ]
    )
    made = table(
        Text("各规则的疑点(户)", "Findings by rule, households"),
        [
            Column(Text("规则", "Rule")),
            Column(Text("方向", "Direction")),
            Column(CHART, "bar"),
            Column(Text("疑点", "Found"), "n"),
            Column(Text("已核实", "Settled"), "n"),
            Column(Text("已核对", "Checked"), "n"),
            Column(Text("占比(含已核实)", "Share, settled too"), "n"),
        ],
        rows,
    )
    return join([keys, made])


def _both_sides(report: Report) -> Html:
    """Who may need more, beside whose means may have changed: the check looks for both."""
    rows: list[list[Content]] = [
        [report.county(row["county_code"]), row["households"], row["need"], row["means"], row["both"]]
        for row in report.figures.rows("both_sides")
    ]
    return table(
        Text("线索(户),以入户核实为准", "Signals, households; what a visit finds decides"),
        [
            Column(Text("县", "County")),
            Column(Text("在册", "Listed"), "n"),
            Column(Text("需要帮扶、未纳入低保或特困", "May need help, without dibao or tekun"), "n"),
            Column(Text("收入或财产高于申报、标准", "Means above declaration or standard"), "n"),
            Column(Text("两者都有", "Both"), "n"),
        ],
        rows,
    )


def _trend(report: Report) -> Html:
    days = report.dates[-NEWEST_DATES:]
    if len(days) < 2:
        return paragraph(
            Text("这是首次核对,尚无变化可比。", "This is the first check date: nothing to compare with yet."), "empty"
        )
    by_rule = {code: _series(report, code, days) for code in RULES}
    drawn = [
        panel(
            f"trend-{at}",
            rule(code),
            numbers,
            Text(
                f"{_shown(numbers[0])} → {_shown(numbers[-1])} 户",
                f"{_shown(numbers[0])} → {_shown(numbers[-1])} households",
            ),
            _in_words(days, numbers),
        )
        for at, (code, numbers) in enumerate(by_rule.items())
    ]
    note = Text(
        f"{days[0]} 至 {days[-1]},各图从 0 起、以本规则最大值为顶;橙点为本期。",
        f"{days[0]} to {days[-1]}; each drawing from 0 to the rule's own largest number; the orange dot is this check date.",
    )
    made = table(
        Text("各期有疑点的家庭(户;– 为未核对)", "Households with a finding, by check date (– not checked)"),
        [Column(Text("规则", "Rule")), *(Column(day, "n") for day in days)],
        [[rule(code), *numbers] for code, numbers in by_rule.items()],
    )
    return join([paragraph(note, "note"), panels(drawn), made])


def _series(report: Report, code: str, days: list[dt.date]) -> list[int | None]:
    """Households with a finding on each date; None where the rule was checked for nobody."""
    rows: dict[Any, tuple[int, int]] = {
        day: (hit, checked)
        for day, _, hit, checked in report.figures["trend"].filter(pl.col("rule") == code).iter_rows()
    }
    found = [rows.get(day, (0, 0)) for day in days]
    return [hit if checked else None for hit, checked in found]


def _shown(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _in_words(days: list[dt.date], numbers: list[int | None]) -> Text:
    pairs = list(zip(days, numbers, strict=True))
    return Text(
        ";".join(f"{day} {_shown(number)} 户" for day, number in pairs),
        "; ".join(f"{day} {_shown(number)} households" for day, number in pairs),
    )


def _modes(report: Report) -> Html:
    rows: list[list[Content]] = [
        [
            rule(row["rule"]),
            report.county(row["county_code"]),
            mode(row["mode"]),
            Text(row["reason_zh"], row["reason_en"]),
        ]
        for row in report.figures.rows("modes")
    ]
    if not rows:
        return paragraph(
            Text("各规则均正常出单。", "Every rule opened tickets as usual: none is in shadow, none is held."), "empty"
        )
    return table(
        Text("影子运行、暂停或经签认的规则", "Rules in shadow, held, or signed off"),
        [
            Column(Text("规则", "Rule")),
            Column(Text("县", "County")),
            Column(Text("状态", "State")),
            Column(Text("依据", "Why")),
        ],
        rows,
    )
