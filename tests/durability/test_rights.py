"""Nobody but the owner reads what lies in a home folder, whoever wrote it and however it ended; a group reads what is published."""

from __future__ import annotations

import grp
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from durability.tiny_county import FIRST, ROOT, SECOND, THIRD, check, command

from assets import rights
from assets.errors import WrongUseError
from assets.home import Home
from pipelines.cli import main

BEYOND_OWNER = 0o077
WORKING = ("lake/checks/.", "published/.")


@pytest.fixture(autouse=True)
def an_open_umask() -> Iterator[None]:
    """As a shell usually has it; commands set their own."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def readable(root: Path) -> list[str]:
    """Everything below the home folder that others than the owner could read, but what was delivered."""
    found = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not name.startswith("landing") and path.lstat().st_mode & BEYOND_OWNER:
            found.append(name)
    return found


def program(*arguments: str, home: Path) -> subprocess.Popen[bytes]:
    """A program of ours as an operator starts it."""
    environment = {**os.environ, "SHOUWANG_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        umask=0o022,
    )


def test_nothing_is_readable_after_a_check_a_killed_check_dagster_and_a_notebook(copy: Path) -> None:
    rights.close(Home(copy), None)
    assert readable(copy) == []
    assert program(*command(copy)[1:], home=copy).wait(120) == 0
    assert readable(copy) == [], "after a check"
    killed = program(*command(copy, "--full")[1:], home=copy)
    while not any(path for start in WORKING for path in copy.glob(f"{start}*.part")) and killed.poll() is None:
        time.sleep(0.01)
    time.sleep(0.3)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert list(copy.glob("lake/checks/.*.part")), "it was killed at work"
    assert readable(copy) == [], "after a killed check"
    (copy / "dagster").mkdir(mode=0o700)
    chosen = ("--select", "*", "--partition", THIRD.isoformat(), "-m", "pipelines.definitions", "-a", "definitions")
    assert program("-m", "dagster", "asset", "materialize", *chosen, home=copy).wait(200) == 0
    assert any((copy / "dagster").iterdir()), "it has written"
    assert readable(copy) == [], "after Dagster"
    assert program("notebooks/overview.py", home=copy).wait(120) == 0
    assert readable(copy) == [], "after a notebook"


def opened(root: Path) -> None:
    """As version 0.5.3 left a home folder under a usual umask."""
    for top in ("lake", "published"):
        for path in (root / top, *(root / top).rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_an_open_home_is_reported_by_every_check_and_closed_by_the_doctor(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(copy)
    said: list[str] = []
    for day in (SECOND, THIRD):
        check(copy, day, say=said.append)
    lines = [line for line in said if "doctor --fix" in line]
    assert len(lines) == 2 and "lake" in lines[0] and "\n" not in lines[0]
    assert readable(copy)
    main(["doctor", "--home", str(copy)])
    assert "open" in capsys.readouterr().out and readable(copy), "it says, and changes nothing unasked"
    main(["doctor", "--fix", "--home", str(copy)])
    assert readable(copy) == []
    said.clear()
    check(copy, THIRD, say=said.append)
    assert not [line for line in said if "doctor --fix" in line]


def test_a_closed_folder_hides_what_is_in_it_and_one_open_folder_does_not(copy: Path) -> None:
    home = Home(copy)
    rights.close(home, None)
    inside = home.check(FIRST) / "members.parquet"
    inside.chmod(0o644)
    assert rights.open_places(home, None) == [], "nobody gets there"
    assert rights.open_places(home, None, everything=True) == [inside]
    home.lake.chmod(0o711)
    assert home.lake in rights.open_places(home, None)


def other_group() -> int:
    """A group this account may give files to; its own one where it has no other."""
    return max(os.getgroups() or [os.getegid()])


def name_group(root: Path, name: str, area: str = "national") -> None:
    (root / "policy").mkdir(exist_ok=True, mode=0o700)
    text = f'area: "{area}"\nparameters:\n  publication.group:\n    - {{from: 2026-01-01, value: {name}, basis: "测试", status: local}}\n'
    (root / "policy" / f"{area}.yaml").write_text(text, encoding="utf-8")


def test_the_group_that_the_policy_names_reads_what_is_published_and_nothing_else(copy: Path) -> None:
    home, group = Home(copy), other_group()
    rights.close(home, None)
    copy.chmod(0o700)
    name_group(copy, grp.getgrgid(group).gr_name)
    check(copy, THIRD)
    paths = [home.published, home.database, home.publication(THIRD), *home.publication(THIRD).rglob("*")]
    for path in paths:
        status = path.stat()
        assert status.st_gid == group, path
        assert stat.S_IMODE(status.st_mode) == (0o750 if path.is_dir() else 0o640), path
    assert stat.S_IMODE(copy.stat().st_mode) == 0o710 and copy.stat().st_gid == group, "they can pass through to it"
    assert [name for name in readable(copy) if not name.startswith(("published", "policy/"))] == []
    assert rights.open_places(home, group) == [home.policy / "national.yaml"] * bool(home.policy.stat().st_mode & 0o077)
    (copy / "policy" / "national.yaml").unlink()
    check(copy, THIRD)
    assert not readable(copy / "published"), "the policy names none any more"


@pytest.mark.parametrize("area", ["national", "150626"])
def test_a_group_that_is_not_there_stops_it_before_anything_is_written(copy: Path, area: str) -> None:
    name_group(copy, "no-such-group", area)
    with pytest.raises(WrongUseError, match="no-such-group"):
        check(copy, THIRD)
    assert not Home(copy).publication(THIRD).exists()


def test_two_areas_cannot_name_two_groups(copy: Path) -> None:
    name_group(copy, "one")
    name_group(copy, "two", "150626")
    with pytest.raises(WrongUseError, match="one, two"):
        check(copy, THIRD)
