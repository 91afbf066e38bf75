"""Time alone: over frozen data the check date moves for forty days and over a new year.

For every fact and rule the households that change are among those its clocks announce; and a check on top of another one
equals a full one. A rule with a grace of ten days is refused, or right, whatever its author says of its clock.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
from end_to_end.two_homes import checked, differences
from engines.homes import copied
from frozen import DAYS, START, frozen_home
from stages import Run, run

from assets.basis import PACKAGES, coverage_digests
from assets.calendar import Calendar, subject_of
from assets.changes import households_of, with_those_who_share_people
from rules.findings import ALL
from rules.registry import FACTS, Made, below

ROOT = Path(__file__).resolve().parents[2]
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


# --- The rule with a grace of ten days -----------------------------------------------------------------------------------

RULE = "rules/findings/registration_cancelled.py"
CLOCK, LOOKS = '    clock=Dates("status_date"),\n', 'empty_or_on_or_before("status_date", as_of)'
GRACE = {
    "as it is written": 'empty_or_on_or_before("status_date", as_of - dt.timedelta(days=10))',
    "in the engine": '(nw.col("status_date").dt.offset_by("10d") <= nw.lit(as_of)).fill_null(True)',
    "in a helper": 'empty_or_on_or_before("status_date", ten_days_before(as_of))',
}
HELPER = "\n\ndef ten_days_before(day: dt.date) -> dt.date:\n    return day - dt.timedelta(days=10)\n"
BOTH_WAYS = """
import sys; sys.path[:0] = ["tests/rules", "tests"]
import datetime as dt
from pathlib import Path
from end_to_end.two_homes import checked, differences
from engines.homes import copied
from frozen import START, frozen_home
from rules.registry import RegistryError
home = frozen_home(Path("home"), households=30)
other = copied(home, Path("full"))
try:
    for at in (0, 4, 9, 14):
        day = START + dt.timedelta(days=at)
        found = checked(home, day, full=False)
        hits = checked(other, day, full=True).findings.items.filter(rule="registration_cancelled").height
        print(found.scope.why or "some", hits, differences(home, other, day))
except RegistryError as refused:
    print(refused)
"""


TEN = '    clock=Dates("status_date", days=(10,)),\n'
CASES = [
    (
        "as it is written",
        CLOCK,
        "RegistryError: rules/findings/registration_cancelled.py: registration_cancelled moves days",
    ),
    (
        "in the engine",
        CLOCK,
        "RegistryError: rules/findings/registration_cancelled.py: registration_cancelled moves days",
    ),
    ("in a helper", CLOCK, "registration_cancelled.py: registration_cancelled looks at the check date by [10]"),
    ("as it is written", "", "every_day"),
    ("in the engine", "", "every_day"),
    ("as it is written", TEN, "some"),
    ("in the engine", TEN, "some"),
]


@pytest.mark.parametrize(("how", "clock", "expected"), CASES)
def test_a_grace_of_ten_days_is_refused_or_right(how: str, clock: str, expected: str, tmp_path: Path) -> None:
    for package in (*PACKAGES, "sample", "tests"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / RULE
    text = path.read_text("utf-8")
    assert CLOCK in text and LOOKS in text
    path.write_text(text.replace(CLOCK, clock).replace(LOOKS, GRACE[how]) + HELPER, "utf-8")
    done = subprocess.run([sys.executable, "-c", BOTH_WAYS], cwd=tmp_path, capture_output=True, text=True, check=False)
    if clock == CLOCK:
        assert expected in done.stdout + done.stderr.rpartition("\nrules.registry.")[2]
        return
    lines = done.stdout.splitlines()
    assert len(lines) == 4, done.stderr[-2000:]
    assert [line.split()[0] for line in lines[1:]] == [expected] * 3
    assert all(line.endswith("[]") for line in lines), lines
    hits = [int(line.split()[1]) for line in lines]
    assert hits != sorted(hits, reverse=True) and max(hits) > min(hits), "somebody's grace ends meanwhile"
