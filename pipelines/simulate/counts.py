"""The difference of two runs in counts: one dictionary for the screen, the page and `--json`.

Counts are exact here; small groups are hidden where people look (pipelines/simulate/small.py). Names and identity
numbers are nowhere in it, household ids only in the lists of households, for machines.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from assets.publication.tables.precision import GROUPS_ZH
from pipelines.simulate.compare import (
    CHANGES,
    DIFFERS,
    GROUPS,
    KEPT,
    LOST,
    NEW,
    Subject,
    View,
    findings_by_change,
    subjects,
)
from policy.parameters import RULES
from policy.policy import PolicyBook
from rules.findings import ALL, BY_CODE
from rules.tickets.precision import PLACES, Case, Counts, wilson

DIRECTIONS: Final = ("verify", "help")
RESULTS: Final = ("hit", "no_hit", "suppressed", "not_checked")
CONFIRMED, NOT_CONFIRMED, OPEN = "confirmed", "not_confirmed", "open"


@dataclass(frozen=True)
class Known:
    """What people found so far: how each concluded ticket ended, and how often each rule proved right.

    confirmed  ticket number -> whether its conclusion confirmed it; tickets nobody has concluded are not in it
    counts     rule -> cases, whatever the county and the version of the rule: what table rule_precision says of `all`
    """

    confirmed: Mapping[str, bool]
    counts: Mapping[str, Counts]

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Known:
        confirmed: dict[str, bool] = {}
        counts = {rule: Counts() for rule in RULES}
        for case in cases:
            confirmed[case.ticket_id] = case.is_confirmed
            counts[case.rule].cases += 1
            counts[case.rule].confirmed += case.is_confirmed
        return cls(confirmed, counts)

    def outcome(self, number: str) -> str:
        """confirmed, not_confirmed, or open where nobody has concluded it."""
        known = self.confirmed.get(number)
        return OPEN if known is None else (CONFIRMED if known else NOT_CONFIRMED)

    def outcomes(self, tickets: Iterable[str]) -> dict[str, int]:
        """Tickets by how they ended so far."""
        found = dict.fromkeys((CONFIRMED, NOT_CONFIRMED, OPEN), 0)
        for number in tickets:
            found[self.outcome(number)] += 1
        return found

    def precision(self, rule: str) -> dict[str, Any]:
        """cases, confirmed, share and its 95 % Wilson interval; the three are null without a case."""
        count = self.counts[rule]
        low, high = wilson(count.confirmed, count.cases)
        share = round(count.confirmed / count.cases, PLACES) if count.cases else None
        return {"cases": count.cases, "confirmed": count.confirmed, "share": share, "low": low, "high": high}

    def table(self) -> list[dict[str, Any]]:
        """The precision of every rule."""
        return [{"rule": rule.code, "label_zh": rule.label_zh, **self.precision(rule.code)} for rule in ALL]

    def expected(self, rules: Iterable[str | None]) -> dict[str, Any]:
        """How many of some tickets people would confirm if they went as those before, one rule a ticket.

        `tickets`: all of them; `without_cases`: those whose rule nobody has ever looked at (None counts as such).
        """
        listed = list(rules)
        known = [self.precision(rule) for rule in listed if rule and self.counts[rule].cases]
        sums = {name: round(sum(p[name] for p in known), 1) if known else None for name in ("share", "low", "high")}
        return {
            "tickets": len(listed),
            "without_cases": len(listed) - len(known),
            "expected": sums["share"],
            "low": sums["low"],
            "high": sums["high"],
        }

    def surest(self, rules: Iterable[str]) -> str | None:
        """Of the rules on a ticket the one that proved right most often: a ticket is confirmed or not as a whole."""
        shares = {rule: self.precision(rule)["share"] for rule in rules if self.counts[rule].cases}
        return max(sorted(shares), key=lambda rule: shares[rule]) if shares else None


def period(before: View, after: View, since: dt.date, known: Known, book: PolicyBook) -> dict[str, Any]:
    """One check date, or several together, in both runs: households, rules, groups, outcomes, estimate, the list.

    `since`: tickets opened from that day on are counted as opened.
    """
    listed = subjects(before, after)
    parts = {direction: [s for s in listed if s.direction == direction] for direction in DIRECTIONS}
    sides = {"published": before, "simulated": after}
    changed = [s for s in listed if s.change != KEPT or s.differs]
    return {
        "is_different": bool(changed) or not before.findings.equals(after.findings),
        "opened": {d: {name: _opened(view, d, since) for name, view in sides.items()} for d in DIRECTIONS},
        "households": {direction: _households(part) for direction, part in parts.items()},
        "kept_by_people": len(after.acted_on - before.acted_on),
        "outcomes": {direction: _outcomes(part, known) for direction, part in parts.items()},
        "estimate": {
            direction: known.expected(
                known.surest(s.simulated["rules"]) for s in part if s.published is None and s.simulated
            )
            for direction, part in parts.items()
        },
        "rules": _rules(listed, findings_by_change(before, after), known),
        "groups": {dimension: _group(listed, dimension, book) for dimension in GROUPS},
        "list": [_for_machines(s, known) for s in changed],
    }


def carried(before: View, after: View) -> dict[str, Any]:
    """Tickets from before the period, by direction: how many, and what of them another policy changes."""
    listed = subjects(before, after)
    counts = {d: _households([s for s in listed if s.direction == d]) for d in DIRECTIONS}
    return {d: {name: count[name] for name in ("published", "emptied", "changed")} for d, count in counts.items()}


def _opened(view: View, direction: str, since: dt.date) -> int:
    return view.tickets.filter((pl.col("direction") == direction) & (pl.col("opened_on") >= since)).height


def _households(listed: list[Subject]) -> dict[str, Any]:
    counts = {change: sum(s.change == change for s in listed) for change in CHANGES}
    both = [(s.published, s.simulated) for s in listed if s.published and s.simulated]
    return {
        "published": counts[LOST] + counts[KEPT],
        "simulated": counts[NEW] + counts[KEPT],
        **counts,
        "emptied": sum(bool(one["standing"] and not other["standing"]) for one, other in both),
        "changed": {name: sum(name in s.differs for s in listed) for name in DIFFERS},
    }


def _outcomes(listed: list[Subject], known: Known) -> dict[str, dict[str, int]]:
    """Published tickets of households that lose and that keep theirs, by how they ended so far."""
    return {
        change: known.outcomes(n for s in listed if s.change == change and s.published for n in s.published["tickets"])
        for change in (LOST, KEPT)
    }


def _rules(listed: list[Subject], findings: Counter[tuple[str, str]], known: Known) -> list[dict[str, Any]]:
    """Every rule: findings that appear and disappear, households whose ticket names it, outcomes, estimate."""
    table = []
    for rule in ALL:
        named = [s for s in listed if any(rule.code in side["rules"] for side in (s.published, s.simulated) if side)]
        households = {change: sum(s.change == change for s in named) for change in CHANGES}
        table.append(
            {
                "rule": rule.code,
                "label_zh": rule.label_zh,
                "direction": rule.direction,
                "findings": {change: findings[rule.code, change] for change in CHANGES},
                "households": households,
                "outcomes": _outcomes(named, known),
                "estimate": known.expected([rule.code] * households[NEW]),
            }
        )
    return table


def _group(listed: list[Subject], dimension: str, book: PolicyBook) -> list[dict[str, Any]]:
    """Households by group, direction and change; a township comes with its county."""
    keys = ["county", "township"] if dimension == "township" else [dimension]
    counted = Counter((tuple(s.groups[key] for key in keys), s.direction, s.change) for s in listed)
    return [
        {dimension: codes[-1], **dict(zip(keys[:-1], codes[:-1], strict=True)), "label_zh": _label(dimension, codes[-1], book)}
        | {d: {change: counted[codes, d, change] for change in CHANGES} for d in DIRECTIONS}
        for codes in sorted({codes for codes, _, _ in counted})
    ]  # fmt: skip


def _label(dimension: str, code: str, book: PolicyBook) -> str:
    """The group's own word: a county's name, a band's; a township and a programme are called by what they are."""
    return book.label(code) if dimension == "county" else GROUPS_ZH.get(code, code)


