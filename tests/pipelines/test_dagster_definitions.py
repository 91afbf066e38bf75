"""What Dagster loads: it is whole, in words people read, and starts nothing by itself."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from dagster import (
    AssetsDefinition,
    DagsterInstance,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    JobDefinition,
    ScheduleDefinition,
    build_schedule_context,
    define_asset_job,
    execute_job,
    in_process_executor,
    multiprocess_executor,
)
from dagster._core.definitions.reconstruct import ReconstructableJob
from dagster._utils.schedules import schedule_execution_time_iterator

from assets.errors import WrongUseError
from assets.home import Home
from pipelines.definitions import definitions
from pipelines.orchestration.catalogue import CHECK_DATES, MADE, check_date_specs, check_specs, external_specs
from pipelines.orchestration.check import POOL, HomeResource
from pipelines.orchestration.jobs import daily_ticket_refresh, executor, monthly_silent_check
from sample.generate import generate

ROOT = Path(__file__).resolve().parents[2]


def dagster(*arguments: str, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Dagster's own command line."""
    command = [str(Path(sys.executable).with_name("dagster")), *arguments]
    environment = {**os.environ, **settings}
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_dagster_loads_the_workspace(tmp_path: Path) -> None:
    settings = {"DAGSTER_HOME": str(tmp_path), "SHOUWANG_HOME": str(tmp_path / "home")}
    (tmp_path / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text("utf-8"), encoding="utf-8")
    done = dagster("definitions", "validate", "-w", str(ROOT / "workspace.yaml"), settings=settings)
    assert done.returncode == 0, done.stderr[-2000:]
    assert not (tmp_path / "home").exists(), "loading writes nothing"


def test_every_asset_has_words_owner_kinds_and_a_stage() -> None:
    specs = [*external_specs(), *check_date_specs()]
    for spec in specs:
        assert spec.description and any("\u4e00" <= c <= "\u9fff" for c in spec.description), spec.key
        assert any(c.isascii() and c.isalpha() for c in spec.description), spec.key
        assert spec.owners and spec.kinds and spec.group_name, spec.key
    stages = ["deliveries", "registers", "facts", "findings", "tickets", "published"]
    assert list(dict.fromkeys(s.group_name for s in check_date_specs())) == stages


def test_assets_only_depend_on_what_comes_before_them() -> None:
    known = {spec.key for spec in external_specs()}
    for spec in check_date_specs():
        assert {dep.asset_key for dep in spec.deps} <= known, spec.key
        known.add(spec.key)
    used = {dep.asset_key for spec in check_date_specs() for dep in spec.deps}
    ends = {one.name for one in MADE if one.key not in used}
    assert ends == {"report"}, "everything leads to a publication"


def test_every_check_before_publication_blocks() -> None:
    assert all(spec.blocking for spec in check_specs())


def test_partitions_are_the_days_in_china_up_to_today() -> None:
    evening = dt.datetime(2026, 11, 20, 18, 30, tzinfo=dt.UTC)  # already the 21st in China
    keys = CHECK_DATES.get_partition_keys(current_time=evening)
    assert (keys[0], keys[-1]) == ("2024-01-01", "2026-11-21")


@pytest.mark.parametrize(
    ("schedule", "planned", "partition"),
    [
        (monthly_silent_check, dt.datetime(2026, 11, 20, 2, 0), "2026-11-20"),
        (daily_ticket_refresh, dt.datetime(2026, 11, 21, 6, 0), "2026-11-21"),
    ],
)
def test_a_schedule_asks_for_its_own_day_in_china(
    schedule: ScheduleDefinition, planned: dt.datetime, partition: str
) -> None:
    at = planned.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    name = schedule.name
    resolved = definitions.get_repository_def().get_schedule_def(name)
    with DagsterInstance.ephemeral() as instance:
        context = build_schedule_context(
            instance, scheduled_execution_time=at.astimezone(dt.UTC), repository_def=definitions.get_repository_def()
        )
        (request,) = resolved.evaluate_tick(context).run_requests or []
    assert request.partition_key == partition


