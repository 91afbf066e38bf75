"""Tickets of one check date: yesterday's state and today's findings in, today's state, events and objects out."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.deliveries import Stock, read_feed
from assets.engine import Engine
from assets.evidence import explanation_zh, figures, mask_number, parameter_entry, parameters_zh, published_item
from assets.findings import ITEM_SCHEMA, Findings
from assets.households import Registers
from assets.ticket_state import load_state, save_state
from data_contracts import feed_contract
from policy.calendar import WorkCalendar
from rules.facts.coverage import in_force
from rules.facts.facts import Facts
from rules.findings import ALL, BY_CODE
from rules.rule import Rule
from rules.tickets.advance import Advance, HouseholdOnTicket, Receipt, TicketPolicy, Today, advance
from rules.tickets.outcomes import Outcome
from rules.tickets.state import Ticket


@dataclass(frozen=True)
class Ticketing:
    """objects: what tickets.jsonl holds. Frames: see assets/ticket_state.py; item_states adds state and ticket_id to
    ITEM_SCHEMA; results is Findings.results with suppressed told apart."""

    tickets: dict[str, Ticket]
    objects: list[dict[str, Any]]
    ticket_rows: pl.DataFrame
    item_rows: pl.DataFrame
    event_rows: pl.DataFrame
    item_states: pl.DataFrame
    results: pl.DataFrame
    refused: list[tuple[Outcome, str]]


class _Context:
    """Look-ups for the households that have hits or tickets; all others stay in the lake."""

    def __init__(
        self, engine: Engine, registers: Registers, facts: Facts, findings: Findings, tickets: dict[str, Ticket]
    ) -> None:
        self.registers = registers
        wanted = set(findings.items["household_id"].to_list()) | {t.household_id for t in tickets.values()}
        chosen = engine.frame(pl.DataFrame({"household_id": sorted(wanted)}, schema={"household_id": pl.String}))
        columns = (
            "household_id", "county", "coverage", "township_code", "main_program", "applicant_id", "is_admitted",
            "is_township_valid",
        )  # fmt: skip
        rows = engine.collect(facts.households.select(*columns).join(chosen, on="household_id", how="inner"))
        self.households = {row["household_id"]: row for row in rows.iter_rows(named=True)}
        members = engine.collect(
            registers.members.select("household_id", "person_id", "name").join(chosen, on="household_id", how="inner")
        )
        self.names = {(household, person): name for household, person, name in members.iter_rows() if name is not None}
        self.missing: dict[str, list[str]] = defaultdict(list)
        for household, person in findings.missing_records.iter_rows():
            if household in wanted:
                self.missing[household].append(person)
        self._reasons = findings.county_reasons
        self._hits = set(findings.items.select("household_id", "rule").unique().iter_rows())
        self._policies: dict[str, TicketPolicy] = {}
        self._parameters: dict[tuple[str, str], tuple[list[dict[str, Any]], str]] = {}

    def household(self, household_id: str) -> HouseholdOnTicket:
        row = self.households[household_id]
        return HouseholdOnTicket(
            county_code=row["county"],
            township_code=row["township_code"],
            programme=row["main_program"],
            applicant_id=row["applicant_id"],
            applicant_name=self.names.get((household_id, row["applicant_id"]), ""),
        )

    def is_checked(self, household_id: str, rule_code: str) -> bool:
        """Whether today's check gave this household a hit or no_hit for the rule."""
        row = self.households.get(household_id)
        rule = BY_CODE[rule_code]
        if row is None or not row["is_township_valid"] or (rule.is_economic and not row["is_admitted"]):
            return False
        if (row["coverage"], rule_code) in self._reasons:
            return False
        no_record = rule.needs_record_of_each_member and household_id in self.missing
        return (household_id, rule_code) in self._hits or not no_record

    def policy(self, county: str) -> TicketPolicy:
        if county not in self._policies:
            self._policies[county] = _ticket_policy(self.registers, county)
        return self._policies[county]

    def parameters(self, county: str, rule: Rule) -> tuple[list[dict[str, Any]], str]:
        """The values a rule used in a county, as entries and in words; made once for each."""
        key = (county, rule.code)
        if key not in self._parameters:
            values = [self.registers.policy.value(county, name) for name in rule.needed_parameters]
            entries = [parameter_entry(value) for value in values if value is not None]
            self._parameters[key] = (entries, parameters_zh(entries))
        return self._parameters[key]


