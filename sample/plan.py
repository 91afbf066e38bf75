"""Which files of which dates a landing folder holds, and what is wrong with some of them on purpose.

Every rejected or ignored file stands beside an accepted delivery of the same feed and area, so that a check always has
something in force; all snapshots are fresh on the check date.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from data_contracts import feed_contract
from sample.writers import Dialect, FileFormat

Form = Literal["mixed", "parquet", "csv"]

# Days between the data date and the check date: departments do not all report on the same day.
DELAYS = {
    "household_registration": 0, "vehicles": 3, "property": 6, "tax": 10, "pensions": 8, "disability": 6,
    "assistance_roster": 2, "household_members": 2, "declarations": 2, "declared_assets": 2, "authorisations": 1,
    "household_surveys": 1, "person_surveys": 4,
}  # fmt: skip
FEEDS = tuple(DELAYS)
BACKFILL_DAYS = 45
SMALL_COUNTY = 60_000  # persons; beyond it Excel files would be slow to write and to read
MIXED_RATE, CLEAN_RATE, REJECTED_RATE = 0.009, 0.001, 0.06


PLAIN = Dialect()


@dataclass(frozen=True)
class Delivery:
    """One file to write. `since` is the data date of the previous increment, None for everything before."""

    feed: str
    area: str
    data_date: date
    file_format: FileFormat
    dialect: Dialect = PLAIN
    suffix: str = ""
    since: date | None = None
    rate: float = CLEAN_RATE
    varied: bool = False
    thinned: bool = False
    expect: str = "accepted"
    why: str = ""

    @property
    def file_name(self) -> str:
        return f"{self.area}_{self.data_date:%Y%m%d}{self.suffix}.{self.file_format}"


@dataclass(frozen=True)
class Copy:
    """A file made from another one's bytes; `cut` drops the last bytes so that it ends in mid-row."""

    source: Delivery
    target: Delivery
    cut: int = 0


_MIXED: dict[str, tuple[FileFormat, Dialect]] = {
    "household_registration": ("csv", Dialect("gb18030", "\r\n", "zh", reversed_columns=True, main_date=1)),
    "vehicles": ("csv", Dialect("utf-8-sig", "\n", "alias", extra=(("序号", "1"), ("备注", "")), main_date=2)),
    "property": ("csv", Dialect("utf-8", "\r\n", "zh", extra=(("数据来源", "登记簿"),))),
    "tax": ("csv", Dialect("gb18030", "\n", "zh")),
    "pensions": ("csv", Dialect("utf-8", "\r\n", "en", reversed_columns=True)),
    "disability": ("xlsx", Dialect(header="zh", main_date=4)),
    "assistance_roster": ("xlsx", Dialect(header="alias", main_date=4, extra=(("经办人", "系统导出"),))),
    "household_members": ("csv", Dialect("gb18030", "\r\n", "alias", main_date=3)),
    "declarations": ("csv", Dialect("utf-8", "\n", "en")),
    "declared_assets": ("jsonl", Dialect(header="en")),
    "authorisations": ("jsonl", Dialect(header="zh", main_date=2)),
    "household_surveys": ("xlsx", Dialect(header="zh", reversed_columns=True)),
    "person_surveys": ("csv", Dialect("utf-8-sig", "\r\n", "zh", main_date=1)),
}  # fmt: skip


def check_dates(as_of: date, months: int) -> list[date]:
    """`months` check dates, one a month, the last one `as_of`; the day is clipped to the month's end."""
    dates = []
    for back in range(months - 1, -1, -1):
        year, month = divmod(as_of.year * 12 + as_of.month - 1 - back, 12)
        dates.append(date(year, month + 1, min(as_of.day, calendar.monthrange(year, month + 1)[1])))
    return dates


def plan(
    area: str, as_of: date, months: int, form: Form, *, is_small: bool, is_alone: bool
) -> tuple[list[Delivery], list[Copy]]:
    """All files of one county: those generated, and those copied from them afterwards.

    `is_small`: Excel files are possible; `is_alone`: no other county of the prefecture is in the sample, so that a
    file of the prefecture is about this county.
    """
    deliveries: list[Delivery] = []
    copies: list[Copy] = []
    for feed in FEEDS:
        plain = list(_plain(feed, area, check_dates(as_of, months), form, is_small))
        if form == "mixed" and feed == "household_members" and is_alone:
            why = "the prefecture's file of the same data date, incomplete: the longer area wins the tie"
            deliveries.append(replace(plain[-1], area=area[:4], thinned=True, why=why))
        if form == "mixed":
            extra, copied = _mess(plain[-1], {delivery.data_date for delivery in plain})
            plain[-1:] = extra
            copies += copied
        deliveries += plain
    return deliveries, copies


