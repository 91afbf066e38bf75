"""The op behind all assets of a check date: one call of run_check, its words in the log, its results as events.

Why one op for many assets. A check date is all or nothing: its lake partition gets its name only with the publication,
and a blocking check must stop everything after it. So one `multi_asset` runs the very function the command line runs
(same lock, same order, same bytes), in whatever process the executor chose, and each stage keeps an asset of its own
for lineage, counts and checks. An asset is reported as made only once it lies on the disk under its name: a check that
stops makes nothing, and Dagster shows it so. Nothing travels through an I/O manager, so no row is ever pickled under
DAGSTER_HOME.

Whatever is selected, the whole date is made, and every asset is reported. `can_subset` is nevertheless true: Dagster
1.13.27 refuses every back-fill of a multi-asset that cannot be subset and has an asset with two inputs in it (it
compares the targeted partitions with `!=`, which counts a cached number that `==` leaves out), and its back-fill dialog
takes no config for one that has checks (dagster issue 32043).
"""

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    BackfillPolicy,
    Config,
    ConfigurableResource,
    DataVersion,
    Failure,
    MaterializeResult,
    RetryRequested,
    multi_asset,
)
from pydantic import Field

from assets.errors import ShouwangError
from assets.home import Home
from data_contracts import feed_contracts
from pipelines import unexpected
from pipelines.check import STAGE_ZH, STAGES, CheckRun, run_check
from pipelines.lock import beijing_now, require_not_ahead
from pipelines.orchestration.backfill import BACKFILL, require_no_hole
from pipelines.orchestration.catalogue import (
    CHECK_DATES,
    PUBLISHED,
    RECONCILED,
    check_date_specs,
    check_specs,
    feed_key,
)
from pipelines.orchestration.landing import wait_until_calm
from pipelines.orchestration.report import delivery_rows, feed_trouble, from_run, on_disk, table
from policy.errors import PolicyError

POOL = "home_folder"
"""One check at a time in a home folder, also where somebody lets more runs go beside each other (dagster.yaml)."""
LOCK_RETRIES = 10
LOCK_SECONDS = 60


class HomeResource(ConfigurableResource["HomeResource"]):
    """Where the data lie and what computes them."""

    root: str = Field(description="数据目录, 默认取 SHOUWANG_HOME 或 ./data / home folder")
    engine: str = Field(default="duckdb", description="计算引擎 / engine: duckdb | polars | spark")
    settle_seconds: int = Field(
        default=60, description="文件静止多少秒后才算传完 / seconds without change until a file counts as complete"
    )

    @classmethod
    def from_environment(cls) -> Self:
        """SHOUWANG_HOME (default ./data), SHOUWANG_ENGINE, SHOUWANG_SETTLE_SECONDS."""
        root = Path(os.environ.get("SHOUWANG_HOME") or "data").expanduser().absolute()
        engine = os.environ.get("SHOUWANG_ENGINE") or "duckdb"
        return cls(root=str(root), engine=engine, settle_seconds=int(os.environ.get("SHOUWANG_SETTLE_SECONDS") or 60))

    @property
    def home(self) -> Home:
        return Home(Path(self.root))


class CheckConfig(Config):
    """The same switches as on the command line."""

    replay: bool = Field(default=False, description="重做较早日期及其后各期 / redo an older date and all later ones")
    without_rejected: bool = Field(
        default=False,
        description="整批退回且无替代的文件不阻止核对 / go on where a rejected file leaves nothing in force",
    )
    full: bool = Field(
        default=False, description="全部重算 / compute everything, take nothing over from the last check"
    )


class StageLog:
    """The progress of a check as lines in the run's log."""

    def __init__(self, context: AssetExecutionContext) -> None:
        self._log, self._since, self._stage = context.log, time.monotonic(), ""
        self.seconds: dict[str, float] = {}

    def step(self, stage: str) -> None:
        """A stage begins; the one before it has ended."""
        self.close()
        self._stage, self._since = stage, time.monotonic()
        self._log.info(f"[{STAGES.index(stage) + 1}/{len(STAGES)}] {STAGE_ZH[stage]} / {stage}")

    def close(self) -> None:
        if self._stage:
            self.seconds[self._stage] = round(time.monotonic() - self._since, 2)
            self._log.info(f"    {STAGE_ZH[self._stage]} {self.seconds[self._stage]:.1f} s")
        self._stage = ""


