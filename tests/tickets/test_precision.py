"""Which findings count as cases and how sure a share of them is (both sides of each boundary)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts import feed_contract
from rules.tickets.precision import CONFIRMED, Case, cases_of, recent_counts, wilson
from rules.tickets.state import FindingOnTicket, ItemOnTicket, Ticket

CLOSED = dt.date(2026, 11, 20)
DAY = dt.timedelta(days=1)
RULE = "undeclared_vehicle"


def ticket(
    closed_on: dt.date | None = CLOSED,
    outcome: str | None = "no_issue",
    items: tuple[tuple[str, str, dt.date], ...] = ((RULE, "a", CLOSED - 10 * DAY),),
    version: str | None = "1",
    county: str = "150626",
) -> Ticket:
    """A ticket with the items given, each of a finding that was published under `version` (None: never published)."""
    found = Ticket(
        ticket_id="t",
        household_id="H1",
        direction="verify",
        county_code=county,
        township_code=f"{county}100000",
        programme="低保",
        applicant_id="",
        applicant_name="",
        owner="county",
        opened_on=CLOSED - 10 * DAY,
        issued_on=CLOSED - 10 * DAY,
        due_on=CLOSED + 10 * DAY,
        deadline_days=20,
        deadline_unit="calendar_days",
        roll_forward=True,
        deadline_provisional=False,
        deadline_basis="",
        status="opened" if closed_on is None else "closed",
        closed_on=closed_on,
        outcome=outcome,
    )
    for number, (rule, key, added_on) in enumerate(items, start=1):
        found.items[(rule, key)] = ItemOnTicket(rule, key, added_on, number)
        payload = {} if version is None else {"rule_version": version}
        found.findings[rule] = FindingOnTicket(rule, "orange", added_on, payload=payload)
    return found


def test_every_outcome_but_two_means_that_something_had_changed() -> None:
    outcomes = {code.value for code in feed_contract("ticket_outcomes").column("outcome").codes}
    assert set(CONFIRMED) == outcomes - {"no_issue", "data_error"}


def test_a_finding_counts_once_however_many_items_it_has() -> None:
    three = ((RULE, "a", CLOSED), (RULE, "b", CLOSED - DAY), ("identity_mismatch", "c", CLOSED))
    assert list(cases_of(ticket(items=three))) == [
        Case("t", "150626", "identity_mismatch", "1", CLOSED, False),
        Case("t", "150626", RULE, "1", CLOSED, False),
    ]


@pytest.mark.parametrize(("added_on", "count"), [(CLOSED, 1), (CLOSED + DAY, 0)])
def test_what_came_after_the_conclusion_was_not_looked_at(added_on: dt.date, count: int) -> None:
    assert len(list(cases_of(ticket(items=((RULE, "a", added_on),))))) == count


@pytest.mark.parametrize("outcome", [*CONFIRMED, "no_issue", "data_error"])
def test_a_case_is_confirmed_by_its_outcome(outcome: str) -> None:
    (case,) = cases_of(ticket(outcome=outcome))
    assert case.is_confirmed == (outcome in CONFIRMED)


def test_an_open_or_reopened_ticket_has_no_case() -> None:
    assert list(cases_of(ticket(closed_on=None, outcome=None))) == []


def test_a_finding_never_published_has_no_version() -> None:
    (case,) = cases_of(ticket(version=None))
    assert case.rule_version == ""


@pytest.mark.parametrize(
    ("closed_on", "as_of", "counted"),
    [
        (dt.date(2024, 11, 20), dt.date(2026, 11, 20), False),
        (dt.date(2024, 11, 21), dt.date(2026, 11, 20), True),
        (dt.date(2024, 2, 29), dt.date(2026, 2, 28), True),
        (dt.date(2024, 2, 28), dt.date(2026, 2, 28), False),
    ],
)
def test_the_window_leaves_out_the_day_it_reaches_back_to(closed_on: dt.date, as_of: dt.date, counted: bool) -> None:
    closed = ticket(closed_on=closed_on, items=((RULE, "a", closed_on),))
    assert bool(recent_counts([closed], as_of, {"150626": 24})) == counted


def test_counts_are_kept_apart_by_county_rule_and_version() -> None:
    tickets = [
        ticket(),
        ticket(outcome="moved"),
        ticket(version="2", outcome="moved"),
        ticket(county="360202"),
        ticket(county="140802"),
    ]
    counts = recent_counts(tickets, CLOSED, {"150626": 24, "360202": 24})
    assert {key: (count.cases, count.confirmed) for key, count in counts.items()} == {
        ("150626", RULE, "1"): (2, 1),
        ("150626", RULE, "2"): (1, 1),
        ("360202", RULE, "1"): (1, 0),
    }


@pytest.mark.parametrize(
    ("confirmed", "n", "low", "high"), [(0, 0, None, None), (5, 10, 0.236593, 0.763407), (0, 10, 0.0, 0.277533)]
)
def test_wilson_interval(confirmed: int, n: int, low: float | None, high: float | None) -> None:
    assert wilson(confirmed, n) == (low, high)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_bounds_solve_the_equation_they_come_from(drawn: tuple[int, int]) -> None:
    """Each bound b, when not clipped, satisfies (share - b)² = z² b (1 - b) / n, reckoned with fifty digits."""
    confirmed, n = drawn
    low, high = wilson(confirmed, n)
    assert low is not None
    assert high is not None
    assert 0 <= low <= confirmed / n <= high <= 1
    with localcontext() as context:
        context.prec = 50
        share, square = Decimal(confirmed) / n, Decimal("1.959963984540054") ** 2
        root = (square * (square + 4 * n * share * (1 - share))).sqrt()
        exact = [(2 * n * share + square + sign * root) / (2 * (n + square)) for sign in (-1, 1)]
    assert low == pytest.approx(float(max(exact[0], Decimal(0))), abs=6e-7)
    assert high == pytest.approx(float(min(exact[1], Decimal(1))), abs=6e-7)
