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
from assets.reading.delivery import unfilled
from assets.reading.errors import DeliveryBrokenError
from assets.reading.forms import read_pieces
from assets.reading.headers import match_headers, wanted
from data_contracts import feed_contract, feed_contracts
from rules.tickets.reports import COUNTY_DIGITS, Report

RETURN_FEEDS: Final = tuple(feed for feed, contract in feed_contracts().items() if contract.subject == "ticket")
CLARIFIED: Final = "unmasked"
"""Kind of the audit entry an answered clarification leaves (pipelines/clarify.py)."""
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
    contract = feed_contract(feed)
    held: dict[tuple[str, ...], Report] = {}
    for delivery, row in _rows(stock, feed):  # oldest first: the newest row of a key stays
        cells = {column.name: row[column.stored_as] for column in contract.columns}
        key = tuple(str(cells[column.name]) for column in contract.key)
        report = _report(feed, delivery, cells, key, row["line"])
        is_elsewhere = len(report.area) > COUNTY_DIGITS and township_of.get(key[0], report.area) != report.area
        if is_elsewhere or not report.is_in_its_area:
            yield report
        else:
            held[key] = report
    yield from held.values()


def _rows(stock: Stock, feed: str) -> Iterator[tuple[Delivery, dict[str, Any]]]:
    """Accepted rows with the file they came in, oldest file first. Townships send a file a day: many are read at once."""
    by_place = {delivery.place: delivery for delivery in stock.of_feed(feed)}
    paths = [path for d in stock.accepted(feed) if (path := by_place[d.place].rows_path) is not None]
    for start in range(0, len(paths), FILES_AT_ONCE):
        rows = pl.scan_parquet(paths[start : start + FILES_AT_ONCE], glob=False).collect()
        for row in rows.iter_rows(named=True):
            yield by_place[row["delivery_no"]], row


def _report(feed: str, delivery: Delivery, cells: dict[str, Any], key: tuple[str, ...], line: int) -> Report:
    rest = tuple(text for column, text in zip(feed_contract(feed).key, key, strict=True) if column.name != "ticket_id")
    return Report(feed, cells["ticket_id"], rest, cells, delivery.file.area, delivery.file.shown, line)


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
            report.feed,
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
