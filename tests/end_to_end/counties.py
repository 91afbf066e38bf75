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


def make_home(root: Path, persons: int = 700, seed: int = 11, months: int = 1, as_of: dt.date | None = None) -> Path:
    """Landing folder in all file forms, and a home policy for the second county."""
    generate(root / "landing", persons, seed, "150626,360202", months, as_of=as_of)
    (root / "policy").mkdir()
    (root / "policy" / "360202.yaml").write_text(POLICY, encoding="utf-8")
    return root


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
