"""Published check dates done again in scratch: once as they are, once with other policy values.

A world is a home folder in scratch that holds what was known when a date was published and nothing else: links to the
delivered files its manifest lists, the ledgers as they were, the state of earlier dates. A check run in it is an
ordinary one up to the tickets; nothing is published. Accepted rows that the lake still holds are not read again.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from assets.audit import entries
from assets.deliveries import Delivery, Stock, judged_by, take_stock
from assets.home import Home, link_or_copy
from assets.households import PERSON_FEEDS
from assets.kept_reports import KeptReports, is_peoples
from assets.lake import has_table, read_table, with_numbers
from assets.landing import LandingFile, scan
from assets.ledger import without_chain
from assets.publication.publish import MANIFEST, read_manifest
from assets.publication.records import newest_records
from pipelines.check import STAGES, CheckRun
from pipelines.lock import beijing_now
from pipelines.scratch import scratch_root
from policy.policy import PolicyBook

BULK: Final = ("rows", "facts", "stored")
"""Folders of a partition that a simulation leaves where they are."""


@dataclass(frozen=True)
class Then:
    """One published check date and what was known when it was published. `partition`: the lake's, as linked in scratch."""

    as_of: dt.date
    previous: dt.date | None
    partition: Path
    manifest: dict[str, Any]
    audit_entries: int

    @property
    def numbers(self) -> dict[str, int]:
        """File as shown -> its number on that date, counted over all feeds; rows in the lake carry its place in its feed."""
        return {entry["file"]: at for at, entry in enumerate(self.manifest["deliveries"], start=1)}

    @property
    def digests(self) -> dict[str, str]:
        """File as shown -> SHA-256 of the bytes that were there."""
        return {entry["file"]: entry["sha256"] for entry in self.manifest["deliveries"]}


@dataclass(frozen=True)
class Rows:
    """Accepted rows that are in the lake: by number of the delivery. `partition`: of the check whose members they were kept for."""

    paths: dict[int, Path]
    partition: Path


class Snapshot:
    """The lake as it was at one moment, linked into scratch: a check may replace it meanwhile, these links stay.

    For the holder of the home folder's lock. Partitions of `dates` are linked as a whole, of earlier dates and of the
    newest one what tells of tickets and rules.
    """

    def __init__(self, home: Home, folder: Path, dates: Iterable[dt.date]) -> None:
        self.home, self.folder, self.dates = home, folder, list(dates)
        self.published = home.published_dates()
        self.newest = self.published[-1]
        (folder / "ledger").mkdir(parents=True)
        for path in (home.ledger, home.audit):
            if path.is_file():
                shutil.copyfile(path, folder / "ledger" / path.name)
        for day in self.published:
            link_or_copy(home.publication(day) / MANIFEST, folder / "published" / day.isoformat() / MANIFEST)
            if day <= self.dates[-1] or day == self.newest:
                self._link_partition(day)

    def partition(self, day: dt.date) -> Path:
        return self.folder / "checks" / day.isoformat()

    def then(self, day: dt.date) -> Then:
        """What was known when `day` was published."""
        earlier = [other for other in self.published if other < day]
        manifest = read_manifest(self.folder / "published" / day.isoformat())
        own = newest_records(entries(self._ledgers())).get(day)
        known = len(entries(self._ledgers())) if own is None else own.seq - 1
        return Then(day, earlier[-1] if earlier else None, self.partition(day), manifest, known)

    def verdict_lines(self, then: Then) -> list[bytes]:
        """Lines of the delivery ledger about the files known then.

        Of a file that was refused also those about the bytes that held its name.
        """
        path, kept = self.folder / "ledger" / self.home.ledger.name, []
        refused = {entry["file"] for entry in then.manifest["deliveries"] if entry["status"] == "refused"}
        for line in path.read_bytes().split(b"\n")[:-1] if path.is_file() else ():
            with suppress(ValueError):
                verdict = json.loads(line)
                if verdict["file"] in refused or then.digests.get(verdict["file"]) == verdict["sha256"]:
                    kept.append(line)
        return kept

    def audit_lines(self, then: Then) -> list[bytes]:
        """Lines of the audit ledger that were there when the date was published."""
        path = self.folder / "ledger" / self.home.audit.name
        return path.read_bytes().split(b"\n")[: then.audit_entries] if path.is_file() else []

    def _ledgers(self) -> Home:
        """A home folder that holds the ledgers only."""
        root = self.folder / "ledgers"
        if not root.is_dir():
            (root / "lake").mkdir(parents=True)
            (root / "lake" / "ledger").symlink_to(self.folder / "ledger")
        return Home(root)

    def _link_partition(self, day: dt.date) -> None:
        source, target = self.home.check(day), self.partition(day)
        target.mkdir(parents=True)
        for path in source.glob("*.parquet") if source.is_dir() else ():
            link_or_copy(path, target / path.name)
        if day in self.dates:
            for path in source.glob("rows/*/*.parquet"):
                link_or_copy(path, target / path.relative_to(source))


