"""Precision, shadow and brake, per county and rule: decided before findings meet tickets (page 4; issue B, 6)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Any

from .findings import RULES
from .model import Context, RuleResult
from .policy import fraction
from .ticket import Ticket
from .workdays import add_months

CONFIRMED = ("change_confirmed", "gradual_exit", "new_need", "referred", "passed_away", "moved")
Z = 1.959963984540054  # 95 %, two-sided
LOOK_BACK = 12


@dataclass(frozen=True)
class Mode:
    """mode: normal | shadow | held | signed_off."""

    mode: str
    cases: int
    confirmed: int
    share: Fraction | None
    usual: Fraction | None


@dataclass(frozen=True)
class Earlier:
    """One earlier check date of a county and rule: its share of hits, and what became of it."""

    as_of: date
    share: Fraction
    mode: str
    is_signed: bool


@dataclass
class Modes:
    """What the brake remembers from one check date to the next."""

    history: dict[tuple[str, str], list[Earlier]] = field(default_factory=dict)

    def decide(
        self,
        context: Context,
        results: dict[tuple[str, str], RuleResult],
        tickets: Iterable[Ticket],
        audit: list[dict[str, Any]],
    ) -> dict[tuple[str, str], Mode]:
        counted = count(context, results)
        known = list(tickets)
        decided = {}
        for county in sorted({h.county for h in context.households.values()}):
            for rule in RULES:
                hits, all_checked = counted.get((county, rule), (0, 0))
                signed = is_signed_off(audit, county, rule, context.as_of)
                decided[county, rule] = self.of(context, county, rule, hits, all_checked, known, signed)
        return decided

    def of(
        self, context: Context, county: str, rule: str, hits: int, checked: int, tickets: list[Ticket], signed: bool
    ) -> Mode:
        cases = cases_of(tickets, county, rule, context)
        confirmed = sum(ticket.outcome in CONFIRMED for ticket in cases)
        past = self.history.setdefault((county, rule), [])
        share = Fraction(hits, checked) if checked else None
        usual, is_held = self.brake(past, context, county, share, hits)
        mode = "signed_off" if is_held else "normal"
        if is_held and not signed:
            mode = "held"
        elif is_shadow(context, county, rule, len(cases), confirmed):
            mode = "shadow"  # a signed-off rule that is below its floor is in shadow (decision 0015)
        if share is not None:
            past.append(Earlier(context.as_of, share, mode, is_held and signed))
        return Mode(mode, len(cases), confirmed, share, usual)

    @staticmethod
    def brake(
        past: list[Earlier], context: Context, county: str, share: Fraction | None, hits: int
    ) -> tuple[Fraction | None, bool]:
        free = [e for e in past if e.mode != "held"][-LOOK_BACK:]
        if not free:
            return None, False
        usual = Fraction(median(e.share for e in free))
        signed = [e for e in past if e.is_signed]
        if signed:
            usual = max(usual, signed[-1].share)
        times = fraction(context.policy.value(county, "brake.times_usual", context.as_of))
        enough = len(free) >= context.policy.value(county, "brake.min_checks", context.as_of)
        many = hits >= context.policy.value(county, "brake.min_hits", context.as_of)
        return usual, bool(enough and many and share is not None and share > times * usual)


def count(context: Context, results: dict[tuple[str, str], RuleResult]) -> dict[tuple[str, str], tuple[int, int]]:
    """(county, rule) -> (hits with the suppressed ones, households checked)."""
    counted: dict[tuple[str, str], tuple[int, int]] = {}
    for (household_id, rule), result in results.items():
        if result.result != "not_checked":
            slot = (context.households[household_id].county, rule)
            hits, checked = counted.get(slot, (0, 0))
            counted[slot] = (hits + (result.result in ("hit", "suppressed")), checked + 1)
    return counted


def is_signed_off(audit: list[dict[str, Any]], county: str, rule: str, as_of: date) -> bool:
    return any(
        e["kind"] == "signed_off" and (e["rule"], e["as_of"]) == (rule, as_of.isoformat()) and e["area"] == county
        for e in audit
    )


def cases_of(tickets: list[Ticket], county: str, rule: str, context: Context) -> list[Ticket]:
    """Closed tickets of the window on which the rule's finding was before they were closed; one rule version is assumed."""
    months = context.policy.value(county, "shadow.window_months", context.as_of)
    after = add_months(context.as_of, -months)
    closed = [t for t in tickets if t.county == county and t.closed_on is not None and t.closed_on > after]
    return [t for t in closed if any(f[0] == rule and day <= (t.closed_on or day) for f, day in t.put_on.items())]


def is_shadow(context: Context, county: str, rule: str, cases: int, confirmed: int) -> bool:
    floors = context.policy.value(county, "shadow.floor", context.as_of) or {}
    floor = floors.get(RULES[rule].direction)
    if floor is None or cases < context.policy.value(county, "shadow.min_cases", context.as_of):
        return False
    return wilson_upper(confirmed, cases) < float(floor)


def wilson_upper(confirmed: int, cases: int) -> float:
    p, z2 = confirmed / cases, Z * Z
    centre = p + z2 / (2 * cases)
    spread = Z * math.sqrt(p * (1 - p) / cases + z2 / (4 * cases * cases))
    return (centre + spread) / (1 + z2 / cases)
