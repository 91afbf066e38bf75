"""The half year of `make demo` with few persons: what makes it worth looking at is really there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from assets.errors import WrongUseError
from assets.home import Home
from pipelines.commands.chain import find_chain
from pipelines.commands.verify import verify
from rules.tickets.reports import REPORT_FEEDS
from rules.tickets.transitions import STATUSES
from sample.half_year import MISTAKES, HalfYear
from tools.analysts_page import DATABASE, NONE, QUESTIONS, ask
from tools.demo import DATES, SEED, Demo, eventful_household, make_demo, where_things_are

PERSONS = 420
"""The planted households alone are about 400 persons in two counties."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("half-year") / "demo")


@pytest.fixture(scope="module", autouse=True)
def demo(home: Home) -> Demo:
    """Polars: the faster engine on so few rows."""
    return make_demo(home, PERSONS, SEED, lambda _: None, "polars")


@pytest.fixture(scope="module")
def database(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(home.database), read_only=True) as connection:
        yield connection


def test_all_reports_are_taken_but_those_wrong_on_purpose(demo: Demo) -> None:
    assert {code for _, code in demo.wrong} == set(MISTAKES)
    assert demo.returned == demo.wrong
    assert sum(demo.rows.values()) > 200


def test_tickets_stand_everywhere_a_check_date_can_find_them(database: duckdb.DuckDBPyConnection) -> None:
    """A conclusion closes the ticket at once: nothing stands at `concluded`."""
    found = {status for (status,) in database.sql("SELECT DISTINCT status FROM tickets").fetchall()}
    assert found == set(STATUSES) - {"concluded"}


def test_nearly_everything_happens(database: duckdb.DuckDBPyConnection) -> None:
    found = {event for (event,) in database.sql("SELECT DISTINCT event FROM ticket_events").fetchall()}
    assert found >= {
        "overdue", "escalated", "clarification_answered", "objection_raised", "objection_answered", "referred",
        "referral_answered", "recheck_drawn", "rechecked", "reopened", "finding_withdrawn",
    }  # fmt: skip


def test_the_report_has_something_to_say(database: duckdb.DuckDBPyConnection) -> None:
    def one(query: str) -> int:
        return int(database.sql(query).fetchall()[0][0])

    assert one("SELECT sum(overdue_tickets) FROM overdue_by_township") > 0
    assert one("SELECT count(*) FROM referrals_waiting") > 0
    assert one("SELECT count(DISTINCT as_of) FROM findings_trend") == len(DATES)
    assert one("SELECT count(DISTINCT precision) FROM rule_precision WHERE area = 'all' AND settled >= 3") > 3
    closed_in_time = "SELECT count(*) FROM tickets WHERE closed_on <= due_on"
    assert 2 * one(closed_in_time) > one("SELECT count(*) FROM tickets WHERE status = 'closed'")


def test_every_question_of_the_analysts_page_has_an_answer(home: Home) -> None:
    assert [question.en for question in QUESTIONS if ask(home.root / DATABASE, question.sql) == NONE] == []


def test_a_household_has_a_story(home: Home) -> None:
    chain = find_chain(home, eventful_household(home))
    assert len(chain.steps) >= 5 and chain.tickets
    assert len({step.kind for step in chain.steps}) >= 5


def test_people_send_files_of_every_form_and_a_township_its_own_workbook(home: Home, demo: Demo) -> None:
    assert set(demo.rows) <= set(REPORT_FEEDS)
    sent = [path for feed in REPORT_FEEDS for path in home.landing.glob(f"{feed}/*_*")]
    assert {path.suffix for path in sent} == {".csv", ".xlsx", ".jsonl"}
    own = [path.stem.split("_")[0] for path in sent if path.suffix == ".xlsx" and path.parent.name == "ticket_outcomes"]
    assert own and {len(area) for area in own} == {12}


def test_the_same_publication_is_answered_with_the_same_files(home: Home, demo: Demo, tmp_path: Path) -> None:
    sent = HalfYear(tmp_path, DATES, SEED).answer(home.publication(DATES[0]), DATES[0])
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert sum(sent.rows.values()) < sum(demo.rows.values())
    assert len(again) > 8
    assert again == {name: (home.landing / name).read_bytes() for name in again}


def test_departments_files_arrive_month_by_month_and_nothing_is_left_over(home: Home) -> None:
    assert sorted(path.name for path in home.root.iterdir()) == [
        "consumer.sqlite", "lake", "landing", "landing-truth.json", "policy", "published",
    ]  # fmt: skip
    assert verify(home).is_sound


def test_a_report_is_read_once_and_its_rows_are_taken_over_by_the_next_checks(home: Home) -> None:
    """A township sends a file a day: reading all of them again at every check would soon take longer than all the rest."""
    kept = [{path.stat().st_ino for path in home.check(day).glob("rows/ticket_outcomes/*")} for day in DATES[1:]]
    assert all(kept)
    assert all(len(before & after) > len(before) / 2 for before, after in pairwise(kept))


def test_it_says_where_to_look_and_makes_nothing_in_a_folder_that_holds_something(home: Home) -> None:
    said = where_things_are(home)
    assert "情况报告 the report" in said and str(home.publication(DATES[-1]) / "report" / "index.html") in said
    with pytest.raises(WrongUseError, match="out_not_empty"):
        make_demo(home, PERSONS, SEED, lambda _: None)
