"""Workbooks are read in a process of their own, with bounded memory and time: an archive of a few kB may ask for all of both.

One process serves many files, one after the other, and writes nothing to the disk; it ends with the one who asks. Its end in
the middle of a file is `unreadable` for that file; the next one gets a new process.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

import polars as pl

from assets.reading.errors import DeliveryBrokenError, too_large
from assets.reading.headers import Wanted
from data_contracts.contract import Limits

_HEADERS, _PIECE, _BROKEN, _END = b"HPBE"
_FRAME: Final = struct.Struct(">BQ")
_START: Final = "from assets.reading.excel_child import serve; serve()"
_idle: list[_Child] = []
_lock: Final = threading.Lock()


def read_workbook(path: Path, look: Wanted, headers: list[str]) -> Iterator[pl.DataFrame]:
    """`excel_files.read_xlsx`, elsewhere. Raises DeliveryBrokenError (also unreadable: the process died; too_large: it took
    longer than the contract allows)."""
    child = _Child.ready()
    try:
        child.ask(path, look)
        for kind, content in child.answers(look.limits.seconds):
            if kind == _HEADERS:
                headers += json.loads(content)
            elif kind == _PIECE:
                yield pl.read_ipc_stream(io.BytesIO(content))
            elif kind == _BROKEN:
                raise DeliveryBrokenError(*json.loads(content))
            else:
                break
    except BaseException:  # also a reader that wants no more: what is still on its way would be taken for the next file
        child.end()
        raise
    child.rest()


class _Child:
    """The other process, as the one who asks sees it."""

    def __init__(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        self._parent, self._left = os.getpid(), 0
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the libraries' last words may hold cells
            env={**os.environ, "PYTHONPATH": search, "POLARS_MAX_THREADS": "1"},
        )

    @classmethod
    def ready(cls) -> _Child:
        """One that waits, or a new one. Another process's (after a fork) is left alone."""
        with _lock:
            _idle[:] = [child for child in _idle if child._parent == os.getpid() and child._process.poll() is None]
            if _idle:
                return _idle.pop()
        return cls()

    def rest(self) -> None:
        """It waits for the next file; one is enough."""
        with _lock:
            if not _idle:
                _idle.append(self)
                return
        self.end()

    def end(self) -> None:
        if self._parent == os.getpid():
            self._process.kill()
            self._process.communicate()

    def ask(self, path: Path, look: Wanted) -> None:
        question = {"path": str(path.absolute()), "look": _plain(look)}
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # its silence will be told
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()

    def answers(self, seconds: int) -> Iterator[tuple[int, bytes]]:
        """Kind and content of each answer; `seconds`: how long may be waited for all of them together."""
        self._left = seconds
        while True:
            kind, length = _FRAME.unpack(self._read(_FRAME.size, seconds))
            yield kind, self._read(length, seconds)

    def _read(self, length: int, seconds: int) -> bytes:
        assert self._process.stdout is not None
        handle = self._process.stdout.fileno()
        parts: list[bytes] = []
        while length:
            while not select.select([handle], [], [], 1)[0]:
                self._left -= 1
                if self._left <= 0:
                    raise too_large("读取秒数", "seconds to read it", None, seconds)
            part = os.read(handle, min(length, 1 << 20))
            if not part:
                code = self._process.wait()
                raise DeliveryBrokenError("unreadable", f"读取进程中止({code})", f"the reading process ended ({code})")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)


@atexit.register
def _end_idle() -> None:
    for child in _idle:
        child.end()
    _idle.clear()


def _plain(look: Wanted) -> dict[str, Any]:
    sets = ("required", "keys", "beside")
    return {
        "known": dict(look.known),
        "limits": asdict(look.limits),
        **{name: sorted(getattr(look, name)) for name in sets},
    }


# --- In the other process --------------------------------------------------------------------------------------------


def serve() -> None:
    """Answer questions until nobody asks any more."""
    import resource

    from assets.reading.excel_files import read_xlsx  # noqa: F401  # so that what the libraries take is known before any file

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold people's data
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints is no answer
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    own, most = _address_space(), resource.getrlimit(resource.RLIMIT_AS)[1]
    for line in sys.stdin.buffer:
        question = json.loads(line)
        limits = Limits(**question["look"].pop("limits"))
        memory = own + limits.memory_bytes
        memory = memory if most == resource.RLIM_INFINITY else min(memory, most)
        resource.setrlimit(resource.RLIMIT_AS, (memory, most))
        sets = {name: frozenset(found) for name, found in question["look"].items() if name != "known"}
        look = Wanted(known=question["look"]["known"], limits=limits, **sets)
        try:
            _answer(out, Path(question["path"]), look)
        except MemoryError:
            _send(out, _BROKEN, ["too_large", "读取所需内存超出限制", "it takes more memory than the limit"])
            return


def _address_space() -> int:
    """Bytes that this process has reserved: the libraries alone take some hundred MB, more on machines with more cores."""
    with Path("/proc/self/statm").open(encoding="ascii") as numbers:
        return int(numbers.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _watch(parent: int) -> None:
    """A process whose parent has gone would work on for nobody."""
    while os.getppid() == parent:
        threading.Event().wait(1)
    os._exit(1)


def _answer(out: IO[bytes], path: Path, look: Wanted) -> None:
    from assets.reading.excel_files import read_xlsx

    headers: list[str] = []
    try:
        for piece in read_xlsx(path, look, headers):
            if headers:
                _send(out, _HEADERS, headers)
                headers.clear()
            buffer = io.BytesIO()
            piece.write_ipc_stream(buffer)
            _write(out, _PIECE, buffer.getvalue())
    except DeliveryBrokenError as broken:
        _send(out, _BROKEN, [broken.reason.code, broken.detail_zh, broken.detail_en])
    except MemoryError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        _send(out, _BROKEN, ["unreadable", type(error).__name__, type(error).__name__])
    else:
        _write(out, _END, b"")


def _send(out: IO[bytes], kind: int, content: Any) -> None:
    _write(out, kind, json.dumps(content).encode())


def _write(out: IO[bytes], kind: int, content: bytes) -> None:
    view = memoryview(_FRAME.pack(kind, len(content)) + content)
    while view:
        view = view[out.write(view) :]
