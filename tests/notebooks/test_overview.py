"""The overview notebook: its numbers are the database's."""

from __future__ import annotations

from pathlib import Path

import pytest
from notebook_kit import one, run_notebook

from policy.parameters import RULES


def test_its_numbers_are_those_of_the_database(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("overview", home, monkeypatch)
    open_tickets = one(home, "SELECT count(*) FROM tickets WHERE status <> 'closed'")
    households = one(home, "SELECT count(*) FROM households")
    assert run["headline"]["open"] == open_tickets > 0
    assert run["headline"]["active"] == households
    assert sum(n for _, n, _ in run["tickets_by_due"]) == open_tickets
    assert sum(n for _, n, _ in run["tickets_by_township"]) == open_tickets
    assert run["findings_by_rule"].height == len(RULES)
    assert run["delivered"].height == one(home, "SELECT count(*) FROM deliveries")
    rows = run["findings_by_rule"].select("hit", "no_hit", "not_checked", "suppressed").sum_horizontal()
    assert set(rows.to_list()) == {households}
    for words in ("在办预警单", "按到期日", "按乡镇", "静默核对条件", "交换批次", "2026-11-20"):
        assert words in run.shown
