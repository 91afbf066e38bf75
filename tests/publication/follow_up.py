"""Tickets by hand, with their events and matters, written to a lake as a check leaves them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from assets.findings import ITEM_SCHEMA
from assets.home import Home
from assets.households import AID
from assets.publication.life import Life
from assets.ticket_state import event_frame, finding_frame, item_frame, matter_frame, save_state, ticket_frame
from rules.tickets.state import Event, FindingOnTicket, Matter, MatterKind, Ticket

AS_OF = dt.date(2026, 11, 20)
OPENED = dt.date(2026, 10, 20)
# Made up; check digits are right, no such person is meant.
WOMAN, MAN = "150626197003040021", "15062619480101101X"
COUNTY, TOWNSHIP = "150626", "150626100000"


def day(number: int, month: int = 11) -> dt.date:
    return dt.date(2026, month, number)


@dataclass
class County:
    """Tickets of one county and what happened to them up to AS_OF."""

    tickets: dict[str, Ticket] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def open(self, number: int, *rules: str, direction: str = "verify", on: dt.date = OPENED, **fields: Any) -> Ticket:
        """A ticket with one finding and one item a rule; due 20 days later."""
        ticket_id = f"{COUNTY}-{on:%Y%m%d}-{number:010x}"
        due_on = on + dt.timedelta(days=20)
        given = {
            "ticket_id": ticket_id, "household_id": f"H{number}", "direction": direction, "county_code": COUNTY,
            "township_code": TOWNSHIP, "programme": "低保", "applicant_id": WOMAN, "applicant_name": "王秀英",
            "owner": "township", "opened_on": on, "due_on": due_on, "deadline_days": 20,
            "deadline_unit": "calendar_days", "roll_forward": True, "deadline_provisional": False,
            "deadline_basis": "乌民政发〔2025〕23号 二(二)6", "issued_on": on, "severity": "orange",
        }  # fmt: skip
        ticket = Ticket(**{**given, **fields})
        self.tickets[ticket_id] = ticket
        self.happen(ticket, "opened", on, at=on)
        for rule in rules:
            ticket.findings[rule] = FindingOnTicket(rule, "orange", on)
            ticket.put_on(rule, f"key of {rule}", on)
        return ticket

    def show(self, ticket: Ticket, rule: str, item: dict[str, Any], *feeds: tuple[str, str], key: str = "") -> None:
        """What was published of the rule's one item. `feeds`: feed, data date."""
        finding = ticket.findings[rule]
        named = [{"feed": feed, "data_date": date, "department": ""} for feed, date in feeds]
        finding.payload = {"rule": rule, "items": [item], "feeds": named}
        finding.item_nos = [ticket.items[(rule, key or f"key of {rule}")].item_no]

    def happen(
        self, ticket: Ticket, event: str, on: dt.date, by: str = "shouwang", detail: str = "", at: dt.date = AS_OF
    ) -> None:
        self.events.append(ticket.record(event, on, at, by, detail))

    def close(self, ticket: Ticket, outcome: str, on: dt.date, at: dt.date = AS_OF) -> None:
        self.happen(ticket, "concluded", on, "赵敏", outcome, at)
        self.happen(ticket, "closed", on, "赵敏", outcome, at)
        ticket.closed_on, ticket.outcome = on, outcome

    def ask(self, ticket: Ticket, kind: MatterKind, subject: str, on: dt.date, text: str = "", **fields: Any) -> Matter:
        key = {"objection": f"{subject}|{on}", "referral": subject}.get(kind, on.isoformat())
        matter = Matter(kind, key, subject, on, fields.pop("by", "李四光"), text, fields.pop("known_on", AS_OF))
        for name, value in fields.items():
            setattr(matter, name, value)
        ticket.matters.append(matter)
        return matter

    def life(self) -> Life:
        return Life(
            AS_OF,
            ticket_frame(self.tickets),
            item_frame(self.tickets),
            finding_frame(self.tickets),
            matter_frame(self.tickets),
            event_frame(self.events),
        )

    def publish(self, home: Home, *items: dict[str, Any], admitted: bool = True, as_of: dt.date = AS_OF) -> None:
        """A published check date: the partition with state, households, members and items (rows of ITEM_SCHEMA)."""
        folder = home.check(as_of)
        folder.mkdir(parents=True)
        save_state(folder, self.tickets, {}, [event for event in self.events if event.at == as_of])
        households = sorted({ticket.household_id for ticket in self.tickets.values()})
        _households(households, admitted).write_parquet(folder / "households.parquet")
        pl.DataFrame(
            [(household, person, name) for household in households for person, name in ((WOMAN, "王秀英"), (MAN, "李四光"))],
            schema=["household_id", "person_id", "name"], orient="row",
        ).write_parquet(folder / "members.parquet")  # fmt: skip
        blank = {**dict.fromkeys(ITEM_SCHEMA), "state": "open", "ticket_id": None}
        schema = {**ITEM_SCHEMA, "state": pl.String, "ticket_id": pl.String}
        pl.DataFrame([{**blank, **item} for item in items], schema=schema).write_parquet(folder / "item_states.parquet")
        aid(*households).write_parquet(folder / "aid.parquet")
        publication = home.publication(as_of)
        (publication / "warnings").mkdir(parents=True)
        (publication / "manifest.json").write_text("{}")
        (publication / "warnings" / "tickets.jsonl").write_text(json.dumps({}) + "\n")


def _households(numbers: list[str], admitted: bool) -> pl.DataFrame:
    count = len(numbers)
    return pl.DataFrame(
        {"household_id": numbers, "applicant_id": [WOMAN] * count, "township_code": [TOWNSHIP] * count,
         "county": [COUNTY] * count, "is_admitted": [admitted] * count}
    )  # fmt: skip


def aid(*households: str) -> pl.DataFrame:
    """Each receives 低保 since 2020 and left 低保边缘 in 2019."""
    rows = [
        row
        for household in households
        for row in (
            (household, "低保", dt.date(2020, 1, 1), None, 81500),
            (household, "低保边缘", dt.date(2018, 1, 1), dt.date(2019, 12, 31), None),
        )
    ]
    return pl.DataFrame(rows, schema=AID, orient="row")
