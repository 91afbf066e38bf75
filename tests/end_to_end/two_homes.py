"""Two homes with one landing folder, of which one is checked on top of the last check and the other in full."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import polars as pl
from engines.homes import NOW, database_rows, lake_frames, published_files

from assets.home import Home
from pipelines.check import CheckRun, run_check


def checked(root: Path, day: dt.date, *, full: bool, engine: str = "polars") -> CheckRun:
    """A check on top of the one before, or a full one; the clock stands still."""
    return run_check(Home(root), day, engine=engine, full=full, now=lambda: NOW)


def same_landing(landing: Path, home: Path) -> None:
    """Give `home` what the home folder `landing` has to read: files and policy."""
    for part in ("landing", "policy"):
        shutil.rmtree(home / part, ignore_errors=True)
        shutil.copytree(landing / part, home / part)


def differences(one: Path, other: Path, day: dt.date) -> list[str]:
    """Names of tables and files in which two homes differ; no cell may appear in a test's words."""
    lakes = [lake_frames(root, day) for root in (one, other)]
    names = sorted(name for name in {*lakes[0], *lakes[1]} if not _same(lakes[0].get(name), lakes[1].get(name)))
    files = [published_files(root) for root in (one, other)]
    names += sorted(name for name in {*files[0], *files[1]} if files[0].get(name) != files[1].get(name))
    tables = [database_rows(root) for root in (one, other)]
    return names + sorted(name for name in tables[0] if tables[0][name] != tables[1][name])


def _same(one: pl.DataFrame | None, other: pl.DataFrame | None) -> bool:
    return one is not None and other is not None and one.equals(other)
