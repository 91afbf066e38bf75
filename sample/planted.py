"""Placeholder."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from sample.households import Scope
from sample.plan import Delivery
from sample.truth import Case, Gap, NotConsented


@dataclass
class Planted:
    """Planted households of a county: their rows by feed and what must come of them."""

    households: int = 0
    persons: int = 0
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    not_consented: list[NotConsented] = field(default_factory=list)


def plant(scope: Scope, deliveries: list[Delivery]) -> Planted:
    """All planted households of one county."""
    return Planted()
