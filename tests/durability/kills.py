"""Speaks with the warm process: undisturbed checks, killed checks, and what may be seen after a kill."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
from durability.tiny_county import ENGINE, ROOT

from assets.home import Home
from pipelines.commands.verify import verify

# What a killed check may leave undone; everything else `verify` knows is a loss.
UNDONE = {
    *("unfinished", "not_recorded", "audit_half_line", "audit_head_behind", "partition_unfinished"),
    *("database_missing", "database_unknown", "database_old", "chain_broken"),
}


class WarmProcess:
    """The process of warm_process.py."""

    def __enter__(self) -> WarmProcess:
        program = Path(__file__).with_name("warm_process.py")
        self._process = subprocess.Popen(
            [sys.executable, str(program)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def check(
        self,
        root: Path,
        as_of: dt.date,
        replay: bool = False,
        kill: dict[str, Any] | None = None,
        *,
        withdraw: bool = False,
    ) -> dict[str, Any]:
        """One check, or one withdrawal; the answer of the warm process."""
        request = {"home": str(root), "as_of": as_of.isoformat(), "engine": ENGINE, "replay": replay, "kill": kill}
        request["withdraw"] = withdraw
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def whole_after_a_kill(root: Path, published_before: list[dt.date], had_database: bool) -> None:
    """Every publication is whole or absent, what was there is still there, the database opens."""
    home = Home(root)
    losses = [(p.code, p.file) for p in verify(home).problems if p.code not in UNDONE]
    assert losses == []
    assert set(published_before) <= set(home.published_dates())
    if had_database:
        with duckdb.connect(str(home.database), read_only=True) as connection:
            row = connection.execute("SELECT count(*) FROM tickets").fetchone()
            assert row is not None and row[0] > 0
