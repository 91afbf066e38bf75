"""Memory of a check: what DuckDB may take before it spills to `lake/tmp`, and what Python need not look through."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

from assets.errors import CheckStoppedError, WrongUseError

MEMORY: Final = "SHOUWANG_MEMORY"
HALF: Final = "50%"
"""DuckDB's own default is 80 %: too much beside the tickets and tables that Polars and Python hold in the same process."""
LEAST_MB: Final = 256
"""With less not even a small county gets through."""
_UNIT_MB: Final = {"MB": 1.0, "GB": 1e3, "TB": 1e6, "MIB": 1.049, "GIB": 1074.0, "TIB": 1.1e6}


def memory_limit(asked: str | None = None) -> str:
    """What DuckDB is told: `asked`, else $SHOUWANG_MEMORY, else half of the machine. WrongUseError for any other text."""
    text = (asked or os.environ.get(MEMORY) or HALF).strip()
    if text == HALF:
        return text
    said = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([KMGT]I?B)", text.upper(), re.ASCII)
    if said is None or float(said[1]) * _UNIT_MB.get(said[2], 0.0) < LEAST_MB:
        raise WrongUseError(
            "memory_setting",
            f"内存上限应写成 4GB 或 512MB 这样的数量, 不少于 {LEAST_MB}MB; 现为“{text}”(环境变量 {MEMORY})。",
            f"The memory limit should read like 4GB or 512MB, at least {LEAST_MB}MB, not {text!r} (variable {MEMORY}).",
        )
    return text


NO_DISK_TROUBLE: Final = ("schema mismatch", "No files found that match")
"""How DuckDB says that a file lacks a column or is not there: the same kind of error as a full disk."""


@contextmanager
def duckdb_errors() -> Iterator[None]:
    """Too little memory and a broken disk in words. DuckDB's own are left out: they may quote cells."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise CheckStoppedError(
            "memory",
            f"计算所用内存超过上限。请调高环境变量 {MEMORY}(例如 8GB), 或腾出 lake/tmp 所在磁盘的空间后重试。",
            f"The calculation needs more memory than it may take. Raise the variable {MEMORY} (for example to 8GB), or "
            "make room on the disk of lake/tmp, and try again.",
        ) from None
    except duckdb.IOException as error:
        if any(text in str(error) for text in NO_DISK_TROUBLE):
            raise
        raise CheckStoppedError(
            "storage",
            "读写数据湖或临时文件失败。请检查磁盘空间与权限; 此前的发布未受影响。",
            "Reading or writing the lake or its temporary files failed. Check disk space and permissions; what was "
            "published before is untouched.",
        ) from None


@contextmanager
def uncollected() -> Iterator[None]:
    """Without Python's search for circles of objects that nothing else refers to.

    Tickets are many objects that stay and refer to each other in no circle: looking through them again and again took a
    quarter of their time. What is no longer referred to is freed all the same.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
