"""All planted households of a county, before the drawn ones."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sample.households import Scope
from sample.nursery import Nursery
from sample.plan import Delivery
from sample.planted_assets import plant_dwellings, plant_property, plant_vehicles
from sample.planted_gaps import plant_members, plant_signatures
from sample.planted_income import plant_earnings, plant_limit, plant_pensions
from sample.planted_needs import plant_disability, plant_risk, plant_surveys, plant_work
from sample.planted_registers import (
    plant_cancelled,
    plant_deceased,
    plant_identity,
    plant_no_record,
    plant_not_looked_at,
    plant_twice,
)
from sample.truth import Case, Gap, NotConsented

_CASES = (
    plant_deceased, plant_cancelled, plant_identity, plant_no_record, plant_twice, plant_not_looked_at, plant_vehicles,
    plant_property, plant_dwellings, plant_earnings, plant_pensions, plant_limit, plant_surveys, plant_disability,
    plant_work, plant_risk, plant_members, plant_signatures,
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """Planted households of a county: their rows by feed and what must come of them."""

    households: int
    persons: int
    frames: dict[str, pl.DataFrame]
    cases: list[Case]
    gaps: list[Gap]
    not_consented: list[NotConsented]
    not_looked_at: list[str]


def plant(scope: Scope, deliveries: list[Delivery]) -> Planted:
    """Build every case for this county; `deliveries` tell how old the newest tax data are."""
    newest = max(d.data_date for d in deliveries if d.feed == "tax" and d.expect == "accepted")
    made = Nursery(scope, newest)
    for build in _CASES:
        build(made)
    return Planted(
        made.households, len(made.members), made.frames(), made.cases, made.gaps, made.not_consented, made.not_looked_at
    )
