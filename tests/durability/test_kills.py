"""SIGKILL at random instants of a check and of a publication: nothing is lost, and the end is as if nothing had happened.

The normal suite kills some twenty times; `SHOUWANG_KILLS=300` asks for three hundred.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from durability.kills import WarmProcess, whole_after_a_kill
from durability.tiny_county import (
    FIRST,
    SECOND,
    THIRD,
    contents,
    deliver_late_policy,
    deliver_outcomes,
    make_county,
)

from assets.home import Home
from pipelines.commands.verify import verify

KILLS = int(os.environ.get("SHOUWANG_KILLS") or 15)
KILLS_A_STEP = 4
ALL_KILLS = 300
LAST_STEPS = [
    *(("names", 1), ("name", 2), ("record", 2), ("record", 3), ("stamp", 1)),
    *(("name", 1), ("name", 3), ("name", 4), ("database", 2), ("new_database", 1)),
][: None if KILLS >= ALL_KILLS else 5]
"""Which of its steps an announced replay of two dates is killed before, and which time they come (recovery comes first)."""
KINDS = ("moment", "publication", "operation")


@dataclass(frozen=True)
class Step:
    """One thing people do: what is delivered before, and which check they ask for."""

    deliver: Callable[[Path], None]
    as_of: dt.date
    replay: bool = False


STEPS = (
    Step(lambda _: None, FIRST),
    Step(deliver_outcomes, SECOND),
    Step(deliver_late_policy, SECOND),  # other content under a date already published
)
REPLAY = Step(deliver_late_policy, FIRST, replay=True)


@dataclass
class Undisturbed:
    """What a home folder holds after each step, how long each takes and how often it touches files in its last section."""

    template: Path
    two_dates: Path
    contents: list[dict[str, str]]
    answers: list[dict[str, Any]]


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    with WarmProcess() as process:
        yield process


@pytest.fixture(scope="module")
def undisturbed(warm: WarmProcess, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    template = make_county(tmp_path_factory.mktemp("template") / "home")
    root = copy_of(template, tmp_path_factory.mktemp("undisturbed"))
    two_dates = root
    found, answers = [], []
    for step in STEPS:
        answers.append(complete(warm, root, step))
        found.append(contents(root))
        if step == STEPS[1]:
            two_dates = copy_of(root, tmp_path_factory.mktemp("two_dates"))
    return Undisturbed(template, two_dates, found, answers)


def copy_of(home: Path, folder: Path) -> Path:
    shutil.copytree(home, folder / "home")
    return folder / "home"


def complete(warm: WarmProcess, root: Path, step: Step) -> dict[str, Any]:
    """A step without a kill."""
    step.deliver(root)
    answer = warm.check(root, step.as_of, step.replay)
    assert answer["status"] == 0, answer
    assert verify(Home(root)).problems == []
    return answer


def some_kill(rng: random.Random, number: int, usual: dict[str, Any]) -> dict[str, Any]:
    """Kinds take turns; instants are spread over the undisturbed duration."""
    kind = KINDS[number % len(KINDS)]
    if kind == "operation":
        return {"kind": kind, "at": rng.randint(1, usual["operations"])}
    whole, until = usual["seconds"], usual["published_after"]
    return {"kind": kind, "at": rng.uniform(0, whole if kind == "moment" else whole - until)}


def test_killed_at_any_instant_the_end_is_as_if_nothing_had_happened(
    warm: WarmProcess, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    rng = random.Random(20261120)
    kills: Counter[str] = Counter()
    for round_number in range(10_000):
        if kills.total() >= KILLS:
            break
        root = copy_of(undisturbed.template, tmp_path / str(round_number))
        for step, expected, usual in zip(STEPS, undisturbed.contents, undisturbed.answers, strict=True):
            step.deliver(root)
            kill_some_times(warm, root, step, usual, rng, kills)
            assert verify(Home(root)).problems == []
            found = contents(root)
            assert {name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)} == set()
        shutil.rmtree(root)
    assert kills.total() >= KILLS
    assert set(kills) == set(KINDS)


def kill_some_times(
    warm: WarmProcess, root: Path, step: Step, usual: dict[str, Any], rng: random.Random, kills: Counter[str]
) -> None:
    """Ask for a step again and again, killing most attempts, until one of them ends well."""
    for number in range(KILLS_A_STEP + 1):
        home = Home(root)
        before, had_database = home.published_dates(), home.database.exists()
        is_last = number == KILLS_A_STEP or kills.total() >= KILLS
        kill = None if is_last else some_kill(rng, kills.total(), usual)
        answer = warm.check(root, step.as_of, step.replay, kill)
        assert answer["orphans"] == 0, "what a killed check had started has ended with it"
        if answer["status"] == 0:
            return
        assert kill is not None and answer["status"] == -9, answer
        kills[kill["kind"]] += 1
        whole_after_a_kill(root, before, had_database)
    raise AssertionError("an attempt without a kill did not end well")


@pytest.fixture(scope="module")
def replayed(warm: WarmProcess, undisturbed: Undisturbed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a home folder holds after both dates, a replay of both and a third one."""
    root = copy_of(undisturbed.two_dates, tmp_path_factory.mktemp("replayed"))
    complete(warm, root, REPLAY)
    complete(warm, root, Step(lambda _: None, THIRD))
    return contents(root)


