"""Reports: what people and other systems return about one ticket, one row of a return feed each."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

REPORT_FEEDS: Final[dict[str, str]] = {
    "ticket_receipts": "received_on",
    "ticket_handling": "acted_on",
    "clarification_requests": "requested_on",
    "clarification_answers": "answered_on",
    "objections": "raised_on",
    "objection_answers": "answered_on",
    "ticket_referrals": "referred_on",
    "ticket_outcomes": "handled_on",
    "referral_answers": "answered_on",
    "recheck_results": "rechecked_on",
}
"""Feed -> the column with its day, in the order in which reports of one day are taken. clarification_answers is no
landing feed: the answers come from the audit ledger."""
COUNTY_DIGITS: Final = 6
_ORDER: Final = {feed: position for position, feed in enumerate(REPORT_FEEDS)}


@dataclass(frozen=True)
class Report:
    """One row. `key`: its contract key without the ticket number, as texts; `file`, `line`: where it stands ("" and 0
    for what comes from the audit ledger); `area`: the area its file speaks for, which tells offices apart.

    filed_on   the day from which its file counts; None for what comes from the audit ledger
    filed_no   place of its file among those of the feed, oldest first
    sent_in    the feed of its file, where that is another one: a note in an outcome list
    """

    feed: str
    ticket_id: str
    key: tuple[str, ...]
    cells: Mapping[str, Any]
    area: str
    file: str
    line: int
    filed_on: dt.date | None = None
    filed_no: int = 0
    sent_in: str = ""

    @property
    def on(self) -> dt.date:
        """The day it speaks of."""
        day: dt.date = self.cells[REPORT_FEEDS[self.feed]]
        return day

    @property
    def order(self) -> tuple[dt.date, int, tuple[str, ...], str]:
        """Place among all reports: by day, feed, key and ticket."""
        return (self.on, _ORDER[self.feed], self.key, self.ticket_id)

    @property
    def is_in_its_area(self) -> bool:
        """Whether its file speaks for the county in the ticket's number."""
        return self.ticket_id.startswith(self.area[:COUNTY_DIGITS])

    def text(self, column: str) -> str:
        """A cell as text, "" when empty."""
        return str(self.cells.get(column) or "")

    def mark(self, ticket_id: str, *, with_outcome: bool = True) -> str:
        """What the ticket remembers once the report is taken. The number itself only where it is another one."""
        own = () if self.ticket_id == ticket_id else (self.ticket_id,)
        said = (
            (self.text("outcome"),) if with_outcome and self.feed == "ticket_outcomes" else ()
        )  # another outcome of that day is news
        return "|".join((self.feed, *self.key, *said, *own))


def visitor_count(visitors: str | None) -> int:
    """How many people visited: a number, or different names separated by 、 , ; / or spaces."""
    text = unicodedata.normalize("NFKC", visitors or "").strip()
    number = re.fullmatch(r"([0-9]+)\s*[人名位]?", text)
    if number:
        return int(number.group(1))
    return len({name for name in re.split(r"[、,，;；/\s]+", text) if name})
