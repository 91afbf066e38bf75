"""What a check date holds, and how two runs of it differ: tickets per household and direction, findings, modes.

A household *has a ticket* on a check date when the published list would show it one: open, or closed on this very date.
One that only stands because somebody had acted on it (docs/decisions/0018: opened again with all findings withdrawn)
is none: under that policy the check would not have opened it. Over several dates it is the tickets opened in the
period that are compared; those carried over from before exist in both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from assets.publication.tables.precision import with_groups
from assets.ticket_state import load_state
from rules.tickets.precision import Case, cases_of
from rules.tickets.transitions import CLOSED

SUBJECT: Final = ("household_id", "direction")
GROUPS: Final = ("county", "township", "age_band", "disability", "programme")
NEW, LOST, KEPT = "new", "lost", "kept"
CHANGES: Final = (NEW, LOST, KEPT)
DETAILS: Final = ("opened_on", "due_on", "severity", "owner")
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
    return rows.select("ticket_id", *SUBJECT, *GROUPS, *DETAILS, "rules", "standing").sort("ticket_id")


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
class Difference:
    """Two views of the same date or dates.

    subjects   household_id, direction, change (new, lost, kept), the groups, tickets_/rules_/standing_ published and
               simulated (lists, null where there is no ticket), differs_* (kept ones only)
    findings   rule, household_id, change, items_published, items_simulated
    """

    subjects: pl.DataFrame
    findings: pl.DataFrame
    acted_on: frozenset[str]

    @property
    def changed(self) -> pl.DataFrame:
        """Households whose ticket appears, disappears or changes."""
        return self.subjects.filter((pl.col("change") != KEPT) | pl.any_horizontal(r"^differs_.*$"))

    @property
    def is_none(self) -> bool:
        """Whether nothing at all differs."""
        items = pl.col("items_published").eq_missing(pl.col("items_simulated"))
        return self.changed.is_empty() and self.findings.filter(~items).is_empty()


def difference(published: View, simulated: View) -> Difference:
    """How the simulated run differs from the published one."""
    subjects = _per_subject(published).join(
        _per_subject(simulated), on=SUBJECT, how="full", coalesce=True, suffix="_simulated"
    )
    groups = [pl.coalesce(f"{name}_simulated", name).alias(name) for name in GROUPS]
    lists = [
        column
        for name in ("tickets", "rules", "standing")
        for column in (pl.col(name).alias(f"{name}_published"), pl.col(f"{name}_simulated"))
    ]
    before, after = pl.col("tickets").is_not_null(), pl.col("tickets_simulated").is_not_null()
    differs = [
        (before & after & pl.col(name).ne_missing(pl.col(f"{name}_simulated"))).alias(f"differs_{name}")
        for name in ("standing", *DETAILS)
    ]
    rows = subjects.select(*SUBJECT, _change(before, after), *groups, *lists, *differs).sort(SUBJECT)
    found = published.findings.join(simulated.findings, on=_FINDING, how="full", coalesce=True, suffix="_simulated")
    before, after = pl.col("items").is_not_null(), pl.col("items_simulated").is_not_null()
    items = (pl.col("items").alias("items_published"), "items_simulated")
    findings = found.select(*_FINDING, _change(before, after), *items).sort(_FINDING)
    return Difference(rows, findings, simulated.acted_on - published.acted_on)


def _change(before: pl.Expr, after: pl.Expr) -> pl.Expr:
    return (
        pl.when(before & after).then(pl.lit(KEPT)).when(after).then(pl.lit(NEW)).otherwise(pl.lit(LOST)).alias("change")
    )


def _per_subject(view: View) -> pl.DataFrame:
    """One row a household and direction: a date may close one ticket and open the next; the newest speaks for both."""
    newest = view.tickets.sort("opened_on", "ticket_id")
    return newest.group_by(SUBJECT, maintain_order=True).agg(
        pl.col("ticket_id").alias("tickets"),
        pl.col("rules").list.explode().unique().sort(),
        pl.col("standing").list.explode().drop_nulls().unique().sort(),
        *(pl.col(name).last() for name in (*GROUPS, *DETAILS)),
    )


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
    rows = pl.concat([left, right], how="vertical_relaxed")
    return rows.filter(pl.struct(pl.all()).struct.json_encode().is_unique())
