"""The report of a publication: the page's figures from its own database, its quality from the checks before it appears."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assets.publication.publish import PublishedFile
from assets.publication.report.context import Judgement, Report
from assets.publication.report.figures import read_figures
from assets.publication.report.markup import Text
from assets.publication.report.page import write_report
from assets.publication.returned import refused_files
from assets.reconciliation import Reconciliation
from checks.expectations import Outcome
from checks.frames import frames_of
from checks.quick import judge_quickly
from checks.result_page import TABLE_ZH
from data_contracts.publications import published

if TYPE_CHECKING:
    from pipelines.stages import Stages

PAGE: Final = "report/index.html"
ADDS_UP: Final = Text("数量勾稽", "Counts add up")


def report_file(run: Stages, database: Path, aside: Path) -> PublishedFile:
    """Write the page into the publication that is being made. `database`: the finished database of that publication."""
    figures = read_figures(database, run.as_of)
    counties = figures["counties"]["county_code"].to_list()
    judged = [
        *reconciled(run.checks),
        *expected(judge_quickly(frames_of(run.ticketing.objects, run.folder))),
    ]
    refused = [(row["file"], row["reason_zh"], row["permitted"]) for _, row in refused_files(run.stock, run.previous)]
    report = Report(figures, run.fresh, {code: run.book.label(code) for code in counties}, judged, refused)
    sections = write_report(report, aside / PAGE)
    return PublishedFile(PAGE, sections, "report_page", published("report_page").version)


def reconciled(checks: Iterable[Reconciliation]) -> list[Judgement]:
    """The blocking counts: had one failed, there would be no publication."""
    return [
        Judgement(ADDS_UP, Text(one.zh, one.en), one.passed, is_bound=False, problems=one.problems, counted=one.counted)
        for one in checks
    ]


def expected(outcomes: Iterable[Outcome]) -> list[Judgement]:
    """The business expectations."""
    return [
        Judgement(
            Text(*TABLE_ZH[one.expectation.table]),
            Text(one.expectation.zh, one.expectation.en),
            one.passed,
            is_bound=one.expectation.level == "warn",
            problems=one.problems,
            counted=one.counted,
        )
        for one in outcomes
    ]
