"""Tables about tickets over time: tickets, ticket_events."""

from __future__ import annotations

import polars as pl

from assets.publication.inputs import Inputs, LakeInputs, as_of_column
from assets.publication.people import by_of_event


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


def ticket_events(inputs: LakeInputs) -> pl.DataFrame:
    """The append-only ledger up to the check date; names of people shortened, identity numbers masked."""
    return inputs.life.events.with_columns(
        by_of_event(inputs.pseudonyms).alias("by"),
        inputs.pseudonyms.free_text("detail").alias("detail"),
        pl.col("at").alias("known_on"),
    )
