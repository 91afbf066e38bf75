"""Who was checked, who could not be, and why: "not checked" is not "nothing found"."""

from __future__ import annotations

from typing import Final

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
    tag,
)
from assets.publication.report.opening import TITLES
from assets.publication.report.shapes import DARK, HATCHES, LIGHT, bar, legend
from assets.publication.report.words import REASONS, gap, programme, rule
from policy.parameters import RULES

NOT_NOTHING: Final = Text(
    "“未核对”不等于“没有疑点”:下列家庭和规则因资料、授权或数据不全而未核对,不能据此认为没有变化。",
    "“Not checked” is not “nothing found”: where papers, consent or data were incomplete nothing may be concluded.",
)
REASON_FILLS: Final = dict(zip(REASONS, HATCHES, strict=True))


def coverage(report: Report) -> Html:
    """Households by programme, what is missing of those not admitted, results by rule."""
    return section(
        "coverage",
        TITLES["coverage"],
        tag("p", NOT_NOTHING, class_="law"),
        _programmes(report),
        heading(Text("不符合静默核对条件的原因", "Why households are not admitted")),
        _gaps(report),
        heading(Text("各规则核对了多少家庭", "How many households each rule was checked for")),
        _rules(report),
    )


def _programmes(report: Report) -> Html:
    most = report.most("programmes", "households")
    rows: list[list[Content]] = [
        [
            programme(row["programme"]),
            bar([row["admitted"], row["households"] - row["admitted"]], [DARK, "hatch-a"], most),
            row["households"],
            row["admitted"],
            row["households"] - row["admitted"],
            percent(row["admitted"] / row["households"], 0),
        ]
        for row in report.figures.rows("programmes")
    ]
    admitted, households = report.admitted, report.households
    share = percent(admitted / households if households else None, 0)
    keys = legend(
        [
            (DARK, Text("符合静默核对条件", "admitted to the silent check")),
            ("hatch-a", Text("不符合(资料或授权不全)", "not admitted: papers or consent incomplete")),
        ]
    )
    made = table(
        Text("在册家庭与静默核对条件(与救助资格无关)", "Households and admission; it says nothing about eligibility"),
        [
            Column(Text("救助类别", "Programme")),
            Column(CHART, "bar"),
            Column(Text("家庭", "Households"), "n"),
            Column(Text("符合", "Admitted"), "n"),
            Column(Text("不符合", "Not admitted"), "n"),
            Column(Text("符合比例", "Share"), "n"),
        ],
        rows,
        [Text("合计", "All"), "", households, admitted, households - admitted, share],
    )
    return join([keys, made])


def _gaps(report: Report) -> Html:
    most = report.most("gaps", "households")
    rows: list[list[Content]] = [
        [gap(row["gap"]), bar([row["households"]], [LIGHT], most), row["households"]]
        for row in report.figures.rows("gaps")
    ]
    note = Text(
        "一户可能有多项;名单在 readiness 文件夹,按乡镇补齐。",
        "A household may have several; lists by township are in readiness.",
    )
    made = table(
        Text("所缺资料", "What is missing"),
        [Column(Text("所缺", "Gap")), Column(CHART, "bar"), Column(Text("家庭", "Households"), "n")],
        rows,
    )
    return join([made, paragraph(note, "note")])


def _rules(report: Report) -> Html:
    used = [reason for reason in REASONS if any(report.results(code).get(("not_checked", reason)) for code in RULES)]
    rows: list[list[Content]] = []
    for code in RULES:
        counts = report.results(code)
        checked = sum(n for (result, _), n in counts.items() if result != "not_checked")
        missed = [counts.get(("not_checked", reason), 0) for reason in used]
        drawn = bar([checked, *missed], [DARK, *(REASON_FILLS[reason] for reason in used)], checked + sum(missed))
        rows.append([rule(code), drawn, checked, sum(missed), *missed])
    keys = legend([(DARK, Text("已核对", "checked")), *((REASON_FILLS[reason], REASONS[reason]) for reason in used)])
    made = table(
        Text("各规则已核对和未核对的家庭", "Households checked and not checked, by rule"),
        [
            Column(Text("规则", "Rule")),
            Column(CHART, "bar"),
            Column(Text("已核对", "Checked"), "n"),
            Column(Text("未核对", "Not checked"), "n"),
            *(Column(REASONS[reason], "n") for reason in used),
        ],
        rows,
    )
    return join([keys, made])
