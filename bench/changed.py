"""What a check costs when little has changed: `python -m bench.changed`, beside a full check of the same date.

A first check, then for each kind of change: new files on the next day, the check on top of the last one, and the same
date again in full, which must publish the very same bytes. Ratios count from files to findings; tickets and publication
are made in full by both, because every line of them bears the check date.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.home import Home
from bench.constants import AS_OF, FEEDS
from bench.contender import MIB
from bench.run import make_landing, run_process, say
from data_contracts import feed_contract
from pipelines.check import STAGES, run_check

ONE_IN: Final = 100
LATE: Final = ("tickets", "published")


@dataclass(frozen=True)
class Kind:
    """A kind of change: of the rows of every hundredth household, or of every hundredth row; are snapshots sent again?"""

    name: str
    zh: str
    en: str
    is_scattered: bool
    has_snapshots: bool


KINDS: Final = (
    Kind("households", "百分之一的家庭, 增量文件", "one household in a hundred, increments", False, False),
    Kind("rows", "百分之一的行, 散布, 增量文件", "one row in a hundred, scattered, increments", True, False),
    Kind(
        "snapshots",
        "百分之一的家庭, 全部清单重报",
        "one household in a hundred, every snapshot sent again",
        False,
        True,
    ),
)


def deliver(landing: Path, kind: Kind, day: dt.date) -> int:
    """Write files of `day`. Returns how many rows of them read otherwise than before."""
    members = pl.read_parquet(_newest(landing, "household_members"), columns=["household_id", "person_id"])
    place = (day - AS_OF).days  # other households every time
    chosen = members.filter(pl.col("household_id").hash(place) % ONE_IN == 0)
    changed = 0
    for feed in FEEDS:
        contract = feed_contract(feed)
        if contract.kind == "snapshot" and not kind.has_snapshots:
            continue
        path = _newest(landing, feed)
        rows = pl.read_parquet(path)
        subject = "household_id" if "household_id" in rows.columns else "person_id"
        if kind.is_scattered:
            is_chosen = pl.struct(pl.all()).hash(place) % ONE_IN == 0
        else:
            is_chosen = pl.col(subject).is_in(chosen[subject].unique().implode())
        rows = rows.with_columns(is_chosen.alias("is_chosen"))
        changed += int(rows["is_chosen"].sum())
        rows = rows if contract.kind == "snapshot" else rows.filter("is_chosen")
        area = path.stem.split("_")[0]
        _otherwise(rows, feed, day).write_parquet(landing / feed / f"{area}_{day:%Y%m%d}.parquet")
    return changed


def _newest(landing: Path, feed: str) -> Path:
    """The file everything was delivered in; what this module adds is dated after AS_OF."""
    files = (path for path in (landing / feed).glob("*.parquet") if path.stem.split("_")[1] <= f"{AS_OF:%Y%m%d}")
    return max(files, key=lambda path: path.stat().st_size)


def _otherwise(rows: pl.DataFrame, feed: str, day: dt.date) -> pl.DataFrame:
    """The chosen rows with a number one higher, else with another date; the others as they were."""
    key = {column.name for column in feed_contract(feed).key}
    numbers = [name for name, dtype in rows.schema.items() if dtype.is_decimal() and name not in key]
    dates = [name for name, dtype in rows.schema.items() if dtype == pl.Date and name != "birth_date"]
    if numbers:
        name = numbers[0]
        other = (pl.col(name) + 1).cast(rows.schema[name])
    else:
        name = dates[-1]
        other = pl.lit(day)
    return rows.with_columns(pl.when("is_chosen").then(other).otherwise(pl.col(name)).alias(name)).drop("is_chosen")


def step(home: Path, as_of: dt.date, full: bool) -> dict[str, Any]:
    """One check in this process: seconds and processor seconds by stage, how much was computed, whether bytes changed."""
    marks: list[tuple[str, float, float]] = []

    def mark(stage: str) -> None:
        marks.append((stage, time.perf_counter(), time.process_time()))

    run = run_check(Home(home), as_of, full=full, progress=mark)
    mark("end")
    ends = marks[1:]
    return {
        "wall": {one[0]: other[1] - one[1] for one, other in zip(marks, ends, strict=False)},
        "cpu": {one[0]: other[2] - one[2] for one, other in zip(marks, ends, strict=False)},
        "households": None if run.scope.households is None else len(run.scope.households),
        "why": run.scope.why,
        "is_changed": run.is_changed,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB,
    }


def checked(home: Path, as_of: dt.date, *, full: bool) -> dict[str, Any]:
    """`step` in a process of its own."""
    told = home / "step.json"
    command = [sys.executable, "-m", "bench.changed", "--step", str(home), "--as-of", as_of.isoformat()]
    run_process([*command, *(["--full"] if full else [])], is_heard=True)
    found: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return found


def measure(home: Path, persons: int, seed: int) -> list[str]:
    """Lines of a table in Markdown. RuntimeError where the two checks of a date publish different bytes."""
    say(f"{persons:,} 人 / persons ...")
    if not (home / "landing").is_dir():
        make_landing(home, persons, seed, "parquet")
    lines = [
        "| 变化 change | 行 rows | 重算家庭 households | 文件到疑点 files to findings, s (CPU) | 全部重算 full, s (CPU) "
        "| 比例 ratio (CPU) | 整个核对 whole check, s | 全部 full, s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    checked(home, AS_OF, full=False)
    for days, kind in enumerate(KINDS, start=1):
        day = AS_OF + dt.timedelta(days=days)
        rows = deliver(home / "landing", kind, day)
        say(f"  {kind.en} ...")
        little, full = (checked(home, day, full=is_full) for is_full in (False, True))
        if full["is_changed"]:
            raise RuntimeError(f"{kind.name}: the check on top of the last one published other bytes than a full one")
        lines.append(_line(kind, rows, little, full))
        say(lines[-1])
    return lines


def _line(kind: Kind, rows: int, little: dict[str, Any], full: dict[str, Any]) -> str:
    wall, cpu = ([_early(run[clock]) for run in (little, full)] for clock in ("wall", "cpu"))
    whole = [sum(run["wall"].values()) for run in (little, full)]
    computed = f"{little['households']:,}" if little["households"] is not None else f"全部 all: {little['why']}"
    return (
        f"| {kind.zh} / {kind.en} | {rows:,} | {computed} | {wall[0]:.1f} ({cpu[0]:.1f}) | {wall[1]:.1f} ({cpu[1]:.1f}) "
        f"| {wall[0] / wall[1]:.0%} ({cpu[0] / cpu[1]:.0%}) | {whole[0]:.1f} | {whole[1]:.1f} |"
    )


def _early(seconds: dict[str, float]) -> float:
    return sum(seconds[stage] for stage in STAGES if stage not in LATE)


def main() -> int:
    """The table on standard output."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.changed", description="变化多少, 算多少 / cost follows the change"
    )
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="保留文件的目录 / keep the files here")
    parser.add_argument("--step", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--as-of", type=dt.date.fromisoformat, help=argparse.SUPPRESS)
    parser.add_argument("--full", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.step is not None:
        found = step(told.step, told.as_of, told.full)
        (told.step / "step.json").write_text(json.dumps(found), encoding="utf-8")
        return 0
    if told.home is not None:
        print("\n".join(measure(told.home, told.persons, told.seed)))
        return 0
    with tempfile.TemporaryDirectory(prefix="shouwang-changed-") as folder:
        print("\n".join(measure(Path(folder), told.persons, told.seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
