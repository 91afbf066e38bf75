"""One household: what is shown is what the database holds of it, and nothing of any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from notebook_kit import FIRST, MASKED, SECOND, Run, ask, one, run_notebook

from assets.evidence import FACTOR_ZH

HITS = "SELECT rule FROM findings WHERE household_id = $household AND result = 'hit'"


@pytest.fixture
def household(home: Path) -> str:
    """The one with the most that can be said: tickets, findings, gaps, somebody's visit."""
    return str(
        ask(
            home,
            "SELECT household_id FROM household_chain WHERE household_id IN (SELECT household_id FROM findings) "
            "AND household_id IN (SELECT household_id FROM tickets WHERE status <> 'closed') "
            "GROUP BY household_id ORDER BY count(DISTINCT kind) DESC, count(*) DESC, household_id LIMIT 1",
        )[0][0]
    )


@pytest.fixture
def run(home: Path, household: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    return run_notebook("household", home, monkeypatch, household=household)


def test_it_begins_with_the_household_whose_ticket_is_most_urgent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("household", home, monkeypatch)
    worst = one(home, "SELECT max(overdue_days) FROM tickets WHERE status <> 'closed'")
    most_urgent = ask(
        home, "SELECT household_id FROM tickets WHERE status <> 'closed' AND overdue_days = $worst", worst=worst
    )
    assert (run["household"],) in most_urgent
    assert f"超期 {worst} 天" in run.shown


def test_its_figures_are_those_of_the_database(home: Path, household: str, run: Run) -> None:
    of = {"household": household}
    where = "WHERE household_id = $household"
    assert run["headline"] == {
        "open": one(home, f"SELECT count(*) FROM tickets {where} AND status <> 'closed'", **of),
        "overdue": one(home, f"SELECT count(*) FROM tickets {where} AND overdue_days > 0", **of),
        "findings": len(ask(home, HITS, **of)),
        "members": one(home, f"SELECT count(*) FROM household_members {where}", **of),
    }
    assert run["headline"]["open"] > 0
    people = ask(home, f"SELECT person_name, person, age FROM household_members {where}", **of)
    assert sorted((name, number, age) for name, number, _, age, *_ in run["members"]) == sorted(people)
    labels = ask(home, f"SELECT label_zh FROM risk_labels {where} ORDER BY 1", **of)
    assert sorted(label for label, *_ in run["labels"]) == [label for (label,) in labels]
    for (gap,) in ask(home, f"SELECT gap_zh FROM silent_check_readiness {where}", **of):
        assert gap in run.shown


def test_every_ticket_is_there_with_its_deadline_and_its_events(home: Path, household: str, run: Run) -> None:
    tickets = ask(home, "SELECT ticket_id, due_on FROM tickets WHERE household_id = $household", household=household)
    assert len(tickets) == len(run["tickets"])
    cards = "".join(card.text for card in run["tickets"])
    for ticket, due_on in tickets:
        assert ticket in cards and f"截止 {due_on}" in cards
    events = one(
        home, "SELECT count(*) FROM ticket_events JOIN tickets USING (ticket_id) WHERE household_id = $household",
        household=household,
    )  # fmt: skip
    assert cards.count("<li>") == events > 2


def test_findings_are_there_with_their_evidence(home: Path, household: str, run: Run) -> None:
    findings = ask(
        home, "SELECT label_zh, ticket_id FROM findings WHERE household_id = $household", household=household
    )
    assert sorted((row[0], row[-1]) for row in run["findings"]) == sorted(
        (zh, ticket or "–") for zh, ticket in findings
    )
    persons = ask(
        home,
        "SELECT person FROM finding_items WHERE household_id = $household AND person IS NOT NULL",
        household=household,
    )
    evidence = " ".join(row[5] for row in run["findings"])
    assert all(number in evidence for (number,) in persons)


def test_findings_over_check_dates_are_those_of_the_chain(home: Path, household: str, run: Run) -> None:
    assert [row[0] for row in run["by_date"]] == [str(SECOND), str(FIRST)]
    came = {row[0]: row[1].split("、") for row in run["by_date"] if row[1] != "–"}
    steps = ask(
        home, "SELECT known_on, what_zh FROM household_chain WHERE household_id = $household AND kind = 'finding' "
        "AND what_zh LIKE '疑点:%'", household=household,
    )  # fmt: skip
    assert sorted((day, zh) for day, found in came.items() for zh in found) == sorted(
        (str(day), what.removeprefix("疑点:")) for day, what in steps
    )


def test_the_chain_is_shown_step_by_step(home: Path, household: str, run: Run) -> None:
    steps = ask(home, "SELECT on_day, what_zh, ticket_id FROM chain_of($household) ORDER BY seq", household=household)
    assert [(row[0], row[2], row[5]) for row in run["chain"]] == [
        (str(on), zh, ticket or "") for on, zh, ticket in steps
    ]
    assert len(steps) > 4


def test_people_appear_masked_and_only_those_of_the_household(home: Path, household: str, run: Run) -> None:
    numbers = ask(
        home, "SELECT person FROM household_members WHERE household_id = $household UNION SELECT person FROM finding_items "
        "WHERE household_id = $household", household=household,
    )  # fmt: skip
    assert set(MASKED.findall(run.shown)) == {number for (number,) in numbers if number}
    keys = ask(home, "SELECT person_key FROM household_members WHERE household_id = $household", household=household)
    assert [key for (key,) in keys if key in run.shown] == []


@pytest.mark.parametrize("number", ["H0", "<img src=x onerror=alert(1)>"])
def test_an_unknown_number_gets_clear_words(home: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    run = run_notebook("household", home, monkeypatch, household=number)
    assert "没有家庭编号" in run.shown and str(SECOND) in run.shown and run["first"] in run.shown
    assert "救助帮扶链" not in run.shown and "<img" not in run.page
    assert MASKED.search(run.shown) is None


def test_a_household_that_left_still_has_its_tickets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((household, ticket),) = ask(
        home,
        "SELECT household_id, ticket_id FROM tickets ANTI JOIN households USING (household_id) ORDER BY ALL LIMIT 1",
    )
    run = run_notebook("household", home, monkeypatch, household=household)
    assert "已不在册" in run.shown and ticket in run.shown and "救助帮扶链" in run.shown
    assert "members" not in run.values or not run["members"]


def test_a_household_without_a_ticket_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((household,),) = ask(
        home, "SELECT household_id FROM households ANTI JOIN tickets USING (household_id) ORDER BY ALL LIMIT 1"
    )
    run = run_notebook("household", home, monkeypatch, household=household)
    assert "从未有过预警单" in run.shown and run["chain"] == []


def test_after_one_check_date_it_says_that_changes_come_later(
    first_date: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_notebook("household", first_date, monkeypatch)
    assert "只有一次核对" in run.shown and [row[0] for row in run["by_date"]] == [str(FIRST)]


def test_words_of_the_risk_factors_are_those_of_the_tickets() -> None:
    text = (Path(__file__).resolve().parents[2] / "notebooks" / "household.py").read_text(encoding="utf-8")
    for code, zh in FACTOR_ZH.items():
        assert f'"{code}": "{zh}"' in text
