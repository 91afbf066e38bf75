"""A small hand-made check date: three households, their tickets, their frames in a lake partition."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.county_policy import resolve_counties
from assets.deliveries import Delivery, Stock, set_aside_path
from assets.findings import ITEM_SCHEMA
from assets.home import Home
from assets.households import AID
from assets.landing import LandingFile, Unusable
from assets.ledger import Ledger
from assets.publication.database import database_aside, replace_database
from assets.publication.files import rejected_rows
from assets.publication.inputs import Inputs
from assets.publication.pseudonyms import Pseudonyms, load_key
from assets.publication.tables.makers import MAKERS, make_table
from assets.reading.delivery import SET_ASIDE_SCHEMA
from assets.rule_modes import MODES
from assets.ticket_state import EVENTS, FINDINGS, ITEMS, MATTERS, TICKETS
from policy.policy import PolicyBook

AS_OF = dt.date(2026, 11, 20)
# Made up; check digits are right (tests/oracle/cells.py knows the rule), no such person is meant.
WOMAN, MAN, CHILD = "150626197003040021", "15062619480101101X", "150626201505050033"
OWN_CAR = {
    "person": "150626********0021",
    "person_name": "王秀英",
    "plate_no": "蒙KA1234",
    "vehicle_type": "K33",
    "first_registered_on": "2024-05-06",
}


def _finding(rule: str, label: str, items: list[dict[str, Any]], **figures: Any) -> dict[str, Any]:
    return {
        "rule": rule,
        "rule_version": "1",
        "label_zh": label,
        "severity": "orange",
        "since": "2026-11-20",
        "items": items,
        "declared": None,
        "observed": len(items),
        "limit": None,
        "unit": "",
        "missing_records": [],
        "feeds": [{"feed": "vehicles", "data_date": "2026-11-15", "department": "公安交管"}],
        "parameters": [
            {
                "name": "vehicle.exempt_types",
                "value": ["M", "N", "T"],
                "from": "2000-01-01",
                "basis": "本项目默认",
                "status": "assumed",
            }
        ],
        "explanation_zh": f"{label}: 以上为比对线索, 待核实, 不作认定。",
        **figures,
    }


def _ticket(number: str, household: str, **fields: Any) -> dict[str, Any]:
    return {
        "ticket_id": number,
        "as_of": "2026-11-20",
        "change": "opened",
        "status": "opened",
        "direction": "verify",
        "severity": "orange",
        "household_id": household,
        "programme": "低保",
        "applicant_name": "王秀英",
        "applicant_id_masked": "150626********0021",
        "township_code": "150626100000",
        "county_code": "150626",
        "owner": "county",
        "opened_on": "2026-11-20",
        "due_on": "2026-12-10",
        "deadline_days": 20,
        "deadline_unit": "calendar_days",
        "deadline_provisional": False,
        "overdue_days": 0,
        "findings": [_finding("undeclared_vehicle", "名下有未申报机动车", [OWN_CAR], declared=0, unit="辆")],
        "withdrawn": [],
        **fields,
    }


EARNINGS = _finding(
    "undeclared_earnings",
    "收入高于申报",
    [{"person": "150626********0021", "person_name": "王秀英", "payer": "某公司", "income_item": "工资薪金",
      "amount": 36000.5, "months": 12}],
    declared=12000.0, observed=36000.5, limit=13200.0, unit="元/年", severity="yellow",
)  # fmt: skip

OBJECTS = [
    _ticket("150626-20261120-00000000b2", "H2", direction="help", township_code="150626101000",
            findings=[_finding("unsafe_water", "饮水不安全", [{"grade": "否", "on": "2026-03-28"}])]),
    _ticket("150626-20261120-00000000a1", "15062600000000000001", due_on="2027-01-04", deadline_provisional=True,
            findings=[*_ticket("x", "y")["findings"], EARNINGS]),
    _ticket("150626-20260820-00000000c3", "H3", opened_on="2026-08-20", due_on="2026-09-09", change="closed",
            status="closed", findings=[],
            withdrawn=[{"rule": "undeclared_vehicle", "label_zh": "名下有未申报机动车", "since": "2026-08-20",
                        "withdrawn_on": "2026-10-20"}]),
]  # fmt: skip


@pytest.fixture
def objects() -> list[dict[str, Any]]:
    """Two open tickets in two townships and one that was closed on this date."""
    return copy.deepcopy(OBJECTS)


HOUSEHOLDS = {
    "household_id": ["15062600000000000001", "H2", "H3"],
    "main_program": ["低保", "低保边缘", "特困"],
    "applicant_id": [WOMAN, MAN, CHILD],
    "township_code": ["150626100000", "150626101000", "9"],
    "county": ["150626", "150626", "9"],
    "coverage": ["150626", "150626", "150626"],
    "is_township_valid": [True, True, False],
    "category": ["A", None, None],
    "urban_rural": ["城市", "农村", "农村"],
    "persons_covered": [2, 1, 1],
    "started_on": [dt.date(2020, 1, 1)] * 3,
    "programmes": [1 | 16, 4, 2],
    "active_members": [2, 1, 1],
    "is_admitted": [True, True, False],
    "p_minor_age": [16, 16, 16],
    "p_retirement_age": [60, 60, 60],
    "p_standard_fen": [81500, 61500, None],
}
MEMBERS = {
    "household_id": ["15062600000000000001", "15062600000000000001", "H2", "H3"],
    "person_id": [WOMAN, CHILD, MAN, CHILD],
    "name": ["王秀英", "王小明", "阿", None],
    "name_key": ["王秀英", "王小明", "阿", ""],
    "county": ["150626", "150626", "150626", "9"],
    "coverage": ["150626"] * 4,
    "is_admitted": [True, True, True, False],
}


def _item(rule: str, household: str, key: str, state: str, ticket: str | None, **fields: Any) -> dict[str, Any]:
    blank = {**dict.fromkeys(ITEM_SCHEMA), "heads": 2}
    return {
        **blank,
        "rule": rule,
        "household_id": household,
        "item_key": key,
        **fields,
        "state": state,
        "ticket_id": ticket,
    }


ITEM_STATES = [
    _item("undeclared_vehicle", "15062600000000000001", "蒙KA1234", "new", OBJECTS[1]["ticket_id"], person_id=WOMAN,
          plate_no="蒙KA1234", vehicle_type="K33", declared=0),
    _item("undeclared_earnings", "15062600000000000001", f"{WOMAN}|某公司|工资薪金", "new", OBJECTS[1]["ticket_id"],
          person_id=WOMAN, payer="某公司", income_item="工资薪金", amount_fen=3600050, months=12, declared=1200000,
          observed=3600050, limit=1320000_000000),
    _item("undeclared_property", "15062600000000000001", "U1", "suppressed", None, unit_no="U1", usage="住宅",
          area_m2_e4=801234, share_e6=500000, declared=1),
    _item("unsafe_water", "H2", "否", "new", OBJECTS[0]["ticket_id"], grade="否", on=dt.date(2026, 3, 28)),
    _item("poverty_return_risk", "H2", "housing_safety,water_safety", "new", OBJECTS[0]["ticket_id"],
          factors="housing_safety,water_safety", observed=2, limit=2),
]  # fmt: skip


def _tickets() -> pl.DataFrame:
    rows = []
    for ticket in OBJECTS:
        row = {name: ticket.get(name) for name in TICKETS}
        row |= {"applicant_id": WOMAN, "roll_forward": True, "deadline_basis": "x", "last_seq": 1}
        row |= {name: dt.date.fromisoformat(ticket[name]) for name in ("opened_on", "due_on")}
        if ticket["status"] == "closed":
            row |= {"closed_on": dt.date(2026, 11, 18), "outcome": "change_confirmed"}
        rows.append(row)
    return pl.DataFrame(rows, schema=TICKETS)


def _ticket_findings() -> pl.DataFrame:
    finding = {"rule": "undeclared_vehicle", "severity": "orange", "payload": '{"rule_version": "1"}'}
    rows = [
        {
            **dict.fromkeys(FINDINGS),
            **finding,
            "ticket_id": o["ticket_id"],
            "since": dt.date.fromisoformat(o["opened_on"]),
        }
        for o in OBJECTS
    ]
    return pl.DataFrame(rows, schema=FINDINGS)


RULE_RESULTS = {
    "county": ["150626"] * 2, "rule": ["unsafe_water"] * 2, "result": ["hit", "not_checked"],
    "reason": [None, "feed_stale"], "households": [1, 2],
}  # fmt: skip
AID_ROWS = [("15062600000000000001", "低保", dt.date(2020, 1, 1), None, 81500)]


def _ticket_matters() -> pl.DataFrame:
    """An objection without answer, and a referral that was answered."""
    blank = dict.fromkeys(MATTERS)
    common = {"opened_by": "李四光", "known_on": AS_OF, "answered_by": "", "result": "", "note": ""}
    rows = [
        {**blank, **common, "ticket_id": OBJECTS[1]["ticket_id"], "kind": "objection", "matter_key": "1|2026-11-15",
         "subject": "1", "opened_on": dt.date(2026, 11, 15), "text": f"车已过户, 见 {WOMAN}"},
        {**blank, **common, "ticket_id": OBJECTS[0]["ticket_id"], "kind": "referral", "matter_key": "housing",
         "subject": "housing", "opened_on": dt.date(2026, 11, 10), "text": "修缮", "answered_on": dt.date(2026, 11, 18),
         "answered_by": "王秀英", "result": "supported", "note": f"已修 {WOMAN}", "answered_known_on": AS_OF},
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=MATTERS)


def _rule_modes() -> pl.DataFrame:
    """One rule that opens tickets and one in shadow."""
    figures = {
        "county": "150626",
        "rule_version": "1",
        "hits": 1,
        "checked": 3,
        "share": 0.333333,
        "is_signed_off": False,
    }
    rows = [
        {**figures, "rule": "undeclared_vehicle", "mode": "normal", "cases": 1, "confirmed": 1},
        {**figures, "rule": "unsafe_water", "mode": "shadow", "cases": 60, "confirmed": 0, "reason_zh": "低于下限"},
    ]
    return pl.DataFrame([{**dict.fromkeys(MODES), **row} for row in rows], schema=MODES)


def _write_lake(folder: Path) -> None:
    """The partition of the check date, as assets/facts.py and assets/tickets.py leave it."""
    frames = {
        "households": pl.DataFrame(HOUSEHOLDS),
        "members": pl.DataFrame(MEMBERS),
        "item_states": pl.DataFrame(
            ITEM_STATES, schema={**ITEM_SCHEMA, "state": pl.String, "ticket_id": pl.String}
        ),
        "rule_results": pl.DataFrame(RULE_RESULTS),
        "rule_modes": _rule_modes(),
        "tickets": _tickets(),
        "ticket_findings": _ticket_findings(),
        "ticket_matters": _ticket_matters(),
        "aid": pl.DataFrame(AID_ROWS, schema=AID, orient="row"),
        "ticket_items": pl.DataFrame(
            [(o["ticket_id"], "undeclared_vehicle", "蒙KA1234", dt.date.fromisoformat(o["opened_on"]), 1) for o in OBJECTS],
            schema=ITEMS, orient="row",
        ),
        "ticket_events": pl.DataFrame(
            [(OBJECTS[2]["ticket_id"], 2, "closed", AS_OF, "李四光", f"见 {WOMAN}", AS_OF),
             (OBJECTS[1]["ticket_id"], 1, "opened", AS_OF, "shouwang", "", AS_OF)],
            schema=EVENTS, orient="row",
        ),
        "facts/income": pl.DataFrame(
            {"household_id": ["15062600000000000001"], "active_members": [2], "declared_earnings": [1200000],
             "observed_earnings": [3600050], "declared_pension": [0], "observed_pension": [0],
             "declared_transfer": [100], "countable_e6": [3240145_000000]}
        ),
        "facts/property_units": pl.DataFrame(
            {"household_id": ["15062600000000000001"] * 2, "person_id": [WOMAN, CHILD], "county": ["150626"] * 2,
             "unit_no": ["U1", "U1"], "usage": ["住宅"] * 2, "area_m2_e4": [801234] * 2, "share_e6": [500000, 250000]}
        ),
        "facts/labour": pl.DataFrame(
            {"household_id": MEMBERS["household_id"], "person_id": MEMBERS["person_id"],
             "labour_capacity": ["partial", "none", "none", "none"],
             "labour_willingness": ["unknown", None, None, None]}
        ),
        "facts/household_safety": pl.DataFrame(
            {"household_id": HOUSEHOLDS["household_id"], "housing_grade": [None, "D", "A"],
             "housing_surveyed_on": [None, dt.date(2026, 3, 28), dt.date(2026, 1, 2)], "water_safe": [None, "否", None],
             "water_surveyed_on": [None, dt.date(2026, 3, 28), None],
             "housing_safety": ["unknown", "unsafe", "safe"], "water_safety": ["unknown", "unsafe", "unknown"]}
        ),
        "facts/poverty_return_risk": pl.DataFrame(
            {"household_id": HOUSEHOLDS["household_id"], "poverty_return_risk": ["covered", "at_risk", "covered"],
             "factors": ["", "housing_safety,water_safety", ""], "unknown_factors": ["water_safety", "", ""]}
        ),
        "facts/registration": pl.DataFrame(
            {"household_id": MEMBERS["household_id"], "person_id": MEMBERS["person_id"],
             "has_record": [True, True, True, False]}
        ),
        "facts/certificates": pl.DataFrame(
            {"household_id": ["15062600000000000001"], "person_id": [WOMAN], "category": [4], "grade": [3]}
        ),
    }  # fmt: skip
    (folder / "facts").mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")


SET_ASIDE = [
    (2, "person_id", "id_check_digit", "150626********0022", None),
    (7, None, "duplicate_key", None, None),
]
OWN_ROW = '{"household_id": "H9", "person_id": "150626197003040022", "name": "=HYPERLINK(1)"}'


def _stock(home: Home, folder: Path) -> Stock:
    stock = Stock(home, AS_OF, folder, Ledger(home), lambda: "2026-11-20T00:00:00+08:00", PolicyBook.load())
    for number, (feed, rows) in enumerate(
        (
            ("tax", SET_ASIDE),
            ("household_members", [(3, "person_id", "id_check_digit", "150626********0022", OWN_ROW)]),
        ),
        start=1,
    ):
        path = home.landing / feed / "150626_20261115.csv"
        file = LandingFile(feed, dt.date(2026, 11, 15), 1, "150626", path.name, "csv", path)
        delivery = Delivery(number, 1, file, f"{number:064x}", 100, "accepted_with_errors", read=100, accepted=98,
                            set_aside=2, kept=40, rows_path=path)  # fmt: skip
        stock.deliveries[number] = delivery
        target = set_aside_path(home, delivery)
        target.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(rows, schema=SET_ASIDE_SCHEMA, orient="row").write_parquet(target)
    stock.unusable = [Unusable("bad_name", "tax/final version.xlsx")]
    return stock


def make_inputs(root: Path, unmasked: bool = False) -> Inputs:
    """Inputs over a lake partition below `root`."""
    home = Home(root)
    folder = home.check(AS_OF)
    _write_lake(folder)
    stock = _stock(home, folder)
    book = PolicyBook.load()
    feeds = ("disability", "person_surveys")
    return Inputs(
        home=home,
        folder=folder,
        as_of=AS_OF,
        stock=stock,
        rejected=rejected_rows(home, stock.deliveries.values()),
        policy=resolve_counties(book, ["150626", "9"], AS_OF),
        book=book,
        fresh=pl.DataFrame(
            {"coverage": ["150626"] * 2, "feed": feeds, "state": ["fresh"] * 2, "data_on": [dt.date(2026, 11, 1)] * 2}
        ),
        gaps=pl.DataFrame(
            {"household_id": ["H3", "H3", "H2"], "gap": ["authorisation_missing", "township_invalid", "declaration_missing"],
             "person_id": [CHILD, None, None]},
            schema={"household_id": pl.String, "gap": pl.String, "person_id": pl.String},
        ),
        objects=copy.deepcopy(OBJECTS),
        pseudonyms=Pseudonyms(load_key(home), unmasked),
    )  # fmt: skip


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """The hand-made check date, masked."""
    return make_inputs(tmp_path / "home")


def build_tables(inputs: Inputs) -> dict[str, pl.DataFrame]:
    """All tables at once; publication makes them one by one to keep memory small."""
    return {name: make_table(name, inputs) for name in MAKERS}


def publish_database(inputs: Inputs) -> None:
    """Build the database and put it in place, as a publication does."""
    with database_aside(inputs) as aside:
        replace_database(inputs.home, aside)
