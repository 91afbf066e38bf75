"""What came back and could not be taken, for those who sent it: rows for the townships, rows and files for the county.

A row stands here while its ticket is open, or on the first check date after it was sent; what a newer content of the same
book or file says again is told once. Source of the words: assets/reading/errors.py, rules/tickets/refusals.py.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from assets.deliveries import Delivery, Stock
from assets.kept_reports import is_peoples
from assets.landing import TOWNSHIP_DIGITS
from assets.publication.cell_styles import Styles
from assets.publication.sheets import add_table_sheet, heights_of, set_up
from assets.reading.errors import DELIVERY_REASONS
from data_contracts import Column, feed_contract
from data_contracts.publications import published
from rules.tickets.state import Ticket

RETURNED: Final = "上期未采纳"
CONTRACT: Final = "township_workbook_returned"
OUTSIDE: Final = ("in_future", "before_opening", "before_reopening")
"""Refusals because of the day: the days that can be."""
PERMITTED: Final[dict[str, str]] = {
    "visited_alone": "两人及以上的姓名(以顿号分隔)或人数",
    "unknown_ticket": "所发工作簿中列出的单据编号",
    "read_only_changed": "从原工作簿复制该行,只填绿色列",
    "correction_late": "由县级登记抽检结果(recheck_results)",
    "contradicted": "与另一单位一致的处置结果",
    "objection_open": "待异议答复后填报",
    "already_closed": "无需再报;结论有误的,改报另一处置结果作为更正",
}
FILE_TO_DO: Final[dict[str, str]] = {
    "bad_name": "改用所发工作簿填写后放回(文件名不限),或按“地区_年月日.csv”命名后重新放入",
    "unknown_book": "从所发工作簿重新填写并另存为 xlsx 后放回",
    "name_taken": "改名为更高的序号 _n 后重新放入",
}
WIDTHS: Final = {
    "ticket_id": 22, "applicant_name": 10, "item": 14, "written": 40, "reason_zh": 44, "permitted": 34, "file": 30,
    "line": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Returned:
    """Rows of contract township_workbook_returned by township and by county."""

    townships: Mapping[str, list[dict[str, Any]]]
    counties: Mapping[str, list[dict[str, Any]]]


def sent_back(
    stock: Stock,
    rejected: pl.DataFrame,
    tickets: Mapping[str, Ticket],
    counties: Collection[str],
    previous: dt.date | None,
) -> Returned:
    """`rejected`: files.rejected_rows; `counties`: those that have a workbook; `previous`: the check date before."""
    townships: dict[str, list[dict[str, Any]]] = {}
    rest: dict[str, list[dict[str, Any]]] = {}
    current = _newest(stock)
    wanted = rejected.filter(pl.col("file").is_in(list(current)))
    for row in wanted.iter_rows(named=True):
        delivery = current[row["file"]]
        cells = _cells(row["row"])
        ticket = tickets.get(str(cells.get("ticket_id") or "").strip())
        if not _is_new(stock, delivery, previous) and ticket is not None and not ticket.is_open:
            continue
        area = ticket.township_code if ticket is not None else delivery.file.area
        told = _told(row, cells, ticket, stock.as_of)
        if len(area) == TOWNSHIP_DIGITS:
            townships.setdefault(area, []).append(told)
        else:
            _to_counties(rest, area, counties, told)
    for area, told in refused_files(stock, previous):
        _to_counties(rest, area, counties, told)
    return Returned(townships, rest)


def _to_counties(
    rest: dict[str, list[dict[str, Any]]], area: str, counties: Collection[str], told: dict[str, Any]
) -> None:
    """To the county of an area, to all counties of a larger one; to everybody where nobody is named."""
    named = [county for county in counties if area and (county.startswith(area) or area.startswith(county))]
    for county in named or counties:
        rest.setdefault(county, []).append(told)


def _newest(stock: Stock) -> dict[str, Delivery]:
    """The newest content of each of people's reports, by file as shown: what an older one said is told there again."""
    newest: dict[tuple[object, ...], Delivery] = {}
    for delivery in stock.deliveries.values():
        file = delivery.file
        if is_peoples(file.feed):
            other = newest.get((file.feed, *file.source))
            if other is None or (other.file.counts_from, other.number) < (file.counts_from, delivery.number):
                newest[(file.feed, *file.source)] = delivery
    return {delivery.file.shown: delivery for delivery in newest.values()}


