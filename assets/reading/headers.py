"""Headers: Chinese or English, in any order; where the header stands; extra columns are kept out and counted."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from assets.reading.errors import DeliveryBrokenError
from assets.reading.pieces import FAULT, LINE
from data_contracts import Contract, feed_contract, feed_contracts
from data_contracts.contract import Limits
from data_contracts.publications import published

HEADER_ROWS: Final = 20
"""The header is one of the first so many rows (spec page 2)."""
SENT_BACK: Final = {"ticket_outcomes": "township_workbook"}
"""Feed → the published sheet that comes back as it: its read-only columns are compared (row_check)."""
_UNSEEN: Final = frozenset(("Cc", "Cf"))


def tidy(header: str) -> str:
    """A header as it is compared: NFKC, lower case, without spaces, quotation marks and characters nobody sees."""
    text = unicodedata.normalize("NFKC", header.split("\u0000", maxsplit=1)[0])
    return "".join(c for c in "".join(text.split()).lower() if unicodedata.category(c) not in _UNSEEN).strip("'\"")


@dataclass(frozen=True)
class Wanted:
    """Which headers a reader looks for, in plain values: they are handed to the process that reads workbooks.

    `known`: tidy header → canonical name; `required`, `keys`: canonical names of the headers that must be there and of the key's
    columns; `beside`: tidy headers kept although they are not the contract's.
    """

    known: Mapping[str, str]
    required: frozenset[str]
    keys: frozenset[str]
    beside: frozenset[str]
    limits: Limits = field(default_factory=Limits)

    def name(self, header: str) -> str | None:
        """The canonical name behind a header, None for an extra one."""
        return self.known.get(tidy(header))

    def keeps(self, header: str) -> bool:
        """Whether a reader passes the column on."""
        text = tidy(header)
        return text in self.known or text in self.beside

    def score(self, cells: Iterable[str | None]) -> int:
        """How many of the required headers a row holds."""
        return len(self.required & {self.name(cell) for cell in cells if cell})

    def header_among(self, rows: Sequence[Sequence[str | None]]) -> tuple[int, int]:
        """Which row is the header, and its score: the first with all required headers, else with the most of them; of rows
        without any the first that is not blank (then everything is missing, and that is what is said); -1 if all are blank."""
        scores = [self.score(row) for row in rows]
        best = max(scores, default=0)
        if best:
            return scores.index(best), best
        return next((at for at, row in enumerate(rows) if any(cell and cell.strip() for cell in row)), -1), 0


@cache
def wanted(feed: str) -> Wanted:
    """What the readers look for in files of a feed."""
    contract = feed_contract(feed)
    sheet = published(SENT_BACK[feed]).columns if feed in SENT_BACK else ()
    return Wanted(
        known={tidy(spelling): column.name for column in contract.columns for spelling in column.headers},
        required=frozenset(c.name for c in contract.columns if c.is_header_required),
        keys=frozenset(c.name for c in contract.key),
        beside=frozenset(tidy(spelling) for column in sheet for spelling in column.headers),
        limits=contract.limits,
    )


@cache
def _known_anywhere() -> frozenset[str]:
    """Headers of any feed and of the sheets that come back: such a name can be shown, it is no cell."""
    contracts = [*feed_contracts().values(), *map(published, SENT_BACK.values())]
    return frozenset(tidy(s) for contract in contracts for column in contract.columns for s in column.headers)


def match_headers(columns: Iterable[str], contract: Contract) -> dict[str, str]:
    """{column in the file: canonical name}. Raises DeliveryBrokenError (header_missing, header_repeated) naming the columns
    in both languages."""
    look = wanted(contract.name)
    found: dict[str, str] = {}
    for header in columns:
        name = None if header in (LINE, FAULT) else look.name(header)
        if name is None:
            continue
        if name in found.values():
            raise DeliveryBrokenError("header_repeated", contract.column(name).header_zh, name)
        found[header] = name
    missing = [c for c in contract.columns if c.is_header_required and c.name not in found.values()]
    if missing:
        raise DeliveryBrokenError(
            "header_missing", "、".join(c.header_zh for c in missing), ", ".join(c.name for c in missing)
        )
    return found


def extra_headers(columns: Iterable[str], contract: Contract) -> tuple[list[str], int]:
    """The extra headers that may be named, and how many there are in all. A header may hold a person's number: only
    names that our own lists have are shown."""
    look = wanted(contract.name)
    extra = [h for h in columns if h not in (LINE, FAULT) and tidy(h) and look.name(h) is None]
    return [h.split("\u0000")[0].strip() for h in extra if tidy(h) in _known_anywhere()], len(extra)
