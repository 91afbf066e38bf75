"""docs/extending.md is true: a parameter, feed, fact and rule are added to a copy of the program by the files it lists alone.

The copy then checks a landing folder: the new rule finds, is on tickets, and a check on top of another equals a full one.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from assets.basis import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"feed": "tractors", "fact": "tractors_in_use", "rule": "too_many_tractors"}
KIND = re.compile(r"^## An? (\w+) ", re.MULTILINE)
FILE = re.compile(r"^- `([^`]+)`: ", re.MULTILINE)

FACT = '''"""Tractors in use."""

import narwhals as nw

from rules.expressions import Lazy
from rules.registry import fact


@fact(keep=True, zh="在用的农机", en="Tractors in use")
def tractors_in_use(tractors: Lazy) -> Lazy:
    """Tractors whose status is A."""
    return tractors.filter(nw.col("status") == "A").select("household_id", "person_id", "plate_no", "vehicle_type")
'''
RULE = '''"""农机过多."""

import narwhals as nw

from rules.expressions import Lazy, item_key, rows
from rules.rule import rule


@rule(label_en="Many tractors", direction="verify", statement_zh="成员名下有{count}台农机: {items}。", item_zh="{plate_no}")
def too_many_tractors(tractors_in_use: Lazy, households: Lazy, tractor_most: nw.Expr) -> Lazy:
    """Members have more tractors than the policy lets pass without a question."""
    counts = tractors_in_use.group_by("household_id").agg(rows().alias("number"))
    limits = households.select("household_id", tractor_most.alias("most"))
    many = counts.join(limits, on="household_id", how="inner").filter(nw.col("number") > nw.col("most"))
    mine = tractors_in_use.join(many.select("household_id"), on="household_id", how="inner")
    return mine.select("household_id", item_key("plate_no"), "person_id", "plate_no", "vehicle_type")
'''
VALUE = '- {{from: 2000-01-01, value: {}, basis: "本项目默认", status: assumed}}\n'
# File -> what is in it, or what is put behind which text of it.
ADDED: dict[str, dict[str, str] | str] = {
    "policy/parameters.py": {
        "RULES: dict[str, str] = {\n": '    "too_many_tractors": "农机过多",\n',
        "_LISTED = (\n": '    _of("tractor.most", Whole(0, 100), "", "农机台数", "tractors"),\n',
    },
    "policy/national.yaml": {
        "parameters:\n": f"  severity.too_many_tractors:\n    {VALUE.format('blue')}  tractor.most:\n    {VALUE.format(1)}"
    },
    "data_contracts/feeds/tractors.odcs.yaml": (ROOT / "data_contracts/feeds/vehicles.odcs.yaml")
    .read_text("utf-8")
    .replace("name: vehicles", "name: tractors"),
    "rules/facts/tractors_in_use.py": FACT,
    "rules/findings/too_many_tractors.py": RULE,
}
BY_COMMAND = {"data_contracts/signatures.json": ("-m", "data_contracts.signatures")}
CHECK = """
import sys; sys.path[:0] = ["tests/rules", "tests"]
import datetime as dt, json
from pathlib import Path
from end_to_end.two_homes import checked, differences
from engines.homes import copied
from frozen import START, Frozen
maker = Frozen(3)
maker.population(25)
for number, row in enumerate(maker.rows["household_members"]):
    for plate in range(number % 3):
        maker.add("tractors", person_id=row["person_id"], plate_no=f"蒙T{number:03d}{plate}", plate_type="13",
                  vehicle_type="T21", status="A")
home = Path("home")
maker.write(home)
other = copied(home, Path("full"))
for day in (START, START + dt.timedelta(days=1)):
    found = checked(home, day, full=False).findings.items.filter(rule="too_many_tractors").height
    checked(other, day, full=True)
    on_tickets = (home / "published" / day.isoformat() / "warnings" / "tickets.jsonl").read_text().count("农机过多")
    print(json.dumps([found, on_tickets, differences(home, other, day)]))
"""


def listed() -> dict[str, set[str]]:
    """Kind of thing -> the files that the page lists."""
    parts = KIND.split((ROOT / "docs" / "extending.md").read_text("utf-8"))[1:]
    files = dict(zip(parts[::2], map(FILE.findall, parts[1::2]), strict=True))
    return {kind: {re.sub(r"<(\w+)>", lambda m: NAMES[m.group(1)], f) for f in found} for kind, found in files.items()}


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_the_files_of_the_page_are_all_that_is_needed(tmp_path: Path) -> None:
    files = listed()
    assert set(files) == {"parameter", "feed", "fact", "rule"}
    assert set().union(*files.values()) == {*ADDED, *BY_COMMAND}
    assert all(len(found) <= 5 for found in files.values())
    for package in (*PACKAGES, "sample", "tests"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, added in ADDED.items():
        path = tmp_path / name
        text = added if isinstance(added, str) else path.read_text("utf-8")
        for behind, more in () if isinstance(added, str) else added.items():
            assert text.count(behind) == 1, (name, behind)
            text = text.replace(behind, behind + more)
        path.write_text(text, "utf-8")
    for command in BY_COMMAND.values():
        run(tmp_path, *command)
    first, second = (line for line in run(tmp_path, "-c", CHECK).splitlines() if line.startswith("["))
    for line in (first, second):
        found, on_tickets, differing = json.loads(line)
        assert found > 4 and on_tickets > 1 and differing == [], line