def test_schedules_tick_when_they_say() -> None:
    since = dt.datetime(2026, 11, 1, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()

    def ticks(schedule: ScheduleDefinition) -> list[str]:
        assert schedule.execution_timezone == "Asia/Shanghai"
        found = schedule_execution_time_iterator(since, schedule.cron_schedule, schedule.execution_timezone)
        return [next(found).isoformat() for _ in range(2)]

    assert ticks(monthly_silent_check) == ["2026-11-20T02:00:00+08:00", "2026-12-20T02:00:00+08:00"]
    assert ticks(daily_ticket_refresh) == ["2026-11-01T06:00:00+08:00", "2026-11-02T06:00:00+08:00"]


def test_nothing_starts_until_a_person_switches_it_on() -> None:
    repository = definitions.get_repository_def()
    assert {s.default_status for s in repository.schedule_defs} == {DefaultScheduleStatus.STOPPED}
    assert {s.default_status for s in repository.sensor_defs} == {DefaultSensorStatus.STOPPED}


def test_the_executor_is_in_process_unless_the_setting_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOUWANG_EXECUTOR", raising=False)
    assert executor() is in_process_executor
    monkeypatch.setenv("SHOUWANG_EXECUTOR", "multiprocess")
    assert executor() is multiprocess_executor
    monkeypatch.setenv("SHOUWANG_EXECUTOR", "threads")
    with pytest.raises(WrongUseError, match="in_process"):
        executor()


def test_the_home_folder_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOUWANG_HOME", str(tmp_path))
    assert HomeResource.from_environment().home == Home(tmp_path)
    monkeypatch.delenv("SHOUWANG_HOME")
    monkeypatch.chdir(tmp_path)
    assert HomeResource.from_environment().home == Home(tmp_path / "data")


def test_the_shipped_instance_sends_nothing_and_runs_one_check_at_a_time(tmp_path: Path) -> None:
    shipped = yaml.safe_load((ROOT / "dagster.yaml").read_text("utf-8"))
    assert shipped["telemetry"] == {"enabled": False}
    (tmp_path / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text("utf-8"), encoding="utf-8")
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.telemetry_enabled is False
        assert instance.nux_enabled is False
        assert instance.run_retries_enabled is False
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None and queue.max_concurrent_runs == 1
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1
        assert str(tmp_path) in instance.storage_directory()


def test_checks_take_turns_in_a_pool_also_where_several_runs_are_allowed() -> None:
    pools = {asset.op.name: asset.op.pool for asset in definitions.assets or () if isinstance(asset, AssetsDefinition)}
    assert pools["check_date"] == POOL


def job_in_processes() -> JobDefinition:
    """The same job with the other executor; every process builds it again."""
    there = Definitions(
        assets=definitions.assets,
        resources={"home": HomeResource.from_environment()},
        jobs=[define_asset_job("silent_check", "key:tickets or key:delivery_ledger+")],
        executor=multiprocess_executor,
    )
    return there.resolve_job_def("silent_check")


def test_the_multiprocess_executor_publishes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "landing", 40, 3, form="parquet", as_of=dt.date(2026, 11, 20))
    monkeypatch.setenv("SHOUWANG_HOME", str(tmp_path))
    monkeypatch.setenv("SHOUWANG_SETTLE_SECONDS", "0")
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text("utf-8"), encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    job = ReconstructableJob.for_file(__file__, "job_in_processes")
    with DagsterInstance.get() as instance:
        result = execute_job(job, instance, tags={"dagster/partition": "2026-11-20"})
        assert result.success
        processes = {
            r.dagster_event.pid for r in instance.all_logs(result.run_id) if r.dagster_event and r.dagster_event.pid
        }
    assert len(processes - {os.getpid()}) == 1, "the step ran in a process of its own"
    assert Home(tmp_path).published_dates() == [dt.date(2026, 11, 20)]
