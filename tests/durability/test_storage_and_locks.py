"""A full disk, a home folder nobody may write to, two checks at once: words instead of tracebacks, nothing lost."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from durability.tiny_county import FIRST, ROOT, SECOND, THIRD, check, command, contents, run

import assets.home as home_module
from assets.errors import CheckStoppedError
from assets.home import Home, exchange, restore_names, take_name
from pipelines.commands.verify import verify
from pipelines.lock import locked
from pipelines.storage import storage_errors

WITHOUT_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
STARTING_SECONDS = 60


def earlier_publications(root: Path) -> dict[str, str]:
    return {
        name: digest
        for name, digest in contents(root).items()
        if name.startswith("published/") and not name.startswith(f"published/{THIRD}")
    }


# --- A full disk -------------------------------------------------------------------------------------------------------

FULL = """
import resource, signal, sys
import pipelines.cli
from assets.publication import commit
from assets.publication import records
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def fill(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
{when}
sys.exit(pipelines.cli.main(sys.argv[1:]))
"""
AT_THE_ENTRY = """
record = commit.record
def full(home, as_of, *rest):
    if as_of.day == 28:
        fill(home.audit.stat().st_size + 40)
    return record(home, as_of, *rest)
commit.record = full
"""


@pytest.mark.parametrize("limit", [60, 3_000, 40_000, 1_000_000])
def test_a_disk_that_is_full_at_any_size_of_file_stops_the_check_and_leaves_everything(copy: Path, limit: int) -> None:
    before = contents(copy)
    done = run([sys.executable, "-c", FULL.format(when=f"fill({limit})"), *command(copy)[3:]])
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "[storage]" in done.stderr
    assert contents(copy) == before
    assert verify(Home(copy)).problems == []


def test_disk_trouble_whose_number_a_library_has_in_its_text_only_is_disk_trouble() -> None:
    with pytest.raises(CheckStoppedError) as told, storage_errors():
        pl.DataFrame({"a": ["x" * 100] * 100_000}).write_csv("/dev/full")
    assert told.value.code == "storage" and "请腾出磁盘空间" in told.value.zh
    with pytest.raises(OSError, match="a cell"), storage_errors():
        raise OSError("a cell that the disk has nothing to do with")


def test_a_disk_that_is_full_at_the_audit_entry_leaves_a_publication_that_the_next_check_completes(copy: Path) -> None:
    undisturbed = shutil.copytree(copy, copy.with_name("undisturbed"))
    check(undisturbed, THIRD)
    before = earlier_publications(copy)
    done = run([sys.executable, "-c", FULL.format(when=AT_THE_ENTRY), *command(copy)[3:]])
    assert done.returncode == 1, done.stderr
    assert "[publication_unfinished]" in done.stderr and "Traceback" not in done.stderr
    assert "othing was published" not in done.stderr and "untouched" not in done.stderr
    assert {p.code for p in verify(Home(copy)).problems} == {"not_recorded", "database_old", "unfinished"}
    assert earlier_publications(copy).items() >= {k: v for k, v in before.items() if "duckdb" not in k}.items()
    check(copy, THIRD)
    assert verify(Home(copy)).problems == []
    found, expected = contents(copy), contents(undisturbed)
    times = {f"published/{THIRD}/manifest.json", "lake/ledger/audit.jsonl", "lake/ledger/audit.head"}  # a real clock
    times.add(f"lake/checks/{THIRD}/publication.json")
    assert {name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)} <= times


# --- No right to write -------------------------------------------------------------------------------------------------


@pytest.fixture
def unprivileged(tmp_path: Path) -> list[str]:
    """How to run a program that permissions apply to, also for root."""
    prefix = list(WITHOUT_OVERRIDE) if os.geteuid() == 0 else []
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    probe = "import sys; open(sys.argv[1] + '/x', 'w')"
    try:
        done = run([*prefix, sys.executable, "-c", probe, str(closed)])
    except FileNotFoundError:
        pytest.skip("root, and no setpriv to do without CAP_DAC_OVERRIDE")
    if "PermissionError" not in done.stderr:
        pytest.skip("permissions do not apply to this user, and CAP_DAC_OVERRIDE cannot be given up")
    return prefix


@pytest.fixture
def closed(copy: Path) -> Iterator[Path]:
    """A home folder whose rights are given back at the end, or nobody could remove it."""
    yield copy
    for path in (copy, *copy.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


@pytest.mark.parametrize("part", [".", "published", "lake", "lake/checks", "lake/ledger"])
def test_a_folder_without_the_right_to_write_stops_the_check_with_words(
    closed: Path, unprivileged: list[str], part: str
) -> None:
    before = contents(closed)
    for path in (closed / part, *(closed / part).rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    done = run([*unprivileged, *command(closed)])
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "[storage]" in done.stderr
    assert "Permission denied" in done.stderr
    assert contents(closed) == before
    proven = run([*unprivileged, sys.executable, "-m", "pipelines.cli", "verify", "--home", str(closed)])
    assert proven.returncode == 0, proven.stdout + proven.stderr


# --- Two at once -------------------------------------------------------------------------------------------------------


def holds_the_lock(root: Path, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + STARTING_SECONDS
    while f"pid {process.pid}," not in (root / "lake" / ".lock").read_text(encoding="utf-8"):
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.01)


def start(root: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command(root, *more), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_of_two_checks_started_at_once_one_publishes_and_the_other_says_who_holds_the_lock(copy: Path) -> None:
    one, other = start(copy), start(copy)
    ended = {process.pid: (*process.communicate(), process.returncode) for process in (one, other)}
    assert sorted(code for *_, code in ended.values()) == [0, 1], ended
    winner, loser = (next(pid for pid in ended if ended[pid][2] == code) for code in (0, 1))
    said = ended[loser][1]
    assert "[locked]" in said and f"pid {winner}," in said and "Traceback" not in said
    assert verify(Home(copy)).problems == []


def test_a_check_told_to_wait_says_whom_it_waits_for_and_then_runs(copy: Path) -> None:
    first = start(copy)
    holds_the_lock(copy, first)
    second = run(command(copy, "--wait", "120"))
    first.communicate()
    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert f"pid {first.pid}," in second.stderr
    assert verify(Home(copy)).problems == []


def test_a_check_that_waits_in_vain_says_who_holds_the_lock(copy: Path) -> None:
    with locked(Home(copy)):  # a whole check may be done before the second one has waited for its second
        second = run(command(copy, "--wait", "1"))
    assert second.returncode == 1 and f"pid {os.getpid()}," in second.stderr and "[locked]" in second.stderr


# --- Names -------------------------------------------------------------------------------------------------------------


def two_folders(parent: Path) -> tuple[Path, Path]:
    new, old = parent / ".2026-11-20.part", parent / "2026-11-20"
    for folder in (new, old):
        folder.mkdir()
        (folder / "name").write_text(folder.name, encoding="ascii")
    return new, old


def test_two_folders_exchange_their_names_in_one_step(tmp_path: Path) -> None:
    new, old = two_folders(tmp_path)
    if not exchange(new, old):
        pytest.skip("this file system cannot exchange names")
    assert ((old / "name").read_text(), (new / "name").read_text()) == (".2026-11-20.part", "2026-11-20")
    with pytest.raises(FileNotFoundError):
        exchange(new, tmp_path / "nowhere")


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_takes_a_name_whatever_the_system_can_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_exchange: bool
) -> None:
    if not can_exchange:
        monkeypatch.setattr(home_module, "exchange", lambda *_: False)
    new, old = two_folders(tmp_path)
    take_name(new, old)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11-20"]
    assert (old / "name").read_text() == ".2026-11-20.part"


def test_where_names_cannot_be_exchanged_a_crash_between_the_renames_gives_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_module, "exchange", lambda *_: False)
    new, old = two_folders(tmp_path)
    rename = Path.rename

    def crash(self: Path, target: Path) -> Path:
        if self == new:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", crash)
    with pytest.raises(KeyboardInterrupt):
        take_name(new, old)
    assert not old.exists()
    monkeypatch.undo()
    restore_names(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11-20"]
    assert (old / "name").read_text() == "2026-11-20"


def test_a_check_cleans_up_what_killed_ones_left(copy: Path) -> None:
    before = contents(copy)
    names = (".2026-11-28.part", ".database-x.part", ".2026-11-20.old", ".2026-11-28.next", ".2026-11-28.next.part")
    for name in (*(f"published/{name}" for name in names), "lake/tmp/a", "lake/checks/.2026-11-25.next"):
        (copy / name).mkdir(parents=True)
        (copy / name / "half").write_text("x", encoding="ascii")
    (copy / "published" / ".civil_affairs.duckdb.next").write_text("x", encoding="ascii")
    check(copy, SECOND)
    assert contents(copy) == before
    assert FIRST in Home(copy).published_dates()


def test_a_whole_folder_that_waits_is_official_only_where_it_was_announced(copy: Path) -> None:
    before = contents(copy)
    for folder in ("published", "lake/checks"):
        shutil.copytree(copy / folder / str(SECOND), copy / folder / f".{THIRD}.next")
    check(copy, SECOND)
    assert contents(copy) == before


def test_a_partition_that_nobody_published_counts_for_nothing(copy: Path) -> None:
    undisturbed = shutil.copytree(copy, copy.with_name("undisturbed"))
    check(undisturbed, THIRD)
    shutil.copytree(copy / "lake" / "checks" / str(SECOND), copy / "lake" / "checks" / "2026-11-26")
    check(copy, THIRD)
    found, expected = contents(copy), contents(undisturbed)
    assert {n: d for n, d in found.items() if "2026-11-26" not in n} == expected
