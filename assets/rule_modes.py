"""Which rules open tickets in which county today, with the figures: written to the lake as rule_modes.parquet.

Gathers counts for rules/tickets/modes.py: closed cases from the tickets as they stand after today's reports, shares
of earlier check dates from the lake, sign-offs from the audit ledger.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

import polars as pl

from assets.audit import entries
from assets.county_policy import CountyPolicy, is_county
from assets.deliveries import Stock
from assets.findings import Findings
from assets.home import Home
from assets.households import Registers
from rules.findings import ALL, BY_CODE
from rules.tickets.modes import USUAL_DATES, EarlierCheck, Evidence, ModePolicy, Volume, decide, reason
from rules.tickets.precision import Counts, recent_counts
from rules.tickets.state import Ticket

MODES: Final[dict[str, type[pl.DataType]]] = {
    "county": pl.String,
    "rule": pl.String,
    "rule_version": pl.String,
    "mode": pl.String,
    "cases": pl.Int64,
    "confirmed": pl.Int64,
    "precision": pl.Float64,
    "precision_high": pl.Float64,
    "floor": pl.Float64,
    "hits": pl.Int64,
    "checked": pl.Int64,
    "share": pl.Float64,
    "usual_share": pl.Float64,
    "limit_share": pl.Float64,
    "is_signed_off": pl.Boolean,
    "reason_zh": pl.String,
    "reason_en": pl.String,
}
HITS: Final = ("hit", "suppressed")
CHECKED: Final = (*HITS, "no_hit")

CountyRule = tuple[str, str]
SignOff = tuple[str, str, dt.date]
"""rule, area, check date."""


@dataclass(frozen=True)
class RuleModes:
    """frame: MODES, one row for every county and rule of the check date, by county and in the order of the rules."""

    frame: pl.DataFrame
    by_rule: Mapping[CountyRule, str]

    def mode(self, county: str, rule: str) -> str:
        """normal | shadow | held | signed_off; normal for a county without households today."""
        return self.by_rule.get((county, rule), "normal")


def decide_modes(stock: Stock, registers: Registers, findings: Findings, tickets: Mapping[str, Ticket]) -> RuleModes:
    """The modes of a check date. `tickets`: after today's reports, before today's findings."""
    signed = signed_off(stock.home)
    return modes_of(stock.home, stock.as_of, findings.results, registers.policy, tickets.values(), signed)


def signed_off(home: Home) -> frozenset[SignOff]:
    """What named persons have signed off, from the audit ledger."""
    return frozenset(
        (str(e.fields["rule"]), str(e.fields["area"]), dt.date.fromisoformat(str(e.fields["as_of"])))
        for e in entries(home)
        if e.kind == "signed_off"
    )


def modes_of(
    home: Home,
    as_of: dt.date,
    results: pl.DataFrame,
    policy: CountyPolicy,
    tickets: Iterable[Ticket],
    signed: Collection[SignOff],
) -> RuleModes:
    """`results`: county, rule, result, reason, households of today; earlier check dates are read from the lake."""
    volumes = {(county, rule): Volume(hits, checked) for county, rule, hits, checked in _volumes(results).iter_rows()}
    # Households with an unusable township have no county of their own and are never checked.
    counties = sorted({county for county, _ in volumes if is_county(county)})
    policies = {(county, rule.code): _policy(policy, county, rule.direction) for county in counties for rule in ALL}
    windows = {county: policies[(county, ALL[0].code)].window_months for county in counties}
    counts = recent_counts(tickets, as_of, windows)
    earlier = _earlier(home, as_of)
    rows = []
    for county in counties:
        for rule in ALL:
            key = (county, rule.code)
            count = counts.get((county, rule.code, rule.version), Counts())
            volume = volumes.get(key, Volume(0, 0))
            is_signed = (rule.code, county, as_of) in signed
            evidence = Evidence(count.cases, count.confirmed, volume, earlier.get(key, []), is_signed)
            rows.append(_row(county, rule.code, evidence, policies[key]))
    return RuleModes(
        pl.DataFrame(rows, schema=MODES, orient="row"), {(row["county"], row["rule"]): row["mode"] for row in rows}
    )


def _row(county: str, rule: str, evidence: Evidence, policy: ModePolicy) -> dict[str, Any]:
    decision = decide(evidence, policy)
    zh, en = reason(decision, evidence, policy)
    return {
        "county": county,
        "rule": rule,
        "rule_version": BY_CODE[rule].version,
        "cases": evidence.cases,
        "confirmed": evidence.confirmed,
        "hits": evidence.today.hits,
        "checked": evidence.today.checked,
        **asdict(decision),
        "reason_zh": zh or None,
        "reason_en": en or None,
    }


def _policy(policy: CountyPolicy, county: str, direction: str) -> ModePolicy:
    def value(name: str) -> Any:
        return policy.value(county, name)

    names = ("brake.times_usual", "brake.min_checks", "brake.min_hits", "shadow.min_cases", "shadow.window_months")
    if any(value(name) is None for name in names):
        # A check date before the first national values: no rule can be checked then, and none is held or in shadow.
        return ModePolicy(Decimal(1), USUAL_DATES + 1, 1, None, 1, 1)
    floors = value("shadow.floor")
    return ModePolicy(
        times_usual=value("brake.times_usual").number(),
        min_checks=value("brake.min_checks").whole(),
        min_hits=value("brake.min_hits").whole(),
        floor=None if floors is None else floors.table().get(direction),
        min_cases=value("shadow.min_cases").whole(),
        window_months=value("shadow.window_months").whole(),
    )


def _volumes(results: pl.DataFrame) -> pl.DataFrame:
    """county, rule, hits, checked: suppressed hits are hits; households not checked are not counted."""
    households, result = pl.col("households"), pl.col("result")
    return results.group_by("county", "rule").agg(
        households.filter(result.is_in(HITS)).sum().cast(pl.Int64).alias("hits"),
        households.filter(result.is_in(CHECKED)).sum().cast(pl.Int64).alias("checked"),
    )


def _earlier(home: Home, as_of: dt.date) -> dict[CountyRule, list[EarlierCheck]]:
    """Every earlier published check date, by county and rule.

    Dates published before modes were kept count with their results: nothing was held then.
    """
    found: dict[CountyRule, list[EarlierCheck]] = defaultdict(list)
    for day in (day for day in home.published_dates() if day < as_of):
        for county, rule, hits, checked, mode, is_signed in _of_date(home, day).iter_rows():
            check = EarlierCheck(day, Volume(hits, checked), mode == "held", is_signed)
            found[(county, rule)].append(check)
    return found


def _of_date(home: Home, day: dt.date) -> pl.DataFrame:
    """county, rule, hits, checked, mode, is_signed_off of an earlier check date; no row where the lake has lost it."""
    columns = ("county", "rule", "hits", "checked", "mode", "is_signed_off")
    modes, results = (home.check(day) / f"{name}.parquet" for name in ("rule_modes", "rule_results"))
    if modes.is_file():
        return pl.read_parquet(modes, columns=list(columns)).select(columns)
    if not results.is_file():
        return pl.DataFrame(schema={name: MODES[name] for name in columns})
    return _volumes(pl.read_parquet(results)).with_columns(
        pl.lit("normal").alias("mode"), pl.lit(False).alias("is_signed_off")
    )
