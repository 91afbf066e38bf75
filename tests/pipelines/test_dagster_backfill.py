"""A back-fill in Dagster stops at a failed date, and Dagster hears of every date that was made, and of no other."""

from __future__ import annotations

import datetime as dt
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterEventType, DagsterInstance, ExecuteInProcessResult
from dagster._core.execution.backfill import PartitionBackfill

from assets.home import Home
from assets.publication.publish import read_manifest
from pipelines.commands.verify import verify
from pipelines.definitions import definitions
from pipelines.orchestration import check as dagster_check
from pipelines.orchestration.check import HomeResource
from sample.generate import generate

DAYS = ["2026-11-20", "2026-11-21", "2026-11-22"]
BACKFILL = "backfill"
CHECKED = "check_date"


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "landing"
    generate(out, 120, 7, form="csv", as_of=dt.date.fromisoformat(DAYS[0]))
    shutil.rmtree(out / "vehicles")
    return out


@pytest.fixture
def home(landing: Path, tmp_path: Path) -> Home:
    shutil.copytree(landing, tmp_path / "home" / "landing")
    (tmp_path / "home" / "dagster").mkdir()
    return Home(tmp_path / "home")


@pytest.fixture
def instance(home: Home) -> Iterator[DagsterInstance]:
    """On disk in a home, as in production."""
    with DagsterInstance.from_config(str(home.dagster), config_filename="none.yaml") as made:
        yield made


def execute(
    home: Home, instance: DagsterInstance, day: str, backfill: str | None = BACKFILL, *, replay: bool = False
) -> ExecuteInProcessResult:
    return definitions.resolve_job_def("silent_check").execute_in_process(
        partition_key=day,
        instance=instance,
        resources={"home": HomeResource(root=str(home.root), settle_seconds=0, engine="polars")},
        run_config={"ops": {CHECKED: {"config": {"replay": replay}}}},
        op_selection=[CHECKED],
        tags={} if backfill is None else {"dagster/backfill": backfill},
        raise_on_error=False,
    )


def code(result: ExecuteInProcessResult) -> str:
    (event,) = [e for e in result.all_events if e.is_step_failure]
    failed = event.step_failure_data.user_failure_data
    assert failed is not None
    return str(failed.metadata["code"].value)


def told(result: ExecuteInProcessResult) -> set[str | None]:
    events = result.filter_events(lambda e: e.event_type == DagsterEventType.ASSET_MATERIALIZATION)
    return {event.partition for event in events}


def broken(home: Home, day: str) -> Path:
    """A file that stops every date from `day` on: there is no other of its kind."""
    path = home.landing / "vehicles" / f"150626_{day.replace('-', '')}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("x,y\n1,2\n", encoding="utf-8")
    return path


def test_a_back_fill_stops_at_its_failed_first_date_until_that_is_put_right(
    home: Home, instance: DagsterInstance
) -> None:
    graph = definitions.resolve_asset_graph()
    asked = PartitionBackfill.from_asset_partitions(
        BACKFILL, graph, DAYS, [AssetKey("tickets")], time.time(), {}, instance, False, None, None, None
    )
    instance.add_backfill(asked)
    assert code(execute(home, instance, DAYS[1])) == "backfill_hole", "the first date has not even begun"
    file = broken(home, DAYS[0])
    assert code(execute(home, instance, DAYS[0])) == "delivery_rejected"
    file.unlink()
    for day in DAYS[1:]:
        stopped = execute(home, instance, day)
        assert code(stopped) == "backfill_hole" and told(stopped) == set()
    assert home.published_dates() == [] and not home.database.exists()
    assert execute(home, instance, DAYS[0], None).success
    assert code(execute(home, instance, DAYS[2])) == "backfill_hole", "the second date is still open"
    for day in DAYS[1:]:
        assert execute(home, instance, day).success
    assert [str(day) for day in home.published_dates()] == DAYS
    assert verify(home).problems == []


def test_dagster_hears_of_every_date_of_a_replay_or_of_none(home: Home, instance: DagsterInstance) -> None:
    for day in DAYS:
        assert execute(home, instance, day, None).success
    before = {day: read_manifest(home.publication(day))["digest"] for day in home.published_dates()}
    file = broken(home, DAYS[1])
    stopped = execute(home, instance, DAYS[0], None, replay=True)
    assert code(stopped) == "delivery_rejected" and told(stopped) == set()
    assert {day: read_manifest(home.publication(day))["digest"] for day in home.published_dates()} == before
    file.unlink()
    assert told(execute(home, instance, DAYS[0], None, replay=True)) == set(DAYS)
    assert verify(home).problems == []


def test_what_fails_after_the_publication_says_that_it_was_published(
    home: Home, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "could not parse '11010519491231002X'"

    def broken_words(*_: object) -> None:
        raise ValueError(secret)

    monkeypatch.setattr(dagster_check, "from_run", broken_words)
    result = execute(home, instance, DAYS[0], None)
    (event,) = [e for e in result.all_events if e.is_step_failure]
    failed = event.step_failure_data.user_failure_data
    assert failed is not None and failed.description is not None
    assert f"此前已发布 {DAYS[0]}" in failed.description and "othing was published" not in failed.description
    assert instance.get_materialized_partitions(AssetKey("tickets")) == {DAYS[0]}
    (file,) = (home.lake / "errors").iterdir()
    assert str(file) in failed.description and stat.S_IMODE(file.stat().st_mode) == 0o600
    log = "\n".join(str(record) for record in instance.all_logs(result.run_id))
    assert "11010519491231002X" not in log + file.read_text(encoding="utf-8")
