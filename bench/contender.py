"""One contender in a process of its own, so that its peak memory is its own: `python -m bench.contender NAME ...`.

What it measured goes to a JSON file, its hits to a Parquet file; the process that started it compares them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import pickle
import resource
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from assets.deliveries import Stock
from assets.facts import build_facts
from assets.findings import find_all
from assets.home import Home
from assets.households import build_registers, read_lists
from bench.constants import Constants, accepted_rows, constants
from pipelines.check import STAGES, CheckRun
from pipelines.engines.choose import make_engine
from pipelines.engines.memory import HALF, MEMORY
from pipelines.lock import locked
from policy.policy import PolicyBook

KEY: Final = ["rule", "household_id", "item_key"]
FILES: Final = "files"
MIB: Final = 1024 * 1024 if sys.platform == "darwin" else 1024
"""Units of ru_maxrss in one MiB."""
SELF, CHILDREN = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN


def _cpu() -> float:
    """Processor seconds of this process and of those it started that have ended."""
    used = (resource.getrusage(SELF), resource.getrusage(CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


@dataclass
class Clock:
    """Wall and processor seconds by name."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    def time(self, name: str, step: Callable[[], None], stop: Callable[[], None] = lambda: None) -> None:
        """Run a step and note what it took. `stop` ends processes whose work counts as soon as they have ended."""
        wall, cpu = time.perf_counter(), _cpu()
        step()
        self.wall[name] = time.perf_counter() - wall
        stop()
        self.cpu[name] = _cpu() - cpu


@dataclass(frozen=True)
class Task:
    """Where a contender works: a home folder and a work folder beside it. `memory_limit`: DuckDB's, for whoever uses it."""

    home: Home
    work: Path
    as_of: dt.date
    until: str = STAGES[-1]
    memory_limit: str = HALF

    @property
    def state(self) -> Path:
        """What the program's first three stages leave for a run that starts from accepted rows."""
        return self.work / "state.pickle"

    @property
    def spill(self) -> Path:
        return self.work / "spill"

    @property
    def partition(self) -> Path:
        """The lake's partition, published or not."""
        return CheckRun(self.home, self.as_of).partition

    def read_state(self) -> tuple[Stock, pl.DataFrame]:
        """Stock and freshness, with the rows where they are now."""
        state: tuple[Stock, pl.DataFrame] = pickle.loads(self.state.read_bytes())
        stock, fresh = state
        for number, delivery in stock.deliveries.items():
            if delivery.rows_path is not None:
                path = self.partition / "rows" / delivery.file.feed / delivery.rows_path.name
                stock.deliveries[number] = replace(delivery, rows_path=path)
        stock.folder = self.work / "scratch"
        return stock, fresh

    def given(self, stock: Stock) -> Constants:
        """Policy of the benchmark county and the newest tax data date."""
        newest = max(delivered.data_on for delivered in stock.accepted("tax"))
        return constants(PolicyBook.load(self.home.policy), self.as_of, newest)

    def clear(self) -> None:
        """Remove what only the contender itself needed."""
        for folder in (self.spill, self.work / "scratch"):
            shutil.rmtree(folder, ignore_errors=True)


def keys(items: pl.DataFrame) -> pl.DataFrame:
    """Hits as the others give them: a person in an item key without the check character, which follows from the rest."""
    return items.select(KEY).with_columns(pl.col("item_key").str.replace(r"^([0-9]{17})[0-9X](\||$)", "$1$2"))


def from_files(task: Task, clock: Clock) -> pl.DataFrame:
    """The whole check by the default engine, stage by stage, up to and with `task.until`."""
    run = CheckRun(task.home, task.as_of)
    with locked(task.home):
        for stage in STAGES[: STAGES.index(task.until) + 1]:
            print(f"    {stage} ...", file=sys.stderr, flush=True)
            clock.time(stage, partial(run.stage, stage))
            if stage == "people":
                task.state.write_bytes(pickle.dumps((run.stock, run.fresh)))
        shutil.rmtree(task.home.lake / "tmp", ignore_errors=True)
    return keys(run.findings.items)


def by_engine(name: str, task: Task, clock: Clock) -> pl.DataFrame:
    """Everything the engine computes once rows are accepted: registers without reading, facts, findings."""
    stock, fresh = task.read_state()
    task.clear()
    stock.folder.mkdir(parents=True)
    book = PolicyBook.load(task.home.policy)
    found: list[pl.DataFrame] = []

    def step() -> None:
        engine = make_engine(name, task.spill, task.memory_limit)
        registers = build_registers(stock, engine, read_lists(stock, book))
        facts = build_facts(stock, engine, registers, fresh)
        found.append(find_all(engine, registers, facts, fresh).items)
        engine.finish()

    if name == "spark":
        from pipelines.engines import spark_session

        clock.time("seconds", step, spark_session.stop)
    else:
        clock.time("seconds", step)
    return keys(found[0])


def bare_statement(task: Task, clock: Clock) -> pl.DataFrame:
    """bench/bare.sql."""
    from bench import bare

    given, rows = task.given(task.read_state()[0]), accepted_rows(task.partition)
    found: list[pl.DataFrame] = []
    clock.time("seconds", lambda: found.append(bare.find(given, rows, task.spill, task.memory_limit)))
    return found[0]


def in_pandas(task: Task, clock: Clock) -> pl.DataFrame:
    """bench/pandas_way.py."""
    from bench import pandas_way

    given, rows = task.given(task.read_state()[0]), accepted_rows(task.partition)
    found: list[pl.DataFrame] = []
    clock.time("seconds", lambda: found.append(pandas_way.find(given, rows)))
    return found[0]


CONTENDERS: Final[dict[str, Callable[[Task, Clock], pl.DataFrame]]] = {
    FILES: from_files,
    "duckdb": partial(by_engine, "duckdb"),
    "polars": partial(by_engine, "polars"),
    "spark": partial(by_engine, "spark"),
    "pandas": in_pandas,
    "bare": bare_statement,
}


def _peak_mib(name: str) -> float:
    """Largest resident size of this process or one it started; for Spark of Python and Java together."""
    own, other = resource.getrusage(SELF).ru_maxrss / MIB, resource.getrusage(CHILDREN).ru_maxrss / MIB
    return own + other if name == "spark" else max(own, other)


def main() -> int:
    """Run one contender; its results lie in the work folder under its name."""
    parser = argparse.ArgumentParser(prog="python -m bench.contender")
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("home", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("as_of", type=dt.date.fromisoformat)
    parser.add_argument("--until", default=STAGES[-1], choices=STAGES)
    parser.add_argument("--memory-limit", default=HALF)
    told = parser.parse_args()
    os.environ[MEMORY] = told.memory_limit  # the whole check reads it there
    task, clock = Task(Home(told.home), told.work, told.as_of, told.until, told.memory_limit), Clock()
    found = CONTENDERS[told.name](task, clock)
    peak = _peak_mib(told.name)
    task.clear()
    found = found.sort(KEY)
    found.write_parquet(told.work / f"{told.name}.parquet")
    result = {
        "wall": clock.wall,
        "cpu": clock.cpu,
        "peak_mib": peak,
        "hits": found.height,
        "digest": hashlib.sha256(found.write_csv().encode()).hexdigest(),
    }
    (told.work / f"{told.name}.json").write_text(json.dumps(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
