"""A township's workbook: its open tickets, what to verify, and empty columns that come back as ticket_outcomes.

The first sheet holds one row a ticket and the headers of the feed ticket_outcomes, so that the filled-in workbook can be
dropped into landing/ as it is; the reader compares the other columns with the check code of their row
(assets/reading/row_check.py).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from assets.evidence import FACTOR_ZH
from assets.publication.cell_styles import Styles, shown_text
from assets.publication.files import Objects, assumed_parameters
from assets.publication.returned import RETURNED, write_returned
from assets.publication.sheets import GUIDE, add_table_sheet, heights_of, new_workbook, protect, set_up, write_guide
from assets.reading.book_identity import PROPERTY, identity
from assets.reading.row_check import CHECK, row_checks
from data_contracts import Column, feed_contract
from data_contracts.publications import column_at, labels, published
from rules.findings import BY_CODE

TICKETS: Final = "预警单据"
ITEMS: Final = "核实要点"
PAGES_WIDE: Final = 2
WIDTHS: Final = {
    "ticket_id": 18, "severity": 5, "direction": 5, "household_id": 16, "programme": 9, "applicant_name": 9,
    "applicant_id_masked": 19, "labels": 15, "to_verify": 54, "figures": 20, "clauses": 26, "assumed": 20, "owner": 6,
    "status": 8, "opened_on": 11, "due_on": 11, "provisional_mark": 6, "days_left": 6, "overdue_days": 6,
    "escalated_to": 10, "handled_on": 12, "outcome": 16, "handler": 10, "visited_on": 12, "visitors": 16, "note": 24,
    "row_check": 7, "item_no": 6, "label_zh": 15, "since": 11, "person_name": 9, "person": 19, "evidence": 36,
    "sources": 27,
}  # fmt: skip
EXPLAINED_SEPARATELY: Final = ("person", "person_name")
MONEY_FORMAT: Final = ",.2f"


def write_township_workbooks(
    objects: Objects, folder: Path, as_of: dt.date, returned: Mapping[str, list[dict[str, Any]]] | None = None
) -> dict[str, int]:
    """`<12 digits>.xlsx` for each township with an open ticket or a row that was not taken (`returned`: township -> rows of
    returned.Returned); returns tickets by file name."""
    townships: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for ticket in sorted(objects, key=lambda t: (t["due_on"], _rank(t["severity"]), t["ticket_id"])):
        if ticket["status"] != "closed":
            townships[ticket["township_code"]].append(ticket)
    written: dict[str, int] = {}
    back = returned or {}
    for township in sorted({*townships, *back}):
        tickets = townships.get(township, [])
        if not re.fullmatch(r"[0-9]{12}", township):
            continue  # a household whose township is unusable gets no ticket; never a file name from a cell
        folder.mkdir(parents=True, exist_ok=True)
        write_township_workbook(tickets, folder / f"{township}.xlsx", township, as_of, back.get(township, []))
        written[f"{township}.xlsx"] = len(tickets)
    return written


@cache
def _rank(severity: str) -> int:
    return [code.value for code in column_at("tickets_jsonl.severity").codes].index(severity)


def write_township_workbook(
    tickets: Objects, path: Path, township: str, as_of: dt.date, returned: list[dict[str, Any]] | None = None
) -> None:
    """The tickets, their evidence items, what was not taken, how to fill in and send back; none without rows.

    It carries its identity, by which it is known whatever its name when it comes back (assets/reading/book_identity.py).
    """
    with new_workbook(path, f"{township} 预警单据 {as_of}", as_of) as (book, styles):
        book.set_custom_property(PROPERTY, identity(township, as_of))
        sheets = [add_table_sheet(book, name) for name in (TICKETS, ITEMS) if tickets]
        back = [write_returned(book, styles, returned)] if returned else []
        guide = book.add_worksheet(GUIDE)
        choices = feed_contract("ticket_outcomes").column("outcome")
        outcomes = write_guide(guide, styles, guide_lines(township, as_of), choices)
        if tickets:
            _write_tickets(sheets[0], tickets, styles, as_of, outcomes, identity(township, as_of))
            _write_items(sheets[1], tickets, styles)
        for sheet in (*sheets, *back, guide):
            sheet.set_header(f"&L{township} 预警单据&R核对日期 {as_of}")
            protect(sheet)
        (*sheets, *back)[0].activate()


def entry_columns() -> tuple[Column, ...]:
    """The columns the township fills in: all of ticket_outcomes but the ticket number."""
    return tuple(column for column in feed_contract("ticket_outcomes").columns if column.name != "ticket_id")


def _write_tickets(sheet: Any, tickets: Objects, styles: Styles, as_of: dt.date, outcomes: str, mark: str) -> None:
    columns = published("township_workbook").columns
    names = [column.name for column in columns]
    entries = {column.name for column in entry_columns()}
    set_up(sheet, columns, WIDTHS, styles, entries)
    sheet.set_column(len(columns), len(columns), WIDTHS[CHECK])
    sheet.write_string(0, len(columns), mark, styles.small)
    shown = _shown_tickets(tickets, as_of)
    heights = heights_of(shown, WIDTHS)
    shown[CHECK] = row_checks(shown)
    empty = [None] * len(tickets)
    own = {
        at: styles.entry_date if column.parse == "date" else styles.entry_text
        for at, column in enumerate(columns)
        if column.name in entries
    }
    own[names.index(CHECK)] = styles.small
    own[names.index("severity")] = {_label("severity", code): style for code, style in styles.severities.items()}
    sheet.write_rows([*(shown.get(name, empty) for name in names), empty], heights, styles, own)
    sheet.str_table.count += len(tickets)  # severities count twice from the beginning: the same tickets, the same bytes
    last = max(1, len(tickets))
    sheet.autofilter(0, 0, last, len(columns) - 1)  # the check code too: whoever sorts must move whole rows
    sheet.fit_to_pages(PAGES_WIDE, 0)
    sheet.print_across()
    sheet.print_area(0, 0, last, names.index(CHECK) - 1)
    sheet.repeat_columns(0, 0)
    _validate_entries(sheet, names, last, outcomes)


def _validate_entries(sheet: Any, names: list[str], last: int, outcomes: str) -> None:
    """Drop-down list and date cells. The list lies on the guide sheet: one label holds a comma, which a list written
    into the validation itself would cut in two."""
    at = names.index("outcome")
    sheet.data_validation(
        1, at, last, at,
        {"validate": "list", "source": outcomes, "error_title": "处置结果", "error_message": "请从下拉列表中选择。"},
    )  # fmt: skip
    for name in ("handled_on", "visited_on"):
        at = names.index(name)
        sheet.data_validation(
            1, at, last, at,
            {
                "validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1),
                "error_title": "日期", "error_message": "请填写日期,如 2026-01-15。",
            },
        )  # fmt: skip
    at = names.index("visitors")
    message = "核实类单据须至少两人入户:填写姓名(以顿号分隔)或人数。"
    sheet.data_validation(1, at, last, at, {"validate": "any", "input_title": "入户人员", "input_message": message})


def _label(codes: str, value: str) -> str:
    """Chinese label of a code of a list."""
    return labels(codes).get(value, value)


def _shown_tickets(tickets: Objects, as_of: dt.date) -> dict[str, list[Any]]:
    """The read-only cells of the first sheet as they are shown, by column name."""
    rows = [_ticket_cells(ticket, as_of) for ticket in tickets]
    return {
        name: [shown_text(row[name]) if isinstance(row[name], str) else row[name] for row in rows] for name in rows[0]
    }


def _ticket_cells(ticket: Mapping[str, Any], as_of: dt.date) -> dict[str, Any]:
    findings = ticket["findings"]
    due_on = dt.date.fromisoformat(ticket["due_on"])
    withdrawn = [f"{w['label_zh']}(已不再成立,请一并办结)" for w in ticket.get("withdrawn", ())]
    return {
        **{name: ticket[name] for name in ("ticket_id", "household_id", "programme", "applicant_name")},
        "applicant_id_masked": ticket["applicant_id_masked"],
        "severity": _label("severity", ticket["severity"]),
        "direction": _label("direction", ticket["direction"]),
        "labels": "\n".join([*(f["label_zh"] for f in findings), *withdrawn]),
        "to_verify": "\n".join(f"{n}. {f['explanation_zh']}" for n, f in enumerate(findings, start=1)),
        "figures": "\n".join(filter(None, (figures_text(f, with_label=len(findings) > 1) for f in findings))),
        "clauses": "\n".join(dict.fromkeys(clause for f in findings for clause in _clauses(f))),
        "assumed": "、".join(assumed_parameters(findings)),
        "owner": _label("owner", ticket["owner"]),
        "status": _label("ticket_status", ticket["status"]),
        "opened_on": dt.date.fromisoformat(ticket["opened_on"]),
        "due_on": due_on,
        "provisional_mark": "暂定" if ticket["deadline_provisional"] else "",
        "days_left": (due_on - as_of).days,
        "overdue_days": ticket["overdue_days"] or None,
        "escalated_to": _escalation(ticket.get("escalated_to")),
    }


def _escalation(level: str | None) -> str:
    """已督办至县级, 已督办至市级, or nothing."""
    codes = published("township_workbook").column("escalated_to").codes
    return next((code.label_zh for code in codes if code.value == level), "")


def figures_text(finding: Mapping[str, Any], with_label: bool = False) -> str:
    """申报 12,000.00;记录 36,000.00;界限 13,200.00(元/年): only where there are figures in a unit."""
    if not finding["unit"]:
        return ""
    words = {"declared": "申报", "observed": "记录", "limit": "界限"}
    parts = [f"{zh} {_number(finding[name])}" for name, zh in words.items() if finding[name] is not None]
    text = f"{';'.join(parts)}({finding['unit']})" if parts else ""
    return f"{finding['label_zh']}:{text}" if with_label and text else text


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else format(value, MONEY_FORMAT)


def _clauses(finding: Mapping[str, Any]) -> list[str]:
    """The rule's own clauses, then those of the policy values; a finding kept from before 0.6 has none of its own."""
    own = filter(None, [finding.get("basis")])
    return list(dict.fromkeys([*own, *(parameter["basis"] for parameter in finding["parameters"])]))


