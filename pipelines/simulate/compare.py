"""What a check date holds, and how two runs of it differ: tickets per household and direction, findings, modes.

A household *has a ticket* on a check date when the published list would show it one: open, or closed on this very date.
One that only stands because somebody had acted on it (docs/decisions/0018: opened again with all findings withdrawn)
is none: under that policy the check would not have opened it. Over several dates it is the tickets opened in the
period that are compared; those carried over from before exist in both.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.publication.tables.precision import with_groups
from assets.ticket_state import load_state
from rules.tickets.precision import Case, cases_of
from rules.tickets.transitions import CLOSED

GROUPS: Final = ("county", "township", "age_band", "disability", "programme")
NEW, LOST, KEPT = "new", "lost", "kept"
CHANGES: Final = (NEW, LOST, KEPT)
DETAILS: Final = ("opened_on", "due_on", "severity", "owner")
DIFFERS: Final = ("standing", *DETAILS)
_FINDING: Final = ("rule", "household_id")


@dataclass(frozen=True)
class View:
    """What is compared of one date in one run.

    tickets    one row a ticket: ticket_id, household_id, direction, county, township, programme, age_band, disability,
               opened_on, due_on, severity, owner, rules (that ever stood on it), standing (that stand now)
    acted_on   numbers of tickets that stand only because somebody had acted on them
    findings   rule, household_id, items: what is published of today's comparison
    results    rule, result, households
    modes      county, rule, mode: those that are not normal
    """

    tickets: pl.DataFrame
    acted_on: frozenset[str]
    findings: pl.DataFrame
    results: pl.DataFrame
    modes: pl.DataFrame


def view_of(partition: Path, as_of: dt.date) -> View:
    """The view of a check date, from its partition of the lake or of a run that has come to its tickets."""
    tickets = pl.read_parquet(partition / "tickets.parquet")
    if "has_disability" not in tickets.columns:  # version 0.1 did not keep it
        tickets = tickets.with_columns(pl.lit(None, dtype=pl.Boolean).alias("has_disability"))
    today = (pl.col("at") == as_of) & (pl.col("event") == "closed")
    closed = pl.read_parquet(partition / "ticket_events.parquet").filter(today)["ticket_id"].unique()
    listed = tickets.filter((pl.col("status") != CLOSED) | pl.col("ticket_id").is_in(closed.implode())).join(
        _findings_on_tickets(partition / "ticket_findings.parquet"), on="ticket_id", how="left"
    )
    has_stood = pl.col("rules").list.len().fill_null(0) > 0
    published = pl.read_parquet(partition / "item_states.parquet").filter(pl.col("state") != "held")
    results = pl.read_parquet(partition / "rule_results.parquet")
    return View(
        tickets=_ticket_rows(listed.filter(has_stood)),
        acted_on=frozenset(listed.filter(~has_stood)["ticket_id"]),
        findings=published.group_by(_FINDING).agg(pl.len().cast(pl.Int64).alias("items")).sort(_FINDING),
        results=results.group_by("rule", "result").agg(pl.col("households").sum()).sort("rule", "result"),
        modes=_modes(partition / "rule_modes.parquet"),
    )


def _modes(path: Path) -> pl.DataFrame:
    """Rules that were not normal; none on dates before modes were kept."""
    if not path.is_file():
        return pl.DataFrame(schema=dict.fromkeys(("county", "rule", "mode"), pl.String))
    modes = pl.read_parquet(path, columns=["county", "rule", "mode"])
    return modes.select("county", "rule", "mode").filter(pl.col("mode") != "normal").sort("county", "rule")


def _findings_on_tickets(path: Path) -> pl.DataFrame:
    """ticket_id, rules, standing. A finding withdrawn on the day it came never stood."""
    rows = pl.read_parquet(path, columns=["ticket_id", "rule", "since", "withdrawn_on"])
    stands = pl.col("withdrawn_on").is_null()
    return rows.group_by("ticket_id").agg(
        pl.col("rule").filter(stands | (pl.col("withdrawn_on") > pl.col("since"))).sort().alias("rules"),
        pl.col("rule").filter(stands).sort().alias("standing"),
    )


def _ticket_rows(tickets: pl.DataFrame) -> pl.DataFrame:
    places = (pl.col("county_code").alias("county"), pl.col("township_code").alias("township"))
    rows = with_groups(tickets).with_columns(places)
    return rows.select("ticket_id", "household_id", "direction", *GROUPS, *DETAILS, "rules", "standing").sort(
        "ticket_id"
    )


def together(views: Iterable[View]) -> View:
    """Several dates of one run as one: every ticket as last seen, every finding once. Results and modes are per date."""
    listed = list(views)
    last = pl.concat([view.tickets for view in listed]).unique("ticket_id", keep="last", maintain_order=True)
    acted_on = frozenset[str]().union(*(view.acted_on for view in listed)) - set(last["ticket_id"])
    findings = pl.concat([view.findings for view in listed]).group_by(_FINDING).agg(pl.col("items").max())
    nothing = listed[0].results.clear(), listed[0].modes.clear()
    return View(last.sort("ticket_id"), acted_on, findings.sort(_FINDING), *nothing)


def opened(view: View, since: dt.date) -> tuple[View, View]:
    """The view with the tickets carried over from before that day, and with those opened from it on."""
    is_before = pl.col("opened_on") < since
    return replace(view, tickets=view.tickets.filter(is_before)), replace(view, tickets=view.tickets.filter(~is_before))


@dataclass(frozen=True)
class Subject:
    """One household and direction in both runs; None where it has no ticket in one of them.

    A side: tickets, rules, standing (lists over its tickets), groups and details of the newest one.
    """

    household_id: str
    direction: str
    published: dict[str, Any] | None
    simulated: dict[str, Any] | None

    @property
    def groups(self) -> dict[str, str]:
        side = self.simulated or self.published or {}
        return {name: side[name] for name in GROUPS}

    @property
    def change(self) -> str:
        """new, lost or kept."""
        return NEW if self.published is None else LOST if self.simulated is None else KEPT

    @property
    def differs(self) -> list[str]:
        """What another policy changes of a ticket that both runs have."""
        one, other = self.published, self.simulated
        return [name for name in DIFFERS if one and other and one[name] != other[name]]


def subjects(published: View, simulated: View) -> list[Subject]:
    """Every household and direction that has a ticket in one of two views of the same date or dates."""
    one, other = _by_subject(published), _by_subject(simulated)
    return [Subject(*key, one.get(key), other.get(key)) for key in sorted({*one, *other})]


def _by_subject(view: View) -> dict[tuple[str, str], dict[str, Any]]:
    """A date may close one ticket and open the next; the newest speaks for both."""
    rows = view.tickets.sort("opened_on", "ticket_id").group_by("household_id", "direction", maintain_order=True).agg(
        pl.col("ticket_id").alias("tickets"),
        pl.col("rules").list.explode().unique().sort(),
        pl.col("standing").list.explode().drop_nulls().unique().sort(),
        pl.col(*GROUPS, *DETAILS).last(),
    )  # fmt: skip
    return {(row.pop("household_id"), row.pop("direction")): row for row in rows.to_dicts()}


def findings_by_change(published: View, simulated: View) -> Counter[tuple[str, str]]:
    """Rule and change -> households whose finding appears, disappears or stays."""
    one, other = (set(view.findings.select(_FINDING).iter_rows()) for view in (published, simulated))
    parts = {NEW: other - one, LOST: one - other, KEPT: one & other}
    return Counter((rule, change) for change, found in parts.items() for rule, _ in found)


# --- What people found so far ------------------------------------------------------------------------------------------


def cases_so_far(newest: Path) -> list[Case]:
    """Every finding a person concluded after having seen it, as of the newest published check date."""
    tickets, _ = load_state(newest)
    return [case for number in sorted(tickets) for case in cases_of(tickets[number])]


# --- Whether what was published can be had again ------------------------------------------------------------------------

STATE: Final = ("tickets", "ticket_items", "ticket_findings", "ticket_matters", "ticket_events")
FRAMES: Final = (*STATE, "item_states", "rule_results", "rule_modes")


def tickets_not_repeated(published: Path, again: Path) -> int | None:
    """How many tickets the repeated check date does not give as published. None: tickets, findings and modes are the same.

    0: only something that is on no ticket differs. Columns that an older version did not write are not compared.
    """
    unlike = {name: _differing(published / f"{name}.parquet", again / f"{name}.parquet") for name in FRAMES}
    if not any(rows.height for rows in unlike.values()):
        return None
    numbers = [rows["ticket_id"] for name in STATE if "ticket_id" in (rows := unlike[name]).columns]
    return pl.concat(numbers).n_unique() if numbers else 0


def _differing(one: Path, other: Path) -> pl.DataFrame:
    """Rows that only one of two files holds; none where one of them was never written."""
    if not (one.is_file() and other.is_file()):
        return pl.DataFrame()
    left, right = pl.read_parquet(one), pl.read_parquet(other)
    names = [name for name in left.columns if name in right.columns]
    left, right = left.select(names), right.select(names)
    if left.equals(right):
        return pl.DataFrame()
    whole = pl.struct(pl.all()).struct.json_encode().alias("whole")  # whatever the types of an older version
    number = [name for name in names if name == "ticket_id"]
    rows = pl.concat([frame.select(whole, *number).unique() for frame in (left, right)])
    return rows.filter(pl.col("whole").is_unique())
