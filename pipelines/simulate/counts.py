"""The difference of two runs in counts: one dictionary for the screen, the page and `--json`.

Counts are exact here; small groups are hidden where people look (pipelines/simulate/small.py). Names and identity
numbers are nowhere in it, household ids only in the lists of households, for machines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from assets.publication.tables.precision import GROUPS_ZH
from pipelines.simulate.compare import (
    CHANGES,
    DETAILS,
    GROUPS,
    KEPT,
    LOST,
    NEW,
    SUBJECT,
    Difference,
    View,
    difference,
)
from policy.parameters import RULES
from policy.policy import PolicyBook
from rules.findings import ALL, BY_CODE
from rules.tickets.precision import PLACES, Case, Counts, wilson

DIRECTIONS: Final = ("verify", "help")
DIFFERS: Final = ("standing", *DETAILS)
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
    found = difference(before, after)
    rows = found.subjects.to_dicts()
    parts = {direction: [row for row in rows if row["direction"] == direction] for direction in DIRECTIONS}
    sides = {"published": before, "simulated": after}
    return {
        "is_different": not found.is_none,
        "opened": {d: {name: _opened(view, d, since) for name, view in sides.items()} for d in DIRECTIONS},
        "households": {direction: _households(part) for direction, part in parts.items()},
        "kept_by_people": len(found.acted_on),
        "outcomes": {direction: _outcomes(part, known) for direction, part in parts.items()},
        "estimate": {
            direction: known.expected(known.surest(row["rules_simulated"]) for row in part if row["change"] == NEW)
            for direction, part in parts.items()
        },
        "rules": _rules(rows, found.findings, known),
        "groups": {dimension: _group(found.subjects, dimension, book) for dimension in GROUPS},
        "list": _changed_households(found, known),
    }


def carried(before: View, after: View) -> dict[str, Any]:
    """Tickets from before the period, by direction: how many, and what of them another policy changes."""
    rows = difference(before, after).subjects.to_dicts()
    counts = {d: _households([row for row in rows if row["direction"] == d]) for d in DIRECTIONS}
    return {d: {name: count[name] for name in ("published", "emptied", "changed")} for d, count in counts.items()}


def _opened(view: View, direction: str, since: dt.date) -> int:
    return view.tickets.filter((pl.col("direction") == direction) & (pl.col("opened_on") >= since)).height


_Rows = list[dict[str, Any]]


def _households(rows: _Rows) -> dict[str, Any]:
    counts = {change: sum(row["change"] == change for row in rows) for change in CHANGES}
    emptied = sum(
        bool(row["change"] == KEPT and row["standing_published"] and not row["standing_simulated"]) for row in rows
    )
    return {
        "published": counts[LOST] + counts[KEPT],
        "simulated": counts[NEW] + counts[KEPT],
        **counts,
        "emptied": emptied,
        "changed": {name: sum(row[f"differs_{name}"] for row in rows) for name in DIFFERS},
    }


def _outcomes(rows: _Rows, known: Known) -> dict[str, dict[str, int]]:
    """Published tickets of households that lose and that keep theirs, by how they ended so far."""
    return {
        change: known.outcomes(number for row in rows if row["change"] == change for number in row["tickets_published"])
        for change in (LOST, KEPT)
    }


def _rules(rows: _Rows, findings: pl.DataFrame, known: Known) -> list[dict[str, Any]]:
    """Every rule: findings that appear and disappear, households whose ticket names it, outcomes, estimate."""
    counted = {(rule, change): number for rule, change, number in findings.group_by("rule", "change").len().iter_rows()}
    table = []
    for rule in ALL:
        named = [r for r in rows if rule.code in {*(r["rules_published"] or ()), *(r["rules_simulated"] or ())}]
        households = {change: sum(row["change"] == change for row in named) for change in CHANGES}
        table.append(
            {
                "rule": rule.code,
                "label_zh": rule.label_zh,
                "direction": rule.direction,
                "findings": {change: counted.get((rule.code, change), 0) for change in CHANGES},
                "households": households,
                "outcomes": _outcomes(named, known),
                "estimate": known.expected([rule.code] * households[NEW]),
            }
        )
    return table


def _group(subjects: pl.DataFrame, dimension: str, book: PolicyBook) -> list[dict[str, Any]]:
    """Households by group, direction and change; a township comes with its county."""
    keys = ["county", "township"] if dimension == "township" else [dimension]
    counted: dict[tuple[str, ...], dict[str, dict[str, int]]] = {}
    for row in subjects.group_by(*keys, "direction", "change").len().sort(keys).iter_rows(named=True):
        group = counted.setdefault(tuple(row[key] for key in keys), {d: dict.fromkeys(CHANGES, 0) for d in DIRECTIONS})
        group[row["direction"]][row["change"]] = row["len"]
    return [
        {dimension: key[-1], **dict(zip(keys[:-1], key[:-1], strict=True)), "label_zh": _label(dimension, key[-1], book), **cells}
        for key, cells in sorted(counted.items())
    ]  # fmt: skip


def _label(dimension: str, code: str, book: PolicyBook) -> str:
    """The group's own word: a county's name, a band's; a township and a programme are called by what they are."""
    return book.label(code) if dimension == "county" else GROUPS_ZH.get(code, code)


def _changed_households(found: Difference, known: Known) -> list[dict[str, Any]]:
    """Households whose ticket appears, disappears or changes, for machines: ids, ticket numbers, rules."""
    return [
        {
            **{name: row[name] for name in (*SUBJECT, "change", *GROUPS)},
            "published": _side(row, "published", known),
            "simulated": _side(row, "simulated", known),
            "differs": [name for name in DIFFERS if row[f"differs_{name}"]],
        }
        for row in found.changed.iter_rows(named=True)
    ]


def _side(row: dict[str, Any], side: str, known: Known) -> dict[str, Any] | None:
    tickets = row[f"tickets_{side}"]
    if tickets is None:
        return None
    found = {"tickets": tickets, "rules": row[f"rules_{side}"], "standing": row[f"standing_{side}"]}
    return {**found, "outcomes": [known.outcome(number) for number in tickets]} if side == "published" else found


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
