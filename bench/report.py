"""What was measured, as tables for people."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd
import polars as pl

from bench.chart import NAMES, Series, chart
from pipelines.engines.memory import HALF

START: Final = "<!-- bench:start -->"
END: Final = "<!-- bench:end -->"
PAGE: Final = "performance.md"
PICTURE: Final = "pictures/bench.svg"
OURS: Final = "duckdb"
BARE: Final = "bare"
TARGETS: Final = {1_000_000: (2.0, 4.0), 10_000_000: (1.5, 6.0)}
"""Persons -> most times the bare statement from rows to findings, most GiB."""
TARGET_COUNTY: Final = 10.0
NONE: Final = "–"


@dataclass(frozen=True)
class Measured:
    """Wall and processor seconds by step, and the process's peak resident memory."""

    wall: dict[str, float]
    cpu: dict[str, float]
    peak_mib: float

    @property
    def seconds(self) -> float:
        return sum(self.wall.values())

    @property
    def cpu_seconds(self) -> float:
        return sum(self.cpu.values())


@dataclass(frozen=True)
class Left:
    """Why an engine was not measured."""

    zh: str
    en: str


@dataclass(frozen=True)
class Size:
    """One number of persons. `files`: the check by the default engine; `is_earlier`: measured when its rows were read."""

    persons: int
    landing_rows: int
    lake_rows: int
    hits: int
    files: Measured
    is_earlier: bool
    engines: dict[str, Measured | Left]

    def measured(self, engine: str) -> Measured | None:
        found = self.engines.get(engine)
        return found if isinstance(found, Measured) else None


@dataclass(frozen=True)
class Report:
    """One run of the benchmark, sizes in rising order. `county`: 10,000 persons, mixed file forms, command to publication.
    `memory_limit`: DuckDB's, the same for the program and the bare statement."""

    seed: int
    machine: str
    sizes: tuple[Size, ...]
    county: Measured | None
    memory_limit: str = HALF


def memory_gib() -> float:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3


def machine() -> str:
    """Cores, memory, load and versions: a time without them says little."""
    versions = f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, Polars {pl.__version__}, pandas {pd.__version__}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} 核 / cores, {memory_gib():.0f} GiB, {platform.machine()}, "
        f"load at the end {os.getloadavg()[0]:.1f}; {versions}"
    )


def series(report: Report) -> list[Series]:
    """Seconds by persons of every engine that was measured, for the drawing."""
    found = []
    for name in NAMES:
        points = [(size.persons, one.seconds) for size in report.sizes if (one := size.measured(name))]
        if points:
            found.append(Series(name, tuple(points)))
    return found


def _engine(size: Size, name: str) -> str:
    one, bare = size.engines[name], size.measured(BARE)
    if isinstance(one, Left):
        return f"| {size.persons:,} | {NAMES[name]} | 未测 / not measured: {one.zh} / {one.en} | | | | | |"
    ratio = f"{one.seconds / bare.seconds:.2f}" if bare else NONE
    cpu = f"{one.cpu_seconds / bare.cpu_seconds:.2f}" if bare else NONE
    return (
        f"| {size.persons:,} | {NAMES[name]} | {one.seconds:.2f} | {one.cpu_seconds:.2f} | {ratio} | {cpu} | "
        f"{one.peak_mib / 1024:.2f} | {size.lake_rows / one.seconds / 1e6:.3f} |"
    )


def _compared(report: Report) -> list[str]:
    limit = "机器内存的一半 / half of the memory" if report.memory_limit == HALF else report.memory_limit
    return [
        "从已接收的行到疑点, 守望(DuckDB)与一条 SQL 的内存上限相同 / from accepted rows to findings, one memory limit for DuckDB "
        f"in the program and in the bare statement: {limit}",
        "",
        "| 人数 persons | | 秒 seconds | CPU 秒 seconds | 倍数 ratio | CPU 倍数 ratio | 内存峰值 peak GiB | 百万行每秒 M rows/s |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
        *(_engine(size, name) for size in report.sizes for name in size.engines),
    ]


def tickets_seconds(size: Size) -> float:
    """Seconds from files to tickets, or to where the check was stopped before them; publication left out."""
    return sum(seconds for stage, seconds in size.files.wall.items() if stage != "published")