def _write_items(sheet: Any, tickets: Objects, styles: Styles) -> None:
    columns = published("township_workbook_items").columns
    set_up(sheet, columns, WIDTHS, styles)
    rows = [
        {**common, "item_no": number, "evidence": evidence_text(item) or _claim(finding), **_person(item)}
        for ticket in tickets
        for finding in ticket["findings"]
        for common in (_finding_cells(ticket, finding),)
        for item, number in _numbered(ticket, finding)
    ]
    shown = {column.name: [row.get(column.name) for row in rows] for column in columns}
    sheet.write_rows(list(shown.values()), heights_of(shown, WIDTHS), styles)
    sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
    sheet.fit_to_pages(1, 0)


def _numbered(ticket: Mapping[str, Any], finding: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], int | None]]:
    """Items with their numbers on the ticket, to which a family's objection refers; None where they have none."""
    numbers = {entry["rule"]: entry["numbers"] for entry in ticket.get("item_nos", ())}.get(finding["rule"], ())
    for at, item in enumerate(finding["items"]):
        yield item, numbers[at] if at < len(numbers) else None


def _finding_cells(ticket: Mapping[str, Any], finding: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ticket_id": ticket["ticket_id"],
        "household_id": ticket["household_id"],
        "label_zh": finding["label_zh"],
        "since": dt.date.fromisoformat(finding["since"]),
        "figures": figures_text(finding),
        "sources": "\n".join(_source(feed) for feed in finding["feeds"]),
        "clauses": "\n".join(_clauses(finding)),
        "assumed": "、".join(assumed_parameters([finding])),
    }


