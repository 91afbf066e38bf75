"""`shouwang simulate` says exactly what a real repeat under the other policy would bring, and changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import pytest
from end_to_end.two_runs import (
    DATES,
    Kept,
    PunctualClerks,
    claimed,
    difference,
    findings,
    listed,
    lively,
    repeated_with,
    standard,
    untouched,
    vehicles,
    write_policy,
)

from assets.home import Home
from pipelines.simulate.compare import CHANGES
from pipelines.simulate.counts import DIRECTIONS
from pipelines.simulate.run import PUBLISHED, SIMULATED, simulate

TO = dt.date(2026, 11, 30)


@dataclass(frozen=True)
class Case:
    """A policy, the dates it is simulated for, what came of it, and the home folder in which it was really put in force."""

    area: str
    parameter: str
    engine: str
    rule: str
    dates: list[dt.date]
    in_force: list[dt.date]
    result: dict[str, Any] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    real: Home | None = None


CASES = {
    # from the first check date there is on: no state before it, and most tickets are opened on it
    "raised_standard": Case(
        "360202", standard("2026-08-01", 1700, 1400), "polars", "income_over_standard", DATES, DATES
    ),
    "widened_exemption": Case(
        "150626", vehicles("2026-09-20", "M, N, T, H, K, B, D"), "duckdb", "undeclared_vehicle", DATES[1:], DATES[1:]
    ),
    # in force from the second date on, and downwards: households get what they did not have
    "between_the_dates": Case(
        "360202", standard("2026-10-01", 400, 300), "polars", "income_over_standard", DATES[1:], DATES[2:]
    ),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return lively(tmp_path_factory.mktemp("simulate") / "home", 41, PunctualClerks, DATES)


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, home: Home, tmp_path_factory: pytest.TempPathFactory) -> Case:
    given: Case = CASES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    policy = write_policy(folder / "policy.yaml", given.area, given.parameter)
    kept = Kept()
    with untouched(home):
        result = simulate(home, policy, given.dates[0], TO, engine=given.engine, watch=kept)
    real = repeated_with(home, policy, given.dates[0], folder / "real", given.engine)
    return replace(given, result=result, kept=kept, real=real)


def days(case: Case) -> Iterator[tuple[dt.date, dict[str, Any]]]:
    """Every check date with what the simulation says of it."""
    assert case.result["check_dates"] == [day.isoformat() for day in case.dates]
    yield from zip(case.dates, case.result["dates"], strict=True)


def periods(case: Case) -> list[dict[str, Any]]:
    return [*case.result["dates"], case.result["total"]]


def test_the_first_run_is_exactly_what_was_published(home: Home, case: Case) -> None:
    assert all(said["baseline"]["is_as_published"] for _, said in days(case))
    assert case.kept.differing(PUBLISHED, home, case.dates) == []
    assert not case.kept.read_again


def test_the_second_run_is_exactly_the_repeat_under_that_policy(case: Case) -> None:
    """Tickets, items, findings with their words, events, matters, aliases, item states, results and modes."""
    assert case.kept.differing(SIMULATED, case.real, case.dates) == []


def test_the_difference_is_that_of_the_two_runs(home: Home, case: Case) -> None:
    """Ticket numbers and findings by household and direction, from the published files of both."""
    for day, said in days(case):
        real = difference(home, case.real, day)
        assert claimed(said) == real, day
        counts = [said["households"][direction] for direction in DIRECTIONS]
        assert sum(count["new"] for count in counts) == sum(pair[0] is None for pair in real.values())
        assert sum(count["lost"] for count in counts) == sum(pair[1] is None for pair in real.values())
        assert bool(real) == said["is_different"] == (day in case.in_force), "the seed must show a difference"


def test_findings_appear_and_disappear_as_in_the_two_runs(home: Home, case: Case) -> None:
    for day, said in days(case):
        before, after = findings(home, day), findings(case.real, day)
        parts = {"new": after - before, "lost": before - after, "kept": before & after}
        for entry in said["rules"]:
            expected = {change: sum(rule == entry["rule"] for rule, _ in part) for change, part in parts.items()}
            assert entry["findings"] == expected, (day, entry["rule"])
    total = next(entry for entry in case.result["total"]["rules"] if entry["rule"] == case.rule)
    assert total["findings"]["new"] + total["findings"]["lost"] > 0


def test_the_total_compares_the_tickets_opened_in_the_period(home: Home, case: Case) -> None:
    sides = {"published": opened(home, case.dates), "simulated": opened(case.real, case.dates)}
    for direction in DIRECTIONS:
        for side, found in sides.items():
            numbers = {number for number, _, way in found if way == direction}
            assert case.result["total"]["opened"][direction][side] == len(numbers)
        had, would = ({h for _, h, way in found if way == direction} for found in sides.values())
        counts = case.result["total"]["households"][direction]
        assert (counts["new"], counts["lost"], counts["kept"]) == (len(would - had), len(had - would), len(had & would))


def opened(home: Home | None, dates: list[dt.date]) -> list[tuple[str, str, str]]:
    """Number, household and direction of tickets opened in the period, from the published lists."""
    return [
        (ticket["ticket_id"], household, direction)
        for day in dates
        for (household, direction), tickets in listed(home, day).items()
        for ticket in tickets
        if ticket["opened_on"] >= dates[0].isoformat()
    ]


def test_groups_add_up_to_the_households(case: Case) -> None:
    for period in periods(case):
        for rows in period["groups"].values():
            for direction in DIRECTIONS:
                for change in CHANGES:
                    total = period["households"][direction][change]
                    assert sum(row[direction][change] for row in rows) == total


def test_outcomes_and_precision_are_those_of_the_database(home: Home, case: Case) -> None:
    """What is weighted with is what the analysts' tables say: nothing is counted a second way."""
    with duckdb.connect(str(home.database), read_only=True) as connection:
        query = "SELECT rule, settled, confirmed, precision_low, precision_high FROM rule_precision WHERE area = 'all'"
        table = {rule: rest for rule, *rest in connection.execute(query).fetchall()}
        query = "SELECT ticket_id, outcome FROM tickets WHERE status = 'closed' AND as_of = (SELECT max(as_of) FROM tickets)"
        closed = dict(connection.execute(query).fetchall())
    for entry in case.result["precision"]:
        assert [entry[name] for name in ("cases", "confirmed", "low", "high")] == table[entry["rule"]]
    assert sum(entry["cases"] for entry in case.result["precision"]) > 50
    nothing = ("no_issue", "data_error")
    for side in (row["published"] for _, said in days(case) for row in said["list"] if row["published"]):
        for number, outcome in zip(side["tickets"], side["outcomes"], strict=True):
            known = closed.get(number)
            assert outcome == ("open" if known is None else "not_confirmed" if known in nothing else "confirmed")