def _for_machines(of: Subject, known: Known) -> dict[str, Any]:
    """A household whose ticket appears, disappears or changes: ids, ticket numbers, rules."""
    one, other = (
        {n: side[n] for n in ("tickets", "rules", "standing")} if side else None
        for side in (of.published, of.simulated)
    )
    if one:
        one["outcomes"] = [known.outcome(number) for number in one["tickets"]]
    named = {"household_id": of.household_id, "direction": of.direction, "change": of.change, **of.groups}
    return {**named, "published": one, "simulated": other, "differs": of.differs}


def changed_modes(published: View, simulated: View) -> list[dict[str, str]]:
    """Rules that open tickets in one run only (shadow, brake), by county."""
    modes = [{(county, rule): mode for county, rule, mode in v.modes.iter_rows()} for v in (published, simulated)]
    pairs = [(key, modes[0].get(key, "normal"), modes[1].get(key, "normal")) for key in sorted({*modes[0], *modes[1]})]
    return [
        {"county": county, "rule": rule, "label_zh": BY_CODE[rule].label_zh, "published": one, "simulated": other}
        for (county, rule), one, other in pairs
        if one != other
    ]


def changed_results(published: View, simulated: View) -> list[dict[str, Any]]:
    """Rules whose four results differ: households by result, published and simulated."""
    sides = [{(rule, result): n for rule, result, n in view.results.iter_rows()} for view in (published, simulated)]
    named = {
        rule.code: [{name: int(side.get((rule.code, name), 0)) for name in RESULTS} for side in sides] for rule in ALL
    }
    return [
        {"rule": rule, "published": one, "simulated": other} for rule, (one, other) in named.items() if one != other
    ]
