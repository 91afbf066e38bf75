"""What townships, departments and other systems returned about tickets: reports known on the check date."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import polars as pl

from assets.audit import entries
from assets.deliveries import Delivery, Stock, read_feed
from assets.home import Home
from assets.reading import notes
from assets.reading.delivery import unfilled
from assets.reading.errors import DeliveryBrokenError
from assets.reading.forms import read_pieces
from assets.reading.headers import match_headers, wanted
from data_contracts import feed_contract, feed_contracts
from rules.tickets.reports import COUNTY_DIGITS, REPORT_FEEDS, Report

RETURN_FEEDS: Final = tuple(feed for feed, contract in feed_contracts().items() if contract.subject == "ticket")
CLARIFIED: Final = "unmasked"
"""Kind of the audit entry an answered clarification leaves (pipelines/commands/clarify.py)."""
FILES_AT_ONCE: Final = 500
REFUSED: Final = {
    "feed": pl.String,
    "file": pl.String,
    "line": pl.Int64,
    "column": pl.String,
    "code": pl.String,
    "row": pl.String,
}


def read_reports(stock: Stock, township_of: Mapping[str, str]) -> dict[str, list[Report]]:
    """Reports by ticket number; of the rows of one key the newest delivery's counts.

    `township_of`: ticket number -> township. Rows about tickets their file does not speak for come too, to be refused,
    but replace nothing: a slip of one township must not undo what another one reported.
    """
    reports: dict[str, list[Report]] = defaultdict(list)
    for feed in RETURN_FEEDS:
        for report in _feed_reports(stock, feed, township_of):
            reports[report.ticket_id].append(report)
    for report in _clarifications(stock.home):
        reports[report.ticket_id].append(report)
    return reports


def _feed_reports(stock: Stock, feed: str, township_of: Mapping[str, str]) -> Iterable[Report]:
    read_feed(stock, feed, None, None)
    held: dict[tuple[str, ...], Report] = {}
    for report in _newest_versions(stock, feed):  # oldest first: the newest row of a key stays
        is_elsewhere = (
            len(report.area) > COUNTY_DIGITS and township_of.get(report.ticket_id, report.area) != report.area
        )
        if is_elsewhere or not report.is_in_its_area:
            yield report
        else:
            held[report.feed, report.ticket_id, *report.key] = report
    yield from held.values()


def _newest_versions(stock: Stock, feed: str) -> list[Report]:
    """Reports of a feed, oldest file first. A book, or a file, saved again replaces what it said before row by row: what
    its newest version says of a matter stays, and what that leaves empty it has not taken back."""
    said: dict[tuple[object, ...], tuple[int, list[Report]]] = {}
    for filed_no, (delivery, row) in _rows(stock, feed):
        report = _report(feed, delivery, row, filed_no)
        matter = (delivery.file.source, report.ticket_id, *_matter(feed, row))
        last, reports = said.pop(matter, (delivery.place, []))
        if last != delivery.place and _is_note_again(report, reports):
            report = reports[-1]
        said[matter] = (delivery.place, [*reports, report] if last == delivery.place else [report])
    found = [report for _, reports in said.values() for report in reports]
    return sorted(found, key=lambda r: (r.filed_no, r.line))


def _is_note_again(report: Report, older: Iterable[Report]) -> bool:
    """Whether an older version of the book had the same note, both without a day and so with that of their files: dropping
    a book again is no step of handling."""

    def words(r: Report) -> list[tuple[str, Any]]:
        return [(name, cell) for name, cell in r.cells.items() if name != REPORT_FEEDS[r.feed]]

    if report.cells.get("action") != "noted" or report.on != report.filed_on:
        return False
    return any(words(other) == words(report) and other.on == other.filed_on for other in older)


def _matter(feed: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    """What a row speaks of besides the ticket, whatever the day it names: a clerk who corrects the day says nothing new
    beside the old row."""
    names = [column.name for column in feed_contract(feed).key if column.name != "ticket_id"]
    return tuple(str(row[name]) for name in names if name != REPORT_FEEDS[feed])


def _rows(stock: Stock, feed: str) -> Iterator[tuple[int, tuple[Delivery, dict[str, Any]]]]:
    """Accepted rows with the place of their file among those that stand and the file itself, oldest file first. Townships
    send a file a day: many are read at once."""
    by_place = {delivery.place: delivery for delivery in stock.of_feed(feed)}
    files = [by_place[d.place] for d in stock.accepted(feed)]
    filed = {delivery.place: number for number, delivery in enumerate(files)}
    paths = [delivery.rows_path for delivery in files if delivery.rows_path is not None]
    for start in range(0, len(paths), FILES_AT_ONCE):
        rows = pl.scan_parquet(paths[start : start + FILES_AT_ONCE], glob=False).collect()
        for row in rows.iter_rows(named=True):
            place = row["delivery_no"]
            yield filed[place], (by_place[place], row)


def _report(feed: str, delivery: Delivery, row: Mapping[str, Any], filed_no: int) -> Report:
    sent_in, cells = feed, {column.name: row[column.stored_as] for column in feed_contract(feed).columns}
    if feed == notes.FEED and cells[notes.OUTCOME] is None:
        feed, cells = "ticket_handling", _as_handling(cells)
    key = tuple(str(cells[column.name]) for column in feed_contract(feed).key if column.name != "ticket_id")
    file = delivery.file
    return Report(
        feed, cells["ticket_id"], key, cells, file.area, file.shown, row["line"], file.counts_from, filed_no, sent_in
    )


def _as_handling(cells: Mapping[str, Any]) -> dict[str, Any]:
    """A row of an outcome list without an outcome: a visit where it names the day of one, else a note."""
    visited_on = cells[notes.VISIT]
    return {
        "ticket_id": cells["ticket_id"],
        "action": "noted" if visited_on is None else "visited",
        "acted_on": visited_on or cells[notes.DAY],
        **{name: cells[name] for name in ("handler", "visitors", "note")},
    }


def _clarifications(home: Home) -> Iterable[Report]:
    """Answers to clarification requests, as the audit ledger holds them."""
    for entry in entries(home):
        if entry.kind == CLARIFIED:
            cells = {
                "ticket_id": entry.fields["ticket_id"],
                "requested_on": entry.fields["requested_on"],
                "answered_on": dt.date.fromisoformat(entry.fields["answered_on"]),
                "answered_by": entry.by,
            }
            key = (entry.fields["requested_on"],)
            yield Report("clarification_answers", cells["ticket_id"], key, cells, "", "", 0)


def named_tickets(stock: Stock) -> set[str]:
    """Numbers of all tickets that any file of the landing folder speaks of, also of days after the check date."""
    files = [d.file for feed in RETURN_FEEDS for d in stock.of_feed(feed)]
    files += [file for file in stock.later if file.feed in RETURN_FEEDS]
    found: set[str] = set()
    for file in files:
        try:
            for piece in read_pieces(file.path, file.form, wanted(file.feed), []):
                contract = feed_contract(file.feed)
                matched = match_headers(piece.columns, contract)
                header = next(header for header, name in matched.items() if name == "ticket_id")
                filled = piece.filter(~unfilled(piece, matched, contract))
                found |= {str(cell).strip() for cell in filled[header].drop_nulls().to_list()}
        except DeliveryBrokenError:
            continue  # a broken file speaks of nothing; that it is broken is said where it is read
    return found | {r.ticket_id for r in _clarifications(stock.home)}


def refused_frame(refused: Iterable[tuple[Report, str]]) -> pl.DataFrame:
    """Reports that could not be taken, with file, line and reason code; `row` is the row as JSON."""
    rows = [
        (
            report.sent_in or report.feed,
            report.file,
            report.line,
            None,
            code,
            json.dumps({k: v for k, v in report.cells.items() if v is not None}, ensure_ascii=False, default=str),
        )
        for report, code in refused
        if report.file
    ]
    return pl.DataFrame(rows, schema=REFUSED, orient="row").sort("feed", "file", "line", "code")
