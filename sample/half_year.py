"""Half a year of people: townships, counties and departments answer published tickets, drawn from a seed.

They know what was published and the contracts, as people do, and nothing of the program. Nobody named here exists.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final

from sample.half_year_files import Cells, fill_in, read_list, write_rows
from sample.half_year_plan import DAY, WANTS, Plan, Ticket, make_plan, workday
from sample.names import GIVEN, SURNAMES

BY_SYSTEM: Final = "150626"
"""The county whose own system reports the outcomes of its townships; those of other counties return their workbooks."""
BY_WORKBOOK: Final = ("150626100000",)
"""Townships of that county that return their workbook all the same."""
BY_LIST: Final = "housing"
"""The department that returns the list it was sent; the others send a table."""
ANSWERS_NOW, TAKEN_UP, SUPPORTED, RECHECKED, STANDS = 0.55, 0.35, 0.8, 0.85, 0.8
MISTAKES: Final = ("unknown_ticket", "visited_alone", "before_opening", "other_township", "unknown_item")
"""What one clerk gets wrong each month, by the code under which the row must come back."""


@dataclass
class Sent:
    """What was sent between two check dates.

    rows: by feed; wrong: (feed, code under which the row must come back) of the rows that are wrong on purpose; asked:
    tickets a township asked the county about.
    """

    rows: Counter[str] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: list[str] = field(default_factory=list)


class HalfYear:
    """Everybody who answers. `landing`: where the files go; `dates`: all check dates."""

    def __init__(self, landing: Path, dates: Sequence[dt.date], seed: int) -> None:
        self.landing, self.dates, self.seed = landing, list(dates), seed
        self._issued: dict[tuple[str, str], dt.date] = {}

    def answer(self, publication: Path, as_of: dt.date) -> Sent:
        """Write what people report after `as_of`, up to the next check date. Same publication and seed, same files."""
        at = self.dates.index(as_of)
        lines = (publication / "warnings" / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
        tickets = [ticket for ticket in map(json.loads, lines) if ticket["status"] != "closed"]
        planned = [(ticket, self._plan(ticket, as_of)) for ticket in tickets]
        month = _Month(self, publication, as_of, self.dates[at + 1])
        for ticket, plan in planned:
            month.report(ticket, plan)
        month.make_a_mistake(planned, MISTAKES[at % len(MISTAKES)])
        month.recheck()
        month.answer_referrals()
        month.write()
        return month.sent

    def draw(self, *about: object) -> Random:
        """A stream of its own for every matter, so that one ticket more changes nothing for the others."""
        return Random("|".join(map(str, (self.seed, *about))))

    def _plan(self, ticket: Ticket, as_of: dt.date) -> Plan:
        """Made when the ticket was issued. One that was reopened has another deadline, and so another plan."""
        issued = self._issued.setdefault((ticket["ticket_id"], ticket["due_on"]), as_of)
        following = next(day for day in self.dates if day > issued)
        streams = (self.draw(ticket[name], issued) for name in ("household_id", "ticket_id"))
        plan = make_plan(ticket, issued, following, *streams)
        is_reopened = ticket["opened_on"] != issued.isoformat()
        return replace(plan, passed_on_to=None) if is_reopened else plan


@dataclass
class _Month:
    """The reports between two check dates, gathered by feed and by the area their file speaks for."""

    people: HalfYear
    publication: Path
    as_of: dt.date
    until: dt.date
    sent: Sent = field(default_factory=Sent)
    tables: dict[tuple[str, str], list[Cells]] = field(default_factory=dict)
    lists: dict[tuple[str, str], dict[str, Cells]] = field(default_factory=dict)

    def falls(self, day: dt.date | None) -> bool:
        """Whether it happens in this month."""
        return day is not None and self.as_of < day <= self.until

    def say(self, feed: str, area: str, ticket_id: str, **cells: Any) -> None:
        """One row into the table of an area."""
        texts = {name: None if value is None else str(value) for name, value in cells.items()}
        self.tables.setdefault((feed, area), []).append({"ticket_id": ticket_id, **texts})
        self.sent.rows[feed] += 1

    def fill_in(self, feed: str, area: str, ticket_id: str, **cells: Any) -> None:
        """One row of the list an area was sent."""
        self.lists.setdefault((feed, area), {})[ticket_id] = {name: str(value) for name, value in cells.items()}
        self.sent.rows[feed] += 1

    def pair(self, office: str) -> tuple[str, str]:
        """The two people of an office who go out together."""
        rng = self.people.draw(office)
        first, second = (f"{rng.choice(SURNAMES)}{rng.choice(GIVEN)}" for _ in range(2))
        return first, second

    # --- one ticket

    def report(self, ticket: Ticket, plan: Plan) -> None:
        """What happens to a ticket in this month."""
        number, county, township = ticket["ticket_id"], ticket["county_code"], ticket["township_code"]
        first, second = self.pair(township)
        if self.falls(plan.assigned):
            self.say("ticket_handling", county, number, action="assigned", acted_on=plan.assigned, handler=first)
        if self.falls(plan.visited):
            # Many clerks report a visit with the conclusion only.
            if plan.is_visit_told or not self.falls(plan.concluded):
                step = {"action": "visited", "acted_on": plan.visited, "handler": first}
                self.say("ticket_handling", county, number, **step, visitors=f"{first}、{second}")
            if plan.passed_on_to is not None:
                need = {"need": WANTS[plan.passed_on_to], "referred_by": first}
                asked = {"department": plan.passed_on_to, "referred_on": plan.visited}
                self.say("ticket_referrals", county, number, **asked, **need)
        if self.falls(plan.asked):
            self.sent.asked.append(number)
            who = {"requested_on": plan.asked, "office": township, "requested_by": first}
            self.say("clarification_requests", township, number, **who, question="请说明所列记录的来源和期间")
        if self.falls(plan.objected):
            self.object(ticket, plan)
        if self.falls(plan.concluded):
            self.conclude(ticket, plan)

    def object(self, ticket: Ticket, plan: Plan) -> None:
        """The family disputes the first item; the department that holds the record answers."""
        item = min((number for finding in ticket["item_nos"] for number in finding["numbers"]), default=1)
        county, number = ticket["county_code"], ticket["ticket_id"]
        raised = {"item_no": item, "raised_on": plan.objected, "raised_by": "申请人"}
        self.say("objections", county, number, **raised, evidence="情况说明一份")
        if self.falls(plan.answered):
            result = "corrected" if plan.outcome == "data_error" else "upheld"
            answer = {"item_no": item, "answered_on": plan.answered, "result": result}
            self.say("objection_answers", county, number, **answer, answered_by="数据来源部门")

    def conclude(self, ticket: Ticket, plan: Plan) -> None:
        """In the township's workbook, or through the system of its county."""
        county, township = ticket["county_code"], ticket["township_code"]
        first, second = self.pair(township)
        outcome = {"handled_on": plan.concluded, "outcome": plan.outcome, "handler": first}
        visit = {"visited_on": plan.visited, "visitors": f"{first}、{second}"}
        if county == BY_SYSTEM and township not in BY_WORKBOOK:
            self.say("ticket_outcomes", county, ticket["ticket_id"], **outcome, **visit)
        else:
            self.fill_in("ticket_outcomes", township, ticket["ticket_id"], **outcome, **visit)

    def make_a_mistake(self, planned: Iterable[tuple[Ticket, Plan]], code: str) -> None:
        """One row that cannot be taken and has to come back, about a ticket on which nothing else is concluded."""
        quiet = [
            t for t, plan in planned if plan.concluded is None and plan.objected is None and t["direction"] == "verify"
        ]
        if not quiet:
            return
        ticket = min(quiet, key=lambda t: str(t["ticket_id"]))
        number, county, opened = ticket["ticket_id"], ticket["county_code"], dt.date.fromisoformat(ticket["opened_on"])
        first, _ = self.pair(ticket["township_code"])
        step = {"action": "assigned", "acted_on": self.as_of + DAY, "handler": first}
        match code:
            case "unknown_ticket":
                feed, area, cells = "ticket_handling", county, step
                number = number[:-2] + "zz"
            case "visited_alone":
                cells = {"handled_on": self.until, "outcome": "no_issue", "handler": first, "visitors": first}
                feed, area = "ticket_outcomes", county
            case "before_opening":
                feed, area, cells = "ticket_handling", county, {**step, "acted_on": opened - 3 * DAY}
            case "other_township":
                feed, area, cells = "ticket_handling", f"{county}998000", step
            case _:
                cells = {"item_no": 99, "raised_on": self.until, "raised_by": "申请人"}
                feed, area = "objections", county
        self.say(feed, area, number, **cells)
        self.sent.wrong[feed, code] += 1

    # --- lists that were sent out

    def recheck(self) -> None:
        """The county looks a second time at what was drawn."""
        for path in sorted((self.publication / "supervision").glob("*.xlsx")):
            for row in read_list(path, "supervision_workbook_rechecks", sheet=2):
                rng = self.people.draw("recheck", row["ticket_id"], self.as_of)
                if row["is_drawn"] == "是" and rng.random() < RECHECKED:
                    result = "confirmed" if rng.random() < STANDS else "not_confirmed"
                    said = {"rechecked_on": self._soon(rng), "result": result, "checked_by": self.pair(path.stem)[0]}
                    self.say("recheck_results", path.stem, row["ticket_id"], **said)

    def answer_referrals(self) -> None:
        """Departments answer about half of what waits with them."""
        for path in sorted((self.publication / "referrals").glob("*.xlsx")):
            for row in read_list(path, "referral_workbook"):
                number, county = row["ticket_id"], row["ticket_id"][:6]
                rng = self.people.draw(path.stem, number, self.as_of)
                if rng.random() >= ANSWERS_NOW:
                    continue
                settled = "supported" if rng.random() < SUPPORTED else "not_applicable"
                is_settled = rng.random() >= TAKEN_UP or "已受理" in row["state"]
                answer = {
                    "answered_on": self._soon(rng),
                    "result": settled if is_settled else "accepted",
                    "answered_by": self.pair(path.stem + county)[0],
                }
                if path.stem == BY_LIST:
                    self.fill_in("referral_answers", county, number, **answer)
                else:
                    self.say("referral_answers", county, number, department=path.stem, **answer)

    def _soon(self, rng: Random) -> dt.date:
        return min(workday(self.as_of + DAY * rng.randint(3, 22)), self.until - DAY)

    # --- files

    def write(self) -> None:
        """All files of the month. They bear its last day, a department's list the day before: of one day one file counts."""
        for (feed, area), rows in sorted(self.tables.items()):
            write_rows(self.people.landing, feed, area, self.until, rows)
        warnings, referrals = self.publication / "warnings" / "by_township", self.publication / "referrals"
        for (feed, area), entries in sorted(self.lists.items()):
            is_outcome = feed == "ticket_outcomes"
            source = warnings / f"{area}.xlsx" if is_outcome else referrals / f"{BY_LIST}.xlsx"
            day = self.until if is_outcome else self.until - DAY
            fill_in(source, feed, entries, self.people.landing / feed / f"{area}_{day:%Y%m%d}.xlsx")