def _source(feed: Mapping[str, Any]) -> str:
    title = feed_contract(feed["feed"]).title_zh
    return f"{feed['department']} {title} {feed['data_date'] or ''}".rstrip()


def _person(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item.get(name) for name in EXPLAINED_SEPARATELY}


def evidence_text(item: Mapping[str, Any]) -> str:
    """The item in words, from the contract's labels: 号牌号码 蒙KA1234;车辆类型 K33."""
    return ";".join(
        f"{field.header_zh} {_value(field, item[name])}" for name, field in _evidence_fields().items() if name in item
    )


@cache
def _evidence_fields() -> dict[str, Column]:
    fields = column_at("tickets_jsonl.findings.items").items
    return {field.name: field for field in fields if field.name not in EXPLAINED_SEPARATELY}


def _claim(finding: Mapping[str, Any]) -> str:
    """What the rule says, for an item that has nothing to show but the person."""
    rule = BY_CODE.get(finding["rule"])
    return "" if rule is None else rule.statement_zh.split(":")[0].removeprefix("下列成员")


def _value(field: Column, value: Any) -> str:
    if isinstance(value, list):
        return "、".join(FACTOR_ZH.get(str(entry), str(entry)) for entry in value)
    unit = {"CNY": "元", "m2": "平方米", "month": "个月"}.get(field.unit or "", "")
    return f"{format(value, MONEY_FORMAT) if field.unit == 'CNY' else value}{unit}"


