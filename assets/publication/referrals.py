"""Referrals (转办): for each department one workbook of what was passed on to it and is not settled.

The first sheet holds the headers of the feed referral_answers, so that the filled-in workbook can be dropped into
landing/referral_answers as it is. It says what the department needs to help and nothing about income or property.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from assets import masking
from assets.evidence import FACTOR_ZH, item_text
from assets.publication.sheets import GUIDE, new_workbook, protect, row_height, set_up, write_cell, write_guide
from data_contracts import feed_contract
from data_contracts.publications import labels, published
from rules.findings import BY_CODE
from rules.tickets.state import FindingOnTicket, Matter, Ticket
from rules.tickets.take import PROGRESS

SHEET: Final = "转办事项"
ENTRIES: Final = ("answered_on", "result", "answered_by", "note")
ECONOMIC_FACTORS: Final = ("income_below_standard",)
PAGE_BREAK_BEFORE: Final = "labels"
PRINT_SCALE: Final = 78
WIDTHS: Final = {
    "ticket_id": 29, "department": 9, "state": 11, "county_code": 8, "township_code": 14, "household_id": 20,
    "applicant_name": 9, "applicant_id_masked": 19, "need": 24, "labels": 16, "explanation": 36, "referred_on": 11,
    "waiting_days": 6, "answered_on": 12, "result": 22, "answered_by": 9, "note": 20,
}  # fmt: skip


def referral_rows(tickets: Iterable[Ticket], as_of: dt.date) -> dict[str, list[dict[str, Any]]]:
    """Department -> rows of contract referral_workbook without the columns to fill in, those that wait longest first."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    departments = labels("ticket_referrals.department")
    for ticket in tickets:
        for matter in ticket.matters:
            is_waiting = not matter.is_answered or matter.result == PROGRESS
            if matter.kind == "referral" and is_waiting and matter.subject in departments:
                rows[matter.subject].append(_row(ticket, matter, departments[matter.subject], as_of))
    for listed in rows.values():
        listed.sort(key=lambda row: (row["referred_on"], row["ticket_id"]))
    return dict(sorted(rows.items()))


def _row(ticket: Ticket, matter: Matter, department_zh: str, as_of: dt.date) -> dict[str, Any]:
    relevant = [
        finding
        for code, finding in sorted(ticket.findings.items())
        if BY_CODE[code].refer_to == matter.subject and finding.withdrawn_on is None
    ]
    return {
        "ticket_id": ticket.ticket_id,
        "department": department_zh,
        "state": _state(matter, as_of),
        "county_code": ticket.county_code,
        "township_code": ticket.township_code,
        "household_id": ticket.household_id,
        "applicant_name": ticket.applicant_name,
        "applicant_id_masked": masking.number(ticket.applicant_id),
        "need": masking.text(matter.text),
        "labels": "\n".join(BY_CODE[finding.rule].label_zh for finding in relevant),
        "explanation": "\n".join(filter(None, map(_explanation, relevant))),
        "referred_on": matter.opened_on,
        "waiting_days": (as_of - matter.opened_on).days,
    }


def _state(matter: Matter, as_of: dt.date) -> str:
    if matter.answered_on is not None:
        return f"{matter.answered_on} 已受理"
    return "本期新转办" if matter.known_on == as_of else "待反馈"


def _explanation(finding: FindingOnTicket) -> str:
    """The finding for the department that can help: its items without economic fields."""
    template = BY_CODE[finding.rule].need_zh
    items = []
    for item in finding.payload.get("items", ()):
        if "factors" in item:
            kept = [FACTOR_ZH.get(factor, factor) for factor in item["factors"] if factor not in ECONOMIC_FACTORS]
            items.append("、".join(kept))
        else:
            items.append(item_text(BY_CODE[finding.rule].item_zh, item))
    said = "; ".join(filter(None, items))
    return template.format(items=said) if said and template else ""