def _is_new(stock: Stock, delivery: Delivery, previous: dt.date | None) -> bool:
    """Whether the check before could not tell of it: it counts from a later day, or came later than its name says. What came
    on the very day of that check is told once more rather than never."""
    if previous is None or delivery.file.counts_from > previous:
        return True
    arrived_at = stock.ledger.arrived_at(delivery.file, delivery.sha256) or stock.now()
    return delivery.file.version == 1 and not delivery.file.book and arrived_at[:10] >= previous.isoformat()


def refused_files(stock: Stock, previous: dt.date | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """(area or "", row of the contract) of people's files that could not be read or recognised."""
    for delivery in _newest(stock).values():
        if delivery.status in ("rejected", "refused") and _is_new(stock, delivery, previous):
            code = delivery.code or "unreadable"
            reason = f"{DELIVERY_REASONS[code].zh} {delivery.detail_zh}".strip()
            yield delivery.file.area, _file(delivery.file.shown, code, reason)
    for stray in stock.unusable:
        if stray.path is not None and is_peoples(stray.path.parent.name):
            yield "", _file(stray.shown, stray.code, DELIVERY_REASONS[stray.code].zh)


def _file(shown: str, code: str, reason: str) -> dict[str, Any]:
    to_do = FILE_TO_DO.get(code, "按原因更正后重新保存并放入;原有内容不受影响")
    return {"ticket_id": "", "item": "整个文件", "written": "", "reason_zh": reason, "permitted": to_do, "file": shown}


def _cells(row: str | None) -> dict[str, Any]:
    cells: dict[str, Any] = json.loads(row) if row else {}
    return cells


def _told(row: Mapping[str, Any], cells: Mapping[str, Any], ticket: Ticket | None, as_of: dt.date) -> dict[str, Any]:
    feed, name = row["feed"], row["column"]
    columns = {column.name: column for column in feed_contract(feed).columns}
    at = columns.get(name or "")
    permitted = PERMITTED.get(row["code"], "" if at is None else _permitted(at))
    if row["code"] in OUTSIDE and ticket is not None:
        permitted = f"{ticket.reopened_on or ticket.opened_on} 至 {as_of} 之间的日期"
    return {
        "ticket_id": str(cells.get("ticket_id") or ""),
        "applicant_name": None if ticket is None else ticket.applicant_name,
        "item": at.header_zh if at is not None else name or feed_contract(feed).title_zh,
        "written": _written(cells, columns, at),
        "reason_zh": row["reason_zh"],
        "permitted": permitted,
        "file": row["file"],
        "line": row["line"],
    }


def _written(cells: Mapping[str, Any], columns: Mapping[str, Column], at: Column | None) -> str:
    """The clerk's own value: that of the cell at fault, else all of the row."""
    if at is not None:
        return str(cells.get(at.name) or "(空)")
    said = {columns[name]: value for name, value in cells.items() if name in columns and name != "ticket_id" and value}
    return ";".join(f"{column.header_zh} {_label(column, str(value))}" for column, value in said.items())


def _label(column: Column, value: str) -> str:
    return next((code.label_zh for code in column.codes if code.value == value), value)


def _permitted(column: Column) -> str:
    """The form in which a cell may be filled in."""
    if column.codes:
        return "下列之一:" + "、".join(code.label_zh for code in column.codes)
    match column.parse:
        case "date":
            return "日期,如 2026-11-25"
        case "integer":
            return "整数"
        case _:
            return "必填" if column.is_cell_required else "文字"


def write_returned(book: Any, styles: Styles, rows: list[dict[str, Any]], title: str = RETURNED) -> Any:
    """The sheet of what was not taken."""
    sheet = add_table_sheet(book, title)
    columns = published(CONTRACT).columns
    set_up(sheet, columns, WIDTHS, styles)
    shown = {column.name: [row.get(name) for row in rows] for column, name in zip(columns, WIDTHS, strict=True)}
    sheet.write_rows(list(shown.values()), heights_of(shown, WIDTHS), styles)
    sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
    sheet.fit_to_pages(1, 0)
    return sheet
