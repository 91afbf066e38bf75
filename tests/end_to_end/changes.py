"""What may happen to a landing folder between two checks, at random: files come, are corrected, taken away, rules change."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
from end_to_end.counties import make_home

from data_contracts import Contract, feed_contract
from sample.generate import generate

COUNTIES = ("150626", "360202")
SNAPSHOTS = (
    "assistance_roster", "household_members", "household_registration", "vehicles", "property", "disability",
)  # fmt: skip
INCREMENTS = (
    "authorisations", "declarations", "declared_assets", "household_surveys", "person_surveys", "pensions", "tax",
)  # fmt: skip
VALUES = {
    "standard.dibao": "{{urban: {a}, rural: {b}}}",
    "income.tolerance_ratio": "0.{b:03}",
    "survey.max_age_days": "{a}",
    "labour.minor_age": "{c}",
    "property.dwellings_limit": "{d}",
    "warning.deadline_days": "{c}",
}


class Landing:
    """A home folder whose landing folder changes. Frames are what each county's departments hold, as text."""

    def __init__(self, root: Path, seed: int, as_of: dt.date, mixed: bool) -> None:
        self.root, self.random, self.day = root, random.Random(seed), as_of
        if mixed:
            make_home(root, 450, seed, months=2, as_of=as_of)
        else:
            generate(root / "landing", 450, seed, ",".join(COUNTIES), as_of=as_of, form="parquet")
            (root / "policy").mkdir()
        plain = root.parent / f"{root.name}-plain"
        generate(plain, 450, seed, ",".join(COUNTIES), as_of=as_of, form="parquet")
        self.held = {
            (feed, county): pl.concat(map(as_text, sorted((plain / feed).glob(f"{county}_*.parquet"))))
            for feed in (*SNAPSHOTS, *INCREMENTS)
            for county in COUNTIES
        }
        self.sent: list[tuple[str, str, pl.DataFrame]] = []
        self.said: list[str] = []

    def pass_on(self, days: int) -> None:
        self.day += dt.timedelta(days=days)

    def change(self) -> None:
        """One to four things happen."""
        self.said = []
        happenings: list[tuple[Callable[[], None], int]] = [
            (self.deliver_snapshot, 6), (self.deliver_increment, 6), (self.correct, 3), (self.speak_for_all, 1),
            (self.send_again, 3), (self.hand_over, 1), (self.take_superseded_away, 1), (self.decide_otherwise, 1),
            (self.send_rubbish, 1),
        ]  # fmt: skip
        for happening in self.random.choices(*zip(*happenings, strict=True), k=self.random.randint(0, 4)):
            self.said.append(happening.__name__)
            happening()

    def deliver_snapshot(self) -> None:
        """A department sends everything again, a few rows otherwise."""
        feed, county = self.random.choice(SNAPSHOTS), self.random.choice(COUNTIES)
        self.held[(feed, county)] = self.altered(feed, self.held[(feed, county)])
        self.write(feed, county, self.held[(feed, county)])

    def deliver_increment(self) -> None:
        """A few more rows."""
        feed, county = self.random.choice(INCREMENTS), self.random.choice(COUNTIES)
        rows = self.held[(feed, county)]
        some = rows.sample(self.random.randint(1, 12), seed=self.random.randrange(10**6))
        some = self.altered(feed, some, often=True)
        self.sent.append((feed, county, some))
        self.write(feed, county, some)

    def send_again(self) -> None:
        """The very rows of an earlier increment in another file, now and then instead of those of a third: they win again,
        or lose where they had won."""
        if not self.sent:
            return
        feed, county, rows = self.random.choice(self.sent)
        files = sorted((self.root / "landing" / feed).glob(f"{county}_*"))
        days = [self.day, *(dt.datetime.strptime(file.stem.split("_")[1], "%Y%m%d").date() for file in files[-4:])]
        self.write(feed, self.random.choice((county, county, county[:4])), rows, self.random.choice(days))

    def hand_over(self) -> None:
        """Rows of one county's list are in the other's from now on, the same to the letter."""
        feed, (one, other) = self.random.choice(SNAPSHOTS), self.random.sample(COUNTIES, 2)
        rows = self.held[(feed, one)].sample(fraction=1.0, shuffle=True, seed=self.random.randrange(10**6))
        some, rest = rows[:10], rows[10:]
        self.held[(feed, one)] = rest
        key = self.key(feed_contract(feed))
        self.held[(feed, other)] = pl.concat([self.held[(feed, other)], some]).unique(
            key, keep="first", maintain_order=True
        )
        day = self.day - dt.timedelta(days=self.random.randint(0, 2))
        for county in (one, other):
            self.write(feed, county, self.held[(feed, county)], day)

    def correct(self) -> None:
        """A file under a higher number: it replaces the one before as a whole."""
        feed = self.random.choice((*SNAPSHOTS, *INCREMENTS))
        file = self.random.choice(sorted((self.root / "landing" / feed).iterdir()))
        county, day = file.stem.split("_")[:2]
        rows = self.held[(feed, county if county in COUNTIES else COUNTIES[0])]
        self.write(feed, county, self.altered(feed, rows), dt.datetime.strptime(day, "%Y%m%d").date())

    def speak_for_all(self) -> None:
        """One file for the whole prefecture beside the county's own."""
        feed, county = self.random.choice((*SNAPSHOTS, *INCREMENTS)), self.random.choice(COUNTIES)
        self.write(feed, county[:4], self.altered(feed, self.held[(feed, county)]))

    def take_superseded_away(self) -> None:
        """A snapshot that a newer one of the same county has replaced is no longer needed."""
        feed, county = self.random.choice(SNAPSHOTS), self.random.choice(COUNTIES)
        files = sorted((self.root / "landing" / feed).glob(f"{county}_*"), key=lambda file: file.stem.split("_")[1])
        days = {file.stem.split("_")[1] for file in files}
        if len(days) > 3:
            for file in files:
                if file.stem.split("_")[1] == min(days):
                    file.unlink()

    def decide_otherwise(self) -> None:
        """A county sets a value of its own, from some day on."""
        pick = self.random
        county, name = pick.choice(COUNTIES), pick.choice(sorted(VALUES))
        value = VALUES[name].format(a=pick.randint(300, 900), b=pick.randint(200, 800), c=pick.randint(14, 22), d=1)
        since = self.day - dt.timedelta(days=pick.randint(0, 3))
        entry = f"  {name}:\n    - {{from: {since}, value: {value}, basis: 测试, status: local}}\n"
        file = self.root / "policy" / f"{county}-{len(list((self.root / 'policy').iterdir()))}.yaml"
        head = f'area: "{county}"\nlabel: 测试\nparameters:\n'
        if not any(f"{name}:\n    - {{from: {since}" in one.read_text() for one in file.parent.iterdir()):
            file.write_text(head + entry, encoding="utf-8")

    def send_rubbish(self) -> None:
        """A file that is rejected as a whole: the one before stays in force."""
        feed, county = self.random.choice(SNAPSHOTS), self.random.choice(COUNTIES)
        path = self.path(feed, county, self.day, "csv")
        path.write_bytes(b"nothing,of,interest\n1,2,3\n")

    def altered(self, feed: str, rows: pl.DataFrame, *, often: bool = False) -> pl.DataFrame:
        """Some rows gone, some with another value that occurs in the same column, some with a day near today."""
        pick, contract = self.random, feed_contract(feed)
        rows = rows.filter(pl.Series([pick.random() > 0.01 for _ in range(rows.height)], dtype=pl.Boolean))
        for column in contract.columns:
            share = 0.3 if often else 0.01
            cells = rows[column.name].to_list()
            if pick.random() < 0.7 and cells:
                new = [self.cell(column.parse, cells) if pick.random() < share else cell for cell in cells]
                rows = rows.with_columns(pl.Series(column.name, new, dtype=pl.String))
        return rows.unique(self.key(contract), keep="first", maintain_order=True)

    def cell(self, parse: str, cells: list[str | None]) -> str | None:
        if parse == "date" and self.random.random() < 0.6:
            return str(self.day + dt.timedelta(days=self.random.randint(-4, 4)))
        return self.random.choice(cells)

    @staticmethod
    def key(contract: Contract) -> list[str]:
        return [column.name for column in contract.key]

    def path(self, feed: str, area: str, day: dt.date, form: str) -> Path:
        folder = self.root / "landing" / feed
        taken = [file.stem.split("_") for file in folder.glob(f"{area}_{day:%Y%m%d}*")]
        highest = max((int(parts[2]) if len(parts) > 2 else 1 for parts in taken), default=0)
        return folder / f"{area}_{day:%Y%m%d}{f'_{highest + 1}' if highest else ''}.{form}"

    def write(self, feed: str, area: str, rows: pl.DataFrame, day: dt.date | None = None) -> None:
        form = self.random.choice(("csv", "csv", "parquet", "jsonl"))
        path = self.path(feed, area, day or self.day - dt.timedelta(days=self.random.randint(0, 2)), form)
        if form == "parquet":
            rows.write_parquet(path)
        elif form == "jsonl":
            rows.write_ndjson(path)
        elif self.random.random() < 0.5:
            path.write_bytes(rows.write_csv().encode("gb18030"))
        else:
            rows.write_csv(path)


def as_text(path: Path) -> pl.DataFrame:
    """A file's cells as a person would write them."""
    return pl.read_parquet(path).select(pl.all().cast(pl.String))
