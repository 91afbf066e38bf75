"""One check at a time in a home folder, and the clock."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home, private

LOCK_POLL_SECONDS: Final = 0.1


def beijing_now() -> str:
    """The only clock: when files arrived and publications were made, in Asia/Shanghai."""
    return dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).isoformat(timespec="seconds")


def require_not_ahead(as_of: dt.date, now: str) -> None:
    """WrongUseError for a check date after today: what is not there yet would count as missing, and deadlines would run."""
    if as_of.isoformat() > now[:10]:
        raise WrongUseError(
            "ahead",
            f"{as_of} 在今天({now[:10]}, 北京时间)之后, 不能核对尚未到来的日期。确需提前核对(演练、测试), 请加 --ahead。",
            f"{as_of} is after today ({now[:10]} in Asia/Shanghai). To check a date that has not come yet (a rehearsal, a "
            "test) add --ahead.",
        )


@contextmanager
def locked(home: Home, wait: float = 0, say: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """One check at a time in a home folder; a second one waits `wait` seconds, then it is told who holds it."""
    path = home.lake / ".lock"
    with private(), _lock_file(path) as stream:
        until, is_told = time.monotonic() + wait, False
        while (holder := _take_lock(stream)) is not None:
            if time.monotonic() >= until:
                raise CheckStoppedError(
                    "locked",
                    f"另一个核对正在此目录运行({holder})。请等它结束后再试, 或加 --wait 秒数等候。",
                    f"Another check is running in this home folder ({holder}). Try again when it has ended, or let "
                    "--wait SECONDS wait for it.",
                )
            if not is_told:
                say(f"等候另一个核对结束 / waiting for another check to end: {holder}")
                is_told = True
            time.sleep(min(LOCK_POLL_SECONDS, max(0.0, until - time.monotonic())))
        stream.truncate(0)
        stream.write(f"pid {os.getpid()}, {beijing_now()}")
        stream.flush()
        yield
        stream.truncate(0)


def _lock_file(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a+", encoding="utf-8")


def _take_lock(stream: TextIO) -> str | None:
    """None when the lock is ours now, else who holds it."""
    for _ in range(3):
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            stream.seek(0)
            if holder := stream.read().strip():
                return holder
            time.sleep(LOCK_POLL_SECONDS)  # it has the lock and is about to write its name
    return "?"
