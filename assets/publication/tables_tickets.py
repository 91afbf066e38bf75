"""Tables about tickets over time: tickets, ticket_events, rule_precision."""

from __future__ import annotations

import math
from typing import Final

import polars as pl

from assets.publication.tables import Inputs, as_of_column
from assets.ticket_state import load_events
from data_contracts import feed_contract
from policy.parameters import RULES

CONFIRMED: Final = ("change_confirmed", "gradual_exit", "new_need", "referred", "passed_away", "moved")
"""Outcomes after which something had changed; the others are no_issue and data_error."""
PEOPLE_ACT: Final = ("assigned", "visited", "concluded", "closed")
"""Events recorded by a person: `by` is a name."""
ALL_AREAS: Final = "all"
Z: Final = 1.959963984540054
"""97.5 % point of the normal distribution: a 95 % interval."""


def tickets(inputs: Inputs) -> pl.DataFrame:
    """All tickets ever, as they stand on the check date."""
    change = pl.DataFrame(
        [(ticket["ticket_id"], ticket["change"]) for ticket in inputs.objects],
        schema={"ticket_id": pl.String, "change": pl.String},
        orient="row",
    )
    overdue = (pl.lit(inputs.as_of) - pl.col("due_on")).dt.total_days()
    is_open = pl.col("status") != "closed"
    return (
        inputs.lake("tickets")
        .join(change, on="ticket_id", how="left")
        .with_columns(
            as_of_column(inputs),
            pl.col("change").fill_null("unchanged"),
            pl.when(is_open & (overdue > 0)).then(overdue).otherwise(0).alias("overdue_days"),
        )
    )


def ticket_events(inputs: Inputs) -> pl.DataFrame:
    """The append-only ledger up to the check date; names of people shortened, identity numbers masked."""
    # The partition of this date may still lie under its working name: its events are read from there.
    earlier = load_events(inputs.home.lake / "checks", inputs.as_of).filter(pl.col("at") < inputs.as_of)
    ledger = pl.concat([earlier, inputs.lake("ticket_events")], how="vertical")
    by_person = pl.col("event").is_in(PEOPLE_ACT)
    return ledger.with_columns(
        pl.when(by_person).then(inputs.pseudonyms.name("by")).otherwise(inputs.pseudonyms.free_text("by")).alias("by"),
        inputs.pseudonyms.free_text("detail").alias("detail"),
        pl.col("at").alias("known_on"),
    )


def rule_precision(inputs: Inputs) -> pl.DataFrame:
    """How closed findings turned out, by rule, for all areas and each county.

    A finding counts once per ticket. It counts as looked at when it was on the ticket on or before the day a person
    concluded: what came later was not what the person saw.
    """
    numbered = inputs.lake("tickets").select("ticket_id", "county_code", "status", "closed_on", "outcome")
    on_ticket = inputs.lake("ticket_items").group_by("ticket_id", "rule").agg(pl.col("added_on").min())
    seen = on_ticket.join(numbered, on="ticket_id", how="inner").with_columns(
        pl.when(pl.col("added_on") <= pl.col("closed_on")).then("outcome").alias("outcome")
    )
    everywhere = seen.with_columns(pl.lit(ALL_AREAS).alias("area"))
    counted = _counts(pl.concat([everywhere, seen.with_columns(pl.col("county_code").alias("area"))], how="vertical"))
    rules = pl.DataFrame({"rule": list(RULES), "rule_zh": list(RULES.values())})
    areas = pl.DataFrame({"area": sorted({ALL_AREAS, *counted["area"].to_list()})})
    numbers = [name for name in counted.columns if name not in ("area", "rule")]
    table = areas.join(rules, how="cross").join(counted, on=["area", "rule"], how="left")
    return _with_interval(table.with_columns(pl.col(numbers).fill_null(0))).with_columns(as_of_column(inputs))


def _counts(seen: pl.DataFrame) -> pl.DataFrame:
    """area, rule, settled, confirmed, not_confirmed, one column an outcome, open."""
    outcomes = [code.value for code in feed_contract("ticket_outcomes").column("outcome").codes]
    outcome = pl.col("outcome")
    return seen.group_by("area", "rule").agg(
        outcome.is_not_null().sum().cast(pl.Int64).alias("settled"),
        outcome.is_in(CONFIRMED).sum().cast(pl.Int64).alias("confirmed"),
        (outcome.is_not_null() & ~outcome.is_in(CONFIRMED)).sum().cast(pl.Int64).alias("not_confirmed"),
        *((outcome == name).sum().cast(pl.Int64).alias(name) for name in outcomes),
        (pl.col("status") != "closed").sum().cast(pl.Int64).alias("open"),
    )


def _with_interval(table: pl.DataFrame) -> pl.DataFrame:
    """precision and its Wilson interval (Wilson 1927): holds for few cases too, and never leaves 0..1."""
    bounds = [wilson(confirmed, n) for confirmed, n in table.select("confirmed", "settled").iter_rows()]
    return table.with_columns(
        pl.when(pl.col("settled") > 0).then(pl.col("confirmed") / pl.col("settled")).alias("precision"),
        pl.Series("precision_low", [low for low, _ in bounds], dtype=pl.Float64),
        pl.Series("precision_high", [high for _, high in bounds], dtype=pl.Float64),
    )


def wilson(confirmed: int, n: int) -> tuple[float | None, float | None]:
    """95 % Wilson interval of confirmed / n, to six places; (None, None) when n is 0."""
    if n == 0:
        return None, None
    share, square = confirmed / n, Z * Z
    centre = share + square / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    scale = 1 + square / n
    return round(max(0.0, (centre - half) / scale), 6), round(min(1.0, (centre + half) / scale), 6)
