"""What the generator knows about its own files: planted cases, gaps, and what must happen to every file.

The truth file lies beside the landing folder, never in it: a check reads only what departments send.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

Result = Literal["hit", "no_hit", "not_checked"]


@dataclass(frozen=True)
class Case:
    """One planted household and what one rule must say about it on the check date."""

    household_id: str
    county: str
    rule: str
    result: Result
    why: str
    persons: tuple[str, ...] = ()
    needs_standard: bool = False  # true only where the county has a dibao standard in force

    @property
    def hit(self) -> bool:
        return self.result == "hit"


@dataclass(frozen=True)
class Gap:
    """One planted household that is not admitted for this reason, or (holds=False) narrowly is."""

    household_id: str
    county: str
    gap: str
    holds: bool
    why: str


@dataclass(frozen=True)
class NotConsented:
    """Recorded things of somebody whose consent is missing: no output may contain them."""

    household_id: str | None
    person_id: str
    plate_no: str
    why: str


@dataclass
class FileTruth:
    """One file: rows in it, rows damaged on purpose by kind, and what must become of it."""

    path: str
    feed: str
    area: str
    data_date: date
    rows: int
    damaged: dict[str, int]
    expect: str
    why: str
    thinned: bool = False


@dataclass
class SampleSummary:
    """What was written: files relative to the landing folder, rows per feed over all files, persons, planted cases."""

    out: Path
    truth: Path
    as_of: date
    households: int = 0
    persons: int = 0
    outsiders: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    files: list[FileTruth] = field(default_factory=list)
    planted: list[Case] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    not_consented: list[NotConsented] = field(default_factory=list)
    not_looked_at: list[str] = field(default_factory=list)

    def as_json(self, arguments: dict[str, Any], assumes: dict[str, Any]) -> str:
        """The truth file's text. Paths are relative, so that the same arguments give the same bytes anywhere."""
        document = {
            "about": "Generated sample; no real persons. Results hold on as_of with the assumed policy values.",
            "arguments": arguments,
            "as_of": self.as_of,
            "assumes": assumes,
            "households": self.households,
            "persons": self.persons,
            "outsiders": self.outsiders,
            "rows": self.rows,
            "cases": [{**asdict(case), "hit": case.hit} for case in self.planted],
            "gaps": [asdict(gap) for gap in self.gaps],
            "not_consented": [asdict(item) for item in self.not_consented],
            "not_looked_at": self.not_looked_at,
            "files": [asdict(file) for file in self.files],
        }
        return json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n"


def truth_path(out: Path) -> Path:
    """`<out.name>-truth.json` beside the landing folder."""
    return out.parent / f"{out.name}-truth.json"
