"""`python -m bench`: one landing folder a size, every contender in a process of its own, one table and one drawing."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assets.errors import WrongUseError
from assets.home import Home
from bench.constants import AREA, AS_OF
from bench.contender import CONTENDERS, FILES, MIB, Task
from bench.place import Place
from bench.report import Left, Measured, Report, Size, machine, markdown, memory_gib, write_docs
from pipelines.check import STAGES
from pipelines.engines.memory import MEMORY, memory_limit
from pipelines.engines.spark_session import MASTER, REMOTE, require_java, require_pyspark

REPOSITORY: Final = Path(__file__).resolve().parents[1]
SEED: Final = 1
ENGINES: Final = tuple(name for name in CONTENDERS if name != FILES)
PERSONS: Final = (10_000, 100_000, 1_000_000)
PERSONS_HELP: Final = (
    "人数 / persons on the roster: 10000,100000,1000000 unless told; "
    "10000000 too: 两核约二十分钟 / about twenty minutes on two cores"
)
COUNTY_PERSONS: Final = 10_000
MOST_PUBLISHED: Final = 1_000_000
"""Above it the check stops after the findings, unless told otherwise."""
RUNS: Final = 3
ENOUGH_SECONDS: Final = 40.0
"""No further run of a contender is begun after so much time."""
GIB_A_MILLION: Final = {"pandas": 2.0, "spark": 2.0}
"""Memory a million persons want of those that do not spill in time; half of the machine's may be taken."""


@dataclass(frozen=True)
class Asked:
    """The command line."""

    persons: tuple[int, ...]
    engines: tuple[str, ...]
    seed: int
    home: Path | None
    is_kept: bool
    until: str | None
    runs: int
    memory_limit: str


@dataclass(frozen=True)
class Ended:
    """A process that ended well: seconds from start to end, processor seconds, peak resident MiB."""

    seconds: float
    cpu: float
    peak_mib: float


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def run_process(command: Sequence[str], *, is_heard: bool = False) -> Ended:
    """Start, wait, and read what the operating system counted for this one process. RuntimeError when it failed.

    `is_heard`: its standard error is ours; otherwise it is shown when the process fails.
    """
    here = {name: value for name, value in os.environ.items() if name not in (MASTER, REMOTE)}  # this machine's Spark
    began = time.perf_counter()
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(
            command, cwd=REPOSITORY, env=here, stdout=words, stderr=None if is_heard else subprocess.STDOUT
        ) as child,
    ):
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            words.seek(0)
            said = words.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command[:4])}: exit {child.returncode} {said}")
    return Ended(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / MIB)


def contend(name: str, task: Task, runs: int = 1) -> tuple[Measured, dict[str, Any]]:
    """Run a contender up to `runs` times. Returns seconds of the quickest with the largest peak, and its last results."""
    command = [sys.executable, "-m", "bench.contender", name, str(task.home.root), str(task.work), AS_OF.isoformat()]
    command += ["--until", task.until, "--memory-limit", task.memory_limit]
    say(f"  {name} ...")
    results: list[dict[str, Any]] = []
    began = time.perf_counter()
    while not results or (len(results) < runs and time.perf_counter() - began < ENOUGH_SECONDS):
        run_process(command, is_heard=True)
        results.append(json.loads((task.work / f"{name}.json").read_text(encoding="utf-8")))
    wall, cpu = (min((r[kind] for r in results), key=lambda r: sum(r.values())) for kind in ("wall", "cpu"))
    best = Measured(wall, cpu, max(result["peak_mib"] for result in results))
    say(f"  {name}: {best.seconds:.2f} s, CPU {best.cpu_seconds:.2f} s, {best.peak_mib:.0f} MiB")
    return best, results[-1]


def make_landing(home: Path, persons: int, seed: int, form: str) -> None:
    """Write a landing folder in a process of its own, so that the parent stays small."""
    code = (
        "import sys; from pathlib import Path; from sample.generate import generate; "
        f"generate(Path(sys.argv[1]), {persons}, seed={seed}, area={AREA!r}, form={form!r})"
    )
    run_process([sys.executable, "-c", code, str(home / "landing")])


def county(folder: Path, seed: int, runs: int) -> Measured:
    """10,000 persons in mixed file forms, from the command to publication: the whole `shouwang check`."""
    say(f"{COUNTY_PERSONS:,} 人的县, 各种文件格式 / a county in mixed file forms ...")
    home = folder / "county"
    make_landing(home, COUNTY_PERSONS, seed, "mixed")
    code = "import sys; from pipelines.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "check", "--as-of", AS_OF.isoformat(), "--home", str(home)]
    ended = []
    for _ in range(runs):
        for made in ("lake", "published"):
            shutil.rmtree(home / made, ignore_errors=True)
        ended.append(run_process(command))
    best = min(one.seconds for one in ended)
    return Measured({"seconds": best}, {"seconds": min(e.cpu for e in ended)}, max(e.peak_mib for e in ended))


def require_same_hits(results: dict[str, dict[str, Any]]) -> int:
    """The number of hits; RuntimeError when two contenders disagree, for then their times mean nothing."""
    (first, expected), *others = results.items()
    for name, result in others:
        if result["digest"] != expected["digest"]:
            counts = f"{result['hits']} and {expected['hits']}"
            raise RuntimeError(
                f"{name} finds other hits than {first}: {counts}; --home DIR --keep leaves them to look at"
            )
    return int(expected["hits"])


