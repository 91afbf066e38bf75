"""`python -m bench.nation`: many persons, from accepted rows to findings, by the program and by the bare statement.

Making and reading the files of 66 million persons would take hours. So the accepted rows of one million
(`python -m bench --persons 1000000 --home DIR --keep`) are written again and again, with other numbers of persons and
households in each copy; everything else of a copy is the same, and so are its findings.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from assets.home import Home
from bench.constants import AS_OF, accepted_rows
from bench.contender import Task
from bench.place import Place
from bench.run import ENGINES, SEED, contend, engine_names, kept_folder, one_limit, require_same_hits, say
from pipelines.engines.choose import sql_text

A_COPY: Final = 1_000_000
AREA_STEP: Final = 1000
"""Added to the six digits of the area in person numbers: birthday and serial stay, and no two copies meet."""
PERSONS: Final = ("person_id", "applicant_id")


def _other_numbers(columns: Sequence[str], copy: int) -> str:
    """SQL: the columns of copy number `copy`. A household number keeps its letter and gets other digits in front."""
    changed = {name: f"{name} + {copy * AREA_STEP * 10**11}" for name in PERSONS if name in columns}
    if "household_id" in columns:
        changed["household_id"] = f"'H{copy:03d}' || substr(household_id, 5)"
    return ", ".join(f"{changed[name]} as {name}" if name in changed else name for name in columns)


def multiply(base: Path, target: Path, copies: int) -> None:
    """Accepted rows `copies` times in `target`, with what a contender needs besides."""
    partition = Task(Home(base / "home"), base / "work", AS_OF).partition
    if (target / "work" / "state.pickle").is_file():
        return
    shutil.rmtree(target, ignore_errors=True)
    (target / "work").mkdir(parents=True)
    if (base / "home" / "policy").is_dir():
        shutil.copytree(base / "home" / "policy", target / "home" / "policy")
    for feed, path in accepted_rows(partition).items():
        rows = target / "home" / path.relative_to(base / "home")
        rows.parent.mkdir(parents=True)
        columns = list(pl.read_parquet_schema(path))
        every = " union all ".join(
            f"select {_other_numbers(columns, copy)} from read_parquet($path)" for copy in range(copies)
        )
        with duckdb.connect() as connection:  # in order, as departments' files are
            connection.execute(
                f"copy ({every}) to {sql_text(str(rows))} (format parquet, compression zstd, compression_level 1)",
                {"path": str(path)},
            )
        say(f"  {feed}: {rows.stat().st_size / 1e6:.0f} MB")
    shutil.copyfile(base / "work" / "state.pickle", target / "work" / "state.pickle")


def main(arguments: Sequence[str] | None = None) -> int:
    """One line a contender: seconds, processor seconds, peak."""
    parser = argparse.ArgumentParser(prog="python -m bench.nation", description="全国人数 / the nation's persons")
    add = parser.add_argument
    add("--persons", type=int, default=66_000_000, help="人数, 整份 / whole copies")
    add(
        "--home",
        type=Path,
        required=True,
        metavar="DIR",
        help="python -m bench --keep 的目录 / where bench has kept its",
    )
    add("--copy-of", type=int, default=A_COPY, metavar="N", help="以多少人为一份 / persons in a copy")
    add("--engines", type=engine_names, default=("duckdb", "bare"), help=",".join(ENGINES))
    add("--memory-limit", type=one_limit, default="16GB", metavar="16GB", help="DuckDB 的内存上限 / DuckDB's")
    add("--keep", action="store_true", help="保留行文件 / keep the rows")
    told = parser.parse_args(arguments)
    base, copies = kept_folder(told.home, told.copy_of, SEED), max(1, told.persons // told.copy_of)
    if not (base / "work" / "state.pickle").is_file():
        parser.error(f"先运行 / first run: python -m bench --persons {told.copy_of} --home {told.home} --keep")
    target = told.home / f"shouwang-nation-{copies}-{told.copy_of}"
    persons = copies * told.copy_of
    say(f"{persons:,} 人 / persons")
    multiply(base, target, copies)
    task = Task(Home(target / "home"), target / "work", AS_OF, memory_limit=told.memory_limit)
    rows = Place(target, task).lake_rows()
    found = {}
    for name in told.engines:
        took, found[name] = contend(name, task)
        print(f"{name}: {persons:,} persons, {rows:,} rows, {found[name]['hits']:,} hits, {took.seconds:.1f} s, "
              f"CPU {took.cpu_seconds:.1f} s, peak {took.peak_mib / 1024:.2f} GiB")  # fmt: skip
    require_same_hits(found)
    if not told.keep:
        shutil.rmtree(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
