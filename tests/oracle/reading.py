"""The landing folder: which files are deliveries, and what each row of them is (page 2)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from .cells import BadCellError, birth_date, parse_cell, sex_of
from .feeds import FEEDS, TICKET_FEEDS, Column, Feed
from .formats import RawRow, RejectedFileError, read_table

Row = dict[str, Any]
NAME = re.compile(r"([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{12})_([0-9]{8})(?:_([1-9][0-9]*))?\.(csv|xlsx|parquet|jsonl)")
GIVEN = {"objection_answers": ("ticket_id", "item_no"), "referral_answers": ("ticket_id", "department")}
FOOTER = "合计|总计|小计|共计|累计|制表|填表|填报|审核|复核|负责人|单位|备注|说明|注[::]|第.{1,6}页|日期|以上|以下"
BAD_SHARE = (5, 100)  # for the ticket feeds one bad row must not cost the others: no share is too much
TOWNSHIP = 12
IN_FORCE_STATUSES = ("accepted", "accepted_with_errors")


@dataclass(frozen=True)
class SetAside:
    line: int
    column: str
    code: str


@dataclass
class Delivery:
    """One file.  status: accepted | accepted_with_errors | rejected | duplicate | refused."""

    feed: str
    area: str
    data_date: date
    n: int
    path: Path
    sha256: str
    status: str = ""
    reason: str = ""
    read: int = 0
    accepted: int = 0
    set_aside: list[SetAside] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # of the rows, in the file
    extra_columns: list[str] = field(default_factory=list)
    not_consented: int = 0

    @property
    def in_force_candidate(self) -> bool:
        return self.status in IN_FORCE_STATUSES

    @property
    def order(self) -> tuple[date, int, int]:
        """Newest (data date, n); on a tie the longest area."""
        return (self.data_date, self.n, len(self.area))


@dataclass
class Deliveries:
    as_of: date
    all: list[Delivery] = field(default_factory=list)
    ignored_names: list[Path] = field(default_factory=list)

    def of(self, feed: str) -> list[Delivery]:
        return [d for d in self.all if d.feed == feed and d.in_force_candidate]

    def named(self, feed: str, name: str) -> Delivery:
        return next(d for d in self.all if d.feed == feed and d.path.name == name)


Cache = dict[tuple[str, str], Delivery]


def read_landing(landing: Path, as_of: date, cache: Cache | None = None) -> Deliveries:
    """Every delivery with a data date on or before as_of.  `cache` keeps parsed files between check dates."""
    cache = {} if cache is None else cache
    found = Deliveries(as_of)
    for name in sorted(FEEDS):
        folder = landing / name
        if not folder.is_dir():
            continue
        candidates = []
        for path in sorted(folder.iterdir()):
            delivery = from_name(name, path)
            if delivery is None:
                found.ignored_names.append(path)
            elif delivery.data_date <= as_of:
                candidates.append(delivery)
        candidates.sort(key=lambda d: (d.area, d.data_date, d.n, d.path.name))
        found.all.extend(settle_names(candidates, cache))
    return found


def from_name(feed: str, path: Path) -> Delivery | None:
    match = NAME.fullmatch(path.name)
    if not match or not path.is_file():
        return None
    area, day, n, _ = match.groups()
    if len(area) == TOWNSHIP and feed not in TICKET_FEEDS:
        return None
    try:
        data_date = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return None
    return Delivery(feed, area, data_date, int(n or 1), path, hashlib.sha256(path.read_bytes()).hexdigest())


def settle_names(candidates: list[Delivery], cache: Cache) -> list[Delivery]:
    """Duplicates (same bytes, same feed, area, data date) and names already taken; the rest is parsed."""
    result: list[Delivery] = []
    for delivery in candidates:
        same_day = [d for d in result if (d.area, d.data_date) == (delivery.area, delivery.data_date)]
        if any(d.sha256 == delivery.sha256 for d in same_day):
            delivery.status = "duplicate"
        elif any(d.n == delivery.n and d.status != "refused" for d in same_day):
            delivery.status, delivery.reason = "refused", "name_taken"
        else:
            slot = (str(delivery.path), delivery.sha256)
            if slot not in cache:
                parse(delivery)
                cache[slot] = delivery
            result.append(cache[slot])
            continue
        result.append(delivery)
    return result


def parse(delivery: Delivery) -> None:
    """Fill in rows, counts and status."""
    feed = FEEDS[delivery.feed]
    try:
        table = read_table(delivery.path, lambda cells: names_required(feed, cells))
        chosen = match_headers(feed, table.headers)
    except RejectedFileError as error:
        delivery.status, delivery.reason = "rejected", str(error)
        return
    used = set(chosen.values())
    delivery.extra_columns = [h for h in table.headers if h and h not in used]
    seen: dict[tuple[Any, ...], Row] = {}
    cut: list[tuple[RawRow, bool]] = []
    for raw in table.rows:
        if delivery.feed in TICKET_FEEDS and is_unfilled(feed, chosen, raw):
            continue
        delivery.read += 1
        row, fault = check_row(feed, chosen, raw, table.excel, delivery.data_date)
        if fault is not None and raw.is_short:
            fault = SetAside(raw.line, "", "field_count")
        cut.append((raw, fault is not None))
        if fault is None:
            fault = check_key(feed, row, seen, raw.line)
        if fault is None:
            delivery.rows.append(row)
            delivery.lines.append(raw.line)
        else:
            delivery.set_aside.append(fault)
    take_halves_back(delivery, cut, feed, chosen)
    mark_footers(delivery, cut, feed, chosen)
    delivery.accepted = len(delivery.rows)
    judge(delivery)


def is_unfilled(feed: Feed, chosen: dict[str, str], raw: RawRow) -> bool:
    """A list comes back whole, also when only some of its tickets were handled: a row with nothing but what was given."""
    cells = [
        raw.cells.get(chosen[c.name])
        for c in feed.columns
        if c.name in chosen and c.name not in GIVEN.get(feed.name, feed.key[:1])
    ]
    return not raw.error and all(cell is None or not str(cell).strip() for cell in cells)


def names_required(feed: Feed, cells: list[str]) -> int:
    return sum(column.header_required and any(h in cells for h in column.headers) for column in feed.columns)


def footer_kind(feed: Feed, chosen: dict[str, str], raw: RawRow) -> int:
    """2: begins like a line below a table, or is blank; 1: part of the key is empty; 0: neither."""
    texts = [str(cell).strip() for cell in raw.cells.values() if cell is not None and str(cell).strip()]
    if raw.error and not texts:
        return 0
    if not texts or re.match(FOOTER, re.sub(r"\s", "", texts[0])):
        return 2
    keys = [raw.cells.get(chosen[name]) for name in feed.key if name in chosen]
    return int(any(cell is None or cell == "" for cell in keys))


def take_halves_back(delivery: Delivery, rows: list[tuple[RawRow, bool]], feed: Feed, chosen: dict[str, str]) -> None:
    """A short row right before a short one that breaks the contract may be its other half."""
    for (first, first_bad), (second, second_bad) in pairwise(rows):
        is_half = second.is_short and second_bad and footer_kind(feed, chosen, second) == 0
        if (
            first.is_short
            and not first_bad
            and is_half
            and second.line == first.line + 1
            and first.line in delivery.lines
        ):
            at = delivery.lines.index(first.line)
            del delivery.lines[at], delivery.rows[at]
            delivery.set_aside.append(SetAside(first.line, "", "field_count"))


def mark_footers(delivery: Delivery, rows: list[tuple[RawRow, bool]], feed: Feed, chosen: dict[str, str]) -> None:
    """Lines below the table are set aside too, but are no bad rows."""
    below: list[RawRow] = []
    for raw, is_bad in reversed(rows):
        if not is_bad or not footer_kind(feed, chosen, raw):
            break
        below.insert(0, raw)
    while below and footer_kind(feed, chosen, below[0]) != 2:
        below.pop(0)
    lines = {raw.line for raw in below}
    delivery.set_aside = [SetAside(f.line, "", "footer") if f.line in lines else f for f in delivery.set_aside]


def judge(delivery: Delivery) -> None:
    is_strict = delivery.feed not in TICKET_FEEDS
    footers = sum(fault.code == "footer" for fault in delivery.set_aside)
    bad = len(delivery.set_aside) - footers
    if is_strict and bad * BAD_SHARE[1] > (delivery.read - footers) * BAD_SHARE[0]:
        delivery.status, delivery.reason = "rejected", "too_many_bad_rows"
    else:
        delivery.status = "accepted_with_errors" if delivery.set_aside else "accepted"


def match_headers(feed: Feed, headers: list[str]) -> dict[str, str]:
    """Column name -> header used in this file."""
    chosen: dict[str, str] = {}
    for column in feed.columns:
        present = [h for h in headers if h in column.headers]
        if present:
            chosen[column.name] = present[0]
        elif column.header_required:
            raise RejectedFileError(f"header_missing:{column.name}")
    return chosen


def check_row(
    feed: Feed, chosen: dict[str, str], raw: RawRow, excel: bool, data_date: date
) -> tuple[Row, SetAside | None]:
    if raw.error:
        return {}, SetAside(raw.line, "", raw.error)
    row: Row = {}
    for column in feed.columns:
        cell = raw.cells.get(chosen[column.name]) if column.name in chosen else None
        if column.name == "handled_on" and is_note_without_day(chosen, raw):
            cell = data_date.isoformat()
        try:
            row[column.name] = parse_cell(column, cell, excel, data_date)
        except BadCellError as bad:
            return {}, SetAside(raw.line, column.name, bad.code)
    if feed.name == "ticket_outcomes" and not (row["outcome"] or row["visited_on"] or row["note"]):
        return {}, SetAside(raw.line, "outcome", "missing_value")
    return row, disagreement(feed.columns, row, raw.line)


def is_note_without_day(chosen: dict[str, str], raw: RawRow) -> bool:
    """Page 12: a note without an outcome is a step of handling; the day of its file stands for a day it lacks."""
    said = {name for name, header in chosen.items() if str(raw.cells.get(header) or "").strip()}
    return not said & {"handled_on", "outcome"} and bool(said & {"visited_on", "note"})


def disagreement(columns: tuple[Column, ...], row: Row, line: int) -> SetAside | None:
    """A number that disagrees with the row's birth date or sex, where given."""
    names = {c.name for c in columns}
    if "birth_date" in names and row["birth_date"] is not None and row["birth_date"] != birth_date(row["person_id"]):
        return SetAside(line, "birth_date", "id_disagrees")
    if "sex" in names and row["sex"] != sex_of(row["person_id"]):
        return SetAside(line, "sex", "id_disagrees")
    return None


def check_key(feed: Feed, row: Row, seen: dict[tuple[Any, ...], Row], line: int) -> SetAside | None:
    """The first row of a key stays."""
    key = tuple(row[name] for name in feed.key)
    first = seen.setdefault(key, row)
    if first is row:
        return None
    return SetAside(line, feed.key[0], "duplicate_row" if first == row else "duplicate_key")
