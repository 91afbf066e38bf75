"""One contender in a process of its own, so that its peak memory is its own: `python -m bench.contender NAME …`.

What it measured goes to a JSON file, its hits to a Parquet file; the process that started it compares them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import pickle
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from assets.deliveries import Stock
from assets.facts import build_facts
from assets.findings import find_all
from assets.home import Home
from assets.households import build_registers
from bench.constants import Constants, accepted_rows, constants
from pipelines.check import STAGES, CheckRun, locked
from pipelines.engines import make_engine
from policy.policy import PolicyBook

KEY = ["rule", "household_id", "item_key"]


@dataclass
class Clock:
    """Wall and processor seconds by name."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    def time(self, name: str, step: Callable[[], None]) -> None:
        """Run a step and note what it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        self.wall[name], self.cpu[name] = time.perf_counter() - wall, time.process_time() - cpu


@dataclass(frozen=True)
class Task:
    """Where a contender works: a home folder and a work folder beside it."""

    home: Home
    work: Path
    as_of: dt.date

    @property
    def state(self) -> Path:
        """What the program's first three stages leave for a run that starts from accepted rows."""
        return self.work / "state.pickle"

    def read_state(self) -> tuple[Stock, pl.DataFrame]:
        """Stock and freshness, with the rows where the publication moved them."""
        state: tuple[Stock, pl.DataFrame] = pickle.loads(self.state.read_bytes())
        stock, fresh = state
        rows = self.home.check(self.as_of) / "rows"
        for number, delivery in stock.deliveries.items():
            if delivery.rows_path is not None:
                path = rows / delivery.file.feed / delivery.rows_path.name
                stock.deliveries[number] = replace(delivery, rows_path=path)
        stock.folder = self.work / "scratch"
        return stock, fresh

    def given(self, stock: Stock) -> Constants:
        """Policy of the benchmark county and the newest tax data date."""
        newest = max(delivered.data_on for delivered in stock.accepted("tax"))
        return constants(PolicyBook.load(self.home.policy), self.as_of, newest)


def keys(items: pl.DataFrame) -> pl.DataFrame:
    """Hits as the others give them: a person in an item key without the check character, which follows from the rest."""
    return items.select(KEY).with_columns(pl.col("item_key").str.replace(r"^([0-9]{17})[0-9X](\||$)", "$1$2"))


def files_to_tickets(task: Task, clock: Clock) -> pl.DataFrame | None:
    """The whole check, stage by stage."""
    run = CheckRun(task.home, task.as_of)
    with locked(task.home):
        for stage in STAGES:
            clock.time(stage, lambda stage=stage: run.stage(stage))  # type: ignore[misc]
            if stage == "people":
                task.state.write_bytes(pickle.dumps((run.stock, run.fresh)))
        shutil.rmtree(task.home.lake / "tmp", ignore_errors=True)
    return keys(run.findings.items)


def rows_to_findings(task: Task, clock: Clock) -> pl.DataFrame | None:
    """Everything the engine computes once rows are accepted: registers without reading, facts, findings."""
    stock, fresh = task.read_state()
    shutil.rmtree(stock.folder, ignore_errors=True)
    stock.folder.mkdir(parents=True)
    book = PolicyBook.load(task.home.policy)
    found: list[pl.DataFrame] = []

    def step() -> None:
        engine = make_engine("duckdb", task.work / "spill")
        registers = build_registers(stock, engine, book)
        facts = build_facts(stock, engine, registers, fresh)
        found.append(find_all(engine, registers, facts, fresh).items)

    clock.time("seconds", step)
    return keys(found[0])


def bare_statement(task: Task, clock: Clock) -> pl.DataFrame | None:
    """bench/bare.sql."""
    from bench import bare

    given, rows = task.given(task.read_state()[0]), accepted_rows(task.home.check(task.as_of))
    found: list[pl.DataFrame] = []
    clock.time("seconds", lambda: found.append(bare.find(given, rows, task.work / "spill")))
    return found[0]


def in_pandas(task: Task, clock: Clock) -> pl.DataFrame | None:
    """bench/pandas_way.py."""
    from bench import pandas_way

    given, rows = task.given(task.read_state()[0]), accepted_rows(task.home.check(task.as_of))
    found: list[pl.DataFrame] = []
    clock.time("seconds", lambda: found.append(pandas_way.find(given, rows)))
    return found[0]


CONTENDERS: dict[str, Callable[[Task, Clock], pl.DataFrame | None]] = {
    "files_to_tickets": files_to_tickets,
    "rows_to_findings": rows_to_findings,
    "bare_statement": bare_statement,
    "in_pandas": in_pandas,
}


def main() -> int:
    """Run one contender; its results lie in the work folder under its name."""
    parser = argparse.ArgumentParser(prog="python -m bench.contender")
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("home", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("as_of", type=dt.date.fromisoformat)
    told = parser.parse_args()
    clock = Clock()
    found = CONTENDERS[told.name](Task(Home(told.home), told.work, told.as_of), clock)
    if found is not None:
        found.sort(KEY).write_parquet(told.work / f"{told.name}.parquet")
    (told.work / f"{told.name}.json").write_text(json.dumps({"wall": clock.wall, "cpu": clock.cpu}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
