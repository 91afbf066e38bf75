"""The supervision list: everything that waits for somebody, how townships stand, a draw anybody can repeat."""

from __future__ import annotations

import hashlib
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from assets.publication.sheets import new_workbook
from assets.publication.supervision import KINDS, county_draw, supervision_rows, township_rows
from assets.publication.supervision_workbook import NO_EFFECT, write_supervision
from data_contracts.publications import published
from policy.policy import PolicyBook
from policy.values import PolicyValue
from rules.tickets.draw import Closing, draw
from tests.publication.follow_up import AS_OF, COUNTY, OPENED, TOWNSHIP, County, day


def _of(county: County, kind: str) -> list[dict[str, Any]]:
    rows = supervision_rows(county.life()).filter(pl.col("kind") == kind)
    return list(rows.iter_rows(named=True))


def _value(county: str, parameter: str) -> PolicyValue | None:
    return PolicyBook.load().resolve(county, parameter, AS_OF)


def test_the_kinds_are_those_of_the_contract() -> None:
    codes = published("supervision").column("kind").codes
    assert {c.value: (c.label_zh, c.label_en) for c in codes} == {k: (w.zh, w.en) for k, w in KINDS.items()}


def test_an_overdue_ticket_is_listed_with_its_days_owner_level_and_last_event() -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle", escalated_to="county")
    county.happen(ticket, "visited", day(3), "赵敏")
    county.happen(ticket, "overdue", day(10), detail="2026-11-09")
    (row,) = _of(county, "overdue")
    assert (row["waiting_days"], row["since_on"], row["due_on"]) == (11, day(9), day(9))
    assert (row["responsible_zh"], row["escalated_to"]) == ("乡镇", "county")
    assert (row["last_event"], row["last_event_zh"], row["last_on"]) == ("visited", "入户", day(3))


def test_a_ticket_nobody_has_touched_is_listed_from_the_day_after_its_opening() -> None:
    county = County()
    county.open(1, "undeclared_vehicle")
    county.open(2, "undeclared_vehicle", on=AS_OF)
    received = county.open(3, "undeclared_vehicle")
    county.happen(received, "received", day(1), "township-cases")
    (row,) = _of(county, "untouched")
    assert (row["household_id"], row["waiting_days"]) == ("H1", 31)


def test_a_reopened_ticket_waits_from_the_day_its_time_began_anew() -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    county.close(ticket, "no_issue", day(1))
    county.happen(ticket, "reopened", day(5), "督查")
    ticket.closed_on = ticket.outcome = None
    ticket.issued_on, ticket.due_on = day(10), day(30)
    (row,) = _of(county, "untouched")
    assert row["waiting_days"] == 10


@pytest.mark.parametrize(
    ("kind", "subject", "responsible"),
    [
        ("clarification", TOWNSHIP, "县级"),
        ("objection", "1", "公安交管"),
        ("objection", "2", "税务、人社"),
        ("objection", "3", "县级"),
        ("referral", "housing", "住建"),
    ],
)
def test_what_has_no_answer_is_listed_with_who_has_to_give_it(kind: Any, subject: str, responsible: str) -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle", "income_over_standard", "enrolled_twice")
    county.ask(ticket, kind, subject, day(6))
    (row,) = _of(county, kind)
    assert (row["responsible_zh"], row["waiting_days"]) == (responsible, 14)
    ticket.matters[0].answer(day(8), "某人", "accepted" if kind == "referral" else "corrected", "", AS_OF)
    assert _of(county, kind) == []


def test_a_drawn_ticket_waits_for_its_result_while_the_closing_stands() -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    county.close(ticket, "no_issue", day(1), at=day(5))
    county.ask(ticket, "recheck", "1", day(5), by="shouwang", known_on=day(5))
    (row,) = _of(county, "recheck")
    assert (row["responsible_zh"], row["waiting_days"]) == ("县级", 15)
    county.happen(ticket, "reopened", day(6), "督查", at=day(8))
    ticket.closed_on = ticket.outcome = None
    assert _of(county, "recheck") == []
    county.close(ticket, "no_issue", day(9))
    assert _of(county, "recheck") == []


def test_a_referral_that_names_no_department_waits_until_one_is_named() -> None:
    county = County()
    ticket = county.open(1, "unsafe_housing", direction="help")
    county.close(ticket, "referred", day(10))
    (row,) = _of(county, "referred_nowhere")
    assert (row["since_on"], row["responsible_zh"]) == (day(10), "乡镇")
    county.ask(ticket, "referral", "housing", day(12))
    assert _of(county, "referred_nowhere") == []


def test_an_objection_found_right_after_the_closing_waits_until_somebody_looks_again() -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    county.close(ticket, "change_confirmed", day(5))
    county.ask(ticket, "objection", "1", day(6)).answer(day(9), "交管", "corrected", "", AS_OF)
    (row,) = _of(county, "corrected_late")
    assert (row["since_on"], row["responsible_zh"]) == (day(9), "县级")
    county.ask(ticket, "recheck", "", day(12)).answer(day(12), "督查", "not_confirmed", "", AS_OF)
    assert _of(county, "corrected_late") == []


@pytest.mark.parametrize(("outcome", "result"), [("no_issue", "corrected"), ("change_confirmed", "upheld")])
def test_nothing_waits_where_nothing_was_confirmed_or_the_record_is_right(outcome: str, result: str) -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    county.close(ticket, outcome, day(5))
    county.ask(ticket, "objection", "1", day(6)).answer(day(9), "交管", result, "", AS_OF)
    assert _of(county, "corrected_late") == []


