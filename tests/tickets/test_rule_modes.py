"""Counts gathered for shadow and brake: from tickets, earlier check dates, sign-offs and the policy of each county."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from assets.audit import append
from assets.county_policy import CountyPolicy, resolve_counties
from assets.home import Home
from assets.rule_modes import MODES, modes_of, signed_off
from policy.policy import PolicyBook
from rules.findings import ALL, BY_CODE
from rules.tickets.state import FindingOnTicket, ItemOnTicket, Ticket

COUNTY, OTHER = "150626", "360202"
AS_OF = dt.date(2026, 11, 20)
RULE, HELP = "undeclared_vehicle", "unsafe_water"
NOW = "2026-11-20T09:00:00+08:00"
POLICY = """area: "150626"
label: 乌审旗
parameters:
  shadow.floor:
    - {from: 2026-01-01, value: {verify: 0.2}, basis: 本局, status: local}
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def policy(tmp_path: Path) -> CountyPolicy:
    """A floor for verify rules in one county, none elsewhere; all else as shipped."""
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "150626.yaml").write_text(POLICY, encoding="utf-8")
    return resolve_counties(PolicyBook.load(tmp_path / "policy"), [COUNTY, OTHER, "9"], AS_OF)


def results(hits: int = 1, no_hit: int = 99, suppressed: int = 0, county: str = COUNTY) -> pl.DataFrame:
    """Results of one rule, and of a help rule that was not checked."""
    rows = [
        (county, RULE, "hit", None, hits),
        (county, RULE, "suppressed", None, suppressed),
        (county, RULE, "no_hit", None, no_hit),
        (county, RULE, "not_checked", "not_admitted", 1000),
        (county, HELP, "not_checked", "feed_missing", hits + no_hit),
    ]
    schema = {
        "county": pl.String, "rule": pl.String, "result": pl.String, "reason": pl.String, "households": pl.Int64
    }  # fmt: skip
    return pl.DataFrame([row for row in rows if row[-1]], schema=schema, orient="row")


def publish(home: Home, day: dt.date, name: str, frame: pl.DataFrame) -> None:
    """A published check date with one frame in its partition."""
    home.check(day).mkdir(parents=True, exist_ok=True)
    frame.write_parquet(home.check(day) / f"{name}.parquet")
    home.publication(day).mkdir(parents=True, exist_ok=True)
    (home.publication(day) / "manifest.json").write_text("{}", encoding="utf-8")


def tickets(
    n: int, outcome: str = "no_issue", version: str = "1", rule: str = RULE, county: str = COUNTY
) -> list[Ticket]:
    found = []
    for number in range(n):
        ticket = Ticket(
            f"{county}-20260820-{number:010x}", f"H{number}", "verify", county, f"{county}100000", "低保", "", "", "county",
            AS_OF, AS_OF, 20, "calendar_days", True, False, "", AS_OF, status="closed", closed_on=AS_OF, outcome=outcome,
        )  # fmt: skip
        ticket.items[(rule, "a")] = ItemOnTicket(rule, "a", AS_OF, 1)
        ticket.findings[rule] = FindingOnTicket(rule, "orange", AS_OF, payload={"rule_version": version})
        found.append(ticket)
    return found


def test_every_county_and_rule_has_one_row_in_the_order_of_the_rules(home: Home, policy: CountyPolicy) -> None:
    today = pl.concat([results(county=OTHER), results(), results(county="9")])
    modes = modes_of(home, AS_OF, today, policy, [], ())
    assert modes.frame.schema == pl.Schema(MODES)
    expected = [(county, rule.code) for county in (COUNTY, OTHER) for rule in ALL]
    assert modes.frame.select("county", "rule").rows() == expected
    assert set(modes.frame["mode"]) == {"normal"}
    assert modes.frame["reason_zh"].null_count() == modes.frame.height
    row = modes.frame.row(by_predicate=(pl.col("county") == COUNTY) & (pl.col("rule") == RULE), named=True)
    assert (row["hits"], row["checked"], row["share"], row["floor"]) == (1, 100, 0.01, 0.2)
    assert modes.mode("440106", RULE) == "normal"


@pytest.mark.parametrize(
    ("closed", "mode"),
    [
        (tickets(30), "shadow"),
        (tickets(29), "normal"),
        (tickets(29) + tickets(1, county=OTHER), "normal"),
        (tickets(29) + tickets(1, version="0"), "normal"),
        (tickets(29) + tickets(1, rule="identity_mismatch"), "normal"),
        (tickets(27) + tickets(3, "moved"), "normal"),
    ],
)
def test_cases_are_those_of_the_county_the_rule_and_its_version(
    home: Home, policy: CountyPolicy, closed: list[Ticket], mode: str
) -> None:
    modes = modes_of(home, AS_OF, results(), policy, closed, ())
    assert modes.mode(COUNTY, RULE) == mode
    row = modes.frame.row(by_predicate=pl.col("rule") == RULE, named=True)
    assert bool(row["reason_zh"]) == bool(row["reason_en"]) == (mode != "normal")