@pytest.mark.parametrize(("last_step", "nth"), LAST_STEPS)
def test_a_check_of_the_next_date_first_completes_what_a_killed_replay_left(
    warm: WarmProcess, undisturbed: Undisturbed, replayed: dict[str, str], tmp_path: Path, last_step: str, nth: int
) -> None:
    """Killed right before a step, when both dates have been made and announced and not all of it has its name."""
    root = copy_of(undisturbed.two_dates, tmp_path)
    deliver_late_policy(root)
    kill = {"kind": "step", "at": last_step, "nth": nth}
    assert warm.check(root, FIRST, replay=True, kill=kill)["status"] == -9
    whole_after_a_kill(root, [FIRST, SECOND], had_database=True)
    complete(warm, root, Step(lambda _: None, THIRD))
    found = contents(root)
    assert {name for name in found.keys() | replayed.keys() if found.get(name) != replayed.get(name)} == set()


@pytest.mark.parametrize(("last_step", "nth"), [("partition", 1), ("partition", 2), ("announcement", 1)])
def test_a_replay_killed_before_it_was_announced_leaves_everything_as_it_was(
    warm: WarmProcess, undisturbed: Undisturbed, tmp_path: Path, last_step: str, nth: int
) -> None:
    root = copy_of(undisturbed.two_dates, tmp_path)
    before = contents(root)
    deliver_late_policy(root)
    kill = {"kind": "step", "at": last_step, "nth": nth}
    assert warm.check(root, FIRST, replay=True, kill=kill)["status"] == -9
    found = contents(root)
    assert {name: digest for name, digest in found.items() if "/." not in name and "/tmp/" not in name} == before
    (root / "policy" / "150626.yaml").unlink()
    complete(warm, root, Step(lambda _: None, SECOND))
    assert contents(root) == before


@pytest.mark.parametrize("last_step", ["names", "stamp", "take_back"])
def test_a_check_first_completes_a_withdrawal_that_was_killed(
    warm: WarmProcess, undisturbed: Undisturbed, tmp_path: Path, last_step: str
) -> None:
    root, whole = (copy_of(undisturbed.two_dates, tmp_path / name) for name in ("killed", "whole"))
    assert warm.check(whole, SECOND, withdraw=True)["status"] == 0
    assert verify(Home(whole)).problems == []
    assert warm.check(root, SECOND, withdraw=True, kill={"kind": "step", "at": last_step})["status"] == -9
    for home in (root, whole):
        complete(warm, home, Step(lambda _: None, SECOND))
    found, expected = contents(root), contents(whole)
    assert {name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)} == set()


def test_a_withdrawal_killed_before_it_was_entered_withdraws_nothing(
    warm: WarmProcess, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    root = copy_of(undisturbed.two_dates, tmp_path)
    before = contents(root)
    kill = {"kind": "step", "at": "announcement"}
    assert warm.check(root, SECOND, withdraw=True, kill=kill)["status"] == -9
    complete(warm, root, Step(lambda _: None, SECOND))
    assert contents(root) == before
