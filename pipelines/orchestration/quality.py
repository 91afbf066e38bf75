"""Checks after publication: the business expectations, in a step of its own, with a page for people.

They read what was published, so they can be asked again for any date that is still there, and they import
great-expectations only when they run (it takes seconds).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    Failure,
    MetadataValue,
    multi_asset_check,
)

from assets.home import Home, whole_file
from assets.publication.publish import read_manifest
from checks.expectations import Level, Outcome, run_suite
from checks.frames import published_frames
from checks.result_page import result_page
from pipelines.orchestration.catalogue import WARNINGS
from pipelines.orchestration.check import HomeResource, as_failure
from pipelines.orchestration.report import table

CHECKS: dict[str, tuple[Level, str]] = {
    "business_expectations": ("error", "发布内容符合承诺 / What was published keeps its promises"),
    "usual_bounds": ("warn", "各县比例在通常范围内 / Shares per county are within their usual bounds"),
}


def quality_page(home: Home, as_of: dt.date) -> Path:
    """Where the result page of a check date lies."""
    return home.lake / "quality" / as_of.isoformat() / "index.html"


def judge(home: Home, as_of: dt.date) -> list[Outcome]:
    """Run the expectations on one publication and write their page."""
    outcomes = run_suite(published_frames(home.publication(as_of), home.check(as_of)))
    page = result_page(outcomes, as_of, read_manifest(home.publication(as_of))["batch"])
    with whole_file(quality_page(home, as_of)) as aside:
        aside.write_text(page, encoding="utf-8")
    return outcomes


@multi_asset_check(
    name="published_expectations",
    # Blocking: a failed promise fails the run, so that whoever is told about failed runs learns of it.
    specs=[
        AssetCheckSpec(name, asset=WARNINGS, blocking=level == "error", description=words)
        for name, (level, words) in CHECKS.items()
    ],
    can_subset=True,  # so that people can ask for it again in the UI without a new check
    description="对已发布内容的业务核验 / Business expectations on what was published",
)
def published_expectations(context: AssetCheckExecutionContext, home: HomeResource) -> Iterator[AssetCheckResult]:
    """The run's check date, or the newest published one when asked for without a date."""
    stopped: Exception | None = None
    outcomes: list[Outcome] = []
    as_of = _date(context, home.home)
    try:
        outcomes = judge(home.home, as_of)
    except Exception as error:
        stopped = error
    if stopped is not None:
        raise as_failure(stopped, home.home, [as_of])
    for name in CHECKS:
        if AssetCheckKey(WARNINGS, name) in context.selected_asset_check_keys:
            yield _result(name, outcomes, quality_page(home.home, as_of))


def _date(context: AssetCheckExecutionContext, home: Home) -> dt.date:
    if context.has_partition_key:
        return dt.date.fromisoformat(context.partition_key)
    published = home.published_dates()
    if not published:
        raise Failure("尚无已发布的核对日期。\nNo check date is published yet.", allow_retries=False)
    return published[-1]


def _result(name: str, outcomes: Sequence[Outcome], page: Path) -> AssetCheckResult:
    level, words = CHECKS[name]
    mine = [o for o in outcomes if o.expectation.level == level]
    failed = [o for o in mine if not o.passed]
    listed = "\n".join(f"{o.expectation.zh} / {o.expectation.en}" for o in failed)
    rows = [
        {
            "name": o.expectation.name,
            "要求": o.expectation.zh,
            "result": "✓" if o.passed else "✗",
            "problems": "" if o.problems is None else o.problems,
            "counted": o.counted,
        }
        for o in mine
    ]
    return AssetCheckResult(
        asset_key=WARNINGS,
        check_name=name,
        passed=not failed,
        severity=AssetCheckSeverity.ERROR if level == "error" else AssetCheckSeverity.WARN,
        description=listed or words,
        metadata={"结果页 page": MetadataValue.path(page), "各项 expectations": table(rows)},
    )
