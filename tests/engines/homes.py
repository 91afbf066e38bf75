"""Homes that differ in the engine alone, and everything they have published."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path

import duckdb
import polars as pl

from assets.home import Home
from assets.publication.pseudonyms import load_key
from pipelines.check import run_check

NOW = "2030-01-01T00:00:00+08:00"
DATABASE = "civil_affairs.duckdb"


def copied(home: Path, root: Path) -> Path:
    """The same landing folder, policy and key of pseudonyms in another home."""
    load_key(Home(home))
    shutil.copytree(home, root)
    return root


def published_by(root: Path, engine: str, dates: list[dt.date]) -> Path:
    for day in dates:
        run_check(Home(root), day, engine=engine, now=lambda: NOW)
    return root


def published_files(root: Path) -> dict[str, str]:
    """Digest of every published file; the database is compared by content."""
    folder = root / "published"
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".duckdb")
    }


def database_rows(root: Path) -> dict[str, list[str]]:
    """Rows of every table of the published database, sorted."""
    with duckdb.connect(str((root / "published" / DATABASE).resolve()), read_only=True) as connection:
        names = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
        ).fetchall()
        return {name: sorted(map(repr, connection.execute(f'FROM "{name}"').fetchall())) for (name,) in names}


def lake_frames(root: Path, as_of: dt.date) -> dict[str, pl.DataFrame]:
    """Every table a check left in the lake, with its types; the engines keep no order."""
    partition = Home(root).check(as_of)
    frames = {path.relative_to(partition).as_posix(): pl.read_parquet(path) for path in partition.rglob("*.parquet")}
    return {name: frame.select(sorted(frame.columns)).sort(sorted(frame.columns)) for name, frame in frames.items()}