def _ticket_policy(registers: Registers, county: str) -> TicketPolicy:
    def value(parameter: str) -> Any:
        found = registers.policy.value(county, parameter)
        if found is None:
            raise LookupError(f"{county}: {parameter}")
        return found

    days = value("warning.deadline_days")
    return TicketPolicy(
        deadline_days=days.whole(),
        deadline_unit=value("warning.deadline_unit").code(),
        roll_forward=value("warning.roll_forward").flag(),
        owner=value("warning.owner").code(),
        suppress_months=value("warning.suppress_months").whole(),
        severities={rule.code: value(rule.severity_parameter).code() for rule in ALL},
        deadline_basis=days.basis,
    )


def read_returns(stock: Stock) -> tuple[dict[str, list[Outcome]], dict[str, list[Receipt]]]:
    """Outcomes and receipts known on the check date, by ticket; only from files that cover the ticket's county."""
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for row in _return_rows(stock, "ticket_outcomes"):
        names = ("ticket_id", "handled_on", "outcome", "handler", "visited_on", "visitors", "note")
        outcomes[row["ticket_id"]].append(Outcome(**{name: row[name] for name in names}))
    receipts: dict[str, list[Receipt]] = defaultdict(list)
    for row in _return_rows(stock, "ticket_receipts"):
        receipts[row["ticket_id"]].append(Receipt(row["received_on"], row["system"] or ""))
    return outcomes, receipts


def _return_rows(stock: Stock, feed: str) -> list[dict[str, Any]]:
    """Rows by key, the newest delivery's row where several deliveries hold one."""
    read_feed(stock, feed, None, {d.file.area for d in stock.of_feed(feed)})
    contract = feed_contract(feed)
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for area in sorted({d.file.area for d in stock.of_feed(feed)}, key=len):
        for delivered in in_force(stock.accepted(feed), area, contract.kind, stock.as_of):
            path = stock.deliveries[delivered.number].rows_path
            if path is None or delivered.area != area:
                continue
            for row in pl.read_parquet(path).iter_rows(named=True):
                if row["ticket_id"].startswith(area):
                    key = tuple(row[c.stored_as] for c in contract.key)
                    held = rows.get(key)
                    if held is None or held["__order"] < delivered.precedence:
                        rows[key] = {**row, "__order": delivered.precedence}
    return [rows[key] for key in sorted(rows, key=str)]


def make_tickets(
    stock: Stock,
    engine: Engine,
    registers: Registers,
    facts: Facts,
    findings: Findings,
    fresh: pl.DataFrame,
    calendar: WorkCalendar,
    previous: dt.date | None,
) -> Ticketing:
    """Advance all tickets to the check date and write the state into the check's folder."""
    tickets = load_state(None if previous is None else stock.home.check(previous))
    outcomes, receipts = read_returns(stock)
    context = _Context(engine, registers, facts, findings, tickets)
    hits: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for rule_code, household_id, key in findings.items.select("rule", "household_id", "item_key").iter_rows():
        hits[(household_id, BY_CODE[rule_code].direction)][rule_code].append(key)
    today = Today(
        as_of=stock.as_of,
        hits=hits,
        is_checked=context.is_checked,
        household=context.household,
        policy=context.policy,
        calendar=calendar,
        outcomes=outcomes,
        receipts=receipts,
    )
    result = advance(tickets, today)
    _write_payloads(tickets, findings, context, fresh)
    state = save_state(stock.folder, tickets, result.events)
    changed = {event.ticket_id for event in result.events}
    objects = [
        ticket_object(tickets[number], stock.as_of, number in changed)
        for number in sorted(tickets)
        if tickets[number].is_open or number in changed
    ]
    states = _item_states(findings.items, result)
    states.write_parquet(stock.folder / "item_states.parquet")
    results = _with_suppressed(findings.results, states, context)
    results.write_parquet(stock.folder / "rule_results.parquet")
    return Ticketing(
        tickets=tickets,
        objects=objects,
        ticket_rows=state.tickets,
        item_rows=state.items,
        event_rows=state.events,
        item_states=states,
        results=results,
        refused=result.refused,
    )


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


