"""The chain of a household (一户一条救助帮扶链): aid, findings, tickets, visits, outcomes, referrals and answers as steps.

Source: 乌民政发〔2025〕23号 二(二)7. The steps hold names and texts as they were recorded: whoever publishes them masks
them (tables/matters.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import polars as pl

from assets.publication.inputs import scaled
from assets.publication.life import Life, in_words
from data_contracts.publications import labels
from policy.parameters import RULES
from rules.tickets.state import SYSTEM
from rules.tickets.transitions import TRANSITIONS

STEP_OF: Final[dict[str, str]] = {
    "opened": "ticket",
    "received": "ticket",
    "assigned": "ticket",
    "visited": "visit",
    "noted": "visit",
    "concluded": "outcome",
    "finding_added": "finding",
    "finding_withdrawn": "finding",
    "deadline_settled": "ticket",
    "reminded": "supervision",
    "overdue": "supervision",
    "escalated": "supervision",
    "clarification_requested": "clarification",
    "clarification_answered": "answer",
    "objection_raised": "objection",
    "objection_rechecked": "objection",
    "objection_answered": "answer",
    "referred": "referral",
    "referral_answered": "answer",
    "recheck_drawn": "recheck",
    "rechecked": "recheck",
    "reopened": "ticket",
    "corrected": "outcome",
}
"""Event -> kind of step. `closed` is left out: it always comes with `concluded`, on the same day, by the same person."""
EVENT_EN: Final[dict[str, str]] = {
    "opened": "ticket opened",
    "received": "ticket received",
    "assigned": "assigned",
    "visited": "visited",
    "noted": "note on the handling",
    "concluded": "concluded and closed",
    "finding_added": "finding added",
    "finding_withdrawn": "no longer recorded",
    "deadline_settled": "deadline settled",
    "reminded": "reminder before the deadline",
    "overdue": "deadline passed",
    "escalated": "escalated",
    "clarification_requested": "point-to-point look requested",
    "clarification_answered": "point-to-point look answered",
    "objection_raised": "objection",
    "objection_rechecked": "disputed item checked again",
    "objection_answered": "objection answered",
    "referred": "referred",
    "referral_answered": "department answered",
    "recheck_drawn": "drawn for a re-check",
    "rechecked": "re-check",
    "reopened": "reopened",
    "corrected": "conclusion corrected",
}
PROGRAMME_EN: Final = {
    "低保": "dibao (subsistence allowance)",
    "特困": "tekun (extreme hardship)",
    "低保边缘": "dibao margin",
    "刚性支出困难": "rigid expenditure",
    "防返贫监测": "poverty-return monitoring",
    "退出未满两年": "left less than two years ago",
}
RECHECKED_ZH: Final = {"still_recorded": "较新数据仍有此记录", "no_longer_recorded": "较新数据已无此记录"}
RECHECKED_EN: Final = {
    "still_recorded": "newer data still hold it",
    "no_longer_recorded": "newer data no longer hold it",
}
STEPS: Final[dict[str, type[pl.DataType]]] = {
    "household_id": pl.String,
    "on": pl.Date,
    "known_on": pl.Date,
    "kind": pl.String,
    "ticket_id": pl.String,
    "what_zh": pl.String,
    "what_en": pl.String,
    "detail": pl.String,
    "by": pl.String,
    "place": pl.Int64,
    "event": pl.String,
}
"""Columns of steps before they are numbered. `place`: position among a ticket's steps; 0 for aid."""


def _words() -> tuple[dict[str, str], dict[str, str]]:
    """Codes that details of events hold, in Chinese and in English."""
    columns = (
        "ticket_outcomes.outcome",
        "ticket_referrals.department",
        "referral_answers.result",
        "objection_answers.result",
        "recheck_results.result",
        "escalated_to",
    )
    zh = {code: word for column in columns for code, word in labels(column).items()}
    en = {code: word for column in columns for code, word in labels(column, "en").items()}
    rules_en = {rule: rule.replace("_", " ") for rule in RULES}
    return zh | RECHECKED_ZH | RULES, en | RECHECKED_EN | rules_en


