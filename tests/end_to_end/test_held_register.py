"""A register that shrank does not close findings nor take anybody from the list; once signed off it does what it says."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from end_to_end.counties import tickets
from oracle import Watch

from assets.home import Home
from pipelines.check import CheckRun, run_check
from pipelines.cli import main
from pipelines.summary import summarise
from tests.rules.kit import Row, Town, write_file

FIRST, SECOND, THIRD = dt.date(2026, 11, 20), dt.date(2026, 11, 24), dt.date(2026, 11, 28)
SHRUNK_ON = dt.date(2026, 11, 22)
HOUSEHOLDS = 6


def town_of(root: Path) -> Town:
    """Six households, each with a car nobody declared."""
    town = Town()
    for number in range(HOUSEHOLDS):
        household = town.household(f"H{number}")
        household.vehicle(household.plate())
    town.write(root)
    return town


def check(root: Path, as_of: dt.date, **options: Any) -> CheckRun:
    return run_check(Home(root), as_of, engine="polars", **options)


def findings(root: Path, as_of: dt.date) -> dict[str, tuple[str, list[str]]]:
    """Household -> change and rules of its ticket."""
    return {t["household_id"]: (t["change"], sorted(f["rule"] for f in t["findings"])) for t in tickets(root, as_of)}


def theirs(watch: Watch, as_of: dt.date) -> dict[str, list[str]]:
    """Household -> rules that hit, of the plain-Python calculation."""
    hits: dict[str, list[str]] = {}
    for (household, rule), result in sorted(watch.step(as_of).results.items()):
        if result.result == "hit":
            hits.setdefault(household, []).append(rule)
    return hits


def rules_of(found: dict[str, tuple[str, list[str]]]) -> dict[str, list[str]]:
    return {household: rules for household, (_, rules) in found.items() if rules}


@pytest.mark.parametrize("kept", [2, 3])
def test_half_of_the_rows_is_taken_and_fewer_are_held(tmp_path: Path, kept: int) -> None:
    town, watch = town_of(tmp_path), Watch(tmp_path)
    check(tmp_path, FIRST)
    before = findings(tmp_path, FIRST)
    assert rules_of(before) == theirs(watch, FIRST) and len(before) == HOUSEHOLDS
    write_file(tmp_path, "vehicles", "15", SHRUNK_ON, town.rows["vehicles"][:kept])
    run = check(tmp_path, SECOND)
    after = findings(tmp_path, SECOND)
    assert rules_of(after) == theirs(watch, SECOND)
    if kept * 2 < HOUSEHOLDS:
        assert after == {household: ("unchanged", rules) for household, (_, rules) in before.items()}
        assert_named(tmp_path, run)
    else:
        assert len(rules_of(after)) == kept


def assert_named(root: Path, run: CheckRun) -> None:
    """On the screen, in the database, in the manifest: which file, and what to do."""
    shown = "vehicles/15_20261122.csv"
    said = summarise(run)["deliveries"]
    (file,) = [f for f in said["files"] if f["file"] == shown]
    assert (file["status"], file["code"], file["accepted"]) == ("held", "shrunk", 2)
    assert any(f"shouwang sign-off --delivery {shown} --by" in note for note in said["notes"])
    listed = {d["file"]: d["status"] for d in run.manifest()["deliveries"]}
    assert listed[shown] == "held"
    with duckdb.connect(str(Home(root).database), read_only=True) as database:
        columns = "status, is_in_force, reason_zh, reason_en"
        (row,) = database.sql(f"SELECT {columns} FROM deliveries WHERE file = '{shown}'").fetchall()
        quality = database.sql("SELECT files_not_taken, files_in_force FROM delivery_quality WHERE feed = 'vehicles'")
        assert quality.fetchall() == [(1, 1)]
    assert row[:2] == ("held", False)
    assert all("sign-off --delivery" in text for text in row[2:])
    page = (Home(root).publication(SECOND) / "report" / "index.html").read_text(encoding="utf-8")
    assert "暂缓采用 1 个文件" in page and "1 files with far fewer rows held" in page


def test_a_roster_that_shrank_takes_nobody_from_the_list(tmp_path: Path) -> None:
    town, watch = town_of(tmp_path), Watch(tmp_path)
    check(tmp_path, FIRST)
    theirs(watch, FIRST)
    for feed in ("assistance_roster", "household_members", "household_registration"):
        write_file(tmp_path, feed, "15", SHRUNK_ON, town.rows[feed][:1])
    run = check(tmp_path, SECOND)
    assert summarise(run)["households"]["active"] == HOUSEHOLDS
    assert rules_of(findings(tmp_path, SECOND)) == theirs(watch, SECOND)


def test_a_sign_off_is_used_by_the_next_check_and_by_a_replay_of_what_was_published_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town, watch = town_of(tmp_path), Watch(tmp_path)
    check(tmp_path, FIRST)
    theirs(watch, FIRST)
    write_file(tmp_path, "vehicles", "15", SHRUNK_ON, town.rows["vehicles"][:2])
    check(tmp_path, SECOND)
    arguments = ["sign-off", "--delivery", "vehicles/15_20261122.csv", "--by", "某负责人", "--home", str(tmp_path)]
    assert main(arguments) == 0
    assert f"shouwang check --as-of {SECOND}" in capsys.readouterr().out
    check(tmp_path, THIRD)
    assert len(rules_of(findings(tmp_path, THIRD))) == 2
    replayed = check(tmp_path, SECOND, replay=True)
    assert {d["file"]: d["status"] for d in replayed.manifest()["deliveries"]}["vehicles/15_20261122.csv"] == "accepted"
    for day in (SECOND, THIRD):
        expected = theirs(watch, day)
        assert rules_of(findings(tmp_path, day)) == expected and len(expected) == 2
    events = [json.loads(line)["kind"] for line in Home(tmp_path).audit.read_text(encoding="utf-8").splitlines()]
    assert "delivery_signed_off" in events


def test_no_row_at_all_is_held_where_a_share_of_nothing_is_asked_for(tmp_path: Path) -> None:
    town = town_of(tmp_path)
    town.policies["15"] = {**town.policies["15"], "delivery.min_share": 0}
    town.write(tmp_path)
    check(tmp_path, FIRST)
    empty: list[Row] = []
    write_file(tmp_path, "vehicles", "15", SHRUNK_ON, empty)
    check(tmp_path, SECOND)
    assert len(rules_of(findings(tmp_path, SECOND))) == HOUSEHOLDS
    write_file(tmp_path, "vehicles", "15", SHRUNK_ON, town.rows["vehicles"][:1], n=2)
    check(tmp_path, THIRD)
    assert len(rules_of(findings(tmp_path, THIRD))) == 1
