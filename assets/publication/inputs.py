"""What the analysts' tables are made from: the lake's partition of the check date, and what the check itself knows.

Frames come from the partition, so that nothing is computed twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
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
        """One row a ticket and rule on it: rule_version, the ticket's columns, `outcome` where a person looked at it.

        A finding counts as looked at when it was on the ticket on or before the day a person concluded: what came later
        was not what the person saw.
        """
        names = [
            "ticket_id",
            "county_code",
            "township_code",
            "programme",
            "applicant_id",
            "opened_on",
            "status",
            "closed_on",
            "outcome",
        ]
        tickets = self.lake("tickets")
        if "has_disability" not in tickets.columns:
            tickets = tickets.with_columns(pl.lit(None, dtype=pl.Boolean).alias("has_disability"))
        # Read as text: quotes inside a JSON string are escaped, so this is the key itself; parsing it all takes much longer.
        version = pl.col("payload").str.extract('"rule_version": "([^"]*)"').fill_null("").alias("rule_version")
        versions = self.lake("ticket_findings").select("ticket_id", "rule", version)
        on_ticket = self.lake("ticket_items").group_by("ticket_id", "rule").agg(pl.col("added_on").min())
        return (
            on_ticket.join(tickets.select(*names, "has_disability"), on="ticket_id", how="inner")
            .join(versions, on=["ticket_id", "rule"], how="left")
            .with_columns(
                pl.col("rule_version").fill_null(""),
                pl.when(pl.col("added_on") <= pl.col("closed_on")).then("outcome").alias("outcome"),
            )
        )


def as_of_column(inputs: LakeInputs) -> pl.Expr:
    """The check date as a column."""
    return pl.lit(inputs.as_of).alias("as_of")


def scaled(column: str, digits: int) -> pl.Expr:
    """Whole 10^-digits units as an exact decimal: fen as yuan (2), ten-thousandths of a square metre (4)."""
    one = pl.lit(f"0.{'0' * (digits - 1)}1").cast(pl.Decimal(38, digits))
    return pl.col(column).cast(pl.Decimal(38, digits)) * one
