"""Deliveries of one check date: which files count, what each holds, which are in force for which county."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import polars as pl

from assets.errors import CheckStoppedError
from assets.held import HELD, held_words, min_share, signed_off_files
from assets.home import Home, sha256, whole_file
from assets.kept_reports import arrived, is_peoples, standing
from assets.landing import LandingFile, Unusable
from assets.ledger import Ledger, Verdict
from assets.reading.delivery import READER_VERSION, SET_ASIDE_SCHEMA, Reading, read_delivery
from assets.reading.errors import MAY_PASS, DeliveryBrokenError
from assets.reading.people_set import PeopleSet
from assets.stored_rows import StoredRows
from data_contracts import feed_contract
from policy.policy import PolicyBook
from rules.facts.coverage import Delivered, Shrunk, in_force, replace_corrected, shrunk

ACCEPTED = ("accepted", "accepted_with_errors")


@dataclass(frozen=True)
class Delivery:
    """One file as this check date sees it. `rows_path` is set where its accepted rows are needed.

    `number` counts all files of the check date, `place` those of the feed by data date: its rows carry `place` as
    delivery_no, which stays the same when other feeds get more files. A snapshot that shrank has the status `held`;
    `verdict` is then what the ledger says of its bytes.
    """

    number: int
    place: int
    file: LandingFile
    sha256: str
    size: int
    status: str
    code: str | None = None
    detail_zh: str = ""
    detail_en: str = ""
    read: int = 0
    accepted: int = 0
    set_aside: int = 0
    kept: int | None = None
    extra_columns: tuple[str, ...] = ()
    extra_columns_count: int = 0
    warning_zh: str = ""
    warning_en: str = ""
    rows_path: Path | None = None
    verdict: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.status in ACCEPTED

    @property
    def key(self) -> str:
        """Name, bytes and reader: what its accepted rows depend on, besides whom the pipeline may look at."""
        return f"{self.file.shown} {self.sha256} {judged_by(self.file.feed)}"

    def delivered(self) -> Delivered:
        """What the coverage rules need to know."""
        return Delivered(self.place, self.file.feed, self.file.area, self.file.data_on, self.file.n, self.accepted)

    def not_held(self) -> Delivery:
        """As the ledger has it."""
        if self.status != HELD:
            return self
        return replace(self, status=self.verdict, verdict="", code=None, detail_zh="", detail_en="")


@dataclass
class Stock:
    """All deliveries up to the check date, by number; filled in as feeds are read. `signed_off`: files (feed/name) and
    their digests."""

    home: Home
    as_of: dt.date
    folder: Path
    ledger: Ledger
    now: Callable[[], str]
    book: PolicyBook
    signed_off: frozenset[tuple[str, str]] = frozenset()
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    unusable: list[Unusable] = field(default_factory=list)
    later: list[LandingFile] = field(default_factory=list)
    stored: StoredRows | None = None
    known_until: str = ""

    def of_feed(self, feed: str) -> list[Delivery]:
        return [d for d in self.deliveries.values() if d.file.feed == feed]

    def delivery(self, delivered: Delivered) -> Delivery:
        """The file behind what the coverage rules speak of."""
        return next(d for d in self.of_feed(delivered.feed) if d.place == delivered.place)

    def accepted(self, feed: str) -> list[Delivered]:
        """Accepted deliveries of a feed, those replaced by a correction left out; oldest first."""
        found = {d.file: d.delivered() for d in self.of_feed(feed) if d.is_accepted}
        return [found[file] for file in standing(found)] if is_peoples(feed) else replace_corrected(found.values())

    def in_force(self, feed: str, county: str) -> list[Delivered]:
        return in_force(self.accepted(feed), county, feed_contract(feed).kind, self.as_of)

    def hold(self, feed: str) -> None:
        """Give the snapshots of a feed that shrank the status `held`, and those that need not be held theirs back."""
        if feed_contract(feed).kind != "snapshot":
            return
        known = {d.place: d for d in map(Delivery.not_held, self.of_feed(feed))}
        accepted = [d.delivered() for d in known.values() if d.is_accepted]
        signed = {d.place for d in known.values() if (d.file.shown, d.sha256) in self.signed_off}
        found = shrunk(accepted, partial(min_share, self.book), lambda d: d.place in signed)
        for place, delivery in known.items():
            held = found.get(place)
            self.deliveries[delivery.number] = delivery if held is None else _held(delivery, held, known)


def _held(delivery: Delivery, held: Shrunk, others: dict[int, Delivery]) -> Delivery:
    before = [others[one.place].file.shown for one in held.before]
    zh, en = held_words(delivery.file.shown, delivery.accepted, before, held.rows_before, is_replaced=held.is_replaced)
    return replace(delivery, status=HELD, verdict=delivery.status, code="shrunk", detail_zh=zh, detail_en=en)


def judged_by(feed: str) -> str:
    """What a verdict depends on besides the bytes."""
    return f"{feed_contract(feed).version}/{READER_VERSION}"


def take_stock(
    home: Home,
    as_of: dt.date,
    folder: Path,
    now: Callable[[], str],
    book: PolicyBook | None = None,
    landed: tuple[list[LandingFile], list[Unusable]] | None = None,
    known_until: str = "",
) -> Stock:
    """Look at the landing folder and the ledgers. Nothing is parsed yet.

    `known_until`: an instant; what the ledger saw for the first time after it counts as not there yet.

    Same bytes again under the same feed, area and data date: `duplicate`. Other bytes under a taken name: `refused`.
    `book`: the policy, read from the home folder where it is not at hand; `landed`: what has been found in another
    landing folder, to be looked at instead.
    """
    files, unusable = arrived(home, as_of, now()) if landed is None else landed
    book = PolicyBook.load(home.policy) if book is None else book
    stock = Stock(home, as_of, folder, Ledger.load(home), now, book, signed_off_files(home), unusable=unusable)
    stock.known_until = known_until
    known = stock.ledger.known_by(known_until) if known_until else {f.shown for f in files}
    stock.later = [f for f in files if f.counts_from > as_of or f.shown not in known]
    places: Counter[str] = Counter()
    for number, file in enumerate((f for f in files if f.counts_from <= as_of and f.shown in known), start=1):
        places[file.feed] += 1
        stock.deliveries[number] = _first_look(stock, number, places[file.feed], file)
    _mark_repeats(stock)
    _require_nothing_vanished(stock)
    for feed in places:
        stock.hold(feed)
    return stock


def _first_look(stock: Stock, number: int, place: int, file: LandingFile) -> Delivery:
    digest, size = file.digest, file.size
    try:
        if not digest:
            digest, size = sha256(file.path), file.path.stat().st_size
    except OSError as error:
        name = type(error).__name__
        return Delivery(number, place, file, "", 0, "rejected", "unreadable", name, name)
    owner = None if is_peoples(file.feed) else stock.ledger.owners.get(file.slot)
    if owner is not None and owner.sha256 != digest:
        return _refused(Delivery(number, place, file, digest, size, "refused"), owner.file)
    known = stock.ledger.known(file, digest, judged_by(file.feed))
    if known is None:
        return Delivery(number, place, file, digest, size, "pending")
    return Delivery(
        number=number,
        place=place,
        file=file,
        sha256=digest,
        size=size,
        status="pending" if known.status in ("duplicate", "refused") or known.code in MAY_PASS else known.status,
        code=known.code,
        detail_zh=known.detail_zh,
        detail_en=known.detail_en,
        read=known.read,
        accepted=known.accepted,
        set_aside=known.set_aside,
        extra_columns=tuple(known.extra_columns),
        extra_columns_count=known.extra_columns_count,
    )


def _refused(delivery: Delivery, owner: str) -> Delivery:
    zh = f"该名称(数据、地区、日期、序号)已由 {owner} 占用, 内容不同; 请改名为更高的序号 _n 重新提交"
    en = f"the name is taken by {owner} with other content; deliver it again under a higher _n"
    return replace(delivery, status="refused", code="name_taken", detail_zh=zh, detail_en=en)


def _mark_repeats(stock: Stock) -> None:
    """Two files that claim one name, the same bytes twice under one date, the same bytes under another date."""
    by_slot: dict[tuple[str, str, dt.date, int], Delivery] = {}
    by_day: dict[tuple[str, str, dt.date, str], Delivery] = {}
    by_bytes: dict[tuple[str, str, str], Delivery] = {}
    for number, delivery in stock.deliveries.items():
        file = delivery.file
        if delivery.status == "refused" or not delivery.sha256 or file.book or file.version > 1:
            continue
        same_day = by_day.setdefault((file.feed, file.area, file.data_on, delivery.sha256), delivery)
        first = by_slot.get(file.slot)
        if same_day is not delivery:
            text = same_day.file.shown
            stock.deliveries[number] = replace(
                delivery, status="duplicate", detail_zh=f"与 {text} 内容相同", detail_en=f"same bytes as {text}"
            )
            continue
        if first is not None:
            stock.deliveries[number] = _refused(delivery, first.file.shown)
            continue
        by_slot[file.slot] = delivery
        earlier = by_bytes.setdefault((file.feed, file.area, delivery.sha256), delivery)
        if earlier is not delivery:
            shown = earlier.file.shown
            stock.deliveries[number] = replace(
                delivery,
                warning_zh=f"与 {shown} 内容完全相同但数据日期不同, 请向部门核实是否为最新数据",
                warning_en=f"the same bytes as {shown} under another data date: ask the department whether it is current",
            )


def _require_nothing_vanished(stock: Stock) -> None:
    """A department's accepted file that is still needed must still be there with the same bytes: else the answer cannot be
    repeated. People's reports are read from their copies."""
    present = {(d.file.slot, d.sha256) for d in stock.deliveries.values()}
    for verdict in stock.ledger.owners.values():
        if not verdict.is_accepted or verdict.slot[2] > stock.as_of or (verdict.slot, verdict.sha256) in present:
            continue
        if stock.known_until and verdict.arrived_at > stock.known_until:
            continue
        if not is_peoples(verdict.feed) and _is_needed(stock, verdict):
            raise CheckStoppedError(
                "delivery_gone",
                f"已接收的文件 {verdict.file} 不在落地目录中, 或其内容已被改动。请恢复原文件; 更正内容请以更高的序号 _n 另行提交。",
                f"{verdict.file} was accepted before and is no longer in the landing folder, or its content was changed. "
                "Put the original back; deliver corrections under a higher _n.",
            )


