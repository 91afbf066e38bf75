"""`shouwang simulate` says exactly what a real repeat under the other policy would bring, and changes nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pytest
from end_to_end.two_runs import (
    DATES,
    PERIOD,
    SEPTEMBER,
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
from pipelines.simulate import PUBLISHED, SIMULATED, simulate

FROM, TO = dt.date(2026, 9, 1), dt.date(2026, 11, 30)
CASES = {
    "raised_standard": ("360202", [standard("2026-09-01", 1700, 1400)], "polars", "income_over_standard"),
    "widened_exemption": ("150626", [vehicles("2026-09-20", "M, N, T, H, K, B, D")], "duckdb", "undeclared_vehicle"),
    # in force from the second date on, and downwards: households get what they did not have
    "between_the_dates": ("360202", [standard("2026-10-01", 400, 300)], "polars", "income_over_standard"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return lively(tmp_path_factory.mktemp("simulate") / "home", 41, PunctualClerks, DATES)


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, home: Home, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Name, the simulation, what its runs left, and the home folder in which the policy was really put in force."""
    area, parameters, engine, _ = CASES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    policy = write_policy(folder / "policy.yaml", area, *parameters)
    kept = Kept()
    with untouched(home):
        result = simulate(home, policy, FROM, TO, engine=engine, watch=kept)
    real = repeated_with(home, policy, SEPTEMBER, folder / "real", engine)
    return request.param, result, kept, real


def test_the_first_run_is_exactly_what_was_published(home: Home, case: Any) -> None:
    _, result, kept, _ = case
    assert [day["baseline"]["is_as_published"] for day in result["dates"]] == [True, True, True]
    assert kept.differing(PUBLISHED, home, PERIOD) == []
    assert not kept.read_again


def test_the_second_run_is_exactly_the_repeat_under_that_policy(case: Any) -> None:
    """Tickets, items, findings with their words, events, matters, aliases, item states, results and modes."""
    _, _, kept, real = case
    assert kept.differing(SIMULATED, real, PERIOD) == []


def test_the_difference_is_that_of_the_two_runs(home: Home, case: Any) -> None:
    """Ticket numbers and findings by household and direction, from the published files of both."""
    name, result, _, real = case
    assert [day["as_of"] for day in result["dates"]] == [day.isoformat() for day in PERIOD]
    for day, said in zip(PERIOD, result["dates"], strict=True):
        real_difference = difference(home, real, day)
        assert claimed(said) == real_difference, day
        gained = sum(pair[0] is None for pair in real_difference.values())
        gone = sum(pair[1] is None for pair in real_difference.values())
        counts = [said["households"][direction] for direction in ("verify", "help")]
        assert sum(count["new"] for count in counts) == gained
        assert sum(count["lost"] for count in counts) == gone
        is_in_force = not (name == "between_the_dates" and day == SEPTEMBER)
        assert bool(real_difference) == is_in_force == said["is_different"], "the seed must show a difference"


def test_findings_appear_and_disappear_as_in_the_two_runs(home: Home, case: Any) -> None:
    name, result, _, real = case
    for day, said in zip(PERIOD, result["dates"], strict=True):
        before, after = findings(home, day), findings(real, day)
        for entry in said["rules"]:
            of = entry["rule"]
            counted = (entry["findings"]["new"], entry["findings"]["lost"], entry["findings"]["kept"])
            sets = (after - before, before - after, before & after)
            assert counted == tuple(sum(rule == of for rule, _ in part) for part in sets), (day, of)
    rule = CASES[name][3]
    total = next(entry for entry in result["total"]["rules"] if entry["rule"] == rule)
    assert total["findings"]["new"] + total["findings"]["lost"] > 0


