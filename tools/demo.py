"""`make demo`: half a year in a bureau of two counties, in a home folder of its own.

`python -m tools.demo [--home DIR] [--persons N] [--seed S]`: six monthly deliveries of one generated population; each
month the departments' files arrive, the real check runs, a downstream system (examples/consumer) returns receipts, the
county answers questions, and generated people (sample/half_year.py) send real files back into landing/.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import duckdb

from assets.errors import ShouwangError, WrongUseError
from assets.home import UMASK, Home
from pipelines.check import run_check
from pipelines.commands.clarify import clarify
from sample.generate import DEFAULT_AS_OF, generate
from sample.half_year import HalfYear
from sample.plan import check_dates

ROOT: Final = Path(__file__).resolve().parent.parent
HOME: Final = Path("data-demo")
AREA: Final = "150626,360202"
MONTHS: Final = 6
PERSONS, SEED = 3_000, 1
DATES: Final = tuple(check_dates(DEFAULT_AS_OF, MONTHS))
CONSUMER: Final = ROOT / "examples" / "consumer" / "consume.py"
DAY: Final = dt.timedelta(days=1)
SYSTEM: Final = "乡镇办理平台"
"""What the downstream system calls itself on its receipts."""
LABEL: Final = """# The name alone: the bureau of this county has not set its standard yet, and the report says what follows from that.
area: "360202"
label: 昌江区
parameters: {}
"""
EVENTFUL: Final = """
SELECT household_id FROM household_chain GROUP BY household_id HAVING count(*) <= 18
ORDER BY least(count(DISTINCT kind), 8) DESC, count(*) DESC, household_id LIMIT 1"""


@dataclass
class Demo:
    """What people did. rows: reports sent by feed; wrong, returned: (feed, code) of the rows wrong on purpose and of those
    the last check sent back. They are the same unless something is wrong with the demo or the check."""

    rows: Counter[str] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)
    returned: Counter[tuple[str, str]] = field(default_factory=Counter)


def make_demo(home: Home, persons: int, seed: int, say: Callable[[str], None], engine: str = "duckdb") -> Demo:
    """The whole half year. WrongUseError when the folder already holds something, and what a check may raise."""
    if home.root.exists() and any(home.root.iterdir()):
        raise WrongUseError(
            "out_not_empty",
            f"{home.root} 中已有文件。请先删除该目录, 或用 --home 换一个空目录。",
            f"{home.root} already holds files. Delete it first, or choose an empty folder with --home.",
        )
    demo, people = Demo(), HalfYear(home.landing, DATES, seed)
    home.policy.mkdir(parents=True)
    (home.policy / "360202.yaml").write_text(LABEL, encoding="utf-8")
    with tempfile.TemporaryDirectory(dir=home.root, prefix=".coming-") as coming:
        departments = Path(coming) / "landing"
        truth = generate(departments, persons, seed, AREA, MONTHS, as_of=DATES[-1]).truth
        truth.rename(home.root / truth.name)
        asked: list[str] = []
        for as_of in DATES:
            arrive(departments, home.landing, as_of)
            run_check(home, as_of, engine=engine, now=partial(morning, as_of))
            say(month_in_words(home, as_of))
            if as_of == DATES[-1]:
                break
            answer_townships(home, asked, as_of)
            receive(home, as_of + DAY)
            sent = people.answer(home.publication(as_of), as_of)
            demo.rows, demo.wrong, asked = demo.rows + sent.rows, demo.wrong + sent.wrong, sent.asked
    demo.returned = returned_rows(home, set(demo.rows))
    return demo


def morning(day: dt.date) -> str:
    """The clock of the demo: each check runs on its check date, so that the same seed gives the same home folder."""
    return f"{day}T08:00:00+08:00"


def arrive(departments: Path, landing: Path, as_of: dt.date) -> None:
    """Move in what departments have delivered by a check date; the date is in the file's name."""
    for path in sorted(departments.glob("*/*_*")):
        if path.stem.split("_")[1] <= f"{as_of:%Y%m%d}":
            target = landing / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)