@multi_asset(
    name="check_date",
    specs=check_date_specs(),
    check_specs=check_specs(),
    partitions_def=CHECK_DATES,
    can_subset=True,
    pool=POOL,
    # Ticket state passes from one check date to the next: one run a date, in order (dagster.yaml runs one at a time).
    backfill_policy=BackfillPolicy.multi_run(max_partitions_per_run=1),
    description="核对一个日期并发布 / Check one date and publish",
)
def check_date(
    context: AssetExecutionContext, config: CheckConfig, home: HomeResource
) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    """Everything one check date makes, or nothing."""
    as_of = dt.date.fromisoformat(context.partition_key)
    require_no_hole(context.instance, home.home, context.run.tags.get(BACKFILL), as_of)
    log, published = StageLog(context), list[dt.date]()
    run, failure = _run(context, config, home, as_of, log, published.extend)
    made, answers, failure = _to_tell(run, log, failure)
    for day in sorted({*published} - ({as_of} if made else set())):  # of a replay, or completed after a crash
        _report(context, home.home, day, at_once=failure is not None)
    for one in made:
        if one.asset_key in context.selected_asset_keys:
            yield one
        elif one.asset_key is not None:  # made all the same: say so
            context.log_event(AssetMaterialization(one.asset_key, partition=str(as_of), metadata=one.metadata))
    for answer in answers:
        if check_key(answer) in context.selected_asset_check_keys:
            yield answer
    if run is None or failure is not None:
        raise as_failure(failure or Exception(), home.home, published)
    context.log.info(f"已发布 {run.published} / published{'' if run.is_changed else ', 内容与上次相同 / unchanged'}")


def _run(
    context: AssetExecutionContext,
    config: CheckConfig,
    home: HomeResource,
    as_of: dt.date,
    log: StageLog,
    published: Callable[[list[dt.date]], None],
) -> tuple[CheckRun | None, Exception | None]:
    """The finished run, or what stopped it. Errors are returned, so that none drags another's text along."""
    try:
        require_not_ahead(as_of, beijing_now())
        wait_until_calm(home.home.landing, home.settle_seconds, say=context.log.info)
        run = run_check(
            home.home,
            as_of,
            engine=home.engine,
            replay=config.replay,
            without_rejected=config.without_rejected,
            full=config.full,
            progress=log.step,
            say=context.log.warning,
            published=published,
        )
    except Exception as error:
        locked = isinstance(error, ShouwangError) and error.code == "locked"
        if not locked or context.retry_number >= LOCK_RETRIES:
            return None, error
        context.log.warning(f"{error.zh} / {error.en}" if isinstance(error, ShouwangError) else "")
    else:
        return run, None
    raise RetryRequested(max_retries=LOCK_RETRIES, seconds_to_wait=LOCK_SECONDS)


def _to_tell(
    run: CheckRun | None, log: StageLog, failure: Exception | None
) -> tuple[list[MaterializeResult[None]], list[AssetCheckResult], Exception | None]:
    """What Dagster hears of the run: everything made and every check, or the checks that are known when it stopped."""
    if run is None:
        return [], list(stopped_checks(failure)), failure
    log.close()
    try:
        return list(_materialised(run, log)), list(_answers(run)), None
    except Exception as error:  # published all the same
        return [], [], error


def _materialised(run: CheckRun, log: StageLog) -> Iterator[MaterializeResult[None]]:
    """One result an asset, in the order of the specs."""
    told, more = on_disk(run.home, run.as_of), from_run(run)
    digest = run.manifest()["digest"]
    published = {one.key for one in PUBLISHED}
    for spec in check_date_specs():
        seconds = log.seconds.get(spec.group_name or "")
        metadata = {**told[spec.key], **more.get(spec.key, {})}
        if seconds is not None:
            metadata["阶段用时 stage seconds"] = seconds
        version = DataVersion(digest) if spec.key in published else None
        yield MaterializeResult(asset_key=spec.key, metadata=metadata, data_version=version)


