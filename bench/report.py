"""What was measured, as a table for people."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd
import polars as pl

START: Final = "<!-- bench:start -->"
END: Final = "<!-- bench:end -->"
TARGET_RATIO: Final = 2.0
TARGET_GIB: Final = 4.0
TARGET_COUNTY: Final = 10.0


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
class Report:
    """One run of the benchmark."""

    persons: int
    seed: int
    machine: str
    landing_rows: int
    lake_rows: int
    hits: int
    whole: Measured
    stage: Measured
    bare: Measured
    pandas: Measured
    county: Measured


def machine() -> str:
    """Cores, memory, load and versions: a time without them says little."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    versions = f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, Polars {pl.__version__}, pandas {pd.__version__}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} 核 / cores, {gib:.0f} GiB, {platform.machine()}, load at the end {os.getloadavg()[0]:.1f}; {versions}"
    )


def _contender(label: str, rows: int, one: Measured, bare: Measured) -> str:
    ratio, cpu = one.seconds / bare.seconds, one.cpu_seconds / bare.cpu_seconds
    return (
        f"| {label} | {one.seconds:.2f} | {one.cpu_seconds:.2f} | {ratio:.2f} | {cpu:.2f} | "
        f"{one.peak_mib / 1024:.2f} | {rows / one.seconds / 1e6:.2f} |"
    )


def _met(value: float, target: float) -> str:
    return "达到 / met" if value <= target else "未达到 / not met"


def markdown(report: Report) -> str:
    """The tables in the order they were measured."""
    whole, stage, bare = report.whole, report.stage, report.bare
    tickets = sum(seconds for name, seconds in whole.wall.items() if name != "published")
    peak = max(whole.peak_mib, stage.peak_mib) / 1024
    ratio, cpu_ratio = stage.seconds / bare.seconds, stage.cpu_seconds / bare.cpu_seconds
    county = report.county
    lines = [
        f"机器 / machine: {report.machine}",
        "",
        f"{report.persons:,} 人 / persons, seed {report.seed}: {report.landing_rows:,} 行文件 / rows in files, "
        f"{report.lake_rows:,} 行接收并保留 / rows accepted and kept, {report.hits:,} 项命中 / hits, 各方一致 / the same for all",
        "",
        "从已接收的行到疑点 / from accepted rows to findings",
        "",
        "| | 秒 seconds | CPU 秒 seconds | 倍数 ratio | CPU 倍数 ratio | 内存峰值 peak GiB | 百万行每秒 M rows/s |",
        "|---|--:|--:|--:|--:|--:|--:|",
        _contender("守望 program (registers, facts, findings)", report.lake_rows, stage, bare),
        _contender("一条 SQL bare DuckDB statement", report.lake_rows, bare, bare),
        _contender("pandas", report.lake_rows, report.pandas, bare),
        "",
        "从文件到单据 / from files to tickets",
        "",
        "| 阶段 stage | 秒 seconds | CPU 秒 seconds |",
        "|---|--:|--:|",
        *(f"| {name} | {seconds:.2f} | {whole.cpu[name]:.2f} |" for name, seconds in whole.wall.items()),
        f"| 合计 all | {whole.seconds:.2f} | {whole.cpu_seconds:.2f} |",
        "",
        f"文件到单据 / files to tickets {tickets:.1f} s, {report.landing_rows / tickets / 1e6:.2f} M rows/s, "
        f"peak {whole.peak_mib / 1024:.2f} GiB",
        "",
        "| 目标 target | 实测 measured | |",
        "|---|--:|---|",
        f"| 行到疑点 ≤ {TARGET_RATIO:.0f} × SQL (CPU) | {ratio:.2f} ({cpu_ratio:.2f}) | {_met(ratio, TARGET_RATIO)} |",
        f"| 内存 memory ≤ {TARGET_GIB:.0f} GiB | {peak:.2f} GiB | {_met(peak, TARGET_GIB)} |",
        f"| 1 万人县 10,000-person county ≤ {TARGET_COUNTY:.0f} s | {county.seconds:.2f} s (CPU {county.cpu_seconds:.2f}) | "
        f"{_met(county.seconds, TARGET_COUNTY)} |",
    ]
    return "\n".join(lines)


def write_docs(path: Path, report: Report) -> None:
    """Put the tables between the markers of docs/performance.md. ValueError when the markers are not there."""
    text = path.read_text(encoding="utf-8")
    before, found, rest = text.partition(START)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"{path} has no {START} … {END}")
    path.write_text(f"{before}{START}\n{markdown(report)}\n{END}{after}", encoding="utf-8")