def write_referrals(tickets: Iterable[Ticket], folder: Path, as_of: dt.date) -> dict[str, int]:
    """`<department>.xlsx` for each department with something unsettled; returns rows by file name."""
    written: dict[str, int] = {}
    for department, rows in referral_rows(tickets, as_of).items():
        folder.mkdir(parents=True, exist_ok=True)
        _write(rows, folder / f"{department}.xlsx", as_of)
        written[f"{department}.xlsx"] = len(rows)
    return written


def _write(rows: list[dict[str, Any]], path: Path, as_of: dt.date) -> None:
    department = rows[0]["department"]
    columns = published("referral_workbook").columns
    with new_workbook(path, f"{department} 转办事项 {as_of}", as_of) as (book, styles):
        first, second = book.add_worksheet(SHEET), book.add_worksheet(GUIDE)
        choices = feed_contract("referral_answers").column("result")
        results = write_guide(second, styles, guide_lines(department, rows, as_of), choices)
        set_up(first, columns, WIDTHS, styles, ENTRIES)
        for at, row in enumerate(rows, start=1):
            first.set_row(at, row_height((row.get(name), width) for name, width in WIDTHS.items()))
            for index, column in enumerate(columns):
                if column.name in ENTRIES:
                    style = styles.entry_date if column.parse == "date" else styles.entry_text
                    first.write_blank(at, index, None, style)
                else:
                    write_cell(first, at, index, row[column.name], styles)
        names = [column.name for column in columns]
        first.autofilter(0, 0, len(rows), len(columns) - 1)
        first.set_print_scale(PRINT_SCALE)
        first.repeat_columns(0, 0)
        first.set_v_pagebreaks([names.index(PAGE_BREAK_BEFORE)])
        _validate(first, names, len(rows), results)
        for sheet in (first, second):
            sheet.set_header(f"&L{department} 转办事项&R核对日期 {as_of}")
            protect(sheet)
        first.activate()


def _validate(sheet: Any, names: list[str], last: int, results: str) -> None:
    at = names.index("result")
    choice = {"validate": "list", "source": results, "error_title": "反馈结果", "error_message": "请从下拉列表中选择。"}
    sheet.data_validation(1, at, last, at, choice)
    at = names.index("answered_on")
    day = {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1), "error_title": "日期"}
    sheet.data_validation(1, at, last, at, {**day, "error_message": "请填写日期,如 2026-01-15。"})


def common_area(rows: Iterable[Mapping[str, Any]]) -> str:
    """The longest area code of whole levels (6, 4 or 2 digits) that covers all rows; "" where they share none."""
    counties = {str(row["county_code"]) for row in rows}
    shared = ({county[:digits] for county in counties} for digits in (6, 4, 2))
    return next((areas.pop() for areas in shared if len(areas) == 1), "")


def guide_lines(department: str, rows: list[dict[str, Any]], as_of: dt.date) -> tuple[str, ...]:
    """How to fill in and send back."""
    area = common_area(rows)
    name = f"{area}_{as_of:%Y%m%d}.xlsx" if area else f"省级区划代码(2位)_{as_of:%Y%m%d}.xlsx,每省一份,只留本省的行"
    return (
        f"本工作簿为转办至{department}、截至 {as_of} 尚未办结的事项。内容为线索,请按职责核实和帮扶;是否反馈不影响家庭现有待遇。",
        f"一、在“{SHEET}”表的绿色列填写:反馈日期、反馈结果(下拉选择)、反馈人、备注。其余列已锁定,无需改动。",
        "二、结果选“已受理”的,下期仍会列出,直至填报“已落实帮扶”或“不属本部门或不符合条件”。",
        "三、尚未办理的请将该行绿色列全部留空,下期会再次列出。",
        f"四、填写后保存为 xlsx,放入 landing/referral_answers/,文件名为“区划代码_年月日.xlsx”,如 {name};"
        "同一日期再次提交的,末尾加 _2,并包含前一份的全部行。",
        "五、未采纳的行及原因见下一核对日期的 rejected/referral_answers.csv,更正后重新提交。",
        "反馈结果可选值:",
    )
