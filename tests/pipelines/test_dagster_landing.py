"""The sensor on real files: nothing starts while a file is hidden, young or still changing, and nothing twice."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, RunRequest, SensorResult, build_sensor_context

from assets.errors import CheckStoppedError
from pipelines.definitions import definitions
from pipelines.orchestration.check import HomeResource
from pipelines.orchestration.landing import evaluate, stamps, today, wait_until_calm, young

SETTLE = 60.0
DAY = "2026-11-20"


class Landing:
    """A landing folder with a sensor that ticks at times we choose, seconds after the files were really written."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cursor, self._start = folder, None, time.time()
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, text: str = "a\n") -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def tick(self, seconds: float) -> SensorResult:
        result = evaluate(self.folder, self.cursor, SETTLE, self._start + seconds, DAY)
        self.cursor = result.cursor
        return result

    def keys(self, *moments: float) -> list[list[str | None]]:
        return [[r.run_key for r in self.tick(m).run_requests or []] for m in moments]


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def test_a_complete_file_asks_for_one_run_of_today(landing: Landing) -> None:
    landing.write("vehicles/150626_20261117.csv")
    assert landing.tick(0).skip_reason is not None
    result = landing.tick(70)
    (request,) = result.run_requests or []
    assert isinstance(request, RunRequest)
    assert request.partition_key == DAY
    assert [e.asset_key.to_user_string() for e in result.asset_events] == ["landing"]
    assert landing.keys(140, 300, 3000) == [[], [], []], "the same files ask once"


def test_an_empty_or_absent_folder_is_quiet(landing: Landing, tmp_path: Path) -> None:
    assert landing.keys(0, 100) == [[], []]
    assert evaluate(tmp_path / "nowhere", None, SETTLE, time.time(), DAY).run_requests in (None, [])


@pytest.mark.parametrize(
    "name", [".150626_20261117.csv", "150626_20261117.csv.part", "150626_20261117.csv.tmp", "~$a.xlsx"]
)
def test_a_file_being_copied_under_a_temporary_name_is_not_seen(landing: Landing, name: str) -> None:
    path = landing.write(f"vehicles/{name}")
    assert landing.keys(0, 100, 200) == [[], [], []]
    path.rename(path.with_name("150626_20261117.csv"))
    landing.tick(300)
    assert len(landing.keys(400)[0]) == 1


def test_a_file_that_grows_between_ticks_is_waited_for(landing: Landing) -> None:
    path = landing.write("tax/150626_20261110.csv")
    landing.tick(0)
    with path.open("a") as stream:
        stream.write("b\n")
    assert landing.keys(100) == [[]], "it changed since the last tick"
    assert len(landing.keys(200)[0]) == 1


def test_an_old_time_set_by_a_copying_tool_does_not_make_a_file_complete(landing: Landing) -> None:
    landing.tick(0)
    path = landing.write("tax/150626_20261110.csv")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert landing.keys(10) == [[]]
    with path.open("a") as stream:
        stream.write("b\n")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert landing.keys(20) == [[]]
    assert len(landing.keys(90)[0]) == 1


def test_a_young_file_holds_back_a_run_because_a_check_would_read_its_half(landing: Landing) -> None:
    landing.write("vehicles/150626_20261117.csv")
    landing.tick(0)
    slow = landing.write("tax/150626_20261110.csv")
    assert landing.keys(70) == [[]], "vehicles is complete, tax was only just seen"
    with slow.open("a") as stream:
        stream.write("more\n")
    assert landing.keys(140) == [[]]
    (keys,) = landing.keys(210)
    assert len(keys) == 1, "both together, once"


def test_a_later_file_asks_again_under_another_key(landing: Landing) -> None:
    landing.write("vehicles/150626_20261117.csv")
    first = landing.keys(0, 70)[1]
    landing.write("vehicles/150626_20261118.csv")
    second = landing.keys(100, 200)[1]
    assert len(first) == len(second) == 1
    assert first != second