def _plain(feed: str, area: str, dates: list[date], form: Form, is_small: bool) -> Iterator[Delivery]:
    """One delivery per check date, and before the first one an older increment in mixed form."""
    increment = feed_contract(feed).kind == "increment"
    days = [day - timedelta(days=DELAYS[feed]) for day in dates]
    if increment and form == "mixed":
        days.insert(0, days[0] - timedelta(days=BACKFILL_DAYS))
    previous = None
    for order, day in enumerate(days):
        delivery = Delivery(feed, area, day, "parquet" if form == "parquet" else "csv")
        if form == "mixed":
            file_format, dialect = _MIXED[feed]
            # Excel for what a clerk sends by hand: small files, and of increments the newest one.
            if file_format == "xlsx" and (not is_small or (increment and order < len(days) - 1)):
                file_format = "csv"
            if feed == "tax" and order == len(days) - 1:
                file_format, dialect = "parquet", PLAIN
            varied = file_format != "parquet"
            rate = MIXED_RATE if varied else CLEAN_RATE
            delivery = replace(delivery, file_format=file_format, dialect=dialect, rate=rate, varied=varied)
        yield replace(delivery, since=previous)
        previous = day if increment else None


def _mess(last: Delivery, taken: set[date]) -> tuple[list[Delivery], list[Copy]]:
    """What happens to the newest file of one feed, in place of the file alone."""
    handle = _MESSES.get(last.feed)
    return handle(last, taken) if handle else ([last], [])


def _incomplete(last: Delivery, _taken: set[date]) -> tuple[list[Delivery], list[Copy]]:
    export = Dialect("gb18030", "\r\n", "zh", main_date=2)
    why = "incomplete; replaced as a whole by its correction _2"
    thin = replace(last, thinned=True, file_format="csv", dialect=export, why=why)
    return [thin, replace(last, suffix="_2", why="correction that replaces the incomplete file")], []


def _truncated(last: Delivery, _taken: set[date]) -> tuple[list[Delivery], list[Copy]]:
    why = "truncated correction without a final newline: rejected, the first file stays in force"
    return [last], [Copy(last, replace(last, suffix="_2", expect="rejected", why=why), cut=37)]


def _duplicate(last: Delivery, _taken: set[date]) -> tuple[list[Delivery], list[Copy]]:
    why = "the same bytes under the same area and data date: a duplicate, ignored"
    return [last], [Copy(last, replace(last, suffix="_1", expect="duplicate", why=why))]


def _too_many_bad(last: Delivery, _taken: set[date]) -> tuple[list[Delivery], list[Copy]]:
    why = "correction with six per cent bad rows: rejected as a whole"
    return [last, replace(last, suffix="_2", rate=REJECTED_RATE, expect="rejected", why=why)], []


def _headless(last: Delivery, _taken: set[date]) -> tuple[list[Delivery], list[Copy]]:
    why = "correction without the required column declared_on: rejected"
    lacking = replace(last.dialect, omitted=("declared_on",))
    return [last, replace(last, suffix="_2", dialect=lacking, expect="rejected", rate=0.0, why=why)], []


def _unchanged(last: Delivery, taken: set[date]) -> tuple[list[Delivery], list[Copy]]:
    why = "the same bytes under another data date: a delivery of its own, shown with a warning"
    earlier = replace(last, data_date=_free(last.data_date - timedelta(days=24), taken))
    return [earlier], [Copy(earlier, replace(last, why=why))]


def _late(last: Delivery, taken: set[date]) -> tuple[list[Delivery], list[Copy]]:
    day = _free(last.data_date - timedelta(days=32), taken)
    return [last, replace(last, data_date=day, why="late: arrives after a newer data date and does not win")], []


def _unreadable(last: Delivery, _taken: set[date]) -> tuple[list[Delivery], list[Copy]]:
    why = "Parquet file cut in transfer: unreadable, rejected"
    return [last], [Copy(last, replace(last, suffix="_2", expect="rejected", why=why), cut=200)]


_MESSES: dict[str, Callable[[Delivery, set[date]], tuple[list[Delivery], list[Copy]]]] = {
    "assistance_roster": _incomplete,
    "household_registration": _truncated,
    "vehicles": _duplicate,
    "pensions": _too_many_bad,
    "declarations": _headless,
    "disability": _unchanged,
    "property": _late,
    "tax": _unreadable,
}


def _free(day: date, taken: set[date]) -> date:
    while day in taken:
        day -= timedelta(days=1)
    return day
