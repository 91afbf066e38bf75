"""How rules do: rule_precision, rule_precision_by_group, rule_modes."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter
from typing import Any

import polars as pl
import pytest

from assets.publication.inputs import Inputs
from assets.publication.tables.makers import make_table
from assets.ticket_state import finding_frame, item_frame, ticket_frame
from rules.tickets.precision import CONFIRMED, cases_of, recent_counts, wilson
from rules.tickets.state import FindingOnTicket, ItemOnTicket, Ticket
from tests.publication.conftest import AS_OF

VEHICLE, WATER = "undeclared_vehicle", "unsafe_water"
OPENED = dt.date(2026, 8, 20)


def row_of(table: pl.DataFrame, **where: object) -> dict[str, Any]:
    found = table.filter(**where)
    assert found.height == 1
    return found.row(0, named=True)


def ticket(number: int, **fields: Any) -> Ticket:
    """A ticket of an applicant born on 2000-02-29 with one finding of version 1."""
    values: dict[str, Any] = {
        "ticket_id": f"150626-20260820-{number:010x}", "household_id": f"H{number}", "direction": "verify",
        "county_code": "150626", "township_code": "150626100000", "programme": "低保",
        "applicant_id": "150626200002290021", "applicant_name": "", "owner": "county", "opened_on": OPENED,
        "issued_on": OPENED, "due_on": OPENED, "deadline_days": 20, "deadline_unit": "calendar_days",
        "roll_forward": True, "deadline_provisional": False, "deadline_basis": "", "status": "closed",
        "closed_on": AS_OF, "outcome": "no_issue", "has_disability": None,
    } | fields  # fmt: skip
    version = values.pop("version", "1")
    found = Ticket(**values)
    found.items[(VEHICLE, "a")] = ItemOnTicket(VEHICLE, "a", OPENED, 1)
    found.findings[VEHICLE] = FindingOnTicket(VEHICLE, "orange", OPENED, payload={"rule_version": version})
    return found


def tables(inputs: Inputs, listed: list[Ticket], without: str = "") -> dict[str, pl.DataFrame]:
    """The tables of a partition that holds these tickets; `without`: a column an older partition does not have."""
    by_number = {t.ticket_id: t for t in listed}
    frame = ticket_frame(by_number)
    (frame.drop(without) if without else frame).write_parquet(inputs.folder / "tickets.parquet")
    item_frame(by_number).write_parquet(inputs.folder / "ticket_items.parquet")
    finding_frame(by_number).write_parquet(inputs.folder / "ticket_findings.parquet")
    return {name: make_table(name, inputs) for name in ("rule_precision", "rule_precision_by_group")}


def test_precision_counts_a_closed_finding_once(inputs: Inputs) -> None:
    table = make_table("rule_precision", inputs)
    row = row_of(table, rule=VEHICLE, area="all")
    assert (row["settled"], row["confirmed"], row["not_confirmed"], row["open"]) == (1, 1, 0, 2)
    assert row["precision"] == 1.0
    assert row["precision_low"] == pytest.approx(0.206549, abs=1e-6)
    assert row["rule_versions"] == "1"
    assert row_of(table, rule=WATER, area="all")["rule_versions"] is None
    assert table.height == 30


def test_versions_are_named_in_one_table_and_told_apart_in_the_other(inputs: Inputs) -> None:
    made = tables(
        inputs,
        [
            ticket(1),
            ticket(2, version="2", outcome="moved"),
            ticket(3, version="3", status="opened", closed_on=None, outcome=None),
        ],
    )
    row = row_of(made["rule_precision"], rule=VEHICLE, area="150626")
    assert (row["settled"], row["confirmed"], row["open"], row["rule_versions"]) == (2, 1, 1, "1,2")
    groups = made["rule_precision_by_group"].filter(area="150626", dimension="all")
    assert groups.select("rule_version", "settled", "confirmed").rows() == [("1", 1, 0), ("2", 1, 1)]


@pytest.mark.parametrize(
    ("born", "opened_on", "band"),
    [
        ("20100821", dt.date(2026, 8, 20), "0-15"),
        ("20100820", dt.date(2026, 8, 20), "16-59"),
        ("19660821", dt.date(2026, 8, 20), "16-59"),
        ("19660820", dt.date(2026, 8, 20), "60-79"),
        ("19460821", dt.date(2026, 8, 20), "60-79"),
        ("19460820", dt.date(2026, 8, 20), "80+"),
        ("20260820", dt.date(2026, 8, 20), "0-15"),
        ("20260821", dt.date(2026, 8, 20), "unknown"),
        ("20000229", dt.date(2016, 2, 28), "0-15"),
        ("20000229", dt.date(2016, 2, 29), "16-59"),
        ("20000230", dt.date(2026, 8, 20), "unknown"),
        ("", dt.date(2026, 8, 20), "unknown"),
        ("E12345X8", dt.date(2026, 8, 20), "unknown"),
    ],
)  # fmt: skip
def test_the_age_is_that_of_the_applicant_on_the_day_of_opening(
    inputs: Inputs, born: str, opened_on: dt.date, band: str
) -> None:
    made = tables(inputs, [ticket(1, applicant_id=f"150626{born}0021" if born else "", opened_on=opened_on)])
    ages = made["rule_precision_by_group"].filter(area="all", dimension="age_band")
    assert ages["group_code"].to_list() == [band]


def test_groups_by_disability_and_programme(inputs: Inputs) -> None:
    listed = [
        ticket(1, has_disability=True), ticket(2, has_disability=False, outcome="moved"), ticket(3),
        ticket(4, programme=None, has_disability=True, outcome="moved"), ticket(5, programme="特困"),
    ]  # fmt: skip
    table = tables(inputs, listed)["rule_precision_by_group"].filter(area="150626")
    shown = table.select("dimension", "group_code", "group_zh", "settled", "confirmed")
    assert shown.filter(dimension="disability").drop("dimension").rows() == [
        ("unknown", "不详", 2, 0),
        ("with", "有有效残疾证成员", 2, 1),
        ("without", "无有效残疾证成员", 1, 1),
    ]
    assert shown.filter(dimension="programme").drop("dimension").sort("group_code").rows() == [
        ("unknown", "不详", 1, 1),
        ("低保", "低保", 3, 1),
        ("特困", "特困", 1, 0),
    ]


def test_a_partition_from_before_disability_was_kept_is_read(inputs: Inputs) -> None:
    table = tables(inputs, [ticket(1)], without="has_disability")["rule_precision_by_group"]
    assert table.filter(dimension="disability")["group_code"].unique().to_list() == ["unknown"]


def random_tickets(n: int, seed: int) -> list[Ticket]:
    """Tickets of all kinds: two counties, three versions, items that came after the closing, open ones."""
    rng = random.Random(seed)
    listed = []
    for number in range(n):
        is_open = rng.random() < 0.2
        outcome = None if is_open else rng.choice([*CONFIRMED, "no_issue", "data_error"])
        found = ticket(
            number, county_code=rng.choice(["150626", "360202"]), status="visited" if is_open else "closed",
            closed_on=None if is_open else OPENED + dt.timedelta(days=rng.randrange(60)), outcome=outcome,
            version=rng.choice(["1", "1", "2"]), has_disability=rng.choice([None, True, False]),
        )  # fmt: skip
        for key in "bc":
            rule, day = rng.choice([VEHICLE, WATER]), OPENED + dt.timedelta(days=rng.randrange(80))
            found.items[(rule, key)] = ItemOnTicket(rule, key, day, 2)
            found.findings.setdefault(rule, FindingOnTicket(rule, "orange", day, payload={"rule_version": "1"}))
        if rng.random() < 0.5:
            found.items.pop((VEHICLE, "a"))
        listed.append(found)
    return listed


@pytest.mark.parametrize("seed", range(5))
def test_tables_and_shadow_count_the_same_cases(inputs: Inputs, seed: int) -> None:
    listed = random_tickets(200, seed)
    made = tables(inputs, listed)
    cases = Counter((c.county_code, c.rule, c.rule_version, c.is_confirmed) for t in listed for c in cases_of(t))
    groups = made["rule_precision_by_group"].filter(pl.col("area") != "all")
    for dimension in ("all", "age_band", "disability", "programme"):
        summed = (
            groups.filter(dimension=dimension)
            .group_by("area", "rule", "rule_version")
            .agg(pl.col("confirmed", "not_confirmed").sum())
        )
        found = {row[:3]: row[3:] for row in summed.iter_rows()}
        expected = {key[:3]: (cases[(*key[:3], True)], cases[(*key[:3], False)]) for key in cases}
        assert found == expected
    counts = recent_counts(listed, AS_OF, {"150626": 1200, "360202": 1200})
    row = row_of(groups, area="150626", rule=VEHICLE, rule_version="1", dimension="all")
    count = counts[("150626", VEHICLE, "1")]
    assert (row["settled"], row["confirmed"]) == (count.cases, count.confirmed)
    assert (row["precision_low"], row["precision_high"]) == wilson(count.confirmed, count.cases)
    assert row["settled"] == row["confirmed"] + row["not_confirmed"] > 0


def test_the_table_of_all_versions_is_the_sum_of_the_groups(inputs: Inputs) -> None:
    made = tables(inputs, random_tickets(200, 9))
    by_version = (
        made["rule_precision_by_group"].filter(dimension="all").group_by("area", "rule").agg(pl.col("settled").sum())
    )
    whole = made["rule_precision"].filter(pl.col("settled") > 0).select("area", "rule", "settled")
    assert by_version.sort("area", "rule").equals(whole.sort("area", "rule"))


def test_modes_reach_back_over_published_dates_and_are_said_in_words(inputs: Inputs) -> None:
    earlier, unpublished, older = (dt.date(2026, month, 20) for month in (10, 9, 8))
    for day in (earlier, unpublished, older):
        inputs.home.check(day).mkdir(parents=True)
        if day != older:  # a date from before modes were kept
            inputs.lake("rule_modes").write_parquet(inputs.home.check(day) / "rule_modes.parquet")
        if day != unpublished:
            inputs.home.publication(day).mkdir(parents=True)
            (inputs.home.publication(day) / "manifest.json").write_text(json.dumps({}), encoding="utf-8")
    table = make_table("rule_modes", inputs)
    assert table["as_of"].unique().sort().to_list() == [earlier, AS_OF]
    row = row_of(table, as_of=AS_OF, rule=WATER)
    assert (row["county_code"], row["mode"], row["mode_zh"], row["reason_zh"]) == (
        "150626",
        "shadow",
        "影子运行",
        "低于下限",
    )
