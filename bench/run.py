"""`python -m bench`: one landing folder, every contender in a process of its own, one table."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bench.constants import AREA, AS_OF, accepted_rows
from bench.report import Measured, Report, machine, markdown, write_docs

REPOSITORY = Path(__file__).resolve().parents[1]
SHORT_RUNS = 3
COUNTY_PERSONS = 10_000


@dataclass(frozen=True)
class Ended:
    """A process that ended well: seconds from start to end, processor seconds, peak resident MiB."""

    seconds: float
    cpu: float
    peak_mib: float


def run_process(command: Sequence[str]) -> Ended:
    """Start, wait, and read what the operating system counted for this one process. RuntimeError when it failed."""
    began = time.perf_counter()
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(command, cwd=REPOSITORY, stdout=words, stderr=words) as child,
    ):
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            words.seek(0)
            raise RuntimeError(f"{' '.join(command[:4])}: {words.read().decode(errors='replace')[-2000:]}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Ended(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)


def contend(name: str, home: Path, work: Path, times: int = 1) -> Measured:
    """Run a contender `times` times; seconds of the quickest, the largest peak."""
    command = [sys.executable, "-m", "bench.contender", name, str(home), str(work), AS_OF.isoformat()]
    best: dict[str, dict[str, float]] = {}
    peak = 0.0
    for _ in range(times):
        peak = max(peak, run_process(command).peak_mib)
        result = json.loads((work / f"{name}.json").read_text(encoding="utf-8"))
        for kind in ("wall", "cpu"):
            if not best.get(kind) or sum(result[kind].values()) < sum(best[kind].values()):
                best[kind] = result[kind]
    print(f"  {name}: {sum(best['wall'].values()):.2f} s, {peak:.0f} MiB", file=sys.stderr, flush=True)
    return Measured(best["wall"], best["cpu"], peak)


def make_landing(home: Path, persons: int, seed: int, form: str) -> None:
    """Write a landing folder in a process of its own, so that the parent stays small."""
    code = (
        "import sys; from pathlib import Path; from sample.generate import generate; "
        f"generate(Path(sys.argv[1]), {persons}, seed={seed}, area={AREA!r}, form={form!r})"
    )
    run_process([sys.executable, "-c", code, str(home / "landing")])


def county(folder: Path, seed: int) -> Measured:
    """A mixed county of 10,000 persons from the command to tickets: the whole `shouwang check`."""
    home = folder / "county"
    make_landing(home, COUNTY_PERSONS, seed, "mixed")
    code = "import sys; from pipelines.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "check", "--as-of", AS_OF.isoformat(), "--home", str(home)]
    ended = []
    for _ in range(SHORT_RUNS):
        for made in ("lake", "published"):
            shutil.rmtree(home / made, ignore_errors=True)
        ended.append(run_process(command))
    quickest = min(ended, key=lambda one: one.seconds)
    return Measured(
        {"seconds": quickest.seconds}, {"seconds": min(e.cpu for e in ended)}, max(e.peak_mib for e in ended)
    )


def lake_rows(home: Path) -> int:
    """Accepted rows that were kept."""
    paths = accepted_rows(home / "lake" / "checks" / AS_OF.isoformat()).values()
    return sum(int(pl.scan_parquet(path).select(pl.len()).collect().item()) for path in paths)


def landing_rows(home: Path) -> int:
    """Rows of all files."""
    paths = list((home / "landing").glob("*/*.parquet"))
    return sum(int(pl.scan_parquet(path).select(pl.len()).collect().item()) for path in paths)


def require_same_hits(work: Path, names: Sequence[str]) -> int:
    """The number of hits; RuntimeError when two contenders disagree, for then their times mean nothing."""
    first = pl.read_parquet(work / f"{names[0]}.parquet")
    for name in names[1:]:
        if not first.equals(pl.read_parquet(work / f"{name}.parquet")):
            raise RuntimeError(f"{name} finds other hits than {names[0]}")
    return first.height


def measure(folder: Path, persons: int, seed: int) -> Report:
    """Everything in one run, on one set of files."""
    home, work = folder / "home", folder / "work"
    work.mkdir(parents=True)
    print(f"生成 {persons} 人 / generating {persons} persons", file=sys.stderr, flush=True)
    make_landing(home, persons, seed, "parquet")
    whole = contend("files_to_tickets", home, work)
    stage = contend("rows_to_findings", home, work, SHORT_RUNS)
    bare = contend("bare_statement", home, work, SHORT_RUNS)
    pandas = contend("in_pandas", home, work)
    hits = require_same_hits(work, ("files_to_tickets", "rows_to_findings", "bare_statement", "in_pandas"))
    small = county(folder, seed)
    return Report(
        persons, seed, machine(), landing_rows(home), lake_rows(home), hits, whole, stage, bare, pandas, small
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The table on standard output; with --write-docs into docs/performance.md too."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="性能对比 / performance beside bare SQL and pandas"
    )
    parser.add_argument("--persons", type=int, default=1_000_000, help="人数 / persons on the roster")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="临时文件所在目录 / where the temporary folder is made")
    parser.add_argument("--write-docs", action="store_true", help="写入 docs/performance.md / rewrite the table there")
    told = parser.parse_args(arguments)
    if told.home is not None:
        told.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-", dir=told.home) as folder:
        report = measure(Path(folder), told.persons, told.seed)
    print(markdown(report))
    if told.write_docs:
        write_docs(REPOSITORY / "docs" / "performance.md", report)
    return 0
