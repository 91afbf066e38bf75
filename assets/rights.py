"""Who may read what lies in a home folder: its owner alone, but for `published/`, which a group may read that the policy
names (`publication.group`). Landing folders belong to those who deliver and are left as they are.

What is written gets these rights while it is written (`home.private`), never afterwards.
"""

from __future__ import annotations

import datetime as dt
import grp
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from assets.errors import WrongUseError
from assets.home import Home
from policy.policy import PolicyBook

CLOSED: Final = ("lake", "policy", "dagster", "notebook")
"""Folders of the home that are for nobody but their owner."""
GROUP: Final = "publication.group"
_BEYOND_OWNER: Final = stat.S_IRWXG | stat.S_IRWXO
_GROUP_READS: Final = {True: 0o750, False: 0o640}


def group_named(book: PolicyBook, as_of: dt.date) -> int | None:
    """Number of the group that may read what is published; None when the policy names none.

    One home folder has one published folder, so all areas that name a group must name the same one. WrongUseError when
    they do not, when the system knows no such group, and when this account may not give files to it.
    """
    found = {value.code() for area in book.areas() if (value := book.resolve(area, GROUP, as_of)) is not None}
    if len(found) > 1:
        listed = ", ".join(sorted(found))
        raise WrongUseError(
            "publication_group",
            f"政策参数 {GROUP} 在各地区取了不同的值({listed})。一个数据目录只有一个发布文件夹, 请只写一个组。",
            f"The policy parameter {GROUP} has several values ({listed}). A home folder has one published folder: name one group.",
        )
    for name in found:
        with suppress(KeyError):
            number = grp.getgrnam(name).gr_gid
            if os.geteuid() == 0 or number in (os.getegid(), *os.getgroups()):
                return number
        raise WrongUseError(
            "publication_group",
            f"政策参数 {GROUP} 指定的组 {name} 在本机不存在, 或运行核对的账户不属于该组。请建立该组并把账户加入, 或改正参数。",
            f"The group {name} of the policy parameter {GROUP} does not exist on this machine, or the account that checks is "
            "no member of it. Create it and add the account, or correct the parameter.",
        )
    return None


def share(path: Path, group: int | None, *, inside: bool = True) -> None:
    """Give a file, or a folder with all that is in it, to the group to read; to the owner alone when there is none."""
    for one in (path, *(path.rglob("*") if inside and path.is_dir() else ())):
        if not one.is_symlink():
            _give(one, one.lstat(), group)


def let_in(home: Home, group: int | None) -> None:
    """Let the group enter the published folder, and pass through the home folder to it."""
    share(home.published, group, inside=False)
    status = home.root.stat()
    if group is not None and not status.st_mode & (stat.S_IXOTH | (stat.S_IXGRP if status.st_gid == group else 0)):
        os.chown(home.root, -1, group)
        home.root.chmod(stat.S_IMODE(status.st_mode) & ~_BEYOND_OWNER | stat.S_IXGRP)


def open_places(home: Home, group: int | None, *, everything: bool = False) -> list[Path]:
    """Folders and files that more people may read than should, or that lie there under another account.

    A folder that nobody enters hides what is in it: without `everything` such a folder is not looked into.
    """
    found: list[Path] = []
    for name in CLOSED:
        _look(home.root / name, None, everything, found)
    _look(home.published, group, everything, found)
    return found


def open_in_words(home: Home, as_of: dt.date) -> str | None:
    """One line about an open home folder, None about a closed one. PolicyError, and WrongUseError as `group_named`."""
    found = open_places(home, group_named(PolicyBook.load(home.policy), as_of))
    if not found:
        return None
    first = found[0].relative_to(home.root).as_posix()
    return (
        f"数据目录权限过宽, 他人可读({first} 等 {len(found)} 处), 请运行 shouwang doctor --fix / "
        f"others may read this home folder ({first}, {len(found)} places): run shouwang doctor --fix"
    )


def close(home: Home, group: int | None) -> int:
    """Put the rights of the home folder right; how many were changed. What belongs to others stays as it is."""
    changed = 0
    for name in (*CLOSED, home.published.name):
        top, may_read = home.root / name, group if name == home.published.name else None
        for path in (top, *top.rglob("*")) if top.is_dir() else ():
            with suppress(PermissionError):
                if not path.is_symlink():
                    changed += _give(path, path.lstat(), may_read)
    if home.published.is_dir():
        let_in(home, group)
    return changed


def close_folder(folder: Path) -> None:
    """Close one folder, and everything in it, to all but its owner."""
    found: list[Path] = []
    _look(folder, None, True, found)
    for path in found:
        with suppress(OSError):
            _give(path, path.lstat(), None)


def _look(path: Path, group: int | None, everything: bool, found: list[Path]) -> None:
    try:
        status = path.lstat()
    except OSError:  # not there, or gone meanwhile
        return
    if stat.S_ISLNK(status.st_mode):
        return
    is_open = bool(status.st_mode & _too_much(status, group)) or status.st_uid != os.geteuid()
    if is_open:
        found.append(path)
    if stat.S_ISDIR(status.st_mode) and (everything or status.st_mode & _BEYOND_OWNER):
        with suppress(OSError):
            for entry in sorted(os.scandir(path), key=lambda one: one.name):
                _look(Path(entry.path), group, everything, found)


def _too_much(status: os.stat_result, group: int | None) -> int:
    """Bits of the mode that should not be set. A file's group may read it when it is the one of the policy."""
    if group is None or status.st_gid != group:
        return _BEYOND_OWNER
    return stat.S_IWGRP | stat.S_IRWXO


def _give(path: Path, status: os.stat_result, group: int | None) -> bool:
    """Whether anything had to be changed. The group first: the mode must never let a wrong one in."""
    mode = stat.S_IMODE(status.st_mode)
    if group is None:
        wanted = mode & ~_BEYOND_OWNER
    else:
        wanted = _GROUP_READS[stat.S_ISDIR(status.st_mode)]
        if status.st_gid != group:
            path.chmod(mode & ~_BEYOND_OWNER)
            os.chown(path, -1, group)
    if mode != wanted or (group is not None and status.st_gid != group):
        path.chmod(wanted)
        return True
    return False
