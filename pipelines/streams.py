"""Standard output and error as they may be: closed, in an encoding that lacks our characters, or with nobody reading."""

from __future__ import annotations

import io
import os
import sys


def prepare() -> None:
    """Neither a closed stream nor a character its encoding lacks (GBK has no ✗) may end a check that has just published."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # a scheduler that closes them instead of redirecting them
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Progress on stderr. Where its reader has gone (`2>&1 | head`) the work goes on unseen."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
