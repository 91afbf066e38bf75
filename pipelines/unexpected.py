"""An error nobody foresaw. People see its kind and which file to hand on; the file holds what an engineer needs: kinds,
stage, date, versions and every frame with its line of code. Texts and values are left out of both: they may quote cells.
"""

from __future__ import annotations

import datetime as dt
import linecache
import os
import platform
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from assets.home import Home

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = ("shouwang", "polars", "duckdb", "pyarrow", "narwhals", "pandera", "great-expectations", "dagster")
NOTE: Final = re.compile(r"\d{4}-\d{2}-\d{2} [a-z]+ [a-z]+")
"""Check date, stage and engine, as check.CheckRun notes them on an error."""


def words(error: BaseException, home: Home | None = None, published: Sequence[dt.date] = ()) -> tuple[str, str]:
    """What to say in Chinese and English; the engineer's file is written where there is a home folder that takes it.

    `published`: the check dates that this command had published before the error.
    """
    kind, file = type(error).__name__, None if home is None else write(home, error)
    zh, en = what_was_published(published)
    if file is None:
        where = "请把下列位置交给维护人员。", "send the places below to whoever maintains this."
    else:
        where = f"请把文件 {file} 交给维护人员(不含个人数据)。", f"hand the file {file} to whoever maintains this."
    return f"程序意外中断({kind}), {zh}; {where[0]}", f"Unexpected {kind}, {en}; {where[1]}"


def what_was_published(published: Sequence[dt.date]) -> tuple[str, str]:
    """What a command that stopped had published, in Chinese and English."""
    if not published:
        return "未发布任何内容", "nothing was published"
    days = ", ".join(map(str, published))
    return f"此前已发布 {days}, 该发布完整有效", f"{days} had been published before and stands, whole"


def places(error: BaseException) -> list[str]:
    """`file:line function` of our own code, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(ROOT) and ".venv" not in Path(f.filename).parts]
    return [f"{Path(f.filename).relative_to(ROOT)}:{f.lineno} {f.name}" for f in ours]


def write(home: Home, error: BaseException) -> Path | None:
    """`lake/errors/<time>-<process>.txt`, readable by its owner alone. None where it cannot be written."""
    now = dt.datetime.now(dt.timezone(dt.timedelta(hours=8)))
    path = home.lake / "errors" / f"{now:%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write("\n".join(_lines(error, now)) + "\n")
        return path
    return None


def _lines(error: BaseException, now: dt.datetime) -> Iterator[str]:
    yield f"at {now.isoformat(timespec='seconds')}"
    yield f"python {platform.python_version()} {platform.platform()}"
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            yield f"{package} {version(package)}"
    yield f"command {Path(sys.argv[0]).name} {sys.argv[1] if sys.argv[1:2] and sys.argv[1].isalpha() else ''}".rstrip()
    one: BaseException | None = error
    while one is not None:
        yield f"\n{type(one).__module__}.{type(one).__qualname__}" + _number(one)
        yield from (f"  check date, stage, engine: {note}" for note in _notes(one))
        for frame, line in traceback.walk_tb(one.__traceback__):
            code = frame.f_code
            yield f"  {_shown(Path(code.co_filename))}:{line} {code.co_name}"
            yield f"    {linecache.getline(code.co_filename, line).strip()}"
        one = one.__cause__ or one.__context__


def _number(error: BaseException) -> str:
    return f" errno {error.errno} {error.strerror}" if isinstance(error, OSError) and error.errno else ""


def _notes(error: BaseException) -> list[str]:
    return [note for note in getattr(error, "__notes__", ()) if NOTE.fullmatch(note)]


def _shown(path: Path) -> str:
    """Where the code is, without the folders of this machine."""
    parts = path.parts
    if "site-packages" in parts:
        return "/".join(parts[parts.index("site-packages") + 1 :])
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