def _stages(report: Report) -> list[str]:
    """Seconds (processor seconds) of the default engine's check: one line a stage, one column a size."""
    stages = list(dict.fromkeys(stage for size in report.sizes for stage in size.files.wall))
    empty = f"{NONE} |"

    def line(stage: str) -> str:
        cells = (
            f"{size.files.wall[stage]:.2f} ({size.files.cpu[stage]:.2f}) |" if stage in size.files.wall else empty
            for size in report.sizes
        )
        return f"| {stage} | " + " ".join(cells)

    sums = (f"{size.files.seconds:.2f} ({size.files.cpu_seconds:.2f}) |" for size in report.sizes)
    speeds = (
        f"{tickets_seconds(size):.1f} s, {size.landing_rows / tickets_seconds(size) / 1e6:.3f} M rows/s |"
        for size in report.sizes
    )
    return [
        "从文件到单据, 引擎 DuckDB, 秒 (CPU 秒) / from files to tickets, engine DuckDB, seconds (CPU seconds)",
        "",
        "| 阶段 stage | " + " ".join(f"{size.persons:,}{' *' if size.is_earlier else ''} |" for size in report.sizes),
        "|---|" + "--:|" * len(report.sizes),
        *(line(stage) for stage in stages),
        "| 合计 all | " + " ".join(sums),
        "| 不计发布 without publication | " + " ".join(speeds),
        "| 内存峰值 peak GiB | " + " ".join(f"{size.files.peak_mib / 1024:.2f} |" for size in report.sizes),
        *(["", "* 以前读入时测得 / measured when an earlier run read the files"] if _has_earlier(report) else []),
    ]


def _has_earlier(report: Report) -> bool:
    return any(size.is_earlier for size in report.sizes)


def _met(value: float, target: float) -> str:
    return "达到 / met" if value <= target else "未达到 / not met"


def _targets(report: Report) -> list[str]:
    """Those whose size was measured: two each are set for one and for ten million persons, one for a county."""
    lines = []
    for size in report.sizes:
        ours, bare = size.measured(OURS), size.measured(BARE)
        if size.persons not in TARGETS or ours is None:
            continue
        most_ratio, most_gib = TARGETS[size.persons]
        peak = max(size.files.peak_mib, ours.peak_mib) / 1024
        lines.append(
            f"| {size.persons:,} 人内存 memory ≤ {most_gib:.0f} GiB | {peak:.2f} GiB | {_met(peak, most_gib)} |"
        )
        if bare is not None:
            ratio, cpu = ours.seconds / bare.seconds, ours.cpu_seconds / bare.cpu_seconds
            lines.append(
                f"| {size.persons:,} 人行到疑点 rows to findings ≤ {most_ratio:g} × SQL (CPU) | {ratio:.2f} ({cpu:.2f}) | "
                f"{_met(ratio, most_ratio)} |"
            )
    if county := report.county:
        lines.append(
            f"| 1 万人县从命令到发布 10,000-person county, command to publication ≤ {TARGET_COUNTY:.0f} s | "
            f"{county.seconds:.2f} s (CPU {county.cpu_seconds:.2f}) | {_met(county.seconds, TARGET_COUNTY)} |"
        )
    return ["", "| 目标 target | 实测 measured | |", "|---|--:|---|", *lines] if lines else []


def markdown(report: Report) -> str:
    """The tables in the order they were measured."""
    sizes = [
        f"- {size.persons:,} 人 / persons: {size.landing_rows:,} 行文件 / rows in files, {size.lake_rows:,} 行接收并保留 / "
        f"rows accepted and kept, {size.hits:,} 项命中 / hits, 各方一致 / the same for all"
        for size in report.sizes
    ]
    return "\n".join([
        f"机器 / machine: {report.machine}; seed {report.seed}",
        "",
        *sizes,
        "",
        *_compared(report),
        "",
        *_stages(report),
        *_targets(report),
    ])  # fmt: skip


def write_docs(docs: Path, report: Report) -> None:
    """Put the tables between the markers of performance.md, and the drawing beside it.

    ValueError when the markers are not there; nothing is written then.
    """
    path = docs / PAGE
    text = path.read_text(encoding="utf-8")
    before, found, rest = text.partition(START)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"{path} has no {START} … {END}")
    picture = (
        f"![各引擎用时随人数的变化, 数字见下表 / seconds by persons for each engine, as in the table below]({PICTURE})"
    )
    path.write_text(f"{before}{START}\n{picture}\n\n{markdown(report)}\n{END}{after}", encoding="utf-8")
    (docs / PICTURE).write_text(chart(series(report)), encoding="utf-8")
