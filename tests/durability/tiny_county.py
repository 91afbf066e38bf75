"""A tiny county with two check dates, outcomes between them and a policy that comes late; and what a home folder holds.

All people in it are generated. The sample's planted households alone are about 200 persons: fewer are not to be had.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from assets import audit
from assets.home import Home
from pipelines.check import run_check
from sample.generate import generate

ROOT = Path(__file__).resolve().parents[2]
FIRST, SECOND, THIRD = dt.date(2026, 11, 20), dt.date(2026, 11, 25), dt.date(2026, 11, 28)
NOW = "2026-11-28T08:00:00+08:00"
ENGINE = "polars"
"""The faster one on so few rows; nothing here depends on it."""
LATE_POLICY = """area: "150626"
label: 乌审旗
parameters:
  standard.dibao:
    - {from: 2025-01-01, value: {urban: 9000, rural: 9000}, basis: "测试", status: local}
  vehicle.exempt_types:
    - {from: 2025-01-01, value: [M, N, T, H, K], basis: "测试", status: local}
"""
COMMITTED = ("published", "lake")
LOCKS = (".lock", ".audit.lock")


def fixed_clock() -> str:
    """The clock of every run here, so that whole home folders can be compared byte for byte."""
    return NOW


def check(root: Path, as_of: dt.date, **options: Any) -> Any:
    """One check in this process."""
    return run_check(Home(root), as_of, engine=ENGINE, now=fixed_clock, **options)


def command(root: Path, *more: str) -> list[str]:
    """A check of the third date on the command line."""
    arguments = ["check", "--as-of", THIRD.isoformat(), "--home", str(root), "--engine", ENGINE, *more]
    return [sys.executable, "-m", "pipelines.cli", *arguments]


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """A program that has ended, with what it said; no exit code is an error here."""
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)


def make_county(root: Path) -> Path:
    """Landing folder and pseudonym key (made up, so that databases can be compared)."""
    generate(root / "landing", 80, 3, "150626", 1, as_of=FIRST)
    (root / "lake" / "secret").mkdir(parents=True)
    key = root / "lake" / "secret" / "pseudonym.key"
    key.write_text("5a" * 32, encoding="ascii")
    key.chmod(0o600)
    return root


def deliver_outcomes(root: Path) -> None:
    """Every second open ticket of the first date comes back: closed, refused (one visitor), and one unknown number."""
    codes = ("no_issue", "data_error", "change_confirmed", "referred", "moved")
    rows = []
    for position, ticket in enumerate(published_tickets(root, FIRST)):
        if position % 2 == 0:
            visitors = "甲" if position % 6 == 4 else "甲、乙"
            rows.append((ticket["ticket_id"], "2026-11-23", codes[position // 2 % 5], "经办", "2026-11-22", visitors))
    rows.append(("150626-20200101-0000000000", "2026-11-23", "no_issue", "经办", "2026-11-22", "甲、乙"))
    names = ["ticket_id", "handled_on", "outcome", "handler", "visited_on", "visitors"]
    target = root / "landing" / "ticket_outcomes" / "150626_20261125.csv"
    target.parent.mkdir(exist_ok=True)
    pl.DataFrame(rows, schema=names, orient="row").write_csv(target)


def deliver_late_policy(root: Path) -> None:
    """A policy file that should have been there from the first date on: a reason for a replay."""
    (root / "policy").mkdir(exist_ok=True)
    (root / "policy" / "150626.yaml").write_text(LATE_POLICY, encoding="utf-8")


def published_tickets(root: Path, as_of: dt.date) -> list[dict[str, Any]]:
    """The ticket objects of a publication."""
    path = Home(root).publication(as_of) / "warnings" / "tickets.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def contents(root: Path) -> dict[str, str]:
    """What a home folder holds besides what was delivered: every path with a digest of its content.

    Published files and the delivery ledger byte for byte. Databases and Parquet files of the lake by their rows: DuckDB never
    writes the same bytes twice, and engines keep no order; so marks without the digests of these, and of the audit ledger which
    publications it has. Locks are left out, leftovers are not.
    """
    home = Home(root)
    found = {}
    for top in COMMITTED:
        for path in sorted((root / top).rglob("*")):
            if path.is_file() and path.name not in LOCKS:
                found[path.relative_to(root).as_posix()] = _digest(home, path)
    return found


def _digest(home: Home, path: Path) -> str:
    content = path.read_bytes()
    if path == home.audit_head:
        return ""
    if path == home.audit:
        content = json.dumps(_entered(home)).encode()
    if path.name == "publication.json":
        content = json.dumps(json.loads(content) | {"files": None}).encode()
    if path == home.database:
        content = json.dumps(database_rows(path), default=str).encode()
    elif path.name == "database_of":
        content = json.loads(content)["digest"].encode()
    elif path.suffix == ".parquet" and path.is_relative_to(home.lake / "checks"):
        frame = pl.read_parquet(path)
        content = "\n".join([str(frame.schema), *sorted(map(repr, frame.rows()))]).encode()
    return hashlib.sha256(content).hexdigest()


def _entered(home: Home) -> list[Any]:
    """Publications and acts of the audit ledger in order, each once in a row: no intents, which a killed check repeats."""
    found: list[Any] = []
    newest: dict[Any, Any] = {}
    for entry in audit.entries(home):
        said = [entry.kind, entry.fields.get("as_of"), entry.fields.get("manifest_sha256")]
        if not entry.kind.endswith("_intended") and newest.get(said[1]) != said:
            found.append(said)
            newest[said[1]] = said
    return found


def database_rows(path: Path) -> dict[str, list[Any]]:
    """All rows of all tables, as they lie."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