def _answers(run: CheckRun) -> Iterator[AssetCheckResult]:
    """Every check before publication with its counts."""
    for feed in feed_contracts():
        trouble = feed_trouble(run, feed)
        yield AssetCheckResult(
            asset_key=feed_key(feed),
            check_name="contract",
            passed=trouble is None,
            severity=AssetCheckSeverity.WARN,
            description=trouble or "文件符合合同 / as the contract says",
            metadata={"文件 files": table(delivery_rows(run, feed))},
        )
    for check in run.checks:
        if check.name not in RECONCILED:  # published already: an unlisted check must not turn that into a failure
            continue
        yield AssetCheckResult(
            asset_key=RECONCILED[check.name][0],
            check_name=check.name,
            passed=check.passed,
            description=f"{check.zh} / {check.en}",
            metadata={"不符 problems": check.problems, "共 counted": check.counted},
        )


def check_key(result: AssetCheckResult) -> AssetCheckKey:
    """Which check a result answers."""
    assert result.asset_key is not None and result.check_name is not None
    return AssetCheckKey(AssetKey.from_coercible(result.asset_key), result.check_name)


def _report(context: AssetExecutionContext, home: Home, day: dt.date, *, at_once: bool) -> None:
    """A replay makes later check dates again, a crash earlier ones: tell Dagster, under their own dates.

    `at_once`: the run is about to fail, and what it has logged and not yet handed on would be lost with it.
    """
    for key, metadata in on_disk(home, day).items():
        event = AssetMaterialization(key, partition=day.isoformat(), metadata=metadata)
        if at_once:
            context.instance.report_runless_asset_event(event)
        else:
            context.log_event(event)


def stopped_checks(error: Exception | None) -> Iterator[AssetCheckResult]:
    """The checks that are known when a check stops: those before the failed one, and the failed one with its words."""
    if not isinstance(error, ShouwangError):
        return
    words = f"{error.zh}\n{error.en}"
    for feed in feed_contracts():
        if error.code in CONTRACT_CODES and (f"{feed}/" in words or f"({feed})" in words):
            yield _failed(feed_key(feed), "contract", words)
    if error.code in RECONCILED:
        for name, (key, description) in RECONCILED.items():
            if name == error.code:
                yield _failed(key, name, words)
                return
            yield AssetCheckResult(asset_key=key, check_name=name, passed=True, description=description)


# Where our words name a switch of the command line: how the same is said in Dagster's launchpad.
IN_DAGSTER = {
    "older_date": ("Dagster: config ops.check_date.config.replay = true",),
    "delivery_rejected": ("Dagster: config ops.check_date.config.without_rejected = true",),
}
CONTRACT_CODES = ("delivery_rejected", "delivery_gone", "roster_missing", "members_missing")


def _failed(key: AssetKey, name: str, words: str) -> AssetCheckResult:
    return AssetCheckResult(asset_key=key, check_name=name, passed=False, description=words)


def as_failure(error: Exception, home: Home, published: Sequence[dt.date] = ()) -> Failure:
    """What people read in the run: the words of our own errors; of any other error its kind and place, not its text.

    `published`: the check dates that the run had published all the same.
    """
    if isinstance(error, ShouwangError):
        done = unexpected.what_was_published(published) if published else ()
        text = "\n".join([f"[{error.code}] {error.zh}", error.en, *done, *IN_DAGSTER.get(error.code, ())])
        return Failure(text, metadata={"code": error.code}, allow_retries=False)
    if isinstance(error, PolicyError):
        text = f"政策文件有误, 未发布任何内容 / policy files need correction, nothing was published:\n{error}"
        return Failure(text, metadata={"code": "policy"}, allow_retries=False)
    where = "\n".join(unexpected.places(error))
    text = "\n".join(unexpected.words(error, home, published))
    return Failure(text, metadata={"code": "unexpected", "位置 places": where}, allow_retries=False)
