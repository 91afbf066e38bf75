"""Counts that must add up before anything is published. Frames in, problems out; each problem stops the check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from assets.deliveries import Stock
from assets.findings import Findings
from assets.ticket_state import load_events
from assets.tickets import Ticketing
from rules.findings import ALL
from rules.tickets.transitions import TRANSITIONS, after

BEGINS: Final = "opened"


@dataclass(frozen=True)
class Reconciliation:
    """One blocking check: its name, whether it holds, and counts that show it (never cell values)."""

    name: str
    zh: str
    en: str
    problems: int
    counted: int

    @property
    def passed(self) -> bool:
        return self.problems == 0


def rows_conserved(stock: Stock) -> Reconciliation:
    """read = accepted + set aside for every delivery, and nothing kept that was not accepted."""
    judged = [d for d in stock.deliveries.values() if d.status not in ("duplicate", "refused")]
    wrong = [d for d in judged if d.read != d.accepted + d.set_aside or (d.kept or 0) > d.accepted]
    return Reconciliation(
        "rows_conserved", "读取行数 = 接收 + 退回", "rows read = accepted + set aside", len(wrong), len(judged)
    )


def households_counted_once(findings: Findings, households: int) -> Reconciliation:
    """For every rule the four results add up to the number of active households."""
    sums = findings.results.group_by("rule").agg(pl.col("households").sum())
    wrong = sums.filter(pl.col("households") != households).height
    wrong += (len(ALL) - sums.height) if households else 0
    return Reconciliation(
        "households_counted_once",
        "每条规则的结果合计等于家庭数",
        "every household is counted once per rule",
        wrong,
        sums.height,
    )


def no_orphan_finding(ticketing: Ticketing) -> Reconciliation:
    """Every new or open item is on an open ticket that shows its rule."""
    on_ticket = {(o["ticket_id"], f["rule"]) for o in ticketing.objects for f in o["findings"]}
    live = ticketing.item_states.filter(pl.col("state").is_in(["new", "open"]))
    pairs = live.select("ticket_id", "rule").unique().rows()
    orphans = sum((number, rule) not in on_ticket for number, rule in pairs)
    orphans += ticketing.item_states["state"].null_count()
    return Reconciliation(
        "no_orphan_finding", "每条疑点都在预警单上", "every live finding is on a ticket", orphans, len(pairs)
    )


def deadline_present(ticketing: Ticketing) -> Reconciliation:
    """Every published ticket has a deadline after its day of issue, an owner and at least one finding, held or withdrawn."""

    def lacks(ticket: dict[str, Any]) -> bool:
        in_order = ticket["opened_on"] < ticket["due_on"]
        return not (in_order and ticket["owner"] and (ticket["findings"] or ticket["withdrawn"]))

    wrong = sum(lacks(ticket) for ticket in ticketing.objects)
    return Reconciliation(
        "deadline_present",
        "每张预警单都有期限、责任方和疑点",
        "every ticket has a deadline, an owner and a finding",
        wrong,
        len(ticketing.objects),
    )


def status_is_sum_of_events(ticketing: Ticketing, stock: Stock) -> Reconciliation:
    """Every ticket stands where its events lead: those of the check dates before and of this one."""
    earlier = load_events(stock.home, stock.as_of)
    moving = [name for name, transition in TRANSITIONS.items() if transition.moves or name == BEGINS]
    events = pl.concat(
        [earlier.select("ticket_id", "seq", "event"), ticketing.event_rows.select("ticket_id", "seq", "event")]
    )
    status: dict[str, str | None] = {}
    for number, event in events.filter(pl.col("event").is_in(moving)).sort("ticket_id", "seq").drop("seq").iter_rows():
        before = status.get(number)
        if event == BEGINS:
            status[number] = BEGINS
        else:  # an event that may not come there leads nowhere
            is_allowed = before is not None and before in TRANSITIONS[event].allowed
            status[number] = after(event, before) if is_allowed and before is not None else None
    rows = ticketing.ticket_rows.select("ticket_id", "status").rows()
    wrong = sum(status.get(number) != said for number, said in rows)
    return Reconciliation(
        "status_is_sum_of_events",
        "每张预警单的状态等于其各事件之和",
        "every ticket stands where its events lead",
        wrong,
        len(rows),
    )


def keys_unique(ticketing: Ticketing) -> Reconciliation:
    """Ticket numbers, and one open ticket per household and direction."""
    rows = ticketing.ticket_rows
    repeated = rows.height - rows["ticket_id"].n_unique()
    live = rows.filter(pl.col("status") != "closed").select("household_id", "direction")
    repeated += live.height - live.n_unique()
    return Reconciliation(
        "keys_unique", "预警单编号唯一, 每户每方向至多一张在办", "ticket keys are unique", repeated, rows.height
    )
