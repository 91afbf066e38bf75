"""Room for work that is thrown away again: `lake/tmp`. What a living process keeps there is left alone by all others."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from assets.home import Home


def scratch_root(home: Home) -> Path:
    """Where all of it lies."""
    return home.lake / "tmp"


@contextmanager
def scratch(home: Home, name: str) -> Iterator[Path]:
    """A folder of this process alone, gone at the end, whatever ends it; after a kill the next check removes it.

    Enter it while holding the home folder's lock: between its making and its marking a check might clear it away.
    """
    root = scratch_root(home)
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root))
    handle = os.open(folder, os.O_RDONLY)  # closed with the process: a killed one holds nothing
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)
        with suppress(OSError):  # others are still at work there
            root.rmdir()


def clear_scratch(home: Home) -> None:
    """Remove what checks and killed processes left. For the holder of the home folder's lock."""
    root = scratch_root(home)
    for path in list(root.iterdir()) if root.is_dir() else ():
        if not path.is_dir() or path.is_symlink():
            path.unlink(missing_ok=True)
        elif not _is_held(path):
            shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        root.rmdir()


def _is_held(folder: Path) -> bool:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