def chain_steps(life: Life, aid: pl.DataFrame) -> pl.DataFrame:
    """household_id, seq (from 1) and the columns of STEPS, of the households of `life` and `aid`.

    `aid`: assets/households.AID, of the same households.
    """
    steps = pl.concat([_aid_steps(aid), _finding_steps(life), _event_steps(life)], how="vertical")
    ordered = steps.sort("household_id", "on", "known_on", "ticket_id", "place", "event", "what_zh", nulls_last=False)
    seq = (pl.int_range(pl.len(), dtype=pl.Int64).over("household_id") + 1).alias("seq")
    return ordered.with_columns(seq).select("household_id", "seq", *(name for name in STEPS if name != "household_id"))


def _step(**columns: pl.Expr | str) -> list[pl.Expr]:
    """The columns of STEPS from expressions or names; those not given are null."""
    given = {name: pl.col(value) if isinstance(value, str) else value for name, value in columns.items()}
    return [given.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in STEPS.items()]


def _aid_steps(aid: pl.DataFrame) -> pl.DataFrame:
    """Enrolment, and the end where it has one, of each programme; the amount is today's."""
    programme, yuan = pl.col("program"), scaled("monthly_amount_fen", 2).cast(pl.String)
    en = programme.replace_strict(PROGRAMME_EN, default=programme, return_dtype=pl.String)
    has_amount = pl.col("monthly_amount_fen").fill_null(0) > 0
    amount_zh = pl.when(has_amount).then(pl.format(",现月保障金额 {} 元", yuan)).otherwise(pl.lit(""))
    amount_en = pl.when(has_amount).then(pl.format(", {} yuan a month now", yuan)).otherwise(pl.lit(""))
    common: dict[str, pl.Expr | str] = {
        "household_id": "household_id",
        "kind": pl.lit("aid"),
        "place": pl.lit(0),
        "detail": pl.lit(""),
    }
    begun = aid.filter(pl.col("started_on").is_not_null()).select(
        _step(
            **common,
            on="started_on",
            what_zh=pl.format("纳入{}{}", programme, amount_zh),
            what_en=pl.format("enrolled: {}{}", en, amount_en),
            event=pl.lit("aid_begins"),
        )
    )
    ended = aid.filter(pl.col("ended_on").is_not_null()).select(
        _step(
            **common,
            on="ended_on",
            what_zh=pl.format("{}:名册所载退出日期", programme),
            what_en=pl.format("{}: end date on the roster", en),
            event=pl.lit("aid_ends"),
        )
    )
    return pl.concat([begun, ended], how="vertical")


def _finding_steps(life: Life) -> pl.DataFrame:
    """The findings with which each ticket was opened; those added later have events of their own."""
    later = life.events.filter(pl.col("event").is_in(["finding_added", "finding_withdrawn"]))
    first = later.sort("ticket_id", "seq").unique(["ticket_id", "detail"], keep="first", maintain_order=True)
    begun = life.items.group_by("ticket_id", "rule").agg(pl.col("added_on").min())
    rows = (
        begun.join(life.tickets.select("ticket_id", "household_id", "opened_on"), on="ticket_id", how="inner")
        .join(
            first.select("ticket_id", pl.col("detail").alias("rule"), pl.col("event").alias("first_event")),
            on=["ticket_id", "rule"],
            how="left",
        )
        .filter(
            (pl.col("added_on") == pl.col("opened_on"))
            | (pl.col("first_event").fill_null("finding_withdrawn") == "finding_withdrawn")
        )
    )
    words_zh, words_en = _words()
    return rows.select(
        _step(
            household_id="household_id",
            on="opened_on",
            known_on="opened_on",
            kind=pl.lit("finding"),
            ticket_id="ticket_id",
            what_zh=pl.format("疑点:{}", in_words("rule", words_zh)),
            what_en=pl.format("finding: {}", in_words("rule", words_en)),
            detail=pl.lit(""),
            by=pl.lit(SYSTEM),
            place=pl.lit(3),  # between the opening and whatever comes next
            event=pl.lit("found"),
        )
    )


