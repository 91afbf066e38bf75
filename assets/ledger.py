"""The delivery ledger: what arrived when, with which bytes, and what became of it. Append-only.

A verdict is a fact about bytes, contract and reader: while those are the same it is not made twice.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from assets.home import Home
from assets.landing import LandingFile


@dataclass(frozen=True)
class Verdict:
    """One line of the ledger. Counts are rows; `judged_by` names contract and reader version."""

    feed: str
    area: str
    data_on: str
    n: int
    file: str
    sha256: str
    size: int
    status: str
    code: str | None
    detail_zh: str
    detail_en: str
    read: int
    accepted: int
    set_aside: int
    judged_by: str
    arrived_at: str
    extra_columns: list[str] = field(default_factory=list)
    extra_columns_count: int = 0

    @property
    def slot(self) -> tuple[str, str, dt.date, int]:
        return (self.feed, self.area, dt.date.fromisoformat(self.data_on), self.n)

    @property
    def is_accepted(self) -> bool:
        return self.status in ("accepted", "accepted_with_errors")


@dataclass
class Ledger:
    """The newest verdict for each file and its bytes, and who took a name first."""

    home: Home
    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    owners: dict[tuple[str, str, dt.date, int], Verdict] = field(default_factory=dict)

    @classmethod
    def load(cls, home: Home) -> Ledger:
        """Read the ledger; a last line cut off by a crash is left out (it is written again)."""
        ledger = cls(home)
        if home.ledger.is_file():
            for line in home.ledger.read_bytes().split(b"\n")[:-1]:
                try:
                    entry: dict[str, Any] = json.loads(line)
                except ValueError:
                    continue
                ledger._remember(Verdict(**entry))
        return ledger

    def _remember(self, verdict: Verdict) -> None:
        self.verdicts[(verdict.file, verdict.sha256)] = verdict
        # A rejected file holds no name: what was read half-copied may come again whole under the same one.
        if verdict.is_accepted:
            owner = self.owners.get(verdict.slot)
            if owner is None or owner.sha256 == verdict.sha256:
                self.owners[verdict.slot] = verdict

    def known(self, file: LandingFile, digest: str, judged_by: str) -> Verdict | None:
        """The verdict on these bytes under this name by the same contract and reader."""
        verdict = self.verdicts.get((file.shown, digest))
        return verdict if verdict is not None and verdict.judged_by == judged_by else None

    def arrived_at(self, file: LandingFile, digest: str) -> str | None:
        """When these bytes were first seen under this name."""
        verdict = self.verdicts.get((file.shown, digest))
        return None if verdict is None else verdict.arrived_at

    def append(self, verdicts: list[Verdict]) -> None:
        """Add lines and flush them to the disk."""
        if not verdicts:
            return
        self.home.ledger.parent.mkdir(parents=True, exist_ok=True)
        with self.home.ledger.open("ab+") as stream:
            _cut_half_line(stream)  # or the first of the new lines would be lost with the rest of it
            for verdict in verdicts:
                stream.write(json.dumps(asdict(verdict), ensure_ascii=False).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        for verdict in verdicts:
            self._remember(verdict)


def _cut_half_line(stream: BinaryIO) -> None:
    """A last line without its end was left by a crash; its verdict is made again."""
    stream.seek(0)
    content = stream.read()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        stream.truncate(whole)
