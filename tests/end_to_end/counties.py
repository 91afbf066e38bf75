"""A home folder of two counties with different policies, and outcomes as townships would send them back."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import polars as pl

from sample.generate import generate

POLICY = """area: "360202"
label: 昌江区
parameters:
  standard.dibao:
    - {from: 2025-01-01, value: {urban: 900, rural: 700}, basis: "测试", status: local}
  vehicle.exempt_types:
    - {from: 2025-01-01, value: [M, N, T, H], basis: "测试", status: local}
  property.dwellings_limit:
    - {from: 2025-01-01, value: 1, basis: "测试", status: local}
  warning.suppress_months:
    - {from: 2025-01-01, value: 1, basis: "测试", status: local}
"""

# What makes a half year eventful: reminders between monthly checks, escalations, many re-checks, shadow here, brake there.
LIVELY = {
    "360202": """
  warning.deadline_days:
    - {from: 2025-01-01, value: 22, basis: "测试", status: local}
  supervision.escalate_days:
    - {from: 2025-01-01, value: {county: 2, city: 9}, basis: "测试", status: local}
  recheck.share:
    - {from: 2025-01-01, value: 0.2, basis: "测试", status: local}
  shadow.floor:
    - {from: 2025-01-01, value: {verify: 0.9, help: 0.8}, basis: "测试", status: local}
  shadow.min_cases:
    - {from: 2025-01-01, value: 4, basis: "测试", status: local}
  shadow.window_months:
    - {from: 2025-01-01, value: 3, basis: "测试", status: local}
""",
    "150626": """area: "150626"
label: 乌审旗
parameters:
  recheck.share:
    - {from: 2025-01-01, value: 0.3, basis: "测试", status: local}
  brake.times_usual:
    - {from: 2025-01-01, value: 1.3, basis: "测试", status: local}
  brake.min_checks:
    - {from: 2025-01-01, value: 2, basis: "测试", status: local}
  brake.min_hits:
    - {from: 2025-01-01, value: 4, basis: "测试", status: local}
""",
}
NOTICE_2027 = """basis: 国办发明电〔2026〕0号(测试)
rest_days: [2027-01-01, 2027-01-02, 2027-01-03, 2027-01-08, 2027-01-11, 2027-01-12, 2027-01-13, 2027-01-22,
            2027-02-05, 2027-02-06, 2027-02-07, 2027-02-08, 2027-04-05, 2027-05-01, 2027-05-02, 2027-06-09,
            2027-09-15, 2027-10-01, 2027-10-02, 2027-10-03]
working_days: [2027-01-09, 2027-01-10]
"""


def make_home(root: Path, persons: int = 700, seed: int = 11, months: int = 1, as_of: dt.date | None = None) -> Path:
    """Landing folder in all file forms, and a home policy for the second county."""
    generate(root / "landing", persons, seed, "150626,360202", months, as_of=as_of)
    (root / "policy").mkdir()
    (root / "policy" / "360202.yaml").write_text(POLICY, encoding="utf-8")
    return root


def make_lively_home(root: Path, seed: int, months: int, as_of: dt.date) -> Path:
    """As make_home, with policies under which a half year of monthly checks sees every kind of event."""
    make_home(root, 450, seed, months, as_of)
    (root / "policy" / "360202.yaml").write_text(POLICY.rstrip("\n") + LIVELY["360202"], encoding="utf-8")
    (root / "policy" / "150626.yaml").write_text(LIVELY["150626"], encoding="utf-8")
    return root


def publish_notice(root: Path) -> None:
    """The State Council's notice for 2027 comes out: provisional deadlines can be settled."""
    (root / "policy" / "calendar").mkdir()
    (root / "policy" / "calendar" / "2027.yaml").write_text(NOTICE_2027, encoding="utf-8")


def tickets(root: Path, as_of: dt.date) -> list[dict[str, Any]]:
    """The published ticket objects of a check date."""
    path = root / "published" / as_of.isoformat() / "warnings" / "tickets.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def deliver_outcomes(root: Path, as_of: dt.date, data_on: dt.date, seed: int) -> int:
    """Outcomes for about a third of the open tickets: valid ones, late ones, one visitor only, before opening, unknown."""
    rng = random.Random(seed)
    rows = []
    for ticket in tickets(root, as_of):
        if ticket["status"] == "closed" or rng.random() > 0.35:
            continue
        opened = dt.date.fromisoformat(ticket["opened_on"])
        handled = opened + dt.timedelta(days=rng.choice([-1, 0, 3, 8, 12, 15]))
        code = rng.choice(["no_issue", "data_error", "change_confirmed", "核实无变化", "moved", "referred"])
        visitors = rng.choice(["甲、乙", "2", "甲", "3人"])
        rows.append((ticket["ticket_id"], handled, code, "经办", handled, visitors, None))
    rows.append(("150626-20200101-0000000000", data_on, "no_issue", "经办", data_on, "2", None))
    names = ("预警单编号", "处置日期", "处置结果", "经办人", "入户日期", "入户人员", "备注")
    frame = pl.DataFrame(rows, schema=list(names), orient="row")
    folder = root / "landing" / "ticket_outcomes"
    folder.mkdir(parents=True, exist_ok=True)
    for area in ("150626", "360202"):
        part = frame.filter(pl.col("预警单编号").str.starts_with(area))
        text = part.write_csv(include_bom=True)
        (folder / f"{area}_{data_on:%Y%m%d}.csv").write_text(text, encoding="utf-8")
    return len(rows)
