"""Repeats and back-fills: never an event twice, never a person's decision undone, and the same inputs the same bytes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
from end_to_end.counties import make_home, tickets

from assets.home import Home
from pipelines.check import run_check
from pipelines.commands.sign_off_delivery import sign_off_delivery

FIRST, SECOND, THIRD = dt.date(2026, 9, 20), dt.date(2026, 10, 20), dt.date(2026, 11, 20)
NOW = "2026-11-21T08:00:00+08:00"


def everything(root: Path) -> dict[str, bytes]:
    """Published files but the database, whose bytes DuckDB does not repeat."""
    files = sorted(path for path in (root / "published").rglob("*") if path.is_file() and path.suffix != ".duckdb")
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def events(root: Path) -> list[tuple[object, ...]]:
    """The whole ledger."""
    frames = [pl.read_parquet(path) for path in sorted((root / "lake" / "checks").glob("*/ticket_events.parquet"))]
    return pl.concat(frames).rows()


def deliver(root: Path, day: dt.date, feed: str, text: str) -> None:
    folder = root / "landing" / feed
    folder.mkdir(exist_ok=True)
    (folder / f"150626_{day:%Y%m%d}.csv").write_text(text, encoding="utf-8")


def outcome(number: str, handled_on: dt.date, code: str = "no_issue") -> str:
    return f"ticket_id,handled_on,outcome,handler,visited_on,visitors,note\n{number},{handled_on},{code},甲,,2,\n"


def test_a_replay_of_unchanged_inputs_changes_nothing_and_doubles_no_event(tmp_path: Path) -> None:
    root = make_home(tmp_path, persons=150, seed=21, months=3)
    for day in (FIRST, SECOND, THIRD):
        run_check(Home(root), day)
        number = next(t["ticket_id"] for t in tickets(root, day) if t["status"] == "opened")
        deliver(root, day + dt.timedelta(days=5), "ticket_outcomes", outcome(number, day + dt.timedelta(days=4)))
    before, ledger = everything(root), events(root)
    run_check(Home(root), FIRST, replay=True)
    assert everything(root) == before and events(root) == ledger
    assert len({(row[0], row[1]) for row in ledger}) == len(ledger)


def test_a_decision_survives_a_correction_that_takes_its_ticket_back(tmp_path: Path) -> None:
    """The roster file is corrected after a visit: without the household's vehicle there would never have been a ticket."""
    root = make_home(tmp_path, persons=200, seed=22, months=2)
    home = Home(root)
    run_check(home, SECOND)
    chosen = next(
        t
        for t in tickets(root, SECOND)
        if [f["rule"] for f in t["findings"]] == ["undeclared_vehicle"] and t["county_code"] == "150626"
    )
    others = [t["ticket_id"] for t in tickets(root, SECOND) if t is not chosen and t["direction"] == "verify"]
    deliver(root, SECOND + dt.timedelta(days=3), "ticket_outcomes", outcome(chosen["ticket_id"], SECOND))
    no_vehicles = "公民身份号码,号牌号码,号牌种类,车辆类型,使用性质,初次登记日期,机动车状态\n"
    deliver(root, SECOND, "vehicles", no_vehicles)
    run_check(home, SECOND)  # a list without vehicles is held until somebody says that it is right
    sign_off_delivery(home, f"vehicles/150626_{SECOND:%Y%m%d}.csv", "王敏", "核实无误", NOW)
    run_check(home, SECOND)
    again = {t["ticket_id"]: t for t in tickets(root, SECOND)}
    kept = again[chosen["ticket_id"]]
    assert (kept["status"], kept["findings"]) == ("opened", [])
    assert [w["rule"] for w in kept["withdrawn"]] == ["undeclared_vehicle"]
    assert set(others) - set(again), "tickets nobody has acted on vanish with what had opened them"
    run_check(home, THIRD)
    closed = {t["ticket_id"]: t for t in tickets(root, THIRD)}[chosen["ticket_id"]]
    assert (closed["status"], closed["change"]) == ("closed", "closed")


def test_a_decision_counts_for_the_older_ticket_that_a_back_fill_opens(tmp_path: Path) -> None:
    root = make_home(tmp_path, persons=150, seed=23, months=3)
    home = Home(root)
    run_check(home, SECOND)
    chosen = next(t for t in tickets(root, SECOND) if t["county_code"] == "150626")
    deliver(root, SECOND + dt.timedelta(days=3), "ticket_outcomes", outcome(chosen["ticket_id"], SECOND))
    run_check(home, THIRD)
    run_check(home, FIRST, replay=True)
    subject = (chosen["household_id"], chosen["direction"])
    first = {(t["household_id"], t["direction"]): t for t in tickets(root, FIRST)}
    if subject in first:
        old = first[subject]["ticket_id"]
        last = {t["ticket_id"]: t for t in tickets(root, THIRD)}
        assert old != chosen["ticket_id"] and last[old]["status"] == "closed"
        aliases = pl.read_parquet(home.check(SECOND) / "ticket_aliases.parquet")
        assert (old, chosen["ticket_id"]) in aliases.rows()
    assert subject in first, "the seed must open the household's ticket on the earlier date, or this says nothing"
