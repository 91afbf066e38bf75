"""The bare statement and pandas are calculations of their own: they must find what the program finds, or their times
mean nothing. `python -m bench` itself is run, as people run it."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path

import polars as pl
import pytest

from assets.home import Home
from bench import nation
from bench.changed import KINDS, LATE, deliver
from bench.constants import AREA, AS_OF, FEEDS, accepted_rows
from bench.contender import CONTENDERS, FILES, KEY, Clock, Task
from bench.report import Left
from bench.run import left_out, main, require_same_hits
from pipelines.check import run_check
from pipelines.engines.memory import MEMORY
from rules.findings import ALL
from sample.generate import generate

PERSONS = 3_000
ENGINES = ("duckdb", "polars", "pandas", "bare")
PERSONS_OF_RATIO = 30_000
MOST_WORK = 9.0
"""Processor seconds of the program over those of the bare statement at PERSONS_OF_RATIO. Usual is 4 to 5, most of it the
binding of many small relations, which does not grow with the rows. A ratio: both run here and now, on the same machine."""
MOST_OF_A_FULL_CHECK = 0.8
"""Processor seconds from files to findings where one household in a hundred has changed, over those of a full check of the
same files. Usual is 0.3 to 0.4 at PERSONS_OF_RATIO."""


def bench(home: Path, *more: str) -> int:
    return main(["--persons", str(PERSONS), "--home", str(home), "--runs", "1", "--until", "findings", "--keep", *more])


def test_all_engines_find_the_same_hits_and_the_table_is_complete(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY, "3GB")  # holds for the bare statement too
    assert bench(tmp_path, "--engines", ",".join(ENGINES)) == 0
    table, progress = capfd.readouterr()
    lines = [line for line in table.splitlines() if line.startswith(f"| {PERSONS:,} |")]
    assert len(lines) == len(ENGINES)
    assert all(len(re.findall(r"\| \d+\.\d+(?= \|)", line)) == 6 for line in lines), lines
    assert [stage for stage in ("registers", "people", "facts", "findings") if f"| {stage} | " not in table] == []
    assert "published" not in table
    assert "one memory limit for DuckDB in the program and in the bare statement: 3GB" in table
    assert all(f"  {name} ..." in progress for name in (FILES, *ENGINES))

    (folder,) = tmp_path.iterdir()
    found = {name: pl.read_parquet(folder / "work" / f"{name}.parquet") for name in (FILES, *ENGINES)}
    assert set(found[FILES]["rule"]) == {rule.code for rule in ALL}
    for name in ENGINES:
        assert found[name].join(found[FILES], on=KEY, how="anti").rows() == [], name
        assert found[name].equals(found[FILES]), name

    # What was kept is used again: the files are not read once more.
    (folder / "home" / "landing" / "stray").mkdir()
    assert bench(tmp_path, "--engines", "bare") == 0
    table, progress = capfd.readouterr()
    assert f"| 阶段 stage | {PERSONS:,} * |" in table
    assert f"  {FILES} ..." not in progress
    assert (folder / "home" / "landing" / "stray").is_dir()

    # Copies of its rows with other numbers are so many times the findings, on both sides.
    of = ["--copy-of", str(PERSONS), "--home", str(tmp_path), "--memory-limit", "1GB"]
    assert nation.main(["--persons", str(3 * PERSONS), *of]) == 0
    hits = 3 * found[FILES].height
    said = capfd.readouterr().out.splitlines()
    assert [line.split(", ")[2] for line in said if "persons" in line] == [f"{hits:,} hits"] * 2


def test_the_work_of_the_program_stays_in_proportion_to_the_bare_statement(tmp_path: Path) -> None:
    generate(tmp_path / "home" / "landing", PERSONS_OF_RATIO, seed=11, area=AREA, form="parquet")
    (tmp_path / "work").mkdir()
    task = Task(Home(tmp_path / "home"), tmp_path / "work", AS_OF, until="findings")
    CONTENDERS[FILES](task, Clock())
    work: dict[str, list[float]] = {"duckdb": [], "bare": []}
    for _ in range(3):
        for name, seconds in work.items():
            clock = Clock()
            CONTENDERS[name](task, clock)
            seconds.append(clock.cpu["seconds"])
    assert min(work["duckdb"]) < MOST_WORK * min(work["bare"])


class FoundError(Exception):
    """Ends a check where its findings are there."""


def early(home: Home, day: dt.date, *, full: bool) -> float:
    """Processor seconds of one check from files to findings. Nothing is published."""

    def stop(stage: str) -> None:
        if stage in LATE:
            raise FoundError

    began = time.process_time()
    with pytest.raises(FoundError):
        run_check(home, day, full=full, progress=stop)
    return time.process_time() - began


def test_a_check_with_little_change_is_cheaper_than_a_full_one_up_to_its_findings(tmp_path: Path) -> None:
    home = Home(tmp_path)
    generate(home.landing, PERSONS_OF_RATIO, seed=11, area=AREA, form="parquet")
    run_check(home, AS_OF)
    next_day = AS_OF + dt.timedelta(days=1)
    deliver(home.landing, KINDS[0], next_day)
    little, full = (early(home, next_day, full=is_full) for is_full in (False, True))
    assert little < MOST_OF_A_FULL_CHECK * full


def test_engines_that_disagree_stop_the_run() -> None:
    same = {"hits": 3, "digest": "a"}
    assert require_same_hits({"duckdb": same, "bare": same}) == 3
    with pytest.raises(RuntimeError, match="pandas finds other hits than duckdb"):
        require_same_hits({"duckdb": same, "bare": same, "pandas": {"hits": 3, "digest": "b"}})


def test_an_engine_that_cannot_run_here_is_left_out_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    spark = left_out("spark", PERSONS)
    assert isinstance(spark, Left)
    assert re.search("pyspark|Java", spark.en)
    pandas = left_out("pandas", 10**10)
    assert isinstance(pandas, Left)
    assert "memory" in pandas.en
    assert left_out("pandas", PERSONS) is None
    assert left_out("bare", 10**10) is None


@pytest.mark.parametrize(
    "arguments", [["--keep"], ["--engines", "duckdb,abacus"], ["--until", "people"], ["--memory-limit", "64MB"]]
)
def test_a_command_line_that_makes_no_sense_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_two_deliveries_of_a_feed_are_refused(tmp_path: Path) -> None:
    for feed in FEEDS:
        path = tmp_path / "rows" / feed / "1.parquet"
        path.parent.mkdir(parents=True)
        path.touch()
    assert list(accepted_rows(tmp_path)) == list(FEEDS)
    (tmp_path / "rows" / "tax" / "999.parquet").touch()
    with pytest.raises(ValueError, match="tax: 2 deliveries"):
        accepted_rows(tmp_path)
