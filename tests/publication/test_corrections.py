"""Correction requests: each department hears of its own records that a family disputes or a person found wrong."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from assets.deliveries import Delivery, Stock
from assets.home import Home
from assets.landing import LandingFile
from assets.ledger import Ledger
from assets.publication.corrections import FACTOR_FEEDS, Corrections, write_corrections
from data_contracts.publications import published
from policy.policy import PolicyBook
from rules.tickets.state import Ticket
from tests.publication.follow_up import AS_OF, WOMAN, County, day

CAR = {"person": "150626********0021", "person_name": "王秀英", "plate_no": "蒙KA1234", "vehicle_type": "K33"}


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    """Deliveries of two dates, one of them for the whole prefecture, one replaced by a correction."""
    home = Home(tmp_path / "home")
    stock = Stock(home, AS_OF, home.check(AS_OF), Ledger(home), lambda: "", PolicyBook.load())
    files = [
        ("vehicles", day(15), 1, "150626"),
        ("vehicles", day(15), 2, "150626"),
        ("vehicles", day(15), 1, "1506"),
        ("vehicles", day(17), 1, "150626"),
        ("tax", day(10), 1, "1506"),
        ("disability", day(12), 1, "150626"),
        ("pensions", day(12), 1, "150627"),
    ]
    for number, (feed, data_on, n, area) in enumerate(files, start=1):
        name = f"{area}_{data_on:%Y%m%d}_{n}.csv"
        file = LandingFile(feed, data_on, n, area, name, "csv", tmp_path / name)
        place = len(stock.of_feed(feed)) + 1
        stock.deliveries[number] = Delivery(number, place, file, "", 1, "accepted")
    return stock


def _rows(stock: Stock, county: County, *closed: Ticket) -> dict[str, list[dict[str, Any]]]:
    return Corrections(stock, county.tickets, frozenset(t.ticket_id for t in closed)).by_feed()


def _disputed(**fields: Any) -> County:
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    county.show(ticket, "undeclared_vehicle", CAR, ("vehicles", "2026-11-15"))
    county.ask(ticket, "objection", "1", day(12), f"已于八月过户 {WOMAN}", **fields)
    return county


def test_an_objection_goes_to_the_department_with_file_item_and_what_the_family_says(stock: Stock) -> None:
    (row,) = _rows(stock, _disputed())["vehicles"]
    assert (row["reason"], row["reason_zh"], row["since_on"]) == ("objection", "家庭提出异议", day(12))
    assert (row["department_zh"], row["file"], row["data_date"]) == (
        "公安交管", "vehicles/150626_20261115_2.csv", day(15),
    )  # fmt: skip
    assert row["item"] == "号牌号码 蒙KA1234;车辆类型 K33"
    assert (row["person"], row["person_name"]) == ("150626********0021", "王秀英")
    assert row["statement"] == "已于八月过户 150626********0021"


def test_it_goes_once_on_the_check_date_on_which_it_became_known(stock: Stock) -> None:
    assert _rows(stock, _disputed(known_on=day(15))) == {}


def test_every_item_of_a_ticket_closed_as_wrong_data_goes_to_its_department(stock: Stock) -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle", "undeclared_earnings")
    county.show(ticket, "undeclared_vehicle", CAR, ("vehicles", "2026-11-17"))
    earned = {
        "person": "150626********0021",
        "payer": "某公司",
        "income_item": "工资薪金",
        "amount": 36000.5,
        "months": 12,
    }
    county.show(ticket, "undeclared_earnings", earned, ("tax", "2026-11-10"))
    county.close(ticket, "data_error", day(18))
    rows = _rows(stock, county, ticket)
    assert {feed: [r["item_no"] for r in listed] for feed, listed in rows.items()} == {"tax": [2], "vehicles": [1]}
    assert rows["tax"][0]["file"] == "tax/1506_20261110_1.csv"
    assert {r["reason"] for listed in rows.values() for r in listed} == {"data_error"}
    assert _rows(stock, county) == {}


def test_what_came_onto_the_ticket_after_the_closing_was_not_judged(stock: Stock) -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    county.show(ticket, "undeclared_vehicle", CAR, ("vehicles", "2026-11-17"))
    ticket.put_on("undeclared_vehicle", "another car", day(19))
    county.close(ticket, "data_error", day(18))
    assert [row["item_no"] for row in _rows(stock, county, ticket)["vehicles"]] == [1]


def test_civil_affairs_own_lists_are_corrected_at_home(stock: Stock) -> None:
    county = County()
    ticket = county.open(1, "unsafe_housing", "enrolled_twice")
    county.show(ticket, "unsafe_housing", {"grade": "C"}, ("household_surveys", "2026-11-01"))
    county.show(ticket, "enrolled_twice", {"households": ["H2"]}, ("assistance_roster", "2026-11-01"))
    county.ask(ticket, "objection", "1", day(12))
    county.ask(ticket, "objection", "2", day(12))
    assert _rows(stock, county) == {}


def test_of_a_risk_each_department_sees_the_factors_of_its_own_records(stock: Stock) -> None:
    county = County()
    ticket = county.open(1, "poverty_return_risk", direction="help")
    factors = {"factors": ["labour_capacity", "housing_safety"]}
    feeds = [("disability", "2026-11-12"), ("household_surveys", "2026-11-01"), ("tax", "2026-11-10")]
    county.show(ticket, "poverty_return_risk", factors, *feeds)
    county.ask(ticket, "objection", "1", day(12))
    rows = _rows(stock, county)
    assert list(rows) == ["disability"]
    assert rows["disability"][0]["item"] == "风险因素 全体成员无或部分丧失劳动能力"


def test_every_factor_has_its_records() -> None:
    from assets.evidence import FACTOR_ZH

    assert set(FACTOR_FEEDS) == set(FACTOR_ZH)


def test_an_item_gone_from_todays_data_is_shown_as_it_was_published(stock: Stock) -> None:
    county = _disputed()
    county.publish(stock.home, as_of=day(16))
    (ticket,) = county.tickets.values()
    ticket.put_on("undeclared_vehicle", "another car", day(20))
    other = {**CAR, "plate_no": "蒙KB9999"}
    county.show(ticket, "undeclared_vehicle", other, ("vehicles", "2026-11-17"), key="another car")
    (row,) = _rows(stock, county)["vehicles"]
    assert (row["item_no"], row["data_date"]) == (1, day(15))
    assert "蒙KA1234" in row["item"]


def test_an_item_nobody_shows_any_more_still_names_rule_and_department(stock: Stock) -> None:
    county = County()
    ticket = county.open(1, "undeclared_vehicle")
    county.ask(ticket, "objection", "1", day(12))
    (row,) = _rows(stock, county)["vehicles"]
    assert (row["label_zh"], row["item"], row["file"]) == ("名下有未申报机动车", None, None)


def test_the_file_is_for_spreadsheets(stock: Stock, tmp_path: Path) -> None:
    county = _disputed()
    (ticket,) = county.tickets.values()
    ticket.matters[0].text = "=HYPERLINK(1)"
    assert write_corrections(stock, county.tickets, [], tmp_path / "corrections") == {"vehicles.csv": 1}
    path = tmp_path / "corrections" / "vehicles.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert list(row) == [column.name for column in published("correction_requests").columns]
    assert row["statement"] == "'=HYPERLINK(1)"
    assert row["since_on"] == "2026-11-12"


def test_nothing_to_correct_gives_no_file(stock: Stock, tmp_path: Path) -> None:
    assert write_corrections(stock, {}, [], tmp_path / "corrections") == {}
    assert not (tmp_path / "corrections").exists()
