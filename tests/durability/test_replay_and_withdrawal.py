"""Several dates are replaced together or not at all; after a loss all come back as they were; the newest can be taken back."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import stat
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from durability.tiny_county import ENGINE, FIRST, NOW, SECOND, THIRD, check, command, contents, deliver_late_policy, run

from assets import audit
from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home
from assets.publication.publish import read_manifest
from pipelines.commands.replay import replay_all, withdraw
from pipelines.commands.verify import verify
from tests.identity_numbers import identity_numbers

LATER = "2026-11-29T08:00:00+08:00"


@pytest.fixture(scope="module")
def three_dates(two_dates: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second date rests on a file that the first one did not know; beside it, as it was before the third."""
    root = shutil.copytree(two_dates, tmp_path_factory.mktemp("three_dates") / "home")
    file = next((root / "landing" / "vehicles").iterdir())
    shutil.copy(file, file.with_name(f"150626_20261123_7{file.suffix}"))
    check(root, SECOND)
    shutil.copytree(root, root.with_name("before"))
    check(root, THIRD)
    return root


@pytest.fixture
def three(three_dates: Path, tmp_path: Path) -> Path:
    return shutil.copytree(three_dates, tmp_path / "home")


def digests(root: Path) -> dict[dt.date, str]:
    home = Home(root)
    return {day: read_manifest(home.publication(day))["digest"] for day in home.published_dates()}


def shown(root: Path) -> str:
    """The check date of the database."""
    with duckdb.connect(str(Home(root).database), read_only=True) as connection:
        row = connection.execute("SELECT value FROM about WHERE name = 'as_of'").fetchone()
    assert row is not None
    return str(row[0])


def rebuild(root: Path, newest: dt.date | None = None, now: str = NOW) -> list[str]:
    """`check --replay-all`; what it says."""
    said: list[str] = []
    told: list[dt.date] = []
    options: dict[str, Any] = {"engine": ENGINE, "without_rejected": False, "wait": 0, "progress": lambda _: None}
    replay_all(Home(root), newest, say=said.append, now=lambda: now, published=told.extend, **options)
    assert told == Home(root).published_dates()
    return said


def take_back(root: Path, day: dt.date, reason: str = "口径有误") -> str:
    return withdraw(Home(root), day, "张科长", reason, engine=ENGINE, say=lambda _: None, now=lambda: NOW)


def break_the_middle_date(root: Path) -> None:
    """The file that the second date rests on has vanished."""
    next((root / "landing" / "vehicles").glob("150626_20261123_7.*")).unlink()


# --- Replay ------------------------------------------------------------------------------------------------------------


def test_a_replay_whose_middle_date_is_broken_replaces_nothing_and_says_so(three: Path) -> None:
    deliver_late_policy(three)
    break_the_middle_date(three)
    before, told = contents(three), list[dt.date]()
    with pytest.raises(CheckStoppedError) as stopped:
        check(three, FIRST, replay=True, published=told.extend)
    assert stopped.value.code == "delivery_gone"
    assert (
        str(SECOND) in stopped.value.zh and "均未替换" in stopped.value.zh and "none of the dates" in stopped.value.en
    )
    after = contents(three)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == set()
    assert told == []
    assert verify(Home(three)).problems == [] and shown(three) == str(THIRD)


def test_a_replay_replaces_all_dates_and_shows_the_newest_one(three: Path) -> None:
    deliver_late_policy(three)
    before, told = digests(three), list[dt.date]()
    run_of_first = check(three, FIRST, replay=True, published=told.extend)
    assert run_of_first.as_of == FIRST and run_of_first.redone == ()
    assert told == [FIRST, SECOND, THIRD]
    assert all(digests(three)[day] != before[day] for day in told)
    assert verify(Home(three)).problems == [] and shown(three) == str(THIRD)


@pytest.mark.parametrize("lost", [("published",), ("lake/checks",), ("published", "lake/checks", "lake/database_of")])
def test_after_a_loss_every_recorded_date_is_made_again_with_its_digest(three: Path, lost: tuple[str, ...]) -> None:
    """A file of before the first date came after the third: the first three dates did not know it and do not know it now."""
    feed = three / "landing" / "vehicles"
    newest = max(feed.iterdir())
    shutil.copy(newest, feed / f"150626_20261119_2{newest.suffix}")
    fourth = dt.date(2026, 11, 29)
    check_at(three, fourth, LATER)
    before = digests(three)
    for name in lost:
        path = three / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if "published" in lost:
        with pytest.raises(CheckStoppedError, match="replay-all"):
            check(three, dt.date(2026, 11, 30))
    said = rebuild(three, now="2026-12-01T08:00:00+08:00")
    assert digests(three) == before
    assert any("其中 4 期摘要与台账相同" in line for line in said)
    assert verify(Home(three)).problems == [] and shown(three) == str(fourth)


def check_at(root: Path, day: dt.date, now: str) -> None:
    from pipelines.check import run_check

    run_check(Home(root), day, engine=ENGINE, now=lambda: now)