def test_the_estimate_is_the_share_of_the_rule(case: Case) -> None:
    precision = {entry["rule"]: entry for entry in case.result["precision"]}
    for entry in (entry for period in periods(case) for entry in period["rules"]):
        estimate, known = entry["estimate"], precision[entry["rule"]]
        assert estimate["tickets"] == entry["households"]["new"]
        if estimate["tickets"] and known["cases"]:
            for name, share in (("expected", "share"), ("low", "low"), ("high", "high")):
                assert estimate[name] == pytest.approx(estimate["tickets"] * known[share], abs=0.06)


def test_what_people_did_counts_in_the_simulation_too(case: Case) -> None:
    """The seed must show tickets that are lost although somebody had acted on them, and how those ended."""
    total = case.result["total"]
    if case.dates == DATES:
        assert total["kept_by_people"] > 0
        lost = total["outcomes"]["verify"]["lost"]
        assert lost["confirmed"] + lost["not_confirmed"] > 0
        assert sum(lost.values()) >= total["households"]["verify"]["lost"]


def test_nothing_is_left_in_scratch(home: Home, case: Case) -> None:
    assert case.result
    assert not (home.lake / "tmp").exists()


def test_the_policy_says_where_it_was_in_force(case: Case) -> None:
    (entry,) = case.result["policy"]
    assert [use["as_of"] for use in entry["in_force"]] == [day.isoformat() for day in case.in_force]
    assert {use["county"] for use in entry["in_force"]} == {case.area}
    assert entry["not_in_force"] is None
