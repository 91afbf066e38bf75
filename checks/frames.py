"""The small frames that expectations look at, read from one publication. Aggregated where the original is large."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

SEVERITIES: Final = ("red", "orange", "yellow", "blue")

TICKET_TEXT: Final = (
    "ticket_id", "as_of", "change", "status", "direction", "severity", "household_id", "applicant_id_masked",
    "township_code", "county_code", "owner", "opened_on", "due_on", "deadline_unit",
)  # fmt: skip
TICKETS: Final = dict.fromkeys(TICKET_TEXT, pl.String) | {"deadline_days": pl.Int64, "overdue_days": pl.Int64}
TICKET_ADDED: Final = {"highest": pl.String, "county_of_township": pl.String, "reasons": pl.Int64}
FINDINGS: Final = {
    "rule": pl.String,
    "severity": pl.String,
    "since": pl.String,
    "as_of": pl.String,
    "explanation_zh": pl.String,
    "items": pl.Int64,
    "parameters": pl.Int64,
}
PEOPLE: Final = {"masked": pl.String}


def published_frames(publication: Path, partition: Path) -> dict[str, pl.DataFrame]:
    """tickets, open_tickets, findings, people, results, rules, counties of one published check date.

    `publication`: published/<as_of>; `partition`: the lake's partition of the same date.
    """
    return frames_of(_objects(publication / "warnings" / "tickets.jsonl"), partition)


def frames_of(published: Iterable[Mapping[str, Any]], partition: Path) -> dict[str, pl.DataFrame]:
    """The same of ticket objects that are about to be published."""
    objects = list(published)
    results = pl.read_parquet(partition / "rule_results.parquet")
    households = pl.read_parquet(partition / "households.parquet", columns=["household_id", "county", "is_admitted"])
    tickets = _tickets(objects)
    live = tickets.filter(pl.col("status") != "closed")
    return {
        "tickets": tickets,
        "open_tickets": live.select("household_id", "direction"),
        "findings": _spelled_out(pl.DataFrame([row for o in objects for row in _findings(o)], schema=FINDINGS)),
        "people": _spelled_out(pl.DataFrame({"masked": [p for o in objects for p in _people(o)]}, schema=PEOPLE)),
        "results": results,
        "rules": _rules(results, households),
        "counties": _counties(households, live, results),
    }


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _tickets(objects: list[Mapping[str, Any]]) -> pl.DataFrame:
    def added(ticket: Mapping[str, Any]) -> dict[str, Any]:
        held = [f["severity"] for f in ticket["findings"]]
        return {
            "highest": min(held, key=SEVERITIES.index) if held and set(held) <= set(SEVERITIES) else ticket["severity"],
            "county_of_township": ticket["township_code"][:6],
            "reasons": len(held) + len(ticket["withdrawn"]),
        }

    plain = {name: [ticket[name] for ticket in objects] for name in TICKETS}
    more = pl.DataFrame([added(ticket) for ticket in objects], schema=TICKET_ADDED)
    return _spelled_out(pl.DataFrame(plain, schema=TICKETS).hstack(more))


def _spelled_out(frame: pl.DataFrame) -> pl.DataFrame:
    """Missing text as empty text: great-expectations skips nulls, and a missing value must fail its expectation."""
    return frame.with_columns(pl.col(pl.String).fill_null(""))


def _findings(ticket: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for finding in ticket["findings"]:
        yield {
            **{name: finding[name] for name in ("rule", "severity", "since", "explanation_zh")},
            "as_of": ticket["as_of"],
            "items": len(finding["items"]),
            "parameters": len(finding["parameters"]),
        }


def _people(ticket: Mapping[str, Any]) -> Iterator[str]:
    """Every masked identity number of a ticket, once for each place where it stands."""
    yield ticket["applicant_id_masked"]
    for finding in ticket["findings"]:
        yield from finding["missing_records"]
        yield from (item["person"] for item in finding["items"] if "person" in item)


def _rules(results: pl.DataFrame, households: pl.DataFrame) -> pl.DataFrame:
    """rule, households counted in its results, households there are."""
    summed = results.group_by("rule").agg(pl.col("households").sum()).sort("rule")
    return summed.with_columns(pl.lit(households.height, dtype=pl.Int64).alias("active"))


def _counties(households: pl.DataFrame, live: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Shares per county in whole per cent: households with an open ticket, admitted, and results not checked.

    Households whose township code is unusable belong to no county here; the readiness lists name them.
    """
    with_ticket = live.group_by(pl.col("county_code").alias("county")).agg(
        pl.col("household_id").n_unique().alias("with")
    )
    checked = results.group_by("county").agg(
        pl.col("households").filter(pl.col("result") == "not_checked").sum().alias("not_checked"),
        pl.col("households").sum().alias("results"),
    )
    counted = households.group_by("county").agg(pl.len().alias("households"), pl.col("is_admitted").sum().alias("ok"))
    joined = counted.join(with_ticket, on="county", how="left").join(checked, on="county", how="left")
    return (
        joined.filter(pl.col("county").str.contains(r"^[0-9]{6}$"))
        .sort("county")
        .select(
            "county",
            pl.col("households").cast(pl.Int64),
            *(
                (100 * pl.col(part).fill_null(0) // pl.col(whole)).cast(pl.Int64).alias(name)
                for part, whole, name in (
                    ("with", "households", "pct_with_ticket"),
                    ("ok", "households", "pct_admitted"),
                    ("not_checked", "results", "pct_not_checked"),
                )
            ),
        )
    )
