"""When the landing folder is ready to be read: a sensor that waits until nothing is being copied any more.

A file copied under its final name looks complete from its first byte on, and a check that reads half of it sets it
aside for good (the name is then taken). So nothing is started while any file is young or still changing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from dagster import (
    AssetMaterialization,
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
)

from assets.errors import CheckStoppedError
from assets.kept_reports import is_peoples
from assets.landing import scan
from pipelines.orchestration.catalogue import LANDING, TIME_ZONE

PATIENCE: Final = 1800.0
SHOWN: Final = 5


@dataclass(frozen=True)
class Stamp:
    """What tells that a file changed: size, time of modification, and the newest of all its times."""

    size: int
    mtime_ns: int
    changed_at: tuple[float, float]

    @property
    def look(self) -> list[int]:
        return [self.size, self.mtime_ns]


@dataclass(frozen=True)
class Watch:
    """What the sensor remembers between ticks, the same few bytes however many files there are.

    look: digest of the folder on the last tick; asked: digest of the folder for which a run was last asked for.
    """

    look: str | None = None
    asked: str | None = None

    @classmethod
    def load(cls, cursor: str | None) -> Watch:
        """From the cursor; one that cannot be read (an older version) starts afresh."""
        try:
            return cls(**json.loads(cursor)) if cursor else cls()
        except (ValueError, TypeError):
            return cls()

    def dump(self) -> str:
        return json.dumps(asdict(self))


def stamps(landing: Path) -> dict[str, Stamp]:
    """Files with a final name (hidden and .part files are not delivered yet). One that vanishes meanwhile is left out."""
    found = {}
    files, others = scan(landing)
    paths = {file.shown: file.path for file in files}  # any name will do for a book that people return
    paths |= {o.shown: o.path for o in others if o.path is not None and is_peoples(o.path.parent.name)}
    for shown, path in paths.items():
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        found[shown] = Stamp(stat.st_size, stat.st_mtime_ns, (stat.st_mtime, stat.st_ctime))
    return found


def digest(files: Mapping[str, Stamp]) -> str:
    """Names, sizes and times of a list of files; the same list asks for one run only."""
    text = json.dumps([[name, *files[name].look] for name in sorted(files)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def young(files: Mapping[str, Stamp], now: float, settle_seconds: float) -> list[str]:
    """Files that changed less than `settle_seconds` ago. A time stamp in the future says nothing: some machine's clock is wrong,
    and a file that is still being copied shows in its other one."""
    return sorted(n for n, stamp in files.items() if any(0 <= now - at < settle_seconds for at in stamp.changed_at))


def _shown(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")


def wait_until_calm(
    landing: Path,
    settle_seconds: float,
    say: Callable[[str], object],
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Before a check reads: wait until the youngest file has been still for `settle_seconds`.

    CheckStoppedError after half an hour of changes. With 0 nothing is waited for.
    """
    until = now() + PATIENCE
    while settle_seconds > 0:
        restless = young(stamps(landing), now(), settle_seconds)
        if not restless:
            return
        shown = _shown(restless)
        if now() > until:
            raise CheckStoppedError(
                "landing_busy",
                f"落地目录中仍有文件在变化: {shown}。请等传输结束后再试。",
                f"Files in the landing folder keep changing: {shown}. Try again when the transfer has ended.",
            )
        say(f"等待传输结束 / waiting for files to settle: {shown}")
        sleep(min(settle_seconds, 10.0))


def today() -> str:
    """Today's check date in Asia/Shanghai."""
    return dt.datetime.now(ZoneInfo(TIME_ZONE)).date().isoformat()


def evaluate(landing: Path, cursor: str | None, settle_seconds: float, now: float, day: str) -> SensorResult:
    """One tick of the sensor, without Dagster's context: what to do and what to remember.

    A run is asked for when the folder looks as it did on the last tick, no file in it is young, and it is not the
    folder the last run was asked for. Temporary names are never looked at. A file taken away counts as a change too:
    the check then says whether it is missed.
    """
    files = stamps(landing)
    seen, watch, key = young(files, now, settle_seconds), Watch.load(cursor), digest(files)
    looked = replace(watch, look=key).dump()
    if seen or key != watch.look:
        text = f"等待传输结束 / waiting for files to settle: {_shown(seen) or '…'}"
        return SensorResult(skip_reason=SkipReason(text), cursor=looked)
    if not files or key == watch.asked:
        return SensorResult(skip_reason=SkipReason("没有新文件 / nothing new"), cursor=looked)
    request = RunRequest(run_key=f"{day}-{key}", partition_key=day, tags={"shouwang/why": "new files"})
    arrived = AssetMaterialization(LANDING, metadata={"文件数 files": len(files), "摘要 digest": key})
    return SensorResult(run_requests=[request], cursor=Watch(key, key).dump(), asset_events=[arrived])


def landing_sensor(job: Any) -> SensorDefinition:
    """Starts `job` for today once new files lie complete in the landing folder. Switched on by a person."""

    def tick(context: SensorEvaluationContext) -> SensorResult:
        home = context.resources.home
        return evaluate(home.home.landing, context.cursor, home.settle_seconds, time.time(), today())

    return SensorDefinition(
        name="landing_files",
        evaluation_fn=tick,
        job=job,
        minimum_interval_seconds=60,
        default_status=DefaultSensorStatus.STOPPED,
        required_resource_keys={"home"},
        description="落地目录有新文件并传完后, 核对今天 / New complete files in the landing folder: check today",
    )