def test_files_moved_in_with_old_times_are_noticed(landing: Landing) -> None:
    landing.write("vehicles/150626_20261117.csv")
    assert len(landing.keys(0, 70)[1]) == 1
    landing.write("tax/150626_20261110.csv")
    assert len(landing.keys(100_000, 100_060)[1]) == 1, "written long before, seen for the first time"


def test_a_file_taken_away_is_a_change_that_a_check_must_judge(landing: Landing) -> None:
    path = landing.write("vehicles/150626_20261117.csv")
    landing.write("tax/150626_20261110.csv")
    assert len(landing.keys(0, 70)[1]) == 1
    path.unlink()
    assert [len(k) for k in landing.keys(1000, 1060, 1120)] == [0, 1, 0]


def test_the_cursor_stays_small_and_an_unreadable_one_starts_afresh(landing: Landing) -> None:
    for n in range(1, 200):
        landing.write(f"vehicles/150626_20261117_{n}.csv", f"{n}\n")
    (first,) = landing.keys(0, 70)[1]
    assert landing.keys(1000) == [[]]
    assert landing.cursor is not None and len(landing.cursor) < 200
    landing.cursor = "{not json"
    assert landing.keys(2000, 2100) == [[], [first]], "Dagster drops a key it has seen"


def test_names_that_are_no_delivery_start_nothing(landing: Landing) -> None:
    landing.write("vehicles/cars of november.csv")
    landing.write("unknown_feed/150626_20261117.csv")
    assert stamps(landing.folder) == {}
    assert landing.keys(0, 100) == [[], []]


def test_the_sensor_works_inside_dagster(landing: Landing) -> None:
    landing.write("vehicles/150626_20261117.csv")
    home = HomeResource(root=str(landing.folder.parent), settle_seconds=0)
    sensor = definitions.get_sensor_def("landing_files")
    with DagsterInstance.ephemeral() as instance:
        cursor = None
        found: list[Any] = []
        for _ in range(2):
            context = build_sensor_context(
                instance=instance, cursor=cursor, resources={"home": home}, definitions=definitions
            )
            data = sensor.evaluate_tick(context)
            cursor, found = data.cursor, list(data.run_requests or [])
    assert [r.partition_key for r in found] == [today()]


def test_a_check_waits_until_files_are_still(landing: Landing) -> None:
    landing.write("vehicles/150626_20261117.csv")
    clock = [time.time()]
    said: list[str] = []

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    wait_until_calm(landing.folder, 30, said.append, lambda: clock[0], sleep)
    assert 1 <= len(said) <= 4
    wait_until_calm(landing.folder, 30, said.append, lambda: clock[0], sleep)
    wait_until_calm(landing.folder, 0, pytest.fail)


def test_a_check_gives_up_on_a_folder_that_never_rests(landing: Landing) -> None:
    path = landing.write("vehicles/150626_20261117.csv")
    with pytest.raises(CheckStoppedError, match=path.name):
        wait_until_calm(landing.folder, 10**9, lambda _: None, _counter(time.time(), 600.0), lambda _: None)


def _counter(start: float, step: float) -> Any:
    state = [start]

    def now() -> float:
        state[0] += step
        return state[0]

    return now


def test_a_time_stamp_in_the_future_does_not_mean_that_a_file_is_still_being_copied(landing: Landing) -> None:
    path = landing.write("vehicles/150626_20261117.csv")
    ahead = path.stat().st_ctime + 10 * 86_400
    os.utime(path, (ahead, ahead))
    landing.tick(0)
    assert len(landing.keys(70)[0]) == 1
    stamp = stamps(landing.folder)["vehicles/150626_20261117.csv"]
    now = path.stat().st_ctime
    assert young({"a": stamp}, now + 59, 60) == ["a"], "the other time still tells that it is young"
    assert young({"a": stamp}, now + 60, 60) == []