class World:
    """A home folder in scratch, moved from one check date to the next."""

    def __init__(self, folder: Path, snapshot: Snapshot) -> None:
        self.home, self._snapshot = Home(folder), snapshot
        self.home.ledger.parent.mkdir(parents=True)
        (self.home.lake / "checks").mkdir()
        self.home.published.symlink_to(snapshot.folder / "published")
        self._known: list[LandingFile] = []
        self._late: list[LandingFile] = []
        for day in snapshot.published:
            if snapshot.partition(day).is_dir():
                self.home.check(day).symlink_to(snapshot.partition(day))

    def go_to(self, then: Then) -> None:
        """Know what was known then, no more and no less."""
        lines = map(without_chain, self._snapshot.verdict_lines(then))
        self.home.ledger.write_bytes(b"".join(line + b"\n" for line in lines))
        self.home.audit.write_bytes(b"".join(line + b"\n" for line in self._snapshot.audit_lines(then)))
        reports = KeptReports.load(self._snapshot.home).deliveries()
        kept = {file.shown for file in reports}
        found = [f for f in scan(self._snapshot.home.landing)[0] if not is_peoples(f.feed) or f.shown not in kept]
        files = sorted([*found, *reports])
        self._known = [file for file in files if file.shown in then.numbers]
        self._late = [file for file in files if file.shown not in then.numbers]

    def stock(self, then: Then, folder: Path) -> Stock:
        """The deliveries of that date under their numbers and places of that date; what came later counts as later."""
        stock = take_stock(self.home, then.as_of, folder, beijing_now, landed=(self._known, []))
        found: dict[int, Delivery] = {}
        seen: Counter[str] = Counter()
        places: dict[str, int] = {}
        feeds = {delivery.file.shown: delivery.file.feed for delivery in stock.deliveries.values()}
        for shown in sorted(then.numbers, key=then.numbers.__getitem__):
            feed = feeds.get(shown, shown.split("/")[0])
            seen[feed] += 1
            places[shown] = seen[feed]
        for delivery in stock.deliveries.values():
            file = delivery.file
            if delivery.sha256 and delivery.sha256 != then.digests[file.shown]:
                self._late.append(file)  # what was read half-copied has come again under its own name
            else:
                number = then.numbers[file.shown]
                found[number] = replace(delivery, number=number, place=places[file.shown])
        stock.deliveries = dict(sorted(found.items()))
        stock.later = sorted(self._late)
        for feed in seen:
            stock.hold(feed)
        return stock

    def keep(self, run: CheckRun) -> None:
        """The finished partition takes the place of the published one: the next date builds on it."""
        for name in BULK:
            shutil.rmtree(run.folder / name, ignore_errors=True)
        self.home.check(run.as_of).unlink()  # a link into the snapshot
        run.folder.rename(self.home.check(run.as_of))
        shutil.rmtree(scratch_root(self.home), ignore_errors=True)

    def stored_rows(self, then: Then, stock: Stock) -> Rows:
        """Rows of the published partition that the present program would store the same way."""
        readers: dict[tuple[str, str], set[str]] = {}
        for line in self._snapshot.verdict_lines(then):
            verdict = json.loads(line)
            readers.setdefault((verdict["file"], verdict["sha256"]), set()).add(verdict["judged_by"])
        paths = {}
        for number, delivery in stock.deliveries.items():
            path = then.partition / "rows" / delivery.file.feed / f"{delivery.place}.parquet"
            is_same = readers.get((delivery.file.shown, delivery.sha256)) == {judged_by(delivery.file.feed)}
            if delivery.is_accepted and is_same and path.is_file():
                paths[number] = path
        return Rows(paths, then.partition)


@dataclass(kw_only=True)
class SimulatedRun(CheckRun):
    """A check up to its tickets, in a world, under a given policy. `shared`: the stock, where it has been taken before."""

    world: World
    then: Then
    policy_book: PolicyBook
    shared: Stock | None = None
    stored: Rows | None = None
    is_read_again: bool = field(default=False, init=False)

    def run(self) -> None:
        """All stages but the publication."""
        for stage in STAGES[:-1]:
            self.progress(stage)
            self.stage(stage)

    def take_deliveries(self) -> None:
        """As in a check, with the policy of this world and rows that are there already."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.book = self.policy_book
        if self.shared is None:
            self.stock = self.world.stock(self.then, self.folder)
        else:
            bare = {number: replace(d, rows_path=None) for number, d in self.shared.deliveries.items()}
            self.stock = replace(self.shared, home=self.home, folder=self.folder, deliveries=bare)
        if self.stored is None:
            self.stored = self.world.stored_rows(self.then, self.stock)
        self._use(self.stored)

    def _use(self, stored: Rows) -> None:
        """Link the rows beside, not where rows are written: nothing may ever be written through a link."""
        for number, path in stored.paths.items():
            delivery = self.stock.deliveries[number]
            link = self.folder / "stored" / delivery.file.feed / path.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())
            self.stock.deliveries[number] = replace(delivery, rows_path=link)

    def read_people_feeds(self) -> None:
        """Where the policy admits households whose members' rows were not kept, their feeds are read again."""
        if self.stored is not None and not self._all_kept(self.stored.partition):
            self.is_read_again = True
            for number, delivery in self.stock.deliveries.items():
                if delivery.file.feed in PERSON_FEEDS and delivery.rows_path is not None:
                    self.stock.deliveries[number] = replace(delivery, rows_path=None)
        super().read_people_feeds()

    def _all_kept(self, partition: Path) -> bool:
        if not has_table(partition, "members"):
            return False
        kept = read_table(partition, "members", ["person_id", "is_admitted"])
        now = with_numbers(self.engine.collect(self.registers.members.select("person_id", "is_admitted")))
        admitted = now.filter("is_admitted").join(kept.filter("is_admitted"), on="person_id", how="anti")
        return admitted.is_empty() and now.join(kept, on="person_id", how="anti").is_empty()

    def rows(self) -> Rows:
        """The rows this run has used, for the other world."""
        used = {n: d.rows_path.resolve() for n, d in self.stock.deliveries.items() if d.rows_path is not None}
        return Rows(used, self.folder)