def guide_lines(township: str, as_of: dt.date) -> tuple[str, ...]:
    """How to fill in and send back, a sentence or two a line."""
    return (
        f"本工作簿为 {township} 截至 {as_of} 未办结的预警单据。内容为比对线索,待核实,不作认定;单据未办结或超期均不影响家庭待遇。",
        f"一、在“{TICKETS}”表的绿色列填写:处置日期、处置结果(下拉选择)、经办人、入户日期、入户人员、备注。其余列已锁定,无需改动。",
        "二、核实类单据须至少两人入户:入户人员填写姓名(以顿号分隔)或人数;此前已报送过两人入户的,可留空。"
        "渐退期的月数等请写入备注。",
        "三、尚未办结的单据,绿色列留空即可;已入户或有情况要说明(如“户主外出,下周再去”)而未办结的,只填入户日期、备注,"
        "作为办理记录。没有填写的行不作任何改动,也不撤回以前的填报。",
        "四、填写后保存,放入 landing/books/ 或 landing/ticket_outcomes/,文件名不限(按工作簿内的标识识别);"
        "也可只存一张表为 csv。可以分几次填写:在同一文件中继续填写、以原名或新名保存后再放入,以最后填写的内容逐行为准。",
        "五、已办结的单据结论有误的,在原工作簿中改填处置结果后再放入,在更正期限内按更正办理,原结论同时保留;逾期不再受理,见“"
        f"{RETURNED}”所列办法。",
        "六、可以排序、筛选、删行、加列、在表头上方加标题。“校验码”及其右侧的标识用于核对,请勿改动或删除。填写过的行如有只读"
        "单元格与发布时不一致(被改动、错行、只对部分列排序),该行退回并注明第一个不一致的列,其余各行照常接收;"
        "退回时请从原工作簿复制该行重新填写。须排序时请整行排序。",
        f"七、家庭对某项内容有异议的,记下单据编号和“{ITEMS}”表中的“序号”,通过 landing/objections/ 报送;答复前该单不按属实办结。",
        f"八、未采纳的行、原因和允许的填法,列在下一核对日期工作簿的“{RETURNED}”表中,更正后重新放入。",
        "处置结果可选值:",
    )
