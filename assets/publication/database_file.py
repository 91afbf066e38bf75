"""Writes the database file, in a process of its own that sees nothing but finished tables and the statements to run.

It imports nothing of ours: what the statements say is decided where they are made, and the process starts at once.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def build_file(parent: str) -> None:
    """Run the statements that come as a JSON list on standard input, in a DuckDB that is in memory; they attach the file.

    `parent`: the process without which this one has nothing to do.
    """
    _end_with(int(parent))
    import duckdb

    with duckdb.connect() as connection:
        for statement in json.load(sys.stdin.buffer):
            connection.execute(statement)


def _end_with(parent: int) -> None:
    """End this process when its parent ends, however that happens. Source: prctl(2), PR_SET_PDEATHSIG (Linux only)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)