def test_a_new_version_of_the_rule_leaves_the_shadow(
    home: Home, policy: CountyPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tickets(40)
    assert modes_of(home, AS_OF, results(), policy, closed, ()).mode(COUNTY, RULE) == "shadow"
    newer = tuple(replace(rule, version="2") if rule.code == RULE else rule for rule in ALL)
    monkeypatch.setattr("assets.rule_modes.ALL", newer)
    monkeypatch.setattr("assets.rule_modes.BY_CODE", {rule.code: rule for rule in newer})
    assert modes_of(home, AS_OF, results(), policy, closed, ()).mode(COUNTY, RULE) == "normal"


def test_a_county_or_direction_without_a_floor_has_no_shadow(home: Home, policy: CountyPolicy) -> None:
    closed = tickets(40, county=OTHER) + tickets(40, rule=HELP)
    modes = modes_of(home, AS_OF, pl.concat([results(), results(county=OTHER)]), policy, closed, ())
    assert set(modes.by_rule.values()) == {"normal"}
    assert modes.frame.filter(rule=HELP)["floor"].null_count() == 2


def test_a_jump_is_held_until_a_named_person_signs_it_off_for_that_date_and_county(
    home: Home, policy: CountyPolicy
) -> None:
    for month in (8, 9, 10):
        publish(home, dt.date(2026, month, 20), "rule_results", results(1, 98, suppressed=1))
    jump = results(15, 70, suppressed=15)
    held = modes_of(home, AS_OF, jump, policy, [], ())
    row = held.frame.row(by_predicate=pl.col("rule") == RULE, named=True)
    assert (row["mode"], row["hits"], row["checked"]) == ("held", 30, 100)
    assert (row["share"], row["usual_share"], row["limit_share"]) == (0.3, 0.02, 0.1)
    assert "签认" in row["reason_zh"]
    for rule, area, day in ((HELP, COUNTY, AS_OF), (RULE, OTHER, AS_OF), (RULE, COUNTY, dt.date(2026, 10, 20))):
        fields = {"rule": rule, "area": area, "as_of": day.isoformat(), "reason": ""}
        append(home, "signed_off", "某负责人", NOW, fields)
    assert modes_of(home, AS_OF, jump, policy, [], signed_off(home)).mode(COUNTY, RULE) == "held"
    append(home, "published", "shouwang", NOW, {"rule": RULE, "area": COUNTY, "as_of": AS_OF.isoformat()})
    assert modes_of(home, AS_OF, jump, policy, [], signed_off(home)).mode(COUNTY, RULE) == "held"
    append(
        home, "signed_off", "某负责人", NOW, {"rule": RULE, "area": COUNTY, "as_of": AS_OF.isoformat(), "reason": ""}
    )
    released = modes_of(home, AS_OF, jump, policy, [], signed_off(home))
    assert released.mode(COUNTY, RULE) == "signed_off"
    assert released.frame.filter(rule=RULE)["is_signed_off"].item()


def test_held_dates_do_not_become_usual_and_signed_off_ones_do(home: Home, policy: CountyPolicy) -> None:
    for month in (7, 8, 9):
        publish(home, dt.date(2026, month, 20), "rule_results", results())
    before = dt.date(2026, 10, 20)
    first = modes_of(home, before, results(40, 60), policy, [], ())
    assert first.mode(COUNTY, RULE) == "held"
    publish(home, before, "rule_modes", first.frame)
    assert modes_of(home, AS_OF, results(40, 60), policy, [], ()).mode(COUNTY, RULE) == "held"
    publish(
        home, before, "rule_modes", modes_of(home, before, results(40, 60), policy, [], {(RULE, COUNTY, before)}).frame
    )
    assert modes_of(home, AS_OF, results(40, 60), policy, [], ()).mode(COUNTY, RULE) == "normal"


def test_dates_not_published_and_later_ones_do_not_count(home: Home, policy: CountyPolicy) -> None:
    for month in (8, 9, 10, 12):
        publish(home, dt.date(2026, month, 20), "rule_results", results())
    assert modes_of(home, AS_OF, results(40, 60), policy, [], ()).mode(COUNTY, RULE) == "held"
    (home.publication(dt.date(2026, 10, 20)) / "manifest.json").unlink()
    assert modes_of(home, AS_OF, results(40, 60), policy, [], ()).mode(COUNTY, RULE) == "normal"
    publish(home, dt.date(2026, 10, 20), "households", results())
    (home.check(dt.date(2026, 10, 20)) / "rule_results.parquet").unlink()
    assert modes_of(home, AS_OF, results(40, 60), policy, [], ()).mode(COUNTY, RULE) == "normal"


def test_before_the_first_policy_nothing_is_held_or_in_shadow(home: Home, tmp_path: Path) -> None:
    day = dt.date(1999, 6, 1)
    nothing = resolve_counties(PolicyBook.load(tmp_path / "policy"), [COUNTY], day)
    for month in (1, 2, 3):
        publish(home, dt.date(1999, month, 1), "rule_results", results())
    assert modes_of(home, day, results(40, 60), nothing, tickets(40), ()).mode(COUNTY, RULE) == "normal"


def test_the_same_inputs_give_the_same_frame(home: Home, policy: CountyPolicy) -> None:
    closed = tickets(30) + tickets(5, "moved")
    one = modes_of(home, AS_OF, results(), policy, closed, ())
    two = modes_of(home, AS_OF, results().sample(fraction=1, shuffle=True, seed=1), policy, closed[::-1], ())
    assert one.frame.equals(two.frame)
    assert set(one.by_rule) == {(COUNTY, code) for code in BY_CODE}