def _is_needed(stock: Stock, verdict: Verdict) -> bool:
    """Whether an accepted file would be in force if it were there."""
    path = stock.home.landing / verdict.file
    file = LandingFile(verdict.feed, verdict.slot[2], verdict.n, verdict.area, path.name, path.suffix, path)
    gone = Delivery(0, 0, file, verdict.sha256, verdict.size, verdict.status, accepted=verdict.accepted)
    with_it = replace(stock, deliveries={**stock.deliveries, 0: gone})
    with_it.hold(verdict.feed)
    return gone.delivered() in with_it.in_force(verdict.feed, verdict.area)


def read_feed(stock: Stock, feed: str, keep: PeopleSet | None, needed_for: set[str] | None) -> None:
    """Judge what is new of a feed and store the accepted rows of what is in force for the counties of `needed_for`; of
    every accepted delivery where that is None.

    Rows go to `<check>/rows/<feed>/<place>.parquet` with a column delivery_no. Those that an earlier check has left are
    taken from there (assets/stored_rows.py).
    """
    for delivery in stock.of_feed(feed):
        if delivery.status == "pending":
            _judge(stock, delivery, keep)
    stock.hold(feed)
    if needed_for is None:
        wanted = {d.place for d in stock.accepted(feed)}
    else:
        wanted = {d.place for county in needed_for for d in stock.in_force(feed, county)}
    for delivery in stock.of_feed(feed):
        if delivery.place in wanted and delivery.rows_path is None:
            if not _take_stored(stock, delivery, keep):
                _judge(stock, delivery, keep)
        elif delivery.place not in wanted and delivery.rows_path is not None:
            delivery.rows_path.unlink()
            stock.deliveries[delivery.number] = replace(delivery, rows_path=None)


