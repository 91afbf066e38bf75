"""A rule with a grace of ten days is refused, or right, whatever its author says of its clock."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assets.basis import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
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