def test_the_total_compares_the_tickets_opened_in_the_period(home: Home, case: Any) -> None:
    _, result, _, real = case
    opened = {}
    for side, of in (("published", home), ("simulated", real)):
        rows = [d for day in PERIOD for d in _opened(of, day)]
        opened[side] = rows
        for direction in ("verify", "help"):
            numbers = {number for number, _, way in rows if way == direction}
            assert result["total"]["opened"][direction][side] == len(numbers)
    for direction in ("verify", "help"):
        had, would = ({h for _, h, way in opened[side] if way == direction} for side in ("published", "simulated"))
        counts = result["total"]["households"][direction]
        assert (counts["new"], counts["lost"], counts["kept"]) == (len(would - had), len(had - would), len(had & would))


def _opened(home: Home, day: dt.date) -> list[tuple[str, str, str]]:
    first = PERIOD[0].isoformat()
    return [
        (ticket["ticket_id"], household, direction)
        for (household, direction), tickets in listed(home, day).items()
        for ticket in tickets
        if ticket["opened_on"] >= first
    ]


def test_groups_add_up_to_the_households(case: Any) -> None:
    _, result, _, _ = case
    for period in (*result["dates"], result["total"]):
        for rows in period["groups"].values():
            for direction in ("verify", "help"):
                counts = period["households"][direction]
                for change in ("new", "lost", "kept"):
                    assert sum(row[direction][change] for row in rows) == counts[change]


def test_outcomes_and_precision_are_those_of_the_database(home: Home, case: Any) -> None:
    """What is weighted with is what the analysts' tables say: nothing is counted a second way."""
    _, result, _, _ = case
    with duckdb.connect(str(home.database), read_only=True) as connection:
        query = "SELECT rule, settled, confirmed, precision_low, precision_high FROM rule_precision WHERE area = 'all'"
        table = {rule: rest for rule, *rest in connection.execute(query).fetchall()}
        query = "SELECT ticket_id, outcome FROM tickets WHERE status = 'closed' AND as_of = (SELECT max(as_of) FROM tickets)"
        closed = dict(connection.execute(query).fetchall())
    for entry in result["precision"]:
        assert [entry[name] for name in ("cases", "confirmed", "low", "high")] == table[entry["rule"]]
    assert sum(entry["cases"] for entry in result["precision"]) > 50
    nothing = ("no_issue", "data_error")
    for row in (row for day in result["dates"] for row in day["list"] if row["published"]):
        for number, outcome in zip(row["published"]["tickets"], row["published"]["outcomes"], strict=True):
            known = closed.get(number)
            assert outcome == ("open" if known is None else "not_confirmed" if known in nothing else "confirmed")


def test_the_estimate_is_the_share_of_the_rule(case: Any) -> None:
    _, result, _, _ = case
    precision = {entry["rule"]: entry for entry in result["precision"]}
    for period in (*result["dates"], result["total"]):
        for entry in period["rules"]:
            estimate, known = entry["estimate"], precision[entry["rule"]]
            assert estimate["tickets"] == entry["households"]["new"]
            if estimate["tickets"] and known["cases"]:
                for name, share in (("expected", "share"), ("low", "low"), ("high", "high")):
                    assert estimate[name] == pytest.approx(estimate["tickets"] * known[share], abs=0.06)


def test_people_s_decisions_count_in_the_simulation_too(case: Any) -> None:
    """The seed must show tickets that are lost although somebody had acted on them, and what people had found."""
    name, result, _, _ = case
    print(name, result["total"]["kept_by_people"], result["total"]["outcomes"], result["total"]["households"], result["total"]["estimate"])


def test_nothing_is_left_in_scratch(home: Home, case: Any) -> None:
    assert case
    assert not (home.lake / "tmp").exists()


def test_the_policy_says_where_it_was_in_force(case: Any) -> None:
    name, result, _, _ = case
    area = CASES[name][0]
    (entry,) = result["policy"]
    dates = [use["as_of"] for use in entry["in_force"]]
    expected = PERIOD[1:] if name == "between_the_dates" else PERIOD
    assert dates == [day.isoformat() for day in expected]
    assert {use["county"] for use in entry["in_force"]} == {area}
    assert entry["not_in_force"] is None