def _rows_path(stock: Stock, delivery: Delivery) -> Path:
    return stock.folder / "rows" / delivery.file.feed / f"{delivery.place}.parquet"


def _take_stored(stock: Stock, delivery: Delivery, keep: PeopleSet | None) -> bool:
    """Accepted rows from an earlier check instead of from the file; False where there are none to take."""
    if stock.stored is None or not delivery.is_accepted:
        return False
    path = _rows_path(stock, delivery)

    def aside() -> pl.Series:
        return set_aside_rows(stock.home, delivery)["line"]

    kept = stock.stored.take(delivery.file, delivery.key, keep, aside, path, delivery.place)
    if kept is not None:
        stock.deliveries[delivery.number] = replace(delivery, kept=kept, rows_path=path)
    return kept is not None


def _judge(stock: Stock, delivery: Delivery, keep: PeopleSet | None) -> None:
    path = _rows_path(stock, delivery)
    before = _time_of(delivery.file)
    reading = read_delivery(delivery.file, keep, path, delivery.place)
    if before is None or before != _time_of(delivery.file) or sha256(delivery.file.path) != delivery.sha256:
        path.unlink(missing_ok=True)
        reading = Reading().reject(DeliveryBrokenError("changed_while_read"))
    _keep_set_aside(stock.home, delivery, reading.set_aside_rows)
    judged = replace(
        delivery.not_held(),
        status=reading.status,
        code=reading.code,
        detail_zh=reading.detail_zh,
        detail_en=reading.detail_en,
        read=reading.read,
        accepted=reading.accepted,
        set_aside=reading.set_aside,
        kept=reading.kept,
        extra_columns=tuple(reading.extra_columns),
        extra_columns_count=reading.extra_columns_count,
        rows_path=path if reading.status in ACCEPTED else None,
    )
    stock.deliveries[delivery.number] = judged


