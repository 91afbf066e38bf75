"""The whole page: sections in their order inside one self-contained file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from assets.publication.report.arrivals import arrivals
from assets.publication.report.assurance import policy, quality
from assets.publication.report.context import Report
from assets.publication.report.coverage import coverage
from assets.publication.report.deadlines import deadlines
from assets.publication.report.fairness import fairness
from assets.publication.report.findings import findings
from assets.publication.report.handling import handling
from assets.publication.report.markup import Html, Text, join, paragraph, tag
from assets.publication.report.opening import head, overview
from assets.publication.report.shapes import patterns
from assets.publication.report.shell import whole_page
from assets.publication.report.words import NOTHING_DECIDED

PARTS: Final = (overview, arrivals, coverage, findings, deadlines, handling, fairness, quality, policy)


def page(report: Report) -> str:
    """The page as HTML; the same figures give the same text."""
    parts = join([head(report), *(part(report) for part in PARTS), _footer()])
    title = f"核对情况报告 {report.as_of} Shouwang check report"
    return whole_page(title, Text("守望 · 预警核对", "Shouwang 守望"), parts, patterns())


def _footer() -> Html:
    said = Text(
        "本页只有合计数字,不含姓名、身份号码和家庭编号。数字均取自同一次发布的分析库 civil_affairs.duckdb,可用 SQL 核对。",
        "This page holds totals only: no names, no identity numbers, no household numbers. Every figure comes from the "
        "analysts' database civil_affairs.duckdb of the same publication and can be checked there.",
    )
    return tag("footer", join([paragraph(said), paragraph(NOTHING_DECIDED)]))


def write_report(report: Report, path: Path) -> int:
    """Write the page; returns the number of sections."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(report), encoding="utf-8", newline="\n")
    return len(PARTS)