def test_an_answer_known_before_the_closing_is_no_surprise() -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    matter = county.ask(ticket, "objection", "1", day(1))
    matter.answer(day(3), "交管", "corrected", "", AS_OF)
    county.close(ticket, "change_confirmed", day(5))
    assert _of(county, "corrected_late") == []
    county.events[-1] = county.events[-2] = county.events[-1].__class__(**{**county.events[-1].__dict__, "at": day(6)})
    assert len(_of(county, "corrected_late")) == 1


def test_what_waits_longest_comes_first_within_its_kind() -> None:
    county = County()
    for number, opened in ((1, OPENED), (2, day(1, 10)), (3, day(15, 10))):
        county.open(number, "undeclared_vehicle", on=opened)
    listed = supervision_rows(county.life())
    assert listed["kind"].to_list() == ["overdue"] * 3 + ["untouched"] * 3
    assert listed["household_id"].to_list() == ["H2", "H3", "H1"] * 2


def _busy_county() -> County:
    county = County()
    for number, outcome in enumerate(("no_issue", "data_error", "change_confirmed", "moved"), start=1):
        ticket = county.open(number, "undeclared_vehicle")
        county.close(ticket, outcome, day(number * 4))
    earlier = county.open(5, "undeclared_vehicle")
    county.close(earlier, "no_issue", day(1), at=day(5))
    county.open(6, "undeclared_vehicle", escalated_to="county")
    county.open(7, "undeclared_vehicle", township_code="150626101000", on=day(3))
    closings = [Closing(t.ticket_id, t.outcome or "", t.closed_on or AS_OF) for t in list(county.tickets.values())[:4]]
    for rank, number in enumerate(draw(AS_OF, COUNTY, closings, Decimal("0.3")), start=1):
        county.ask(county.tickets[number], "recheck", str(rank), AS_OF, by="shouwang")
    return county


def test_townships_are_counted_and_the_county_as_a_whole() -> None:
    rows = list(township_rows(_busy_county().life(), {COUNTY: 5}).iter_rows(named=True))
    assert [row["township_code"] for row in rows] == [TOWNSHIP, "150626101000", None]
    first, second, whole = rows
    figures = ("open", "due_soon", "overdue", "escalated", "in_time", "late", "median_days")
    assert [first[name] for name in figures] == [1, 0, 1, 1, 2, 2, 21.0]
    assert [second[name] for name in figures] == [1, 1, 0, 0, 0, 0, None]
    assert [whole[name] for name in figures] == [2, 1, 1, 1, 2, 2, 21.0]


def test_the_draw_can_be_repeated_from_what_the_sheet_shows() -> None:
    county = _busy_county()
    found = county_draw(county.life(), COUNTY)
    lines = sorted(f"{r['ticket_id']}:{r['outcome']}:{r['closed_on']}" for r in found.rows.iter_rows(named=True))
    seed = hashlib.sha256(f"{AS_OF}|{COUNTY}|{';'.join(lines)}".encode()).hexdigest()
    assert found.seed == seed
    by_hash = sorted(found.rows["ticket_id"], key=lambda n: hashlib.sha256(f"{seed}|{n}".encode()).hexdigest())
    assert found.rows["ticket_id"].to_list() == by_hash
    assert found.rows["is_drawn"].to_list() == [True, True, False, False]
    assert found.drawn == 2


def test_the_workbook_is_printable_names_nobody_and_says_that_aid_does_not_change(tmp_path: Path) -> None:
    written = write_supervision(_busy_county().life(), _value, tmp_path / "one")
    assert written == {"150626.xlsx": 5}
    book = openpyxl.load_workbook(tmp_path / "one" / "150626.xlsx")
    assert book.sheetnames == ["督办清单", "分乡镇统计", "抽检"]
    text = "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None)
    assert NO_EFFECT in text
    assert "王秀英" not in text
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert str(sheet.page_setup.paperSize) == "9"
        assert sheet.protection.sheet
    heads = [cell.value for cell in book["督办清单"][3]]
    assert heads == [column.header_zh for column in published("supervision_workbook").columns]
    drawn = book["抽检"]
    assert drawn["A2"].value.startswith("比例:5%(自 2000-01-01 起,")
    assert "SHA-256" in drawn["A4"].value
    assert [row[-1].value for row in drawn.iter_rows(min_row=7)] == ["是", "是", "否", "否"]


def test_the_same_tickets_give_the_same_bytes(tmp_path: Path) -> None:
    write_supervision(_busy_county().life(), _value, tmp_path / "one")
    time.sleep(1.1)  # a clock in the file would show in its seconds
    write_supervision(_busy_county().life(), _value, tmp_path / "two")
    assert (tmp_path / "one/150626.xlsx").read_bytes() == (tmp_path / "two/150626.xlsx").read_bytes()


def test_no_county_without_tickets_and_no_file_named_after_a_cell(tmp_path: Path) -> None:
    county = County()
    assert write_supervision(county.life(), _value, tmp_path / "none") == {}
    county.open(1, "undeclared_vehicle", county_code="../evil")
    assert write_supervision(county.life(), _value, tmp_path / "none") == {}
    assert not (tmp_path / "none").exists()


def test_a_workbook_the_disk_refuses_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"), new_workbook(tmp_path / "none" / "a.xlsx", "x", AS_OF) as _:
        pass
