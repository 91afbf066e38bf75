"""What the analysts' tables are made from, and the list of their makers. One maker a table, each a pure function.

Frames come from the lake's partition of the check date, so that nothing is computed twice, and are put into the shape
of their contract (columns, types, order) in one place.

Which dates a table speaks of: `rule_results`, `rule_modes`, `tickets`, `ticket_events`, `ticket_matters` and
`household_chain` reach back over all check dates: they are small and asked for as series. All other tables hold the
newest check date: households and items of earlier dates are in the lake (`lake/checks/<date>`), and a copy of each a
month would make the file grow without end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from assets.county_policy import CountyPolicy
from assets.deliveries import Stock
from assets.home import Home
from assets.lake import has_table, read_table
from assets.publication.life import Life
from assets.publication.pseudonyms import Pseudonyms
from data_contracts.derive.duckdb_tables import in_shape
from policy.policy import PolicyBook


@dataclass(frozen=True)
class LakeInputs:
    """What tables about people are made from: the lake alone, no running check is needed.

    folder      the lake's partition of the check date (Home.check)
    gaps        Registers.gaps: household_id, gap, person_id
    pseudonyms  how people are shown
    """

    home: Home
    folder: Path
    as_of: dt.date
    gaps: pl.DataFrame
    pseudonyms: Pseudonyms

    def lake(self, name: str) -> pl.DataFrame:
        """A frame of the partition: `households`, `facts/income`, …"""
        return read_table(self.folder, name)

    def has(self, name: str) -> bool:
        return has_table(self.folder, name)

    @cached_property
    def households(self) -> pl.DataFrame:
        """Active households (lake households.parquet)."""
        return self.lake("households")

    @cached_property
    def life(self) -> Life:
        """Tickets, matters and all their events."""
        return Life.read(self.home, self.folder, self.as_of)

    @cached_property
    def people(self) -> pl.DataFrame:
        """household_id, person_id, person_key, person, person_name of active members, as this database shows them."""
        members = self.lake("members").select("household_id", "person_id", "name", "coverage", "is_admitted")
        return self.pseudonyms.with_keys(members, "person_id", "person_key").with_columns(
            self.pseudonyms.number("person_id").alias("person"), self.pseudonyms.name("name").alias("person_name")
        )


@dataclass(frozen=True)
class Inputs(LakeInputs):
    """Everything the tables are made from.

    stock       deliveries of the check date;  rejected  files.rejected_rows of them
    policy      values in force per county;  book  names of areas
    fresh       households.freshness: coverage, feed, state, data_on
    objects     the published ticket objects (their `change`)
    reasons     Findings.county_reasons: (coverage, rule) -> why the rule is not checked there
    """

    stock: Stock
    rejected: pl.DataFrame
    policy: CountyPolicy
    book: PolicyBook
    fresh: pl.DataFrame
    objects: Sequence[Mapping[str, Any]]
    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def settled(self) -> pl.DataFrame:
        """tables_precision.settled_findings, which three tables count."""
        from assets.publication.tables_precision import settled_findings

        return settled_findings(self)


Maker = Callable[[Inputs], pl.DataFrame]


def as_of_column(inputs: LakeInputs) -> pl.Expr:
    """The check date as a column."""
    return pl.lit(inputs.as_of).alias("as_of")


def scaled(column: str, digits: int) -> pl.Expr:
    """Whole 10^-digits units as an exact decimal: fen as yuan (2), ten-thousandths of a square metre (4)."""
    one = pl.lit(f"0.{'0' * (digits - 1)}1").cast(pl.Decimal(38, digits))
    return pl.col(column).cast(pl.Decimal(38, digits)) * one


def makers() -> dict[str, Maker]:
    """Table name → its maker, in the order of spec page 4. `about` and `schema_versions` are added by database.py."""
    from assets.publication import (
        tables_deliveries,
        tables_findings,
        tables_groups,
        tables_matters,
        tables_precision,
        tables_registers,
        tables_tickets,
    )

    return {
        "deliveries": tables_deliveries.deliveries,
        "rejected_rows": tables_deliveries.rejected_rows,
        "households": tables_registers.households,
        "household_members": tables_registers.household_members,
        "household_profile": tables_registers.household_profile,
        "silent_check_readiness": tables_registers.silent_check_readiness,
        "rule_results": tables_findings.rule_results,
        "findings": tables_findings.findings,
        "finding_items": tables_findings.finding_items,
        "risk_labels": tables_findings.risk_labels,
        "tickets": tables_tickets.tickets,
        "ticket_events": tables_tickets.ticket_events,
        "ticket_matters": tables_matters.ticket_matters,
        "supervision": tables_matters.supervision,
        "household_chain": tables_matters.household_chain,
        "rule_precision": tables_precision.rule_precision,
        "rule_precision_by_group": tables_precision.rule_precision_by_group,
        "findings_by_group": tables_groups.findings_by_group,
        "rule_modes": tables_precision.rule_modes,
        "policy_parameters": tables_deliveries.policy_parameters,
    }


def makers_of_people() -> dict[str, Callable[[LakeInputs], pl.DataFrame]]:
    """The tables that show people: the only ones in which the unmasked profile differs from the masked one."""
    from assets.publication import tables_findings, tables_matters, tables_registers, tables_tickets

    return {
        "households": tables_registers.households,
        "household_members": tables_registers.household_members,
        "silent_check_readiness": tables_registers.silent_check_readiness,
        "finding_items": tables_findings.finding_items,
        "ticket_events": tables_tickets.ticket_events,
        "ticket_matters": tables_matters.ticket_matters,
        "household_chain": tables_matters.household_chain,
    }


def make_table(name: str, inputs: Inputs) -> pl.DataFrame:
    """One table in the shape of its contract, sorted by its key."""
    return in_shape(makers()[name](inputs), name)