def _event_steps(life: Life) -> pl.DataFrame:
    """One step for each event but `closed`."""
    households = life.tickets.select("ticket_id", "household_id", "direction")
    is_step = pl.col("event").is_in(list(STEP_OF))
    events = life.events.filter(is_step).join(households, on="ticket_id", how="inner")
    parts = pl.col("detail").str.splitn(":", 2)
    split = events.with_columns(
        parts.struct.field("field_0").fill_null("").alias("first"),
        parts.struct.field("field_1").fill_null("").alias("second"),
    )
    told = split.join(_texts(life), on=["ticket_id", "event", "on", "first"], how="left")
    zh, en = _languages()
    return told.select(
        _step(
            household_id="household_id",
            on="on",
            known_on="at",
            kind=in_words("event", STEP_OF),
            ticket_id="ticket_id",
            what_zh=_sentence(zh),
            what_en=_sentence(en),
            detail=pl.col("told").fill_null(""),
            by="by",
            place=pl.col("seq") * 2,
            event="event",
        )
    )


class Language(NamedTuple):
    """How an event is told: its name, codes in its detail, an item's number, a rank, a deadline, marks between them."""

    events: Mapping[str, str]
    words: Mapping[str, str]
    directions: Mapping[str, str]
    item: str
    rank: str
    due: str
    colon: str
    comma: str


def _languages() -> tuple[Language, Language]:
    """Chinese and English."""
    words_zh, words_en = _words()
    events_zh = {event: transition.zh for event, transition in TRANSITIONS.items()} | {"concluded": "办结"}
    direction = "direction"
    return (
        Language(events_zh, words_zh, labels(direction), "第{}项", "第{}位", "期限 {}", ":", ","),
        Language(EVENT_EN, words_en, labels(direction, "en"), "item {}", "rank {}", "due {}", ": ", ", "),
    )


def _sentence(language: Language) -> pl.Expr:
    """The event, a colon, and what its detail says: the item, the department, the outcome, the day."""
    event, detail = pl.col("event"), pl.col("first")
    first = (
        pl.when(event == "opened")
        .then(in_words("direction", language.directions))
        .when(event.str.starts_with("objection_"))
        .then(pl.format(language.item, detail))
        .when(event == "recheck_drawn")
        .then(pl.format(language.rank, detail))
        .when(event.is_in(["reminded", "overdue"]))
        .then(pl.format(language.due, detail))
        .otherwise(in_words("first", language.words))
    )
    result = pl.concat_str(pl.lit(language.comma), in_words("second", language.words))
    second = pl.when(pl.col("second") == "").then(pl.lit("")).otherwise(result)
    head = in_words("event", language.events)
    return pl.when(first == "").then(head).otherwise(pl.concat_str(head, pl.lit(language.colon), first, second))


def _texts(life: Life) -> pl.DataFrame:
    """ticket_id, event, on, first (of the event's detail), told: what the matters add to their events."""
    asked = {"clarification": "clarification_requested", "objection": "objection_raised", "referral": "referred"}
    answered = {
        "clarification": "clarification_answered",
        "objection": "objection_answered",
        "referral": "referral_answered",
        "recheck": "rechecked",
    }
    matters = life.matters
    openings = matters.filter(pl.col("kind").is_in(list(asked))).select(
        "ticket_id",
        in_words("kind", asked).alias("event"),
        pl.col("opened_on").alias("on"),
        pl.col("subject").alias("first"),
        pl.col("text").alias("told"),
    )
    is_recheck = pl.col("kind") == "recheck"
    answers = matters.filter(pl.col("answered_on").is_not_null()).select(
        "ticket_id",
        in_words("kind", answered).alias("event"),
        pl.col("answered_on").alias("on"),
        pl.when(is_recheck).then("result").otherwise("subject").alias("first"),
        pl.col("note").alias("told"),
    )
    key = ["ticket_id", "event", "on", "first"]
    return pl.concat([openings, answers]).sort(*key, "told").unique(key, keep="first", maintain_order=True)
