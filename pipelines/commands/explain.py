"""One ticket in words, for a clerk who has never seen the system."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl

from assets import masking
from assets.errors import WrongUseError
from assets.home import Home
from assets.households import AID
from assets.publication.chain_steps import chain_steps
from assets.publication.life import Life
from assets.publication.supervision import supervision_rows
from data_contracts.publications import labels
from policy.policy import PolicyBook
from rules.deadline import deadline, explain_deadline
from rules.tickets.state import SYSTEM
from rules.tickets.transitions import STATUSES, TRANSITIONS

DIRECTION_TASK = {
    "verify": "请至少两人入户, 就下列每一项与家庭核实, 并记录核实结果。",
    "help": "请入户了解困难和需求, 符合条件的协助申请救助或转介有关部门。",
}


def find_ticket(home: Home, ticket_id: str) -> dict[str, Any]:
    """The newest published form of a ticket. WrongUseError (exit 2) when no publication holds it."""
    for as_of in reversed(home.published_dates()):
        path = home.publication(as_of) / "warnings" / "tickets.jsonl"
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                if ticket_id in line:
                    ticket: dict[str, Any] = json.loads(line)
                    if ticket["ticket_id"] == ticket_id:
                        return ticket
    raise WrongUseError(
        "ticket_unknown",
        f"{home.published} 中没有编号为 {ticket_id} 的预警单。编号见 warnings/tickets.csv 第一列。",
        f"No ticket {ticket_id} in {home.published}. Numbers are in the first column of warnings/tickets.csv.",
    )


def explain(home: Home, ticket: dict[str, Any]) -> str:
    """Why the ticket exists, what to do, by when, and what it does not mean."""
    lines = [
        f"预警单 {ticket['ticket_id']}   ({labels('direction')[ticket['direction']]}, {labels('severity')[ticket['severity']]}色)",
        f"家庭 {ticket['household_id']}  申请人 {ticket['applicant_name']} {ticket['applicant_id_masked']}  "
        f"救助类别 {ticket['programme']}  乡镇 {ticket['township_code']}",
        f"状态: {STATUSES[ticket['status']][0]}(截至 {ticket['as_of']})",
        "",
        "一、为什么有这张单",
    ]
    for number, finding in enumerate(ticket["findings"], start=1):
        lines.append(
            f"  {number}. {finding['label_zh']}({labels('severity')[finding['severity']]}, 自 {finding['since']})"
        )
        lines.append(f"     {finding['explanation_zh']}")
    for finding in ticket["withdrawn"]:
        lines.append(f"  ·  {finding['label_zh']}: {finding['withdrawn_on']} 的数据已不再显示此情况, 仍请核实后办结。")
    lines += [
        "",
        "二、要做什么",
        f"  责任方: {labels('owner')[ticket['owner']]}。{DIRECTION_TASK[ticket['direction']]}",
    ]
    lines.append(
        "  填写乡镇工作簿(warnings/by_township)中的处置栏, 或按 ticket_outcomes 格式报回, 放入 landing/ticket_outcomes。"
    )
    lines += ["", "三、什么时候之前", *_deadline_lines(home, ticket)]
    lines += life_lines(home, ticket["ticket_id"])
    lines += [
        "",
        "五、说明",
        "  核对只提供线索, 不作认定: 在有人核实并作出决定之前, 该家庭的救助待遇不因本单有任何变化。",
        "  Comparison of records only; a person visits, verifies and decides. Nothing about the family's aid changes.",
    ]
    return "\n".join(lines)


def life_lines(home: Home, ticket_id: str) -> list[str]:
    """What has happened to the ticket so far, what waits for an answer, and what may come next (the table of transitions)."""
    as_of = home.published_dates()[-1]
    life = Life.read(home, home.check(as_of), as_of).of_ticket(ticket_id)
    if life.tickets.is_empty():
        return []
    status = life.tickets["status"].item()
    lines = ["", f"四、办理经过(截至 {as_of}, 现为“{STATUSES[status][0]}”)"]
    for step in chain_steps(life, pl.DataFrame(schema=AID)).iter_rows(named=True):
        by = f" — {step['by']}" if step["by"] and step["by"] != SYSTEM else ""
        said = f": {masking.text(step['detail'])}" if step["detail"] else ""
        late = f"({step['known_on']} 获知)" if step["known_on"] != step["on"] else ""
        lines.append(f"  {step['on']} {step['what_zh']}{said}{by}{late}")
    waiting = [
        f"{entry['kind_zh']}({entry['responsible_zh']}, {entry['waiting_days']} 天): {entry['to_do_zh']}"
        for entry in supervision_rows(life).iter_rows(named=True)
    ]
    lines += ["  等待办理:", *(f"    {line}" for line in waiting)] if waiting else ["  没有等待办理的事项。"]
    for source, zh in (("people", "接下来可以登记"), ("check", "系统届时记录")):
        may = [t.zh for t in TRANSITIONS.values() if t.source == source and status in t.allowed]
        lines.append(f"  {zh}: {'、'.join(may) or '无'}。")
    return lines


def _deadline_lines(home: Home, ticket: dict[str, Any]) -> list[str]:
    book = PolicyBook.load(home.policy)
    opened = dt.date.fromisoformat(ticket["opened_on"])
    names = ("warning.deadline_days", "warning.deadline_unit", "warning.roll_forward", "warning.owner")
    values = [v for v in (book.resolve(ticket["county_code"], name, opened) for name in names) if v is not None]
    roll = next(v for v in values if v.parameter == "warning.roll_forward").flag()
    result = deadline(opened, ticket["deadline_days"], ticket["deadline_unit"], roll, book.calendar)
    lines = [
        f"  {ticket['due_on']} 之前办结"
        + (f", 已超期 {ticket['overdue_days']} 天。" if ticket["overdue_days"] else "。")
    ]
    lines += [f"  {line}" for line in explain_deadline(result, book.calendar, values).zh]
    return lines
