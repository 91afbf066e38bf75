"""Published check dates done again in home folders in scratch, with what was known when they were published.

A run is an ordinary full check up to the tickets, under a policy that is given to it; nothing is published. Accepted rows
that an earlier run has left are taken over as in every check (assets/stored_rows.py).
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.audit import entries
from assets.basis import FILE, Basis
from assets.deliveries import take_stock
from assets.home import Home, link_or_copy, sha256
from assets.incremental import Earlier
from assets.kept_reports import KeptReports, is_peoples
from assets.landing import LandingFile, scan
from assets.ledger import without_chain
from assets.publication.publish import MANIFEST, read_manifest
from assets.publication.records import newest_records
from assets.stored_rows import StoredRows
from pipelines.check import STAGES, CheckRun
from pipelines.engines.choose import require_engine
from pipelines.engines.scratch import scratch_root
from policy.policy import PolicyBook


class Snapshot:
    """The lake as it was at one moment, as a home folder of links in scratch: a check may replace it meanwhile.

    For the holder of the home folder's lock. Partitions of `dates` are linked with their rows, those of earlier dates and
    of the newest one without.
    """

    def __init__(self, of: Home, folder: Path, dates: list[dt.date]) -> None:
        self.home, self.published, self._of = Home(folder), of.published_dates(), of
        self._digests: dict[str, str] = {}
        self.home.ledger.parent.mkdir(parents=True)
        for path in (of.ledger, of.audit):
            if path.is_file():
                shutil.copyfile(path, self.home.ledger.parent / path.name)
        _link(of.ledger.parent, self.home.ledger.parent, "set_aside/*/*")
        for day in self.published:
            link_or_copy(of.publication(day) / MANIFEST, self.home.publication(day) / MANIFEST)
            if day <= dates[-1] or day == self.published[-1]:
                _link(of.check(day), self.home.check(day), "*.parquet", FILE)
            if day in dates:
                _link(of.check(day), self.home.check(day), "rows/*/*.parquet")

    def manifest(self, day: dt.date) -> dict[str, Any]:
        return read_manifest(self.home.publication(day))

    def landed(self, day: dt.date) -> tuple[list[LandingFile], list[LandingFile]]:
        """Files of the landing folder that were known when the date was published; and those that came later, also under
        a name that was known then with other bytes."""
        reports = KeptReports.load(self._of).deliveries()
        kept = {file.shown for file in reports}
        found = [f for f in scan(self._of.landing)[0] if not is_peoples(f.feed) or f.shown not in kept]
        known = {entry["file"]: entry["sha256"] for entry in self.manifest(day)["deliveries"]}
        sides: tuple[list[LandingFile], list[LandingFile]] = ([], [])
        for file in sorted([*found, *reports]):
            sides[not (file.shown in known and self._digest(file) == known[file.shown])].append(file)
        return sides

    def _digest(self, file: LandingFile) -> str:
        """SHA-256, reckoned once; "" of a file that cannot be read, as in the manifest."""
        if file.shown not in self._digests:
            self._digests[file.shown] = file.digest
            with suppress(OSError):
                self._digests[file.shown] = file.digest or sha256(file.path)
        return self._digests[file.shown]

    def write_ledgers(self, day: dt.date, home: Home) -> None:
        """Both ledgers as they were when the date was published.

        Of a file that was refused also the verdicts on the bytes that held its name.
        """
        deliveries = self.manifest(day)["deliveries"]
        digests = {entry["file"]: entry["sha256"] for entry in deliveries}
        refused = {entry["file"] for entry in deliveries if entry["status"] == "refused"}
        lines = []
        for line in _lines(self.home.ledger):
            with suppress(ValueError):
                verdict = json.loads(line)
                if verdict["file"] in refused or digests.get(verdict["file"]) == verdict["sha256"]:
                    lines.append(without_chain(line))
        home.ledger.write_bytes(b"".join(line + b"\n" for line in lines))
        entry = newest_records(entries(self.home)).get(day)
        known = _lines(self.home.audit)[: None if entry is None else entry.seq - 1]
        home.audit.write_bytes(b"".join(line + b"\n" for line in known))


def _link(source: Path, target: Path, *patterns: str) -> None:
    for path in (path for pattern in patterns for path in source.glob(pattern)):
        link_or_copy(path, target / path.relative_to(source))


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1] if path.is_file() else []


def scratch_home(folder: Path, snapshot: Snapshot) -> Home:
    """A home folder in which the check dates of a snapshot can be done again, one after the other."""
    home = Home(folder)
    home.ledger.parent.mkdir(parents=True)
    (home.lake / "checks").mkdir()
    home.published.symlink_to(snapshot.home.published)
    (home.ledger.parent / "set_aside").symlink_to(snapshot.home.ledger.parent / "set_aside")
    for day in snapshot.published:
        if snapshot.home.check(day).is_dir():
            home.check(day).symlink_to(snapshot.home.check(day))
    return home


def rows_in(partition: Path) -> StoredRows:
    """Accepted rows of a partition, to be taken over; none where it does not say of which files they are."""
    basis = Basis.read(partition)
    return StoredRows(partition, {}) if basis is None else Earlier(partition, basis).rows()


@dataclass(kw_only=True)
class SimulatedRun(CheckRun):
    """A check up to its tickets in a home folder in scratch. `stored`: rows that need not be read again."""

    snapshot: Snapshot
    policy: PolicyBook
    stored: StoredRows

    def run(self) -> None:
        """All stages but the publication."""
        for stage in STAGES[:-1]:
            self.progress(stage)
            self.stage(stage)

    def take_deliveries(self) -> None:
        """As in a full check, with the given policy and what was known then; what came later counts as later."""
        require_engine(self.engine_name)
        self.book = self.policy
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.snapshot.write_ledgers(self.as_of, self.home)
        known, later = self.snapshot.landed(self.as_of)
        self.stock = take_stock(self.home, self.as_of, self.folder, self.now, self.book, landed=(known, []))
        self.stock.later = later
        self.stock.stored = self.stored

    def release(self) -> None:
        """One run at a time in memory: its engine is closed, and nothing holds its tables."""
        self.close()
        for name in ("engine_of_all", "registers", "facts", "findings", "ticketing", "stock"):
            self.__dict__.pop(name, None)

    def keep(self) -> None:
        """The finished partition takes the place of the published one: the next date builds on it."""
        for name in ("rows", "facts"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.home.check(self.as_of).unlink()  # a link into the snapshot
        self.folder.rename(self.home.check(self.as_of))
        shutil.rmtree(scratch_root(self.home), ignore_errors=True)
