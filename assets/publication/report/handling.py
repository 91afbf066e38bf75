"""How tickets were handled: in time or late, with which outcome, how often each rule proved right, what was re-checked."""

from __future__ import annotations

from assets.publication.report.context import Report
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
from assets.publication.report.shapes import DARK, LIGHT, bar, interval, legend, scale
from assets.publication.report.words import outcome, result, rule
from policy.parameters import RULES

MATTERS = {
    "clarification": Text("点对点查看", "Clarification"),
    "objection": Text("异议", "Objection"),
    "referral": Text("转办", "Referral"),
    "recheck": Text("抽检", "Re-check"),
}


def handling(report: Report) -> Html:
    """Punctuality, outcomes, precision, matters."""
    return section(
        "handling",
        TITLES["handling"],
        _punctuality(report),
        heading(Text("处置结果", "Outcomes")),
        _outcomes(report),
        heading(Text("各规则的属实比例", "How often each rule proved right")),
        _precision(report),
        heading(Text("异议、转办、点对点查看与抽检", "Objections, referrals, clarifications, re-checks")),
        _matters(report),
    )


def _punctuality(report: Report) -> Html:
    rows: list[list[Content]] = []
    for words, now in ((Text("本期", "This check date"), True), (Text("历次累计", "All so far"), False)):
        in_time, late = (report.closed(in_time=value, now=now) for value in (True, False))
        whole = in_time + late
        share = percent(in_time / whole if whole else None, 0)
        rows.append([words, bar([in_time, late], [DARK, LIGHT], whole), in_time, late, whole, share])
    keys = legend([(DARK, Text("按期", "in time")), (LIGHT, Text("超期", "late"))])
    made = table(
        Text("办结的单据(件)", "Closed tickets"),
        [
            Column(Text("时段", "Period")),
            Column(CHART, "bar"),
            Column(Text("按期", "In time"), "n"),
            Column(Text("超期", "Late"), "n"),
            Column(Text("合计", "All"), "n"),
            Column(Text("按期比例", "Share"), "n"),
        ],
        rows,
    )
    return join([keys, made])


def _outcomes(report: Report) -> Html:
    entries = report.figures.rows("outcomes")
    most = max((row["tickets"] for row in entries), default=0)
    rows: list[list[Content]] = [
        [outcome(row["outcome"]), bar([row["tickets"]], [DARK], most), row["now"], row["tickets"]] for row in entries
    ]
    return table(
        Text("工作人员核实后的结论(件)", "What people concluded after looking"),
        [
            Column(Text("处置结果", "Outcome")),
            Column(CHART, "bar"),
            Column(Text("本期", "This date"), "n"),
            Column(Text("累计", "All so far"), "n"),
        ],
        rows,
    )


def _precision(report: Report) -> Html:
    found = {row["rule"]: row for row in report.figures.rows("precision")}
    rows: list[list[Content]] = []
    for code in RULES:
        row = found.get(code)
        if row is None or not row["settled"]:
            continue
        share, low, high = row["precision"], row["precision_low"], row["precision_high"]
        rows.append(
            [
                rule(code),
                interval(share, low, high, None, 1.0),
                percent(share, 0),
                f"{percent(low, 0)}–{percent(high, 0)}",
                row["confirmed"],
                row["settled"],
            ]
        )
    note = Text(
        "属实比例 = 核实后确有变化或需要 ÷ 已核实;横线为 95% 区间(Wilson),件数少则区间宽,不宜据此排名。"
        "属实比例低说明规则需要改进,与家庭无关。",
        "Share confirmed = something had changed or help was needed ÷ looked at. The line is the 95 % interval (Wilson): wide "
        "where cases are few, so it makes no ranking. A low share means that the rule needs work; it says nothing about families.",
    )
    made = table(
        Text("已核实疑点的属实比例", "Confirmed among findings people looked at"),
        [
            Column(Text("规则", "Rule")),
            Column(scale(1.0), "bar"),
            Column(Text("属实比例", "Confirmed"), "n"),
            Column(Text("95% 区间", "95 % interval"), "n"),
            Column(Text("属实", "Cases confirmed"), "n"),
            Column(Text("已核实", "Looked at"), "n"),
        ],
        rows,
    )
    return join([paragraph(note, "note"), made])


def _matters(report: Report) -> Html:
    """One line a kind: how many there ever were, how many wait, how the others were answered."""
    entries = report.figures.rows("matters")
    rows: list[list[Content]] = []
    for kind, words in MATTERS.items():
        mine = {row["result"] or "": row["items"] for row in entries if row["kind"] == kind}
        answers = (join([result(code), f" {number:,}"]) for code, number in mine.items() if code)
        if mine:
            rows.append([words, sum(mine.values()), mine.get("", 0), join(answers, " · ")])
    return table(
        Text("历次累计(项)", "All so far"),
        [
            Column(Text("事项", "Matter")),
            Column(Text("总数", "All"), "n"),
            Column(Text("待办", "Waiting"), "n"),
            Column(Text("答复", "Answers")),
        ],
        rows,
    )