def test_all_dates_are_made_again_and_no_other_newest_date_is_taken(three: Path) -> None:
    before = contents(three)
    with pytest.raises(WrongUseError, match="replay_all"):
        rebuild(three, SECOND)
    assert contents(three) == before
    with pytest.raises(WrongUseError, match="replay_all"):
        rebuild(three.parent / "nowhere")


# --- Withdrawal --------------------------------------------------------------------------------------------------------


def test_the_newest_publication_is_taken_back_and_the_date_can_be_checked_anew(three: Path, three_dates: Path) -> None:
    before, expected = contents(three), contents(three_dates.with_name("before"))
    said = take_back(three, THIRD)
    home = Home(three)
    assert home.published_dates() == [FIRST, SECOND] and shown(three) == str(SECOND) and str(SECOND) in said
    assert verify(home).problems == []
    after = {n: d for n, d in contents(three).items() if not n.startswith("lake/ledger/")}
    kept = {name for name in after if name.startswith("lake/withdrawn/")}
    assert {n: d for n, d in after.items() if n not in kept} == {
        n: d for n, d in expected.items() if not n.startswith("lake/ledger/")
    }
    assert len(kept) == sum(name.startswith(f"published/{THIRD}/") for name in before)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (three / "lake" / "withdrawn").rglob("*"))
    last = next(entry for entry in audit.entries(home) if entry.kind == "withdrawn")
    assert (last.kind, last.by, last.fields["as_of"], last.fields["reason"]) == (
        "withdrawn",
        "张科长",
        str(THIRD),
        "口径有误",
    )
    check(three, THIRD)
    again = contents(three)
    assert {n for n in before if before[n] != again.get(n)} <= {"lake/ledger/audit.jsonl", "lake/ledger/audit.head"}
    assert verify(home).problems == []


def test_only_the_newest_is_taken_back_and_only_with_words(three: Path) -> None:
    before = contents(three)
    for day, reason, code in (
        (SECOND, "x", "not_newest"),
        (THIRD, " ", "words_missing"),
        (THIRD, "因 " + "1" * 15, "number_in_words"),
    ):
        with pytest.raises(WrongUseError, match=code):
            take_back(three, day, reason)
    assert contents(three) == before


def test_where_no_date_is_left_no_database_is_left(three: Path) -> None:
    for day in (THIRD, SECOND, FIRST):
        take_back(three, day)
    home = Home(three)
    assert home.published_dates() == [] and not home.database.exists()
    assert not (home.lake / "checks" / str(FIRST)).exists()
    assert verify(home).problems == []
    with pytest.raises(WrongUseError, match="not_newest"):
        take_back(three, FIRST)


def test_what_was_published_goes_even_where_the_date_before_cannot_be_made_again(three: Path) -> None:
    next((three / "landing" / "assistance_roster").iterdir()).unlink()
    take_back(three, THIRD)
    assert Home(three).published_dates() == [FIRST, SECOND] and not Home(three).database.exists()
    assert [p.code for p in verify(Home(three)).problems] == ["database_missing"]


# --- Words -------------------------------------------------------------------------------------------------------------

BROKEN = """
import sys
import pipelines.cli
import {module} as module
def broken(*_, **__):
    secret = "11010519491231002X 张三丰"
    raise ValueError(secret)
module.{function} = broken
sys.exit(pipelines.cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("module", "function", "is_published"),
    [
        ("pipelines.stages", "build_registers", False),
        ("pipelines.check", "publish", False),
        ("pipelines.commands.check", "print_summary", True),
    ],
)
def test_an_error_nobody_foresaw_says_what_was_published_and_leaves_a_file_for_the_engineer(
    copy: Path, module: str, function: str, is_published: bool
) -> None:
    (copy / "policy").mkdir(exist_ok=True)
    done = run([sys.executable, "-c", BROKEN.format(module=module, function=function), *command(copy, "--full")[3:]])
    assert done.returncode == 1 and "[unexpected]" in done.stderr and "Traceback" not in done.stderr
    assert (THIRD in Home(copy).published_dates()) is is_published
    assert ("未发布任何内容" in done.stderr) is not is_published
    assert (f"此前已发布 {THIRD}" in done.stderr) is is_published
    (file,) = (copy / "lake" / "errors").iterdir()
    assert str(file) in done.stderr and stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text(encoding="utf-8")
    assert "builtins.ValueError" in text and "polars " in text and "raise" not in text.split("\n")[0]
    assert is_published or f"{THIRD} " in text
    for words in (text, done.stderr, done.stdout):
        assert identity_numbers(words.encode()) == [] and "张三丰" not in words


def test_a_date_after_today_is_wrong_use_unless_asked_for_ahead(copy: Path) -> None:
    coming = "2099-01-02"
    before = contents(copy)
    arguments = [*command(copy)[:3], "check", "--as-of", coming, "--home", str(copy), "--engine", ENGINE]
    refused = run([*arguments, "--json"])
    assert refused.returncode == 2 and json.loads(refused.stdout)["code"] == "ahead" and "--ahead" in refused.stderr
    assert contents(copy) == before
    done = run([*arguments, "--ahead"])
    assert "[ahead]" not in done.stderr