def _with_suppressed(results: pl.DataFrame, states: pl.DataFrame, context: _Context) -> pl.DataFrame:
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


def _write_payloads(tickets: dict[str, Ticket], findings: Findings, context: _Context, fresh: pl.DataFrame) -> None:
    """Give every finding that holds today its published form; one that was not checked keeps what it said before."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in findings.items.iter_rows(named=True):
        rows[(row["household_id"], row["rule"])].append(row)
    dates = {(row["coverage"], row["feed"]): row["data_on"] for row in fresh.iter_rows(named=True)}
    for ticket in tickets.values():
        if not ticket.is_open:
            continue
        for finding in ticket.findings.values():
            held = [
                r
                for r in rows.get((ticket.household_id, finding.rule), ())
                if ticket.holds(finding.rule, r["item_key"])
            ]
            if held:
                published = _finding(BY_CODE[finding.rule], held, ticket, context, dates)
                published["severity"] = finding.severity
                published["since"] = finding.since.isoformat()
                finding.payload = published


def _finding(
    rule: Rule,
    rows: list[dict[str, Any]],
    ticket: Ticket,
    context: _Context,
    dates: dict[tuple[str, str], dt.date | None],
) -> dict[str, Any]:
    household = context.households[ticket.household_id]
    names = {
        row["person_id"]: context.names.get((ticket.household_id, row["person_id"]), "")
        for row in rows
        if row["person_id"] is not None
    }
    entries, parameters = context.parameters(household["county"], rule)
    known = [(feed, dates.get((household["coverage"], feed))) for feed in rule.sources]
    missing = context.missing.get(ticket.household_id, []) if rule.needs_record_of_each_member else []
    finding: dict[str, Any] = {
        "rule": rule.code,
        "rule_version": rule.version,
        "label_zh": rule.label_zh,
        "severity": "",
        "since": "",
        "items": [published_item(row, names) for row in rows],
        **figures(rule, rows[0], len(rows)),
        "unit": rule.unit_zh,
        "missing_records": [mask_number(person) for person in missing],
        "feeds": [
            {"feed": feed, "data_date": day.isoformat(), "department": feed_contract(feed).department_zh}
            for feed, day in known
            if day is not None
        ],
        "parameters": entries,
    }
    finding["explanation_zh"] = explanation_zh(rule, finding, parameters)
    return finding


def ticket_object(ticket: Ticket, as_of: dt.date, is_changed: bool) -> dict[str, Any]:
    """One object of tickets.jsonl (spec page 4). `withdrawn` is an addition: findings that no longer hold."""
    if ticket.closed_on is not None:
        change = "closed"
    elif ticket.opened_on == as_of:
        change = "opened"
    else:
        change = "updated" if is_changed else "unchanged"
    order = [rule.code for rule in ALL]
    findings = sorted(ticket.findings.values(), key=lambda f: order.index(f.rule))
    return {
        "ticket_id": ticket.ticket_id,
        "as_of": as_of.isoformat(),
        "change": change,
        "status": ticket.status,
        "direction": ticket.direction,
        "severity": ticket.severity,
        "household_id": ticket.household_id,
        "programme": ticket.programme,
        "applicant_name": ticket.applicant_name,
        "applicant_id_masked": mask_number(ticket.applicant_id),
        "township_code": ticket.township_code,
        "county_code": ticket.county_code,
        "owner": ticket.owner,
        "opened_on": ticket.opened_on.isoformat(),
        "due_on": ticket.due_on.isoformat(),
        "deadline_days": ticket.deadline_days,
        "deadline_unit": ticket.deadline_unit,
        "deadline_provisional": ticket.deadline_provisional,
        "overdue_days": ticket.overdue_days(as_of),
        "findings": [f.payload for f in findings if f.withdrawn_on is None],
        "withdrawn": [
            {
                "rule": f.rule,
                "label_zh": BY_CODE[f.rule].label_zh,
                "since": f.since.isoformat(),
                "withdrawn_on": f.withdrawn_on.isoformat(),
            }
            for f in findings
            if f.withdrawn_on is not None
        ],
    }