def left_out(engine: str, persons: int) -> Left | None:
    """Why an engine is not measured at a size; None when it is."""
    if engine == "spark":
        try:
            require_pyspark()
            require_java()
        except WrongUseError as missing:
            what = {"spark_missing": "pyspark (make spark)", "java_missing": "Java"}[missing.code]
            return Left(f"本机没有 {what}", f"no {what} here")
    wanted = GIB_A_MILLION.get(engine, 0.0) * persons / 1e6
    if wanted > memory_gib() / 2:
        return Left(f"{memory_gib():.0f} GiB 内存恐放不下", f"might not fit into {memory_gib():.0f} GiB of memory")
    return None


def measure(place: Place, persons: int, asked: Asked) -> Size:
    """One size: its files, the check by the default engine, then every engine from the accepted rows."""
    say(f"{persons:,} 人 / persons")
    if not place.has_landing():
        say("  生成文件 / generating files ...")
        make_landing(place.task.home.root, persons, asked.seed, "parquet")
        place.landing_is_whole()
    results: dict[str, dict[str, Any]] = {}
    made = place.earlier()
    if made is None:
        place.forget_lake()
        _, results[FILES] = contend(FILES, place.task)
        files, is_earlier = place.lake_is_whole()["files"], False
    else:
        say("  沿用以前读入的数据 / using rows read by an earlier run")
        files, is_earlier = made["files"], True
    measured: dict[str, Measured | Left] = {}
    for engine in asked.engines:
        left = left_out(engine, persons)
        if left is None:
            measured[engine], results[engine] = contend(engine, place.task, asked.runs)
        else:
            say(f"  {engine}: {left.zh} / {left.en}")
            measured[engine] = left
    hits = require_same_hits(results) if results else int(files["hits"])
    whole = Measured(files["wall"], files["cpu"], files["peak_mib"])
    return Size(persons, place.landing_rows(), place.lake_rows(), hits, whole, is_earlier, measured)


def kept_folder(home: Path, persons: int, seed: int) -> Path:
    """Where the files of one size stay with --keep."""
    return home / f"shouwang-bench-{persons}-{seed}"


@contextmanager
def place_for(persons: int, asked: Asked) -> Iterator[Place]:
    """A folder that is gone afterwards, or with --keep the one of this size and seed."""
    until = asked.until or (STAGES[-1] if persons <= MOST_PUBLISHED else "findings")

    def place(folder: Path) -> Place:
        return Place(folder, Task(Home(folder / "home"), folder / "work", AS_OF, until, asked.memory_limit))

    if asked.is_kept and asked.home is not None:
        yield place(kept_folder(asked.home, persons, asked.seed))
        return
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-", dir=asked.home) as folder:
        yield place(Path(folder) / "size")


def measure_all(asked: Asked) -> Report:
    """Every size, smallest first, then the county where its size is among them."""
    sizes = []
    for persons in sorted(set(asked.persons)):
        with place_for(persons, asked) as place:
            sizes.append(measure(place, persons, asked))
    small = None
    if COUNTY_PERSONS in asked.persons and asked.until in (None, STAGES[-1]):
        with tempfile.TemporaryDirectory(prefix="shouwang-bench-", dir=asked.home) as folder:
            small = county(Path(folder), asked.seed, asked.runs)
    return Report(asked.seed, machine(), tuple(sizes), small, asked.memory_limit)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one.replace("_", "")) for one in text.split(","))


def engine_names(text: str) -> tuple[str, ...]:
    names = text.split(",")
    if wrong := [name for name in names if name not in ENGINES]:
        raise argparse.ArgumentTypeError(f"{', '.join(wrong)}; 可用 / available: {', '.join(ENGINES)}")
    return tuple(name for name in ENGINES if name in names)


def one_limit(text: str) -> str:
    """The limit told to every contender that DuckDB serves: `text`, else what a check would take."""
    try:
        return memory_limit(text)
    except WrongUseError as wrong:
        raise argparse.ArgumentTypeError(f"{wrong.zh} {wrong.en}") from None


def _asked(arguments: Sequence[str] | None) -> tuple[Asked, bool]:
    parser = argparse.ArgumentParser(prog="python -m bench", description="性能对比 / engines side by side")
    add = parser.add_argument
    add("--persons", type=_numbers, default=PERSONS, metavar="N,N", help=PERSONS_HELP)
    add("--engines", type=engine_names, default=ENGINES, metavar="NAME,NAME", help=",".join(ENGINES))
    add("--seed", type=int, default=SEED)
    add("--home", type=Path, metavar="DIR", help="临时文件所在目录 / where the temporary folders are made")
    add("--keep", action="store_true", help="保留并再次使用 DIR 中的文件 / keep the files in DIR and use them again")
    add(
        "--until",
        choices=STAGES[STAGES.index("findings") :],
        help="文件到此阶段为止 / the check of the files ends here",
    )
    add("--runs", type=int, default=RUNS, help="每项最多几次 / runs of a contender at most")
    # "" is read by one_limit: the same limit for all, also where SHOUWANG_MEMORY is set
    add(
        "--memory-limit",
        type=one_limit,
        default="",
        metavar="4GB",
        help=f"DuckDB 的内存上限 / DuckDB's; else ${MEMORY}, or half",
    )
    add("--write-docs", action="store_true", help="写入 docs/performance.md / rewrite table and chart there")
    told = parser.parse_args(arguments)
    if told.keep and told.home is None:
        parser.error("--keep 需要 --home DIR / --keep needs --home DIR")
    asked = Asked(told.persons, told.engines, told.seed, told.home, told.keep, told.until, told.runs, told.memory_limit)
    return asked, told.write_docs


def main(arguments: Sequence[str] | None = None) -> int:
    """The table on standard output; with --write-docs into docs/performance.md too, and the drawing beside it."""
    asked, is_written = _asked(arguments)
    if asked.home is not None:
        asked.home.mkdir(parents=True, exist_ok=True)
    report = measure_all(asked)
    print(markdown(report))
    if is_written:
        write_docs(REPOSITORY / "docs", report)
    return 0
