"""Runs a notebook as marimo does and says what it shows and computes; asks the database beside it."""

from __future__ import annotations

import datetime as dt
import html
import importlib.util
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.home import Home

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
FIRST, SECOND = dt.date(2026, 10, 20), dt.date(2026, 11, 20)
"""Check dates of the home."""
NOTEBOOKS = ("overview", "household", "rule", "data_quality")
MASKED = re.compile(r"[0-9]{6}\*{8}[0-9]{3}[0-9X]")


@dataclass(frozen=True)
class Run:
    """What a notebook showed, as HTML and as a person reads it, and the values it computed."""

    page: str
    shown: str
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def run_notebook(name: str, root: Path, monkeypatch: pytest.MonkeyPatch, **chosen: object) -> Run:
    """One run without a server. `chosen`: what a person would have chosen on the page."""
    monkeypatch.setenv("SHOUWANG_HOME", str(root))
    spec = importlib.util.spec_from_file_location(f"notebook_{name}", FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    outputs, values = module.app.run(defs=chosen or None)
    page = "\n".join(getattr(output, "text", "") for output in outputs)
    # A callout hands its words over as an attribute: encoded twice.
    return Run(page, html.unescape(html.unescape(page)), dict(values))


@contextmanager
def database(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(Home(root).database), read_only=True) as connection:
        yield connection


def ask(root: Path, query: str, **known: object) -> list[tuple[Any, ...]]:
    with database(root) as connection:
        return connection.execute(query, known or None).fetchall()


def one(root: Path, query: str, **known: object) -> Any:
    """The only value."""
    ((value,),) = ask(root, query, **known)
    return value
