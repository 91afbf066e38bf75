"""Point-to-point look: one ticket's items in full, for the office that asked, on record, and nothing on the screen."""

from __future__ import annotations

import datetime as dt
import re
import stat
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from assets import audit
from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home, sha256
from assets.returns import _clarifications
from data_contracts.publications import published
from pipelines import cli
from pipelines.commands.clarify import LAPSED, clarify
from rules.tickets.state import Ticket
from tests.publication.follow_up import AS_OF, MAN, TOWNSHIP, WOMAN, County, day

NOW = "2026-11-21T09:00:00+08:00"
REQUESTED = day(5)


def _item(rule: str, household: str = "H1", **fields: Any) -> dict[str, Any]:
    return {"rule": rule, "household_id": household, "item_key": f"key of {rule}", **fields}


CAR = _item("undeclared_vehicle", person_id=WOMAN, plate_no="蒙KA1234", vehicle_type="K33")
DEAD = _item("deceased_member", person_id=MAN, on=dt.date(2026, 9, 1))
OTHERS_CAR = _item("undeclared_vehicle", "H2", person_id=MAN, plate_no="蒙KB9999")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def _county() -> tuple[County, Ticket]:
    """Two tickets; the township has asked about the first."""
    county = County()
    ticket = county.open(1, "undeclared_vehicle", "deceased_member")
    county.open(2, "undeclared_vehicle")
    county.ask(ticket, "clarification", TOWNSHIP, REQUESTED, "哪一辆车", by="孙丽")
    return county, ticket


def _answer(home: Home, ticket: Ticket, on: dt.date | None = None) -> str:
    return clarify(home, ticket.ticket_id, "王主任", on, NOW)


def _file(home: Home, ticket: Ticket, requested: dt.date = REQUESTED) -> Path:
    return home.lake / "disclosures" / TOWNSHIP / f"{ticket.ticket_id}_{requested}.xlsx"


def _cells(path: Path) -> list[dict[str, Any]]:
    rows = list(openpyxl.load_workbook(path)["点对点查看"].iter_rows(values_only=True))
    heads = [column.header_zh for column in published("clarification_workbook").columns]
    at = next(number for number, row in enumerate(rows) if list(row) == heads)
    return [dict(zip(heads, row, strict=True)) for row in rows[at + 1 :]]


def test_only_the_items_of_that_ticket_are_shown_in_full(home: Home) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD, OTHERS_CAR)
    _answer(home, ticket)
    first, second = _cells(_file(home, ticket))
    assert (first["公民身份号码"], first["姓名"]) == (WOMAN, "王秀英")
    assert first["核实要点"] == "号牌号码 蒙KA1234;车辆类型 K33"
    assert (second["公民身份号码"], second["核实要点"]) == (MAN, "日期 2026-09-01")
    assert first["数据所见日期"] == dt.datetime.combine(AS_OF, dt.time())
    shown = str(list(openpyxl.load_workbook(_file(home, ticket))["点对点查看"].values))
    assert "蒙KB9999" not in shown
    assert "孙丽" in shown and "哪一辆车" in shown and TOWNSHIP in shown


def test_file_and_folder_are_for_their_owner_alone(home: Home) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD)
    _answer(home, ticket)
    path = _file(home, ticket)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_act_is_in_the_audit_ledger_without_names_or_numbers_of_the_family(home: Home) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD)
    _answer(home, ticket, day(19))
    intent, entry = audit.entries(home)
    assert (intent.kind, entry.kind, entry.by, entry.at) == ("clarification_intended", "unmasked", "王主任", NOW)
    assert intent.fields.items() <= entry.fields.items()
    assert entry.fields == {
        "ticket_id": ticket.ticket_id,
        "office": TOWNSHIP,
        "requested_on": "2026-11-05",
        "answered_on": "2026-11-19",
        "file": f"lake/disclosures/{TOWNSHIP}/{ticket.ticket_id}_2026-11-05.xlsx",
        "file_sha256": sha256(_file(home, ticket)),
        "items": [1, 2],
    }
    ledger = home.audit.read_text(encoding="utf-8")
    assert not [private for private in (WOMAN, MAN, "王秀英", "蒙KA1234") if private in ledger]
    assert audit.problems(home) == []


def test_the_next_check_takes_the_answer_from_the_ledger(home: Home) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD)
    _answer(home, ticket, day(19))
    (report,) = _clarifications(home)
    assert (report.feed, report.ticket_id, report.on) == ("clarification_answers", ticket.ticket_id, day(19))
    assert (report.text("requested_on"), report.text("answered_by")) == ("2026-11-05", "王主任")


