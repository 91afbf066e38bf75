"""The delivery ledger is chained: any changed, moved or removed line is damage with its number; a crash's half line is not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assets.errors import CheckStoppedError
from assets.home import Home
from assets.ledger import CHAIN, Ledger, Verdict, problems, without_chain

ONE = Verdict(
    "tax",
    "150626",
    "2026-11-01",
    1,
    "tax/150626_20261101.csv",
    "a" * 64,
    10,
    "accepted",
    None,
    "",
    "",
    3,
    3,
    0,
    "1/6",
    "t",
)


def verdicts(first: int, last: int) -> list[Verdict]:
    return [replace(ONE, n=n, file=f"tax/150626_20261101_{n}.csv", sha256=f"{n:064x}") for n in range(first, last + 1)]


@pytest.fixture(params=["all chained", "begun before 0.6.0"])
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Home:
    """Six lines, appended by two runs; in the second case the first two have no chain."""
    home = Home(tmp_path)
    Ledger.load(home).append(verdicts(1, 2))
    if request.param == "begun before 0.6.0":
        lines = home.ledger.read_bytes().splitlines()
        home.ledger.write_bytes(b"".join(without_chain(line) + b"\n" for line in lines))
    Ledger.load(home).append(verdicts(3, 4))
    Ledger.load(home).append(verdicts(5, 6))
    return home


def named(home: Home) -> list[int | None]:
    return [damage.line for damage in problems(home)]


def test_a_sound_ledger_is_read_whole_and_old_lines_stay_readable(home: Home) -> None:
    assert problems(home) == []
    assert list(Ledger.load(home).verdicts.values()) == verdicts(1, 6)
    chained = [CHAIN in json.loads(line) for line in home.ledger.read_bytes().splitlines()]
    assert chained[2:] == [True] * 4 and len(set(chained[:2])) == 1


def test_any_changed_byte_is_named_with_its_line_and_stops_the_check(home: Home) -> None:
    good = home.ledger.read_bytes()
    old = sum(CHAIN not in json.loads(line) for line in good.splitlines())
    for position, byte in enumerate(good):
        line = good.count(b"\n", 0, position) + 1
        for changed in {byte ^ 1, byte ^ 32, ord("\n")} - {byte}:
            home.ledger.write_bytes(good[:position] + bytes([changed]) + good[position + 1 :])
            if position == len(good) - 1:
                assert named(home) == []  # half a last line, as a crash leaves it
                continue
            found = named(home)
            # A line without a chain is sound in itself: the first one that is chained no longer follows it.
            expected = {line, line + 1} if ord("\n") in (byte, changed) else {line}
            expected |= {old, old + 1, old + 2} if line <= old else set()
            assert found and set(found) <= expected, (position, changed)
            with pytest.raises(CheckStoppedError) as stopped:
                Ledger.load(home)
            assert stopped.value.code == "ledger_damaged"
            assert f"deliveries.jsonl:{found[0]}" in stopped.value.zh and f":{found[0]}:" in stopped.value.en


@pytest.mark.parametrize("gone", [1, 2, 3, 4, 5])
def test_a_removed_line_and_two_that_changed_places_are_named(home: Home, gone: int) -> None:
    lines = home.ledger.read_bytes().splitlines(keepends=True)
    home.ledger.write_bytes(b"".join(line for number, line in enumerate(lines, start=1) if number != gone))
    assert named(home)
    lines[gone - 1], lines[gone] = lines[gone], lines[gone - 1]
    home.ledger.write_bytes(b"".join(lines))
    assert named(home)


def test_a_cut_off_end_is_named_by_whoever_knows_the_last_line(home: Home) -> None:
    end = Ledger.load(home).end
    assert problems(home, end) == []
    lines = home.ledger.read_bytes().splitlines(keepends=True)
    home.ledger.write_bytes(b"".join(lines[:-1]))
    assert problems(home) == []
    assert [damage.line for damage in problems(home, end)] == [6]
    home.ledger.write_bytes(b"".join(without_chain(line) + b"\n" for line in lines))
    assert [damage.line for damage in problems(home, end)] == [7]


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"null", b"\xff", b'{"feed": "tax"}', b"[" * 100_000,
        json.dumps({**json.loads(json.dumps(ONE.__dict__)), "data_on": 5}).encode(),
        json.dumps({**json.loads(json.dumps(ONE.__dict__)), "file": ["x"]}).encode(),
        json.dumps({**json.loads(json.dumps(ONE.__dict__)), "data_on": "2026-13-01"}).encode(),
        json.dumps({**json.loads(json.dumps(ONE.__dict__)), "more": 1}).encode(),
    ],
)  # fmt: skip
def test_a_line_that_is_no_verdict_is_damage_and_no_error_nobody_foresaw(tmp_path: Path, line: bytes) -> None:
    home = Home(tmp_path)
    home.ledger.parent.mkdir(parents=True)
    home.ledger.write_bytes(without_chain(json.dumps(ONE.__dict__).encode()) + b"\n" + line + b"\n")
    assert named(home) == [2]
    with pytest.raises(CheckStoppedError, match="ledger_damaged"):
        Ledger.load(home)


@pytest.mark.parametrize("kept", [1, 100, -1])
def test_half_a_last_line_is_cut_off_and_the_chain_goes_on(home: Home, kept: int) -> None:
    whole = home.ledger.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    home.ledger.write_bytes(whole[: -len(last)] + last[:kept])
    assert problems(home) == []
    Ledger.load(home).append(verdicts(6, 6))
    assert home.ledger.read_bytes() == whole
