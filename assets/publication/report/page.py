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
from assets.publication.report.markup import Html, Text, html, join, paragraph, tag
from assets.publication.report.opening import head, overview
from assets.publication.report.shapes import patterns
from assets.publication.report.style import STYLE
from assets.publication.report.words import NOTHING_DECIDED

NOTHING_FROM_OUTSIDE: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""The browser itself refuses whatever the page would fetch or run."""
PARTS: Final = (overview, arrivals, coverage, findings, deadlines, handling, fairness, quality, policy)


def page(report: Report) -> str:
    """The page as HTML; the same figures give the same text."""
    parts = join([head(report), *(part(report) for part in PARTS), _footer()])
    # The switch has to be a sibling of what it switches, and inside the main part, where screen readers look for things.
    body = tag("main", join([_switch(), tag("div", parts, class_="page")]))
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{NOTHING_FROM_OUTSIDE}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>核对情况报告 {report.as_of} Shouwang check report</title>\n<style>{STYLE}</style></head>\n"
        f"<body>{patterns()}{body}</body></html>\n"
    )


def _switch() -> Html:
    """The language switch: two radio buttons, for the arrow keys too. No script."""
    return Html(
        '<input class="choice" type="radio" name="language" id="chinese" checked>'
        '<input class="choice" type="radio" name="language" id="english">'
        f'<div class="top"><div><p>{html(Text("守望 · 预警核对", "Shouwang 守望"))}</p>'
        '<span><label for="chinese">中文</label><label for="english" lang="en">English</label></span></div></div>\n'
    )


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
