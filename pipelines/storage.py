"""Disk trouble as words instead of a traceback: only what really is disk trouble. Texts of libraries may quote cells."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import polars as pl

from assets.errors import CheckStoppedError
from assets.lake import POLARS_IO
from assets.landing import readable

ADVICE: Final = {
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG), ("请腾出磁盘空间后重试", "Make room on the disk and try again")
    ),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS),
        ("请检查运行账户对该位置的权限", "Give the account that checks the right to this place"),
    ),
    errno.ENOENT: (
        "该文件在运行期间被移走或删除, 请放回后重试",
        "It was moved or removed meanwhile; put it back and try again",
    ),
}
ELSE: Final = "请检查磁盘空间与权限", "Check disk space and permissions"


@contextmanager
def storage_errors() -> Iterator[None]:
    """CheckStoppedError for what the disk refuses. An error of a library that has no number of the system is none."""
    try:
        yield
    except OSError as error:
        number = number_of(error)
        if number is None:
            raise
        raise _storage(os.strerror(number), readable(str(error.filename or "")), number) from error
    except pl.exceptions.ComputeError as error:
        if POLARS_IO not in str(error):
            raise
        raise _storage("I/O", "") from None


def number_of(error: OSError) -> int | None:
    """The system's number of an error; Polars has it in its text only, "No space left on device (os error 28)"."""
    told = re.search(r"\(os error ([0-9]{1,3})\)", str(error)) if error.errno is None else None
    return int(told[1]) if told else error.errno


def _storage(what: str, where: str, number: int | None = None) -> CheckStoppedError:
    zh, en = ADVICE.get(number or 0, ELSE)
    return CheckStoppedError(
        "storage",
        f"读写失败({' '.join((what, where)).strip()})。{zh}; 此前的发布未受影响。",
        f"Reading or writing failed ({' '.join((what, where)).strip()}). {en}; what was published before is untouched.",
    )
