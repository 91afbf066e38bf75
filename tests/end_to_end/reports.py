"""Reports as townships, counties and departments send them back: right, late, twice, wrong and corrected, in all file forms.

Everything is drawn from one seed, and from what was published: nothing of the program is asked.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from end_to_end.report_files import write_rows

Object = dict[str, Any]
Cells = dict[str, Any]
DAY = dt.timedelta(days=1)
DATE_OF = {
    "ticket_receipts": "received_on", "ticket_handling": "acted_on", "clarification_requests": "requested_on",
    "objections": "raised_on", "objection_answers": "answered_on", "ticket_referrals": "referred_on",
    "ticket_outcomes": "handled_on", "referral_answers": "answered_on", "recheck_results": "rechecked_on",
}  # fmt: skip
OUTCOMES = [
    "no_issue",
    "data_error",
    "change_confirmed",
    "核实无变化",
    "moved",
    "referred",
    "gradual_exit",
    "已去世",
    "new_need",
]
DEPARTMENTS = ["education", "housing", "水利", "human_resources", "agriculture", "残联", "health_insurance"]
VISITORS = ["甲、乙", "甲、乙", "甲,乙", "2", "2人", "3人", "丙 丁", None, None, "甲", "1人", "甲、甲"]
OTHER_COUNTY = {"150626": "360202", "360202": "150626"}


@dataclass
class Row:
    """One row on its way: which check date it arrives before, and through which file."""

    feed: str
    cells: Cells
    area: str
    arrives: int


@dataclass
class Clerks:
    """All the people who report.  `send` writes the files that arrive between two check dates."""

    root: Path
    seed: int
    on_the_way: list[Row] = field(default_factory=list)
    seen_closed: dict[str, Object] = field(default_factory=dict)
    sent: list[tuple[str, str, dt.date, list[Cells]]] = field(default_factory=list)
    newest_n: dict[tuple[str, str, dt.date], int] = field(default_factory=dict)
    step: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def between(self, first: dt.date, last: dt.date) -> dt.date:
        return first + DAY * self.rng.randint(0, max(0, (last - first).days))

    def send(self, objects: list[Object], as_of: dt.date, until: dt.date) -> int:
        """Reports on the tickets published for `as_of`, in files that are there on `until`.  Returns the rows sent."""
        self.step += 1
        self.seen_closed.update({o["ticket_id"]: o for o in objects if o["status"] == "closed"})
        for ticket in objects:
            if ticket["status"] != "closed":
                self.seen_closed.pop(ticket["ticket_id"], None)
                self.post(ticket, self.on_open(ticket, as_of, until), until)
        for ticket in list(self.seen_closed.values()):
            self.post(ticket, self.on_closed(ticket, as_of, until), until)
        due = [row for row in self.on_the_way if row.arrives <= self.step]
        self.on_the_way = [row for row in self.on_the_way if row.arrives > self.step]
        self.correct(as_of, until)
        for feed in DATE_OF:
            for area in sorted({row.area for row in due if row.feed == feed}):
                rows = [row.cells for row in due if (row.feed, row.area) == (feed, area)]
                self.write(feed, area, self.data_date(as_of, until), rows)
        return len(due)

    # what people say about one ticket

    def on_open(self, ticket: Object, as_of: dt.date, until: dt.date) -> Iterator[tuple[str, Cells]]:
        opened = dt.date.fromisoformat(ticket["opened_on"])
        recent = max(opened, as_of - 12 * DAY)
        if ticket["status"] == "opened" and self.chance(0.5):
            system = self.rng.choice(["乡镇平台", "省平台", None])
            yield "ticket_receipts", {"received_on": self.between(opened, opened + 6 * DAY), "system": system}
        if self.chance(0.3):
            yield "ticket_handling", self.handling("assigned", self.between(recent, until))
        if self.chance(0.35):
            yield "ticket_handling", self.handling("visited", self.between(recent, until))
        if self.chance(0.12):
            yield "clarification_requests", self.clarification(ticket, self.between(recent, until))
        yield from self.objections(ticket, recent, until)
        yield from self.referrals(recent, until)
        if self.chance(0.08):
            note = {"outcome": None, "visited_on": None, "note": "户主外出, 下周再去"}
            yield "ticket_outcomes", self.outcome(self.between(recent, until)) | note
        if self.chance(0.42):
            day = self.between(recent, until)
            yield "ticket_outcomes", self.outcome(day)
            if self.chance(0.15):
                yield "ticket_outcomes", self.outcome(day + DAY * self.rng.choice([-2, 1, 5]))
        if self.chance(0.02):
            yield "recheck_results", self.recheck(self.between(recent, until))

    def on_closed(self, ticket: Object, as_of: dt.date, until: dt.date) -> Iterator[tuple[str, Cells]]:
        opened = dt.date.fromisoformat(ticket["opened_on"])
        if self.chance(0.22):
            day = self.between(as_of - 6 * DAY, until)
            yield "recheck_results", self.recheck(day)
            if self.chance(0.2):
                yield "recheck_results", self.recheck(day + DAY * self.rng.choice([1, 9]))
        if self.chance(0.06):
            yield "ticket_outcomes", self.outcome(self.between(opened, until))
        if self.chance(0.25):
            yield "ticket_outcomes", self.outcome(self.between(as_of - 8 * DAY, as_of + 8 * DAY))
        if self.chance(0.06):
            yield "ticket_handling", self.handling("visited", self.between(opened, until))
        if self.chance(0.04):
            yield "ticket_receipts", {"received_on": self.between(opened, until), "system": "省平台"}
        if self.chance(0.03):
            yield "clarification_requests", self.clarification(ticket, self.between(opened, until))
        if self.chance(0.15):
            yield from self.objections(ticket, as_of, until)
            yield from self.referrals(as_of, until)

    def handling(self, action: str, day: dt.date) -> Cells:
        spelled = self.rng.choice([action, {"assigned": "派单", "visited": "入户"}[action]])
        return {
            "action": spelled, "acted_on": day, "handler": self.rng.choice(["经办", None]),
            "visitors": self.rng.choice(VISITORS) if action == "visited" else None, "note": None,
        }  # fmt: skip

    def clarification(self, ticket: Object, day: dt.date) -> Cells:
        office = ticket["township_code"] if self.chance(0.85) else ticket["county_code"] + "999000"
        return {
            "requested_on": day,
            "office": office,
            "requested_by": "申请人甲",
            "question": self.rng.choice(["金额来源", None]),
        }

    def objections(self, ticket: Object, first: dt.date, until: dt.date) -> Iterator[tuple[str, Cells]]:
        numbers = [n for finding in ticket["item_nos"] for n in finding["numbers"]] or [1]
        if self.chance(0.2):
            number = self.rng.choice(numbers) if self.chance(0.9) else 99
            raised = self.between(first, until)
            by, evidence = self.rng.choice([("家属甲", "过户证明"), (None, None)])
            for day in [raised] if self.chance(0.8) else [raised, raised + 2 * DAY]:
                yield "objections", {"item_no": number, "raised_on": day, "raised_by": by, "evidence": evidence}
            if self.chance(0.5):
                yield "objection_answers", self.objection_answer(number, raised + DAY * self.rng.randint(-1, 20))
        if self.chance(0.04):
            yield (
                "objection_answers",
                self.objection_answer(self.rng.choice([*numbers, 98]), self.between(first, until)),
            )

    def objection_answer(self, number: int, day: dt.date) -> Cells:
        by = self.rng.choice(["交管部门", None])
        result = self.rng.choice(["corrected", "upheld", "已更正", "记录无误"])
        return {
            "item_no": number,
            "answered_on": day,
            "result": result,
            "answered_by": by,
            "note": self.rng.choice(["附函", None]),
        }

    def referrals(self, first: dt.date, until: dt.date) -> Iterator[tuple[str, Cells]]:
        if self.chance(0.14):
            department, day = self.rng.choice(DEPARTMENTS), self.between(first, until)
            by, need = self.rng.choice([("转办人", "危房改造"), (None, None)])
            for referred in [day] if self.chance(0.8) else [day, day + 3 * DAY]:
                yield (
                    "ticket_referrals",
                    {"department": department, "referred_on": referred, "need": need, "referred_by": by},
                )
            if self.chance(0.6):
                yield "referral_answers", self.referral_answer(department, day + DAY * self.rng.randint(-1, 25))
        if self.chance(0.05):
            yield "referral_answers", self.referral_answer(self.rng.choice(DEPARTMENTS), self.between(first, until))

    def referral_answer(self, department: str, day: dt.date) -> Cells:
        result = self.rng.choice(["accepted", "supported", "not_applicable", "已受理"])
        return {
            "department": department, "answered_on": day, "result": result,
            "answered_by": self.rng.choice(["住建局", None]), "note": self.rng.choice(["已排期", None]),
        }  # fmt: skip

    def outcome(self, day: dt.date) -> Cells:
        visited = self.rng.choice([None, day, day - 2 * DAY, day - 40 * DAY, day + 2 * DAY])
        return {
            "handled_on": day, "outcome": self.rng.choice(OUTCOMES), "handler": self.rng.choice(["经办", None]),
            "visited_on": visited, "visitors": self.rng.choice(VISITORS), "note": None,
        }  # fmt: skip

    def recheck(self, day: dt.date) -> Cells:
        result = self.rng.choice(["confirmed", "not_confirmed", "处置属实", "处置不实,重新办理"])
        by = self.rng.choice(["抽检人", None])
        return {"rechecked_on": day, "result": result, "checked_by": by, "note": self.rng.choice(["电话回访", None])}

    # how it is sent

    def post(self, ticket: Object, said: Iterator[tuple[str, Cells]], until: dt.date) -> None:
        """Delays, repetitions and mistakes; through the county's file or the township's."""
        for feed, told in list(said):
            cells = {"ticket_id": ticket["ticket_id"], **self.mistaken(feed, told, ticket, until)}
            if self.chance(0.03):
                cells["ticket_id"] = ticket["ticket_id"][:-2] + "zz"
            arrives = self.step + self.rng.choices([0, 1, 2], [75, 17, 8])[0]
            self.on_the_way.append(Row(feed, cells, self.file_area(ticket), arrives))
            if self.chance(0.1):
                self.on_the_way.append(Row(feed, dict(cells), self.file_area(ticket), arrives + 1))

    def mistaken(self, feed: str, told: Cells, ticket: Object, until: dt.date) -> Cells:
        column, cells = DATE_OF[feed], dict(told)
        if self.chance(0.03):
            cells[column] = dt.date.fromisoformat(ticket["opened_on"]) - DAY * self.rng.randint(1, 9)
        elif self.chance(0.04):
            cells[column] = until + DAY * self.rng.randint(1, 40)
        elif self.chance(0.02):
            cells[column] = "昨天"
        elif self.chance(0.02) and "result" in cells:
            cells["result"] = "不详"
        return cells

    def file_area(self, ticket: Object) -> str:
        if self.chance(0.02):
            return OTHER_COUNTY[ticket["county_code"]]
        if self.chance(0.03):
            return str(ticket["county_code"]) + "998000"
        if self.chance(0.1):
            return str(ticket["county_code"])[:4]
        return str(ticket["township_code"] if self.chance(0.5) else ticket["county_code"])

    def data_date(self, as_of: dt.date, until: dt.date) -> dt.date:
        """Mostly of the month between; some files arrive with a date long past."""
        return self.between(as_of + DAY, until) if self.chance(0.8) else self.between(as_of - 20 * DAY, as_of)

    def correct(self, as_of: dt.date, until: dt.date) -> None:
        """Some files of before come again as a whole: a row less, a row changed."""
        for feed, area, day, rows in self.sent[-40:]:
            if len(rows) > 1 and self.chance(0.12):
                kept = [dict(row) for row in rows]
                kept.pop(self.rng.randrange(len(kept)))
                changed = self.rng.choice(kept)
                if isinstance(changed[DATE_OF[feed]], dt.date) and self.chance(0.5):
                    changed[DATE_OF[feed]] += DAY * self.rng.choice([1, 4])
                elif "visitors" in changed:
                    changed["visitors"] = "甲、乙"
                self.write(feed, area, day if self.chance(0.7) else self.data_date(as_of, until), kept)

    def write(self, feed: str, area: str, day: dt.date, rows: list[Cells]) -> None:
        slot = (feed, area, day)
        self.newest_n[slot] = n = self.newest_n.get(slot, 0) + 1
        self.sent.append((feed, area, day, rows))
        suffix = "" if n == 1 else f"_{n}"
        stem = self.root / "landing" / feed / f"{area}_{day:%Y%m%d}{suffix}"
        write_rows(stem, feed, rows, self.rng)
