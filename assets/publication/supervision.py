"""Supervision (督办): what waits for somebody, how townships keep their deadlines, the draw of re-checks.

Sources: 景民字〔2024〕40号 三(三)3 (督办, 超时标识); 乌民政发〔2025〕23号 二(二)5-7 (异议, 抽检, 转办).
None of it changes anything in a family's aid.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

import polars as pl

from assets.publication.life import Life, departments_of, in_words
from data_contracts.publications import labels
from rules.findings import ALL
from rules.tickets.draw import Closing, draw, draw_seed
from rules.tickets.take import AGAINST_AN_OBJECTION
from rules.tickets.transitions import CLOSED, TRANSITIONS


class Kind(NamedTuple):
    """A thing that needs somebody: its name in both languages, what to do about it."""

    zh: str
    en: str
    to_do_zh: str


KINDS: Final[dict[str, Kind]] = {
    "overdue": Kind("超期未办结", "overdue", "入户核实并报送处置结果。"),
    "corrected_late": Kind(
        "办结后异议成立", "objection found right after closing", "办结时采信的记录已更正,请复查该单并报送抽检结果。"
    ),
    "objection": Kind("异议待答复", "objection without answer", "核对原始记录,答复家庭并报送异议答复。"),
    "clarification": Kind(
        "点对点查看待答复", "clarification without answer", "由县级答复:shouwang clarify 单据编号 --by 姓名。"
    ),
    "referral": Kind("转办待反馈", "referral without answer", "由接收部门在转办工作簿中填写反馈。"),
    "referred_nowhere": Kind(
        "转办未指明部门", "referral that names no department", "补报转办(ticket_referrals),写明接收部门。"
    ),
    "recheck": Kind("抽检待报送", "re-check drawn and not yet reported", "复查该单并报送抽检结果(recheck_results)。"),
    "untouched": Kind("出单后尚未办理", "opened and not yet touched", "接收单据并安排入户。"),
}
"""In the order in which they are listed. The codes are those of the table `supervision`."""
OWNERS: Final = labels("owner")
COUNTY: Final = OWNERS["county"]
ANSWERED_BY_COUNTY: Final = ("clarification", "recheck", "corrected_late")
SHOWN: Final = (
    "county_code", "township_code", "household_id", "direction", "severity", "status", "owner", "due_on", "escalated_to",
)  # fmt: skip


def supervision_rows(life: Life) -> pl.DataFrame:
    """Columns of the table `supervision` but as_of, one row for each thing that needs somebody, in the order of KINDS,
    those that wait longest first. `waiting_days`: whole days since `since_on`."""
    parts = [_overdue(life), _untouched(life), _waiting(life), _corrected_late(life), _referred_nowhere(life)]
    order = {kind: position for position, kind in enumerate(KINDS)}
    event_zh = {event: transition.zh for event, transition in TRANSITIONS.items()}
    rows = (
        pl.concat(parts)
        .join(life.tickets.select("ticket_id", *SHOWN), on="ticket_id", how="inner")
        .join(life.latest, on="ticket_id", how="left")
        .join(_disputed(life), on=["ticket_id", "kind", "subject"], how="left")
    )
    county = pl.col("kind").is_in(ANSWERED_BY_COUNTY)
    return (
        rows.with_columns(
            (pl.lit(life.as_of) - pl.col("since_on")).dt.total_days().alias("waiting_days"),
            in_words("kind", {kind: words.zh for kind, words in KINDS.items()}).alias("kind_zh"),
            in_words("kind", {kind: words.to_do_zh for kind, words in KINDS.items()}).alias("to_do_zh"),
            in_words("last_event", event_zh).alias("last_event_zh"),
            pl.when(county)
            .then(pl.lit(COUNTY))
            .when(pl.col("kind") == "objection")
            .then(pl.col("departments").fill_null(COUNTY))
            .when(pl.col("kind") == "referral")
            .then(in_words("subject", labels("ticket_referrals.department")))
            .otherwise(in_words("owner", OWNERS))
            .alias("responsible_zh"),
        )
        .with_columns(pl.col("kind").replace_strict(order, return_dtype=pl.Int32).alias("order"))
        .sort("order", "since_on", "ticket_id", "matter_key")
        .drop("order", "departments")
    )


def _entries(frame: pl.DataFrame, kind: str, since: str) -> pl.DataFrame:
    """ticket_id, kind, matter_key, subject, since_on."""
    named = [pl.col(name) if name in frame.columns else pl.lit("").alias(name) for name in ("matter_key", "subject")]
    return frame.select("ticket_id", pl.lit(kind).alias("kind"), *named, pl.col(since).alias("since_on"))


def _overdue(life: Life) -> pl.DataFrame:
    return _entries(life.open.filter(pl.col("due_on") < life.as_of).drop("status"), "overdue", "due_on")


def _untouched(life: Life) -> pl.DataFrame:
    """Not those opened today: nobody can have seen them yet."""
    waiting = (pl.col("status") == "opened") & (pl.col("issued_on") < life.as_of)
    return _entries(life.open.filter(waiting), "untouched", "issued_on")


def _waiting(life: Life) -> pl.DataFrame:
    """Clarifications, objections, referrals and drawn re-checks without an answer.

    A draw waits as long as the closing it was made for stands.
    """
    unanswered = life.matters.filter(pl.col("answered_on").is_null())
    standing = life.tickets.filter(pl.col("status") == CLOSED).join(life.closing_known, on="ticket_id", how="inner")
    draws = unanswered.join(standing.select("ticket_id", "closing_known_on"), on="ticket_id", how="inner").filter(
        pl.col("known_on") >= pl.col("closing_known_on")
    )
    parts = []
    for kind in ("clarification", "objection", "referral", "recheck"):
        frame = draws if kind == "recheck" else unanswered
        parts.append(_entries(frame.filter(pl.col("kind") == kind), kind, "opened_on"))
    return pl.concat(parts)


def _corrected_late(life: Life) -> pl.DataFrame:
    """Objections found right after somebody had closed the ticket as confirmed, until the ticket was looked at again."""
    looked_at = (
        life.matters.filter((pl.col("kind") == "recheck") & pl.col("answered_on").is_not_null())
        .group_by("ticket_id")
        .agg(pl.col("answered_on").max().alias("looked_at_on"))
    )
    closed = life.tickets.filter((pl.col("status") == CLOSED) & pl.col("outcome").is_in(AGAINST_AN_OBJECTION))
    right = life.matters.filter((pl.col("kind") == "objection") & (pl.col("result") == "corrected"))
    late = (
        right.join(closed.select("ticket_id", "closed_on"), on="ticket_id", how="inner")
        .join(life.closing_known, on="ticket_id", how="left")
        .join(looked_at, on="ticket_id", how="left")
        .filter(
            ((pl.col("answered_on") > pl.col("closed_on")) | (pl.col("answered_known_on") > pl.col("closing_known_on")))
            & ~(pl.col("looked_at_on") >= pl.col("answered_on")).fill_null(False)
        )
    )
    return _entries(late, "corrected_late", "answered_on")


def _referred_nowhere(life: Life) -> pl.DataFrame:
    closed = life.tickets.filter((pl.col("status") == CLOSED) & (pl.col("outcome") == "referred"))
    named = life.matters.filter(pl.col("kind") == "referral").select("ticket_id")
    return _entries(closed.join(named, on="ticket_id", how="anti"), "referred_nowhere", "closed_on")


def _disputed(life: Life) -> pl.DataFrame:
    """ticket_id, kind (objection), subject (item number), departments: whose records the disputed item rests on."""
    words = {rule.code: "、".join(departments_of(rule.code)) or COUNTY for rule in ALL}
    return life.items.select(
        "ticket_id",
        pl.lit("objection").alias("kind"),
        pl.col("item_no").cast(pl.String).alias("subject"),
        in_words("rule", words).alias("departments"),
    )


def township_rows(life: Life, remind_days: Mapping[str, int]) -> pl.DataFrame:
    """How the townships stand: columns of contract supervision_workbook_townships and county_code, by township, with a
    row for each county as a whole (township_code null). `remind_days`: county -> days before a deadline."""
    days = pl.col("county_code").replace_strict(dict(remind_days), default=0, return_dtype=pl.Int64)
    left = (pl.col("due_on") - pl.lit(life.as_of)).dt.total_days()
    still = life.open.select(
        "county_code",
        "township_code",
        pl.lit(True).alias("is_open"),
        ((left >= 0) & (left <= days)).alias("is_due_soon"),
        (left < 0).alias("is_overdue"),
        pl.col("escalated_to").is_not_null().alias("is_escalated"),
    )
    took = pl.max_horizontal((pl.col("closed_on") - pl.col("issued_on")).dt.total_days(), pl.lit(0))
    done = life.closed_today.select(
        "county_code",
        "township_code",
        (pl.col("closed_on") <= pl.col("due_on")).alias("is_in_time"),
        took.alias("days"),
    )
    both = pl.concat([still, done], how="diagonal")
    counts = [
        *(
            pl.col(f"is_{name}").sum().cast(pl.Int64).alias(name)
            for name in ("open", "due_soon", "overdue", "escalated", "in_time")
        ),
        (~pl.col("is_in_time")).sum().cast(pl.Int64).alias("late"),
        pl.col("days").median().alias("median_days"),
    ]
    townships = both.group_by("county_code", "township_code").agg(counts)
    whole = both.group_by("county_code").agg(counts).with_columns(pl.lit(None, dtype=pl.String).alias("township_code"))
    return pl.concat([townships, whole.select(townships.columns)]).sort("county_code", "township_code", nulls_last=True)


class Draw(NamedTuple):
    """The draw of one county: seed, how many were drawn, the whole population in the order of its ranks.

    rows: rank, ticket_id, township_code, outcome (code), closed_on, is_drawn.
    """

    seed: str
    drawn: int
    rows: pl.DataFrame


def county_draw(life: Life, county: str) -> Draw:
    """What was drawn from, and what was drawn, on this check date in one county."""
    closed = life.closed_today.filter(pl.col("county_code") == county)
    closings = [Closing(*row) for row in closed.select("ticket_id", "outcome", "closed_on").iter_rows()]
    numbers = draw(life.as_of, county, closings, Decimal(1))
    ranks = pl.DataFrame(
        {"ticket_id": numbers, "rank": range(1, len(numbers) + 1)}, schema={"ticket_id": pl.String, "rank": pl.Int64}
    )
    is_drawn = (pl.col("kind") == "recheck") & (pl.col("known_on") == life.as_of) & (pl.col("subject") != "")
    drawn = life.matters.filter(is_drawn).select("ticket_id", pl.lit(True).alias("is_drawn"))
    rows = (
        closed.select("ticket_id", "township_code", "outcome", "closed_on")
        .join(ranks, on="ticket_id", how="left")
        .join(drawn, on="ticket_id", how="left")
        .with_columns(pl.col("is_drawn").fill_null(False))
        .sort("rank")
    )
    return Draw(draw_seed(life.as_of, county, closings), int(rows["is_drawn"].sum()), rows)
