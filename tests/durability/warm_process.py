"""A process that has imported everything and used nothing: it forks one check after the other and kills them.

Started as `python warm_process.py` with the repository on PYTHONPATH; one JSON request a line on stdin, one JSON answer
a line on stdout. Importing takes seconds, a forked check starts at once. Forking is safe as long as the parent has run
nothing: no thread of Polars or DuckDB is alive in it.

Request: {home, as_of, engine, replay, withdraw, kill: null | {kind, at, nth}}. Kinds of kill:
  moment       SIGKILL from outside, `at` seconds after the start
  publication  SIGKILL from outside, `at` seconds after the publishing stage began
  operation    SIGKILL by itself right before the `at`-th thing it does to a file in the section of a publication in
               which partition, folder, audit entry and database get their places
  step         SIGKILL by itself right before the step called `at` (one of STEPS) comes for the `nth` time
Answer: {status, seconds, published_after, operations, error, orphans}; status is the exit code, -9 for a killed one.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import importlib
import itertools
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assets.home import Home
from assets.publication import commit, database
from data_contracts.derive.pandera_alone import pandera_polars
from pipelines import check, publication
from pipelines.commands import replay

ON_THE_WAY = (
    "chinese_calendar",
    "hypothesis",
    "pandas",
    "python_calamine",
    "xlsxwriter",
    "data_contracts.derive.schemas",
)
"""What a check imports while it runs, besides pandera, which asks for hypothesis."""
NOW = "2026-11-28T08:00:00+08:00"
OPERATIONS = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "open", "ctypes.dlsym", "shutil.rmtree")
STEPS = {
    "partition": (publication, "_mark_partition"),
    "announcement": (check, "announce"),
    "names": (check, "finish"),
    "name": (commit, "take_name"),
    "record": (commit, "record"),
    "database": (commit, "put_waiting_database"),
    "new_database": (database, "replace_database"),
    "stamp": (database, "sync_folder"),
    "take_back": (commit, "take_back"),
}
PR_SET_CHILD_SUBREAPER = 36
ORPHAN_SECONDS = 10


class Operations:
    """Counts what this process does to files while armed, and kills it at the chosen one."""

    def __init__(self, last: int | None) -> None:
        self.is_armed, self.done, self._last = False, 0, last

    def hear(self, event: str, _: tuple[Any, ...]) -> None:
        if self.is_armed and event in OPERATIONS:
            self.done += 1
            if self.done == self._last:
                end()

    def arm(self) -> None:
        self.is_armed = True

    def disarm(self) -> None:
        self.is_armed = False


def end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(module: Any, name: str, act: Callable[[], None]) -> None:
    """Let `act` run before every call of a function."""
    function = getattr(module, name)

    def wrapped(*arguments: Any) -> Any:
        act()
        return function(*arguments)

    setattr(module, name, wrapped)


def run(request: dict[str, Any], pipe: int) -> None:
    """The child: one check, then its answer through the pipe. Its own words go nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    kill = request["kill"] or {}
    operations = Operations(kill["at"] if kill.get("kind") == "operation" else None)
    sys.addaudithook(operations.hear)
    started = time.monotonic()
    answer: dict[str, Any] = {"error": None, "published_after": None}
    before(publication, "_mark_partition", operations.arm)
    if kill.get("kind") == "step":
        count = itertools.count(1)
        before(*STEPS[kill["at"]], lambda: end() if next(count) == kill.get("nth", 1) else None)

    def progress(stage: str) -> None:
        if stage == "published":
            answer["published_after"] = time.monotonic() - started
            os.write(pipe, b"p\n")

    try:
        _act(request, progress)
    except BaseException as error:
        answer["error"] = f"{type(error).__name__} {getattr(error, 'code', '')} {str(error)[:300]}"
    answer["operations"] = operations.done
    os.write(pipe, json.dumps(answer).encode() + b"\n")
    os._exit(0 if answer["error"] is None else 1)


def _act(request: dict[str, Any], progress: Callable[[str], None]) -> None:
    home, as_of = Home(Path(request["home"])), dt.date.fromisoformat(request["as_of"])
    if request["withdraw"]:
        how: dict[str, Any] = {"engine": request["engine"], "say": lambda _: None, "now": lambda: NOW}
        replay.withdraw(home, as_of, "张科长", "口径有误", **how)
        return
    check.run_check(
        home,
        as_of,
        engine=request["engine"],
        replay=request["replay"],
        progress=progress,
        now=lambda: NOW,
    )


def attempt(request: dict[str, Any]) -> dict[str, Any]:
    """Fork a check, kill it when asked to, and say what became of it."""
    reading, writing = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        run(request, writing)
    os.close(writing)
    text = _listen(reading, child, request["kill"] or {}, started)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    lines = [line for line in text.decode().split("\n") if line.startswith("{")]
    answer: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return {
        **answer,
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - started,
        "orphans": _orphans(),
    }


def _listen(pipe: int, child: int, kill: dict[str, Any], started: float) -> bytes:
    """Read until the child closes the pipe; kill it on the way when its time has come."""
    until = started + kill["at"] if kill.get("kind") == "moment" else None
    text = b""
    while True:
        wait = None if until is None else max(0.0, until - time.monotonic())
        if not select.select([pipe], [], [], wait)[0]:
            os.kill(child, signal.SIGKILL)
            until = None
            continue
        piece = os.read(pipe, 65536)
        if not piece:
            return text
        text += piece
        if kill.get("kind") == "publication" and until is None and b"p\n" in piece:
            until = time.monotonic() + kill["at"]


def _orphans() -> int:
    """How many children of the killed one are alive after a while. They come to us, because nobody else is left."""
    until = time.monotonic() + ORPHAN_SECONDS
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0
        if ended == 0:
            if time.monotonic() > until:
                return 1
            time.sleep(0.002)


def import_everything() -> None:
    """Before the first fork, so that no child has to."""
    for name in ON_THE_WAY:
        importlib.import_module(name)
    pandera_polars()


def main() -> None:
    import_everything()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    for line in sys.stdin:
        print(json.dumps(attempt(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
