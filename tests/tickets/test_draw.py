"""The draw for random re-checks can be repeated by anybody, in SQL or in a few lines of Python."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.tickets.draw import Closing, draw, draw_seed, draw_size

AS_OF = dt.date(2026, 12, 20)
DECISION = Path(__file__).resolve().parents[2] / "docs" / "decisions" / "0016-random-rechecks.md"
OUTCOMES = ("no_issue", "data_error", "change_confirmed", "referred", "moved")


def closings(n: int, seed: int = 1, county: str = "150626") -> list[Closing]:
    """`n` tickets closed, in no order."""
    rng = random.Random(seed)
    return [
        Closing(
            f"{county}-20261120-{rng.getrandbits(40):010x}",
            rng.choice(OUTCOMES),
            AS_OF - dt.timedelta(days=rng.randrange(30)),
        )
        for _ in range(n)
    ]


def by_hand(as_of: str, county: str, rows: list[tuple[str, str, str]], thousandths: int) -> list[str]:
    """The draw as a person would write it down from the published columns, sharing no line with the program."""
    lines = ";".join(sorted(":".join(row) for row in rows))
    seed = hashlib.sha256(bytes(f"{as_of}|{county}|{lines}", "utf-8")).hexdigest()
    keys = {hashlib.sha256(bytes(f"{seed}|{row[0]}", "utf-8")).hexdigest(): row[0] for row in rows}
    size = -(-thousandths * len(rows) // 1000)
    return [keys[key] for key in sorted(keys)][:size]


@settings(max_examples=50)
@given(st.integers(0, 60), st.integers(0, 1000), st.integers(0, 10_000))
def test_the_draw_is_what_a_person_would_write_down(n: int, thousandths: int, seed: int) -> None:
    listed = closings(n, seed)
    rows = [(c.ticket_id, c.outcome, c.closed_on.isoformat()) for c in listed]
    drawn = draw(AS_OF, "150626", listed, Decimal(thousandths).scaleb(-3))
    assert drawn == by_hand("2026-12-20", "150626", rows, thousandths)


def _database(counties: dict[str, tuple[list[Closing], str]]) -> duckdb.DuckDBPyConnection:
    """The columns of the analysts' tables that the draw needs, with one open ticket a county that must play no part."""
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE tickets (ticket_id VARCHAR, as_of DATE, county_code VARCHAR, change VARCHAR, outcome VARCHAR, "
        "closed_on DATE)"
    )
    connection.execute("CREATE TABLE policy_parameters (county_code VARCHAR, parameter VARCHAR, value VARCHAR)")
    for county, (listed, share) in counties.items():
        rows = [(c.ticket_id, AS_OF, county, "closed", c.outcome, c.closed_on) for c in listed]
        rows.append((f"{county}-20261120-ffffffffff", AS_OF, county, "unchanged", None, None))
        rows.append((f"{county}-20260120-ffffffffff", AS_OF, county, "updated", "moved", dt.date(2026, 2, 1)))
        connection.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.execute("INSERT INTO policy_parameters VALUES (?, 'recheck.share', ?)", [county, share])
        connection.execute("INSERT INTO policy_parameters VALUES (?, 'warning.owner', '\"county\"')", [county])
    return connection


def test_the_query_of_the_decision_repeats_the_draw_from_published_columns() -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", DECISION.read_text(encoding="utf-8"), re.DOTALL)
    counties = {
        "150626": (closings(41, 2), "0.05"),
        "360202": (closings(20, 3, "360202"), "0.05"),
        "140802": (closings(7, 4, "140802"), "1"),
        "150703": (closings(7, 5, "150703"), "0"),
        "152921": (closings(1, 6, "152921"), "0.0001"),
        "152201": ([], "0.05"),
    }
    with _database(counties) as connection:
        found = connection.execute(query).fetchall()
    expected = [
        (county, rank, number)
        for county, (listed, share) in sorted(counties.items())
        for rank, number in enumerate(draw(AS_OF, county, listed, Decimal(share)), start=1)
    ]
    assert found == expected
    assert len(expected) == 3 + 1 + 7 + 0 + 1 + 0


@pytest.mark.parametrize(
    ("closed", "share", "size"),
    [
        (0, "0.05", 0), (0, "1", 0), (1, "0", 0), (1, "0.0001", 1), (1, "1", 1), (19, "0.05", 1), (20, "0.05", 1),
        (21, "0.05", 2), (40, "0.05", 2), (41, "0.05", 3), (100, "0.07", 7), (1000, "0.29", 290), (10_000, "0.0001", 1),
    ],
)  # fmt: skip
def test_the_number_drawn_is_the_share_rounded_up(closed: int, share: str, size: int) -> None:
    """0.07 × 100 and 0.29 × 1000 are a little more than 7 and 290 as binary fractions and would draw one too many."""
    assert draw_size(closed, Decimal(share)) == size
    assert len(draw(AS_OF, "150626", closings(min(closed, 200)), Decimal(share))) == draw_size(
        min(closed, 200), Decimal(share)
    )


def test_the_order_in_which_tickets_are_listed_plays_no_part() -> None:
    listed = closings(30)
    shuffled = random.Random(5).sample(listed, k=30)
    assert draw(AS_OF, "150626", listed, Decimal(1)) == draw(AS_OF, "150626", shuffled, Decimal(1))


def test_a_smaller_share_draws_the_first_of_a_larger_one() -> None:
    listed = closings(30)
    assert draw(AS_OF, "150626", listed, Decimal("0.1")) == draw(AS_OF, "150626", listed, Decimal(1))[:3]


def test_any_closing_outcome_day_date_or_county_changes_the_seed() -> None:
    """So nobody who closes a ticket can know beforehand whether it will be drawn."""
    listed = closings(5)
    first = listed[0]
    other = [
        draw_seed(AS_OF, "150626", listed[1:]),
        draw_seed(AS_OF, "150626", [first._replace(outcome="gradual_exit"), *listed[1:]]),
        draw_seed(AS_OF, "150626", [first._replace(closed_on=AS_OF + dt.timedelta(days=1)), *listed[1:]]),
        draw_seed(AS_OF + dt.timedelta(days=1), "150626", listed),
        draw_seed(AS_OF, "150627", listed),
    ]
    assert len({draw_seed(AS_OF, "150626", listed), *other}) == 6


def test_a_seed_anybody_can_check_with_a_pocket_tool() -> None:
    one = [Closing("150626-20261120-0123456789", "no_issue", dt.date(2026, 12, 1))]
    text = b"2026-12-20|150626|150626-20261120-0123456789:no_issue:2026-12-01"
    assert draw_seed(AS_OF, "150626", one) == hashlib.sha256(text).hexdigest()
