"""Time alone: over frozen data the check date moves for forty days and over a new year.

For every fact and rule the households that change are among those its clocks announce; and a check on top of another one
equals a full one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import polars as pl
from end_to_end.two_homes import checked, differences
from engines.homes import copied
from frozen import DAYS, START, frozen_home
from stages import Run, run

from assets.basis import coverage_digests
from assets.calendar import Calendar, subject_of
from assets.changes import households_of, with_those_who_share_people
from rules.findings import ALL
from rules.registry import FACTS, Made, below

MADE: tuple[Made, ...] = (*FACTS.values(), *ALL)
Told = dict[str, tuple[str, ...]]
"""household_id or person_id -> its rows as text."""


def said(found: Run, made: Made) -> Told:
    """What one fact or rule says of each subject. Policy values that are carried along change with the county's policy."""
    frame = found.collect(found.facts.run(made))
    frame = frame.select(name for name in sorted(frame.columns) if not name.startswith("p_"))
    subject = "household_id" if "household_id" in frame.columns else "person_id"
    rows: dict[str, list[str]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        rows[row[subject]].append(repr(sorted(row.items())))
    return {key: tuple(sorted(texts)) for key, texts in rows.items()}


class Announced:
    """Households that the clocks of one thing, and of all it is made from, announce between two days."""

    def __init__(self, before: Run, now: Run) -> None:
        self.before, self.now = before, now
        listed = [d.rows_path for d in now.stock.of_feed("household_members") if d.rows_path is not None]
        self.links = pl.scan_parquet(listed).select("household_id", "person_id").unique().collect()
        digests = [coverage_digests(one.facts.fresh, one.findings.county_reasons) for one in (before, now)]
        self.is_worth_otherwise = digests[0] != digests[1]

    def by(self, made: Made) -> set[str] | None:
        """None: all of them."""
        below_ = [FACTS[name] for name in dict.fromkeys(below(made)) if name in FACTS]
        days = (self.before.stock.as_of, self.now.stock.as_of)
        calendar = Calendar((made, *below_), *days, self.now.registers.policy)
        if calendar.everything or self.is_worth_otherwise:
            return None
        found = [calendar.of_age(self.links)]
        for feed in {delivery.file.feed for delivery in self.now.stock.deliveries.values()}:
            paths = [d.rows_path for d in self.now.stock.of_feed(feed) if d.rows_path is not None]
            subjects = calendar.of_rows(feed, paths)
            found.append(households_of([subjects], self.links) if subject_of(feed) == "person_id" else subjects)
        return set(with_those_who_share_people(pl.concat(found).unique(), self.links))

    def households(self, subjects: set[str]) -> set[str]:
        """Of people, the households they are or were in."""
        people = self.links.with_columns(number=pl.col("person_id").cast(pl.String))
        among = people.filter(pl.col("number").is_in([subject[:17] for subject in subjects]))
        return (subjects & set(self.links["household_id"])) | set(among["household_id"])


def test_what_changes_by_the_calendar_alone_is_announced(tmp_path: Path) -> None:
    home = frozen_home(tmp_path / "home")
    before = run(home, "polars", START)
    then = {made.name + made.file: said(before, made) for made in MADE}
    ever: set[str] = set()
    for at in range(1, DAYS + 1):
        now = run(home, "polars", START + dt.timedelta(days=at))
        announced = Announced(before, now)
        for made in MADE:
            name, told = made.name + made.file, said(now, made)
            subjects = {key for key in {*then[name], *told} if then[name].get(key) != told.get(key)}
            then[name] = told
            expected = announced.by(made)
            if expected is not None:
                ever |= {name} if subjects else set()
                assert announced.households(subjects) <= expected, (made.name, now.stock.as_of)
        before = now
    clocked = {made.name + made.file for made in MADE if made.clocks and "Month" not in str(made.clocks)}
    assert clocked <= ever, "otherwise this says nothing of it"


def test_a_check_on_top_of_another_equals_a_full_one_when_only_time_has_passed(tmp_path: Path) -> None:
    home = frozen_home(tmp_path / "home", households=40)
    other = copied(home, tmp_path / "full")
    scopes = []
    for at in (0, 1, 3, 6, 9, 25, 26, 27, 28, 30, DAYS):
        day = START + dt.timedelta(days=at)
        scopes.append(checked(home, day, full=False).scope)
        checked(other, day, full=True)
        assert differences(home, other, day) == [], day
    assert [scope.why for scope in scopes].count("month") == 1
    assert sum(not scope.is_all for scope in scopes) >= 5, [scope.why for scope in scopes]
