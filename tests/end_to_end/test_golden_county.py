"""A small county whose whole answer is written down: whatever changes it must be meant, and seen in review.

After a meant change: `SHOUWANG_RENEW_GOLDEN=1 .venv/bin/python -m pytest tests/end_to_end/test_golden_county.py`, then read
the difference. All people in it are generated.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

from end_to_end.counties import make_home, tickets

from assets.home import Home
from pipelines.check import run_check

GOLDEN = Path(__file__).with_name("golden_county.json")
AS_OF = dt.date(2026, 11, 20)


def answer(root: Path) -> dict[str, Any]:
    """Tickets and results of the check, without the long texts."""
    run = run_check(Home(root), AS_OF)
    return {
        "tickets": [
            {
                **{
                    name: ticket[name]
                    for name in ("ticket_id", "household_id", "direction", "severity", "owner", "due_on")
                },
                "findings": {
                    finding["rule"]: {
                        "items": len(finding["items"]),
                        **{name: finding[name] for name in ("declared", "observed", "limit", "unit")},
                    }
                    for finding in ticket["findings"]
                },
            }
            for ticket in tickets(root, AS_OF)
        ],
        "results": run.ticketing.results.rows(),
    }


def test_the_golden_county_answers_as_written_down(tmp_path: Path) -> None:
    found = json.loads(json.dumps(answer(make_home(tmp_path, persons=200, seed=2026)), default=str))
    if os.environ.get("SHOUWANG_RENEW_GOLDEN"):
        GOLDEN.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    expected = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert found["results"] == expected["results"]
    assert found["tickets"] == expected["tickets"]
