"""Tables about what happens beside and around tickets: ticket_matters, supervision, household_chain."""

from __future__ import annotations

import polars as pl

from assets.households import read_aid
from assets.publication.chain_steps import chain_steps
from assets.publication.inputs import Inputs, LakeInputs, as_of_column
from assets.publication.people import by_of_event, by_whom
from assets.publication.supervision import supervision_rows


def ticket_matters(inputs: LakeInputs) -> pl.DataFrame:
    """All matters ever, as they stand on the check date."""
    life = inputs.life
    days = (pl.lit(inputs.as_of) - pl.col("opened_on")).dt.total_days()
    masked = [inputs.pseudonyms.free_text(name).alias(name) for name in ("text", "note", "subject")]
    people = [by_whom(inputs.pseudonyms, name).alias(name) for name in ("opened_by", "answered_by")]
    return life.matters.join(
        life.tickets.select("ticket_id", "household_id", "county_code"), on="ticket_id", how="left"
    ).with_columns(
        as_of_column(inputs),
        pl.when(pl.col("answered_on").is_null()).then(days).alias("waiting_days"),
        *masked,
        *people,
    )


def supervision(inputs: Inputs) -> pl.DataFrame:
    """What waits for somebody on the check date."""
    return supervision_rows(inputs.life).with_columns(as_of_column(inputs))


def household_chain(inputs: LakeInputs) -> pl.DataFrame:
    """One row a step of every household that ever had a ticket."""
    life = inputs.life
    wanted = life.tickets.select("household_id").unique()
    aid = read_aid(inputs.folder).join(wanted.lazy(), on="household_id", how="semi").collect()
    return chain_steps(life, aid).with_columns(
        as_of_column(inputs),
        inputs.pseudonyms.free_text("detail").alias("detail"),
        by_of_event(inputs.pseudonyms).alias("by"),
    )