def test_nothing_unmasked_is_said(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD)
    arguments = ["clarify", ticket.ticket_id, "--by", "王主任", "--on", "2026-11-19", "--home", str(home.root)]
    assert cli.main(arguments) == 0
    said = "".join(capsys.readouterr())
    assert "共 2 项" in said
    assert not re.search(r"\d{17}", said)
    assert "王秀英" not in said
    assert cli.main(arguments) == 2


def test_a_second_answer_is_refused_and_says_who_gave_the_first(home: Home) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD)
    _answer(home, ticket, day(19))
    before = _file(home, ticket).read_bytes()
    with pytest.raises(WrongUseError) as refused:
        _answer(home, ticket)
    assert refused.value.code == "already_answered"
    assert "王主任" in refused.value.zh and "2026-11-19" in refused.value.zh
    assert len(audit.entries(home)) == 2, "an intent and an act"
    assert _file(home, ticket).read_bytes() == before


def test_an_answer_that_the_last_check_knows_is_refused_too(home: Home) -> None:
    county, ticket = _county()
    ticket.matters[0].answer(day(8), "陈主任", "answered", "", AS_OF)
    county.publish(home, CAR, DEAD)
    with pytest.raises(WrongUseError, match="陈主任"):
        _answer(home, ticket)


def test_the_oldest_request_is_answered_first(home: Home) -> None:
    county, ticket = _county()
    county.ask(ticket, "clarification", TOWNSHIP, day(2), "是否同一人")
    county.publish(home, CAR, DEAD)
    assert "本单另有 1 件" in _answer(home, ticket)
    assert _file(home, ticket, day(2)).is_file()
    _answer(home, ticket)
    assert _file(home, ticket).is_file()


def test_nothing_is_shown_without_a_request(home: Home) -> None:
    county, _ = _county()
    county.publish(home, CAR, DEAD)
    with pytest.raises(WrongUseError) as refused:
        _answer(home, list(county.tickets.values())[1])
    assert refused.value.code == "no_request"
    assert not (home.lake / "disclosures").exists()
    assert audit.entries(home) == []


@pytest.mark.parametrize(
    ("ticket_id", "by", "on", "code"),
    [
        ("150626-20261020-ffffffffff", "王主任", None, "ticket_unknown"),
        (None, "  ", None, "name_missing"),
        (None, WOMAN, None, "name_missing"),
        (None, "王主任", day(4), "answer_day"),
        (None, "王主任", day(22), "answer_day"),
    ],
)
def test_wrong_use_is_refused_in_words(
    home: Home, ticket_id: str | None, by: str, on: dt.date | None, code: str
) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD)
    with pytest.raises(WrongUseError) as refused:
        clarify(home, ticket_id or ticket.ticket_id, by, on, NOW)
    assert refused.value.code == code
    assert WOMAN not in str(refused.value)
    assert audit.entries(home) == []


def test_before_the_first_check_there_is_nothing_to_answer(home: Home) -> None:
    with pytest.raises(WrongUseError) as refused:
        clarify(home, "150626-20261020-0000000001", "王主任", None, NOW)
    assert refused.value.code == "not_checked"
    assert not home.lake.exists()


def test_where_consent_has_lapsed_the_departments_record_stays_closed(home: Home) -> None:
    county, ticket = _county()
    county.publish(home, DEAD, admitted=False)
    _answer(home, ticket)
    car, dead = _cells(_file(home, ticket))
    assert (car["公民身份号码"], car["核实要点"], car["说明"]) == (None, None, LAPSED)
    assert dead["公民身份号码"] == MAN  # no economic record: needs no authorisation


def test_an_item_gone_from_todays_data_is_shown_as_it_was_recorded_last(home: Home) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD, as_of=day(10))
    county.publish(home, DEAD)
    _answer(home, ticket)
    car, dead = _cells(_file(home, ticket))
    assert (car["公民身份号码"], car["数据所见日期"]) == (WOMAN, dt.datetime(2026, 11, 10))
    assert dead["数据所见日期"] == dt.datetime(2026, 11, 20)


def test_what_cannot_be_put_on_record_is_not_shown(home: Home) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD)
    home.audit.parent.mkdir(parents=True)
    home.audit.write_text("{}\n")
    with pytest.raises(CheckStoppedError):
        _answer(home, ticket)
    assert list(home.lake.rglob("*.xlsx*")) == []


def test_no_piece_of_it_passes_through_the_folder_for_temporary_files(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    county, ticket = _county()
    county.publish(home, CAR, DEAD)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "there is no such folder"))
    _answer(home, ticket)
    assert _file(home, ticket).is_file()