def _time_of(file: LandingFile) -> tuple[int, int] | None:
    """Size and time of a file; None where it is gone. With its bytes they tell whether it changed while it was read: then
    what was read is half of each."""
    try:
        stat = file.path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def set_aside_path(home: Home, delivery: Delivery) -> Path:
    """Where the rows set aside of these bytes are kept."""
    file = delivery.file
    name = f"{file.area}_{file.data_on:%Y%m%d}_{file.n}-{delivery.sha256[:16]}.parquet"
    return home.lake / "ledger" / "set_aside" / file.feed / name


def _keep_set_aside(home: Home, delivery: Delivery, rows: pl.DataFrame) -> None:
    if rows.height:
        with whole_file(set_aside_path(home, delivery)) as aside:
            rows.write_parquet(aside)


def set_aside_rows(home: Home, delivery: Delivery) -> pl.DataFrame:
    """Rows of a delivery that were set aside, empty where none were."""
    path = set_aside_path(home, delivery)
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=SET_ASIDE_SCHEMA)


def write_ledger(stock: Stock) -> None:
    """Append every delivery the ledger does not know yet.

    Not one that the disk would not give: without its bytes it must not take the name from the file behind it.
    """
    new = []
    for delivery in map(Delivery.not_held, stock.deliveries.values()):
        file = delivery.file
        if delivery.status == "pending" or not delivery.sha256:
            continue
        verdict = Verdict(
            feed=file.feed,
            area=file.area,
            data_on=file.data_on.isoformat(),
            n=file.n,
            file=file.shown,
            sha256=delivery.sha256,
            size=delivery.size,
            status=delivery.status,
            code=delivery.code,
            detail_zh=delivery.detail_zh,
            detail_en=delivery.detail_en,
            read=delivery.read,
            accepted=delivery.accepted,
            set_aside=delivery.set_aside,
            judged_by=judged_by(file.feed),
            arrived_at=stock.ledger.arrived_at(file, delivery.sha256) or stock.now(),
            extra_columns=list(delivery.extra_columns),
            extra_columns_count=delivery.extra_columns_count,
        )
        if stock.ledger.verdicts.get((verdict.file, verdict.sha256)) != verdict:
            new.append(verdict)
    stock.ledger.append(new)
