"""The files of one size on the disk: a landing folder, the lake made of it, and what an earlier run left to use again."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.deliveries import judged_by
from bench.constants import AS_OF, FEEDS, accepted_rows
from bench.contender import FILES, Task
from pipelines.check import STAGES

MADE: Final = "made.json"


@dataclass(frozen=True)
class Place:
    """A folder for one size and seed."""

    folder: Path
    task: Task

    @property
    def landing(self) -> Path:
        return self.task.home.landing

    def has_landing(self) -> bool:
        """Whether a whole landing folder is there. What a broken run left of one is removed."""
        if (self.folder / MADE).is_file():
            return True
        shutil.rmtree(self.folder, ignore_errors=True)
        self.task.work.mkdir(parents=True)
        return False

    def landing_is_whole(self) -> None:
        (self.folder / MADE).write_text("{}", encoding="utf-8")

    def earlier(self) -> dict[str, Any] | None:
        """What an earlier run measured from files to a stage at least as late; None when the files must be read (again)."""
        made: dict[str, Any] = json.loads((self.folder / MADE).read_text(encoding="utf-8"))
        if made.get("readers") != _readers() or not self.task.state.is_file():
            return None
        return made if STAGES.index(made["until"]) >= STAGES.index(self.task.until) else None

    def forget_lake(self) -> None:
        """Start from the landing folder."""
        self.landing_is_whole()
        for made in (self.task.home.lake, self.task.home.published, self.task.state):
            shutil.rmtree(made) if made.is_dir() else made.unlink(missing_ok=True)

    def lake_is_whole(self) -> dict[str, Any]:
        """Note what was measured from files on; returns it."""
        measured = json.loads((self.task.work / f"{FILES}.json").read_text(encoding="utf-8"))
        made = {"readers": _readers(), "until": self.task.until, "files": measured}
        (self.folder / MADE).write_text(json.dumps(made), encoding="utf-8")
        return made

    def lake_rows(self) -> int:
        """Accepted rows that were kept."""
        return sum(_rows(path) for path in accepted_rows(self.task.partition).values())

    def landing_rows(self) -> int:
        """Rows of all files."""
        return sum(_rows(path) for path in self.landing.glob("*/*.parquet"))


def _readers() -> dict[str, str]:
    """What the accepted rows depend on besides the files."""
    return {"as_of": AS_OF.isoformat(), **{feed: judged_by(feed) for feed in FEEDS}}


def _rows(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())
