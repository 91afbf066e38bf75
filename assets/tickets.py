"""Tickets of one check date: yesterday's state, reports and today's findings in, today's state, events and objects out."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.deliveries import Stock
from assets.engine import Engine
from assets.findings import ITEM_SCHEMA, Findings
from assets.households import Registers
from assets.returns import named_tickets, read_reports, refused_frame
from assets.rule_modes import RuleModes, decide_modes
from assets.ticket_context import TicketContext
from assets.ticket_objects import change_of, ticket_object, write_payloads
from assets.ticket_state import load_state, save_state
from policy.policy import PolicyBook
from rules.findings import ALL, BY_CODE
from rules.tickets.advance import advance
from rules.tickets.reports import Report
from rules.tickets.state import Event, Ticket
from rules.tickets.today import Advance, Mode, Today
from rules.tickets.transitions import TIME_EVENTS


@dataclass(frozen=True)
class Ticketing:
    """objects: what tickets.jsonl holds. Frames: see assets/ticket_state.py; item_states adds state and ticket_id to
    ITEM_SCHEMA; results is Findings.results with suppressed told apart; refused: assets/returns.REFUSED."""

    tickets: dict[str, Ticket]
    objects: list[dict[str, Any]]
    ticket_rows: pl.DataFrame
    item_rows: pl.DataFrame
    event_rows: pl.DataFrame
    matter_rows: pl.DataFrame
    item_states: pl.DataFrame
    results: pl.DataFrame
    modes: RuleModes
    refused: pl.DataFrame


def make_tickets(
    stock: Stock,
    engine: Engine,
    registers: Registers,
    findings: Findings,
    fresh: pl.DataFrame,
    book: PolicyBook,
    previous: dt.date | None,
) -> Ticketing:
    """Advance all tickets to the check date and write the state into the check's folder."""
    tickets, aliases = load_state(None if previous is None else stock.home.check(previous))
    kept = _acted_on(stock)
    known = tickets | {ticket.ticket_id: ticket for ticket in kept}
    context = TicketContext(stock, engine, registers, findings, fresh, book, known)
    standing = {number: stands.township_code for number, stands in tickets.items()}
    standing |= {number: standing[stands_for] for number, stands_for in aliases.items()}
    reports = read_reports(stock, standing)
    decided: list[RuleModes] = []

    def modes(after_reports: Mapping[str, Ticket]) -> Mode:
        decided.append(decide_modes(stock, registers, findings, after_reports))
        return decided[0].mode

    result = advance(tickets, _today(stock, findings, context, book, kept, reports, modes), aliases)
    write_payloads(tickets, findings, context, result.mode)
    state = save_state(stock.folder, tickets, result.aliases, result.events)
    states = _item_states(findings.items, result)
    states.write_parquet(stock.folder / "item_states.parquet")
    results = _with_suppressed(findings.results, states, context)
    results.write_parquet(stock.folder / "rule_results.parquet")
    decided[0].frame.write_parquet(stock.folder / "rule_modes.parquet")
    refused = refused_frame(result.refused)
    refused.write_parquet(stock.folder / "refused_reports.parquet")
    return Ticketing(
        tickets=tickets,
        objects=_objects(tickets, result.events, stock.as_of),
        ticket_rows=state.tickets,
        item_rows=state.items,
        event_rows=state.events,
        matter_rows=state.matters,
        item_states=states,
        results=results,
        modes=decided[0],
        refused=refused,
    )


def _today(
    stock: Stock,
    findings: Findings,
    context: TicketContext,
    book: PolicyBook,
    kept: list[Ticket],
    reports: Mapping[str, list[Report]],
    modes: Callable[[Mapping[str, Ticket]], Mode],
) -> Today:
    hits: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for rule_code, household_id, key in findings.items.select("rule", "household_id", "item_key").iter_rows():
        hits[(household_id, BY_CODE[rule_code].direction)][rule_code].append(key)
    return Today(
        as_of=stock.as_of,
        hits=hits,
        is_checked=context.is_checked,
        data_on=context.data_on,
        decide_modes=modes,
        household=context.household,
        policy=context.policy,
        calendar=book.calendar,
        reports=reports,
        refer_to={rule.code: rule.refer_to for rule in ALL if rule.refer_to},
        kept=kept,
    )


def _acted_on(stock: Stock) -> list[Ticket]:
    """Tickets that an earlier run of this very date opened and that something in the landing folder speaks of.

    They begin anew: what was reported about them is taken again, in order, on the dates that follow.
    """
    earlier = stock.home.check(stock.as_of)
    if not (earlier / "tickets.parquet").is_file():
        return []
    opened = [ticket for ticket in load_state(earlier)[0].values() if ticket.opened_on == stock.as_of]
    named = named_tickets(stock) if opened else set()
    return [ticket.as_opened() for ticket in opened if ticket.ticket_id in named]


def _objects(tickets: dict[str, Ticket], events: list[Event], as_of: dt.date) -> list[dict[str, Any]]:
    """Every open ticket and every ticket that changed on this check date."""
    by_ticket: dict[str, set[str]] = defaultdict(set)
    for event in events:
        by_ticket[event.ticket_id].add(event.event)
    return [
        ticket_object(tickets[number], as_of, change_of(tickets[number], as_of, by_ticket[number]))
        for number in sorted(tickets)
        if tickets[number].is_open or by_ticket[number] - set(TIME_EVENTS)
    ]


def _item_states(items: pl.DataFrame, result: Advance) -> pl.DataFrame:
    states = pl.DataFrame(
        [(i.household_id, i.rule, i.item_key, i.state, i.ticket_id) for i in result.items],
        schema={
            "household_id": pl.String,
            "rule": pl.String,
            "item_key": pl.String,
            "state": pl.String,
            "ticket_id": pl.String,
        },
        orient="row",
    )
    joined = items.join(states, on=["household_id", "rule", "item_key"], how="left")
    return joined.select(*ITEM_SCHEMA, "state", "ticket_id").sort("rule", "household_id", "item_key")


def _with_suppressed(results: pl.DataFrame, states: pl.DataFrame, context: TicketContext) -> pl.DataFrame:
    """A finding all of whose items are suppressed has the result `suppressed`; the hit stays recorded in the items."""
    quiet = (
        states.group_by("rule", "household_id")
        .agg((pl.col("state") == "suppressed").all().alias("quiet"))
        .filter("quiet")
    )
    counties = {household: row["county"] for household, row in context.households.items()}
    moved = (
        quiet.with_columns(
            pl.col("household_id").replace_strict(counties, return_dtype=pl.String, default="").alias("county")
        )
        .group_by("county", "rule")
        .agg(pl.len().cast(pl.Int64).alias("moved"))
    )
    hits = results.join(moved, on=["county", "rule"], how="left").with_columns(pl.col("moved").fill_null(0))
    less = pl.when(pl.col("result") == "hit").then(pl.col("households") - pl.col("moved")).otherwise("households")
    kept = hits.with_columns(less.alias("households")).drop("moved").filter(pl.col("households") > 0)
    added = moved.select(
        "county",
        "rule",
        pl.lit("suppressed").alias("result"),
        pl.lit(None, dtype=pl.String).alias("reason"),
        pl.col("moved").alias("households"),
    )
    return pl.concat([kept, added]).sort("county", "rule", "result", "reason")
