"""Two counties, all file forms, several check dates with outcomes: every ticket equals the plain-Python calculation."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from end_to_end.counties import deliver_outcomes, make_home, tickets
from oracle import Watch
from oracle.policy import BUILT_IN, Policy

from assets.home import Home
from pipelines.check import run_check

DATES = [
    dt.date(2026, 9, 20),
    dt.date(2026, 9, 28),
    dt.date(2026, 10, 20),
    dt.date(2026, 11, 20),
    dt.date(2026, 12, 31),
]
NOTICES = {"150626": "乌民政发", "360202": "景民字"}
ASSET_RULES = ("undeclared_vehicle", "undeclared_property", "dwellings_over_limit")


def ours(ticket: dict[str, Any]) -> tuple[Any, ...]:
    items = {
        (finding["rule"], item.get("plate_no") or item["unit_no"])
        for finding in ticket["findings"]
        if finding["rule"] in ASSET_RULES
        for item in finding["items"]
    }
    return (
        ticket["household_id"],
        ticket["direction"],
        ticket["severity"],
        ticket["owner"],
        ticket["due_on"],
        ticket["deadline_provisional"],
        ticket["status"],
        sorted(finding["rule"] for finding in ticket["findings"]),
        items,
    )


def theirs(ticket: Any, holding: dict[tuple[str, str], set[Any]]) -> tuple[Any, ...]:
    """The oracle keeps items that no longer hold on a finding; we publish those that hold (decision 0004)."""
    items = {
        (rule, fingerprint[1])
        for rule, fingerprints in ticket.findings.items()
        if rule in ASSET_RULES
        for fingerprint in fingerprints
        if fingerprint in holding.get((ticket.household_id, rule), fingerprints)
    }
    return (
        ticket.household_id,
        ticket.direction,
        ticket.severity,
        ticket.owner,
        ticket.due_on.isoformat(),
        ticket.deadline_provisional,
        ticket.status,
        sorted(ticket.findings),
        items,
    )


def check_clauses(root: Path, as_of: dt.date) -> None:
    """Each finding names the clauses of its own county, in every file; no file of a county names the other's notice."""
    policy = Policy([BUILT_IN, root / "policy"])
    for ticket in tickets(root, as_of):
        for finding in ticket["findings"]:
            clauses = policy.rule_basis(ticket["county_code"], finding["rule"], as_of) or ["依据待本地补充"]
            assert finding["basis"] == "; ".join(clauses)
            assert f"依据: {finding['basis']}。" in finding["explanation_zh"]
            assert "社会救助法 第十条" in finding["explanation_zh"]
        said = json.dumps(ticket, ensure_ascii=False)
        assert NOTICES[{"150626": "360202", "360202": "150626"}[ticket["county_code"]]] not in said
    for path in (root / "published" / as_of.isoformat()).rglob("*.xlsx"):
        other = {"15": "360202", "36": "150626"}.get(path.stem[:2])
        cells = [str(row) for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows(values_only=True)]
        assert other is None or NOTICES[other] not in " ".join(cells), path


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_every_ticket_of_five_check_dates_equals_an_independent_calculation(tmp_path: Path, engine: str) -> None:
    root = make_home(tmp_path, persons=450, seed=5 if engine == "duckdb" else 6, months=3)
    watch = Watch(root)
    closed = 0
    for position, as_of in enumerate(DATES):
        if position:
            deliver_outcomes(root, DATES[position - 1], as_of, seed=position)
        run_check(Home(root), as_of, engine=engine)
        expected = watch.step(as_of)
        holding = {
            key: {item.fingerprint for item in result.items}
            for key, result in expected.results.items()
            if result.result in ("hit", "suppressed")
        }
        published = {ticket["ticket_id"]: ours(ticket) for ticket in tickets(root, as_of)}
        calculated = {ticket.ticket_id: theirs(ticket, holding) for ticket in expected.tickets}
        assert published.keys() == calculated.keys(), as_of
        check_clauses(root, as_of)
        for number, ticket in published.items():
            assert ticket == calculated[number], (as_of, number)
        closed += sum(ticket[6] == "closed" for ticket in published.values())
    assert closed > 10, "the scenario must close tickets to say anything about suppression"
