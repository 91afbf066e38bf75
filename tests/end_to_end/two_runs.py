"""Homes to simulate in, the real repeat a simulation must agree with, and the difference of two runs from their files."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from end_to_end.counties import make_lively_home, tickets
from end_to_end.reports import Clerks

from assets.home import Home
from assets.households import PERSON_FEEDS
from pipelines.check import CheckRun, run_check
from pipelines.simulate.compare import FRAMES
from pipelines.simulate.run import PUBLISHED
from pipelines.simulate.scratch_runs import SimulatedRun

AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (dt.date(2026, month, 20) for month in (8, 9, 10, 11))
DATES = [AUGUST, SEPTEMBER, OCTOBER, NOVEMBER]
STATE = (*FRAMES, "ticket_aliases")
HEAD = 'area: "{area}"\nlabel: {label}\nparameters:\n'
LABELS = {"360202": "昌江区", "150626": "乌审旗", "110101": "东城区"}
STANDARD = (
    "  standard.dibao: [{{from: {since}, value: {{urban: {urban}, rural: {rural}}}, basis: 试算, status: local}}]\n"
)
VEHICLES = "  vehicle.exempt_types: [{{from: {since}, value: [{types}], basis: 试算, status: local}}]\n"


class PunctualClerks(Clerks):
    """Everything they send bears a day after the check date it follows: a repeat then knows no more than the first run."""

    def data_date(self, as_of: dt.date, until: dt.date) -> dt.date:
        return self.between(as_of + dt.timedelta(days=1), until)

    def correct(self, *_: dt.date) -> None:
        """Nothing is sent again."""


def publish_all(root: Path, clerks: Clerks, dates: list[dt.date], engine: str) -> None:
    """Every check date, with reports between."""
    for at, day in enumerate(dates):
        run_check(Home(root), day, engine=engine)
        if at + 1 < len(dates):
            clerks.send(tickets(root, day), day, dates[at + 1])


def lively(root: Path, seed: int, clerks: type[Clerks], dates: list[dt.date]) -> Home:
    """Two counties with reports of every kind between the check dates."""
    root.mkdir(parents=True, exist_ok=True)
    make_lively_home(root, seed, months=len(dates), as_of=dates[-1])
    publish_all(root, clerks(root, seed), dates, "polars")
    return Home(root)


def write_policy(path: Path, area: str, *parameters: str) -> Path:
    """A policy file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(area=area, label=LABELS[area]) + "".join(parameters), encoding="utf-8")
    return path


def standard(since: str, urban: int, rural: int) -> str:
    return STANDARD.format(since=since, urban=urban, rural=rural)


def vehicles(since: str, types: str) -> str:
    return VEHICLES.format(since=since, types=types)


def repeated_with(home: Home, policy: Path, first: dt.date, root: Path, engine: str) -> Home:
    """A copy in which the policy is really in force and everything from `first` on has been done again."""
    shutil.copytree(home.root, root)
    (root / "policy").mkdir(exist_ok=True)
    shutil.copy(policy, root / "policy" / f"what_if_{policy.name}")
    run_check(Home(root), first, engine=engine, replay=True)
    return Home(root)


class Kept:
    """Keeps what every run of a simulation left in its partition, before scratch is gone."""

    def __init__(self) -> None:
        self.frames: dict[tuple[str, dt.date], dict[str, pl.DataFrame]] = {}
        self.read_again: set[tuple[str, dt.date]] = set()
        self.rows_from_lake: dict[dt.date, bool] = {}

    def __call__(self, world: str, run: CheckRun) -> None:
        self.frames[(world, run.as_of)] = frames(run.folder)
        assert isinstance(run, SimulatedRun)
        taken_over = [
            (delivery, run.stored.path(delivery.key))
            for delivery in run.stock.deliveries.values()
            if delivery.rows_path
        ]
        if any(path and not d.rows_path.samefile(path) for d, path in taken_over if d.file.feed in PERSON_FEEDS):
            self.read_again.add((world, run.as_of))
        if world == PUBLISHED:
            self.rows_from_lake[run.as_of] = all(path for _, path in taken_over)

    def differing(self, world: str, home: Home, dates: list[dt.date]) -> list[tuple[str, str]]:
        """Check date and frame where the world is not what the home folder holds."""
        return [
            (day.isoformat(), name)
            for day in dates
            for name, frame in frames(home.check(day)).items()
            if not frame.equals(self.frames[(world, day)][name])
        ]


def frames(partition: Path) -> dict[str, pl.DataFrame]:
    return {name: pl.read_parquet(partition / f"{name}.parquet") for name in STATE}


# --- The difference of two runs, from tickets.jsonl alone ----------------------------------------------------------------

Subject = tuple[str, str]


def listed(home: Home, day: dt.date) -> dict[Subject, list[dict[str, Any]]]:
    """Tickets of the date's list by household and direction; none that only people's acts keep."""
    found: dict[Subject, list[dict[str, Any]]] = {}
    for ticket in tickets(home.root, day):
        is_listed = ticket["status"] != "closed" or ticket["change"] == "closed"
        has_stood = ticket["findings"] or any(w["withdrawn_on"] > w["since"] for w in ticket["withdrawn"])
        if is_listed and has_stood:
            found.setdefault((ticket["household_id"], ticket["direction"]), []).append(ticket)
    return found


def told(listed_tickets: list[dict[str, Any]] | None) -> Any:
    """What a simulation says of one side: numbers, and the rules that stand."""
    if listed_tickets is None:
        return None
    rules = {finding["rule"] for ticket in listed_tickets for finding in ticket["findings"]}
    return sorted(ticket["ticket_id"] for ticket in listed_tickets), sorted(rules)


def difference(before: Home, after: Home, day: dt.date) -> dict[Subject, tuple[Any, Any]]:
    """Household and direction -> both sides, where numbers or findings differ."""
    one, other = listed(before, day), listed(after, day)
    pairs = {subject: (told(one.get(subject)), told(other.get(subject))) for subject in {*one, *other}}
    return {subject: pair for subject, pair in pairs.items() if pair[0] != pair[1]}


def claimed(day: dict[str, Any]) -> dict[Subject, tuple[Any, Any]]:
    """The same as the simulation says it."""
    found = {}
    for row in day["list"]:
        sides = (row["published"], row["simulated"])
        pair = tuple(None if side is None else (sorted(side["tickets"]), side["standing"]) for side in sides)
        if pair[0] != pair[1]:
            found[(row["household_id"], row["direction"])] = (pair[0], pair[1])
    return found


def findings(home: Home, day: dt.date) -> set[tuple[str, str]]:
    """Rule and household of every published finding of a check date."""
    states = pl.read_parquet(home.check(day) / "item_states.parquet").filter(pl.col("state") != "held")
    return set(states.select("rule", "household_id").unique().iter_rows())


# --- Every byte ----------------------------------------------------------------------------------------------------------


def every_byte(root: Path) -> dict[str, tuple[int, str]]:
    """Every file and folder below a home folder: mode, and SHA-256 of what is in it."""
    found = {}
    for path in sorted(root.rglob("*")):
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        found[str(path.relative_to(root))] = (path.stat().st_mode, content)
    return found


@contextmanager
def untouched(home: Home) -> Iterator[None]:
    """Nothing of the home folder may change."""
    before = every_byte(home.root)
    yield
    assert every_byte(home.root) == before