def receive(home: Home, day: dt.date) -> None:
    """The downstream system takes the tickets over and returns receipts. CalledProcessError when it refuses."""
    database = home.root / "consumer.sqlite"
    command = [sys.executable, str(CONSUMER), "--home", str(home.root), "--database", str(database)]
    subprocess.run(
        [*command, "--received-on", day.isoformat(), "--system", SYSTEM], check=True, stdout=subprocess.DEVNULL
    )


def answer_townships(home: Home, asked: list[str], as_of: dt.date) -> None:
    """The county answers what townships asked before this check."""
    for number in asked:
        clarify(home, number, "县级经办", as_of + DAY, morning(as_of + DAY))


def month_in_words(home: Home, as_of: dt.date) -> str:
    """One line for a check date."""
    with duckdb.connect(str(home.database), read_only=True) as connection:
        found = connection.execute(
            "SELECT sum(tickets_opened)::BIGINT, sum(tickets_closed)::BIGINT, sum(open_tickets)::BIGINT, "
            "sum(became_overdue)::BIGINT FROM check_history WHERE as_of = ? AND county_code <> ''",
            [as_of],
        ).fetchall()
    opened, closed, left, overdue = found[0]
    return (
        f"{as_of}  新开 {opened}, 办结 {closed}, 新超期 {overdue}, 未办结 {left} / opened, closed, newly overdue, open"
    )


def returned_rows(home: Home, feeds: set[str]) -> Counter[tuple[str, str]]:
    """(feed, code) of the reports that the newest check sent back."""
    returned: Counter[tuple[str, str]] = Counter()
    for feed in sorted(feeds):
        path = home.publication(home.published_dates()[-1]) / "rejected" / f"{feed}.csv"
        if path.is_file():
            with path.open(encoding="utf-8-sig", newline="") as stream:
                returned.update((feed, row["code"]) for row in csv.DictReader(stream))
    return returned


def in_words(demo: Demo) -> str:
    """How the answers of people fared."""
    sent, wrong, back = (sum(counted.values()) for counted in (demo.rows, demo.wrong, demo.returned))
    return (
        f"回报 {sent:,} 行, 其中有意写错 {wrong} 行; 最新一期退回 {back} 行\n"
        f"{sent:,} reports were sent, {wrong} of them wrong on purpose; the newest check returned {back}"
    )


def eventful_household(home: Home) -> str:
    """A household to which much happened, of all kinds, and all of it on one page."""
    with duckdb.connect(str(home.database), read_only=True) as connection:
        ((household,),) = connection.sql(EVENTFUL).fetchall()
    return str(household)


def where_things_are(home: Home) -> str:
    """What to look at, in both languages."""
    last, root, household = home.published_dates()[-1], home.root, eventful_household(home)
    return f"""
半年示例 / half a year in a bureau: {root}
  情况报告 the report        {root}/published/{last}/report/index.html
  乡镇工作簿 workbooks       {root}/published/{last}/warnings/by_township/
  督办单 supervision         {root}/published/{last}/supervision/
  一户一链 one household     .venv/bin/shouwang chain {household} --home {root}
  笔记本 the notebooks       SHOUWANG_HOME={root} make notebook
  流水线 Dagster             SHOUWANG_HOME={root} make dev
  分析库 the database        {root}/published/civil_affairs.duckdb (docs/analysts.md)
  证明未改动 nothing changed .venv/bin/shouwang verify --home {root}
人员均为生成, 与任何真实的人无关。 / All people are generated; nobody real is meant."""


def main() -> int:
    """0: made; 1: a check stopped; 2: wrong use."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description="半年示例 / half a year in a bureau")
    parser.add_argument("--home", type=Path, default=HOME, metavar="DIR")
    parser.add_argument("--persons", type=int, default=PERSONS, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    os.umask(UMASK)
    if options.persons < 1:
        parser.error("--persons: 至少 1 / at least 1")
    home = Home(options.home.expanduser().absolute())
    try:
        if DATES[-1] in home.published_dates():
            print(
                f"{home.root} 已有示例, 未重做; 重做请先删除该目录 / it is there already; delete the folder to make it anew"
            )
        else:
            print(in_words(make_demo(home, options.persons, options.seed, print)))
    except ShouwangError as stopped:
        print(f"✗ [{stopped.code}] {stopped.zh}\n  {stopped.en}", file=sys.stderr)
        return stopped.exit_code
    print(where_things_are(home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
