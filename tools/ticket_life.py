"""docs/ticket-life.md, drawn from the table of transitions: `python -m tools.ticket_life` writes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from data_contracts import feed_contract
from rules.tickets.refusals import REASONS
from rules.tickets.reports import REPORT_FEEDS
from rules.tickets.transitions import ANY, CLOSED, OPEN, STATUSES, TRANSITIONS, Transition

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "ticket-life.md"
HEAD: Final = """# The life of a ticket 预警单据的办理过程

Drawn from `rules/tickets/transitions.py` and `rules/tickets/refusals.py` by `python -m tools.ticket_life`; do not edit.
An open or overdue ticket changes nothing in a family's aid. 单据未办结或超期均不影响家庭待遇。

On a check date: (1) reports, ticket by ticket, in the order of their days; (2) provisional deadlines; (3) findings added
and withdrawn, tickets opened; (4) disputed items compared with newer data; (5) reminders, overdue marks, supervision;
(6) the draw for re-checks. A report once taken is never taken again; one refused is looked at again on the next date.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_diagram(), *_table(), *_feeds(), *_refusals()])


def _diagram() -> list[str]:
    edges: dict[tuple[str, str], list[str]] = {}
    for transition in TRANSITIONS.values():
        for start, end in transition.moves.items():
            edges.setdefault((start, end), []).append(transition.event)
    lines = [f"    {start} --> {end}: {', '.join(events)}" for (start, end), events in edges.items()]
    return ["```mermaid", "stateDiagram-v2", "    [*] --> opened: opened", *lines, "```", ""]


def _table() -> list[str]:
    rows = [_row(transition) for transition in TRANSITIONS.values()]
    head = ["## Events 事件", "", "| event | 中文 | by | allowed in | leads to |", "|---|---|---|---|---|"]
    return [*head, *rows, ""]


def _row(transition: Transition) -> str:
    named = {OPEN: "any open status", ANY: "any status", (): "a new ticket", (CLOSED,): "closed"}
    allowed = named.get(transition.allowed, ", ".join(transition.allowed))
    ends = sorted(set(transition.moves.values()), key=list(STATUSES).index)
    leads = ", ".join(f"{end} (from {_starts(transition, end)})" for end in ends) or "stays"
    if transition.event == "opened":
        leads = "opened"
    return f"| `{transition.event}` | {transition.zh} | {transition.source} | {allowed} | {leads} |"


def _starts(transition: Transition, end: str) -> str:
    return ", ".join(start for start, to in transition.moves.items() if to == end)


def _feeds() -> list[str]:
    rows = []
    for feed, day in REPORT_FEEDS.items():
        if feed == "clarification_answers":
            rows.append("| (audit ledger) | `shouwang clarify` | answered_on |")
            continue
        contract = feed_contract(feed)
        rows.append(f"| `landing/{feed}/` | {contract.title_zh} | {day} {contract.column(day).header_zh} |")
    head = ["## Reports 回报", "", "In the order in which those of one day are taken.", ""]
    return [*head, "| from | 中文 | its day |", "|---|---|---|", *rows, ""]


def _refusals() -> list[str]:
    rows = [f"| `{code}` | {zh} | {en} |" for code, (zh, en) in REASONS.items()]
    return ["## Set aside 退回原因", "", "| code | 中文 | English |", "|---|---|---|", *rows, ""]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
