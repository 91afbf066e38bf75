"""The pipeline against the naive oracle on generated populations, written as real landing files (spec page 7, Nulls).

Every household and rule: result, reason, items with their figures, members without a record; gaps and labels. A second
engine is no oracle, but it is compared as well. SHOUWANG_EXAMPLES=500 looks longer; a failure keeps its landing folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import narwhals as nw
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from oracle import Expected, Item, Watch
from population import Maker
from stages import Outcome, Run, run

from assets.deliveries import Stock

EXAMPLES = int(os.environ.get("SHOUWANG_EXAMPLES", "12"))
HOUSEHOLDS = 12
# Shrinking would run the stages hundreds of times; a failing folder is small enough to be read as it is.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
chances = st.randoms(use_true_random=True)


def compare(chance: Random, engines: tuple[str, ...]) -> None:
    """One population through the oracle and the engines."""
    home = Path(tempfile.mkdtemp(prefix="naive-"))
    maker = Maker(chance)
    as_of = maker.population(HOUSEHOLDS).as_of
    maker.write(home)
    expected = Watch(home).step(as_of)
    stock: Stock | None = None
    for engine in engines:
        found = run(home, engine, as_of, stock)
        differences = [
            *different_gaps(found, expected),
            *different_labels(found, expected),
            *different_results(found, expected),
        ]
        assert not differences, "\n".join([f"{engine}, {as_of}, {home}", *differences[:20]])
        stock = found.stock
    shutil.rmtree(home)


@settings(max_examples=EXAMPLES, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(chances)
def test_polars_finds_what_a_naive_reading_finds(chance: Random) -> None:
    compare(chance, ("polars",))


@settings(
    max_examples=max(4, EXAMPLES // 4), deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck)
)
@given(chances)
def test_duckdb_finds_what_a_naive_reading_finds(chance: Random) -> None:
    compare(chance, ("duckdb", "polars"))


def different(what: str, mine: dict[Any, Any], theirs: dict[Any, Any]) -> list[str]:
    keys = sorted(set(mine) | set(theirs), key=str)
    return [f"{what} {k}: {mine.get(k)} but {theirs.get(k)} expected" for k in keys if mine.get(k) != theirs.get(k)]


def different_gaps(found: Run, expected: Expected) -> list[str]:
    mine: dict[str, dict[str, list[str]]] = {}
    for row in found.registers.gaps.iter_rows(named=True):
        people = mine.setdefault(row["household_id"], {}).setdefault(row["gap"], [])
        people.extend([row["person_id"]] if row["person_id"] else [])
    return different("gaps", mine, {household: gaps for household, gaps in expected.gaps.items() if gaps})


def different_labels(found: Run, expected: Expected) -> list[str]:
    """Where a township lies nowhere near its file's area, the page does not say whose limits of age and surveys hold:
    those households are left out."""
    placed = set(
        found.collect(found.facts["households"].filter(nw.col("county") == nw.col("coverage")))["household_id"]
    )
    labour = {
        (row["household_id"], row["person_id"]): (row["labour_capacity"], row["labour_willingness"])
        for row in found.collect(found.facts["labour"]).iter_rows(named=True)
        if row["household_id"] in placed
    }
    safety = {row["household_id"]: row for row in found.collect(found.facts["household_safety"]).iter_rows(named=True)}
    homes = {
        row["household_id"]: (
            *(safety[row["household_id"]][name] for name in ("housing_safety", "water_safety")),
            row["poverty_return_risk"],
            *(listed(row[name]) for name in ("factors", "unknown_factors")),
        )
        for row in found.collect(found.facts["poverty_return_risk"]).iter_rows(named=True)
        if row["household_id"] in placed
    }
    naive = {home: labels for home, labels in expected.labels.items() if home in placed}
    naive_labour = {
        (home, person): (capacity, labels.willingness.get(person))
        for home, labels in naive.items()
        for person, capacity in labels.capacity.items()
    }
    naive_homes = {h: (x.housing, x.water, x.risk, x.factors, x.unknown_factors) for h, x in naive.items()}
    return [*different("labour", labour, naive_labour), *different("label", homes, naive_homes)]


def listed(names: str) -> list[str]:
    return [name for name in names.split(",") if name]


def different_results(found: Run, expected: Expected) -> list[str]:
    results = {pair: ("hit" if r.result == "suppressed" else r.result) for pair, r in expected.results.items()}
    lines = different("result", {p: o.result for p, o in found.outcomes.items()}, results)
    for pair, outcome in found.outcomes.items():
        if pair in expected.results:
            theirs = expected.results[pair]
            lines += different(str(pair), summary(outcome), {
                "reason": theirs.reason, "missing": theirs.missing_records,
                "items": {fingerprint(item): naive_figures(item) for item in theirs.items},
            })  # fmt: skip
    return lines


def summary(outcome: Outcome) -> dict[str, Any]:
    checked = outcome.reason in ("", "no_record")
    items = {tuple(part for part in row["item_key"].replace(",", "|").split("|") if part): row for row in outcome.items}
    return {
        "reason": outcome.reason,
        "missing": outcome.missing if checked else [],
        "items": {key: figures(row) for key, row in items.items()},
    }


def fingerprint(item: Item) -> tuple[str, ...]:
    """Without the rule, and without empty parts: a day that is not known."""
    return tuple(part for part in item.fingerprint[1:] if part)


def figures(row: dict[str, Any]) -> dict[str, Any]:
    """The numbers of an item in the units of the page."""
    scaled = {"amount_fen": ("amount", 100), "area_m2_e4": ("area_m2", 10_000), "share_e6": ("share", 1_000_000)}
    values = {name: Fraction(row[column], scale) for column, (name, scale) in scaled.items() if row[column] is not None}
    return values | ({"months": row["months"]} if row["months"] is not None else {})


def naive_figures(item: Item) -> dict[str, Any]:
    names = ("amount", "area_m2", "share", "months")
    values = {name: item.fields[name] for name in names if item.fields.get(name) is not None}
    return {name: value if name == "months" else Fraction(value) for name, value in values.items()}
