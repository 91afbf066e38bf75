"""Rows of a ticket feed as a file: CSV, Excel or JSON lines, with headers and dates as different offices write them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
from pathlib import Path
from typing import Any

import xlsxwriter

CHINESE = {
    "ticket_id": "预警单编号", "received_on": "接收日期", "system": "接收系统", "action": "办理动作", "acted_on": "办理日期",
    "handler": "经办人", "visitors": "入户人员", "note": "备注", "requested_on": "申请日期", "office": "申请单位",
    "requested_by": "申请人", "question": "需说明事项", "item_no": "核实要点序号", "raised_on": "提出日期",
    "raised_by": "提出人", "evidence": "证明材料", "department": "接收部门", "referred_on": "转办日期",
    "need": "需求事项", "referred_by": "转办人", "handled_on": "处置日期", "outcome": "处置结果", "visited_on": "入户日期",
    "rechecked_on": "抽检日期", "checked_by": "抽检人",
}  # fmt: skip
CHINESE_OF_FEED = {
    "objection_answers": {"answered_on": "答复日期", "result": "答复结果", "answered_by": "答复人"},
    "referral_answers": {"answered_on": "反馈日期", "result": "反馈结果", "answered_by": "反馈人"},
    "recheck_results": {"result": "抽检结果"},
}


def write_rows(stem: Path, feed: str, rows: list[dict[str, Any]], rng: random.Random) -> Path:
    """One file beside `stem`; which kind of file is drawn."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    chinese = {**CHINESE, **CHINESE_OF_FEED.get(feed, {})}
    names = list(rows[0])
    kind = rng.choice(["csv", "csv", "xlsx", "jsonl"])
    path = stem.with_name(f"{stem.name}.{kind}")
    headers = [chinese[name] for name in names]
    cells = [[row[name] for name in names] for row in rows]
    if kind == "csv":
        text = csv_text(headers, [[spelled(cell, rng) for cell in row] for row in cells])
        path.write_bytes(text.encode(rng.choice(["utf-8-sig", "utf-8", "gb18030"])))
    elif kind == "xlsx":
        write_workbook(path, headers, cells)
    else:
        english = rng.random() < 0.3
        lines = [dict(zip(names if english else headers, map(jsonable, row), strict=True)) for row in cells]
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def csv_text(headers: list[str], rows: list[list[str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerows([headers, *rows])
    return buffer.getvalue()


def spelled(cell: Any, rng: random.Random) -> str:
    if isinstance(cell, dt.date):
        chinese = f"{cell.year}年{cell.month}月{cell.day}日"
        return rng.choice([cell.isoformat(), f"{cell:%Y%m%d}", f"{cell.year}/{cell.month}/{cell.day}", chinese])
    return "" if cell is None else str(cell)


def jsonable(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, dt.date) else cell


def write_workbook(path: Path, headers: list[str], rows: list[list[Any]]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        as_date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, headers)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, column, dt.datetime.combine(cell, dt.time()), as_date)
                elif cell is not None:
                    sheet.write(number, column, cell)
