"""Small groups are not shown where people look: fewer than five households of a kind could be told by those who know them.

A cell of 1 to 4 becomes `<5`. Where it could be had by subtracting the others from a total that is shown, the smallest
other cells are hidden too (`*`), until at least two cells are hidden that hold five households or more together. Rules
are no groups of people: their counts stay as they are. So do totals. `--json` holds every count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

from pipelines.simulate.compare import CHANGES
from pipelines.simulate.counts import DIRECTIONS

SMALL: Final = 5
FEW: Final = f"<{SMALL}"
HIDDEN: Final = "*"


def shown(counts: Sequence[int], *, is_sum_shown: bool = True, hide_one: bool = False) -> list[str]:
    """Counts as texts. `hide_one`: their sum is itself hidden elsewhere, so that not all of them may be shown."""
    few = {at for at, count in enumerate(counts) if 0 < count < SMALL}
    hidden = set(few)
    others = sorted((count, at) for at, count in enumerate(counts) if count >= SMALL)
    if hide_one and not hidden and others:
        hidden.add(others.pop(0)[1])
    while few and is_sum_shown and others and (len(hidden) < 2 or sum(counts[at] for at in hidden) < SMALL):
        hidden.add(others.pop(0)[1])
    return [FEW if at in few else HIDDEN if at in hidden else f"{count:,}" for at, count in enumerate(counts)]


def shown_groups(groups: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The groups of a period with texts for counts. Townships add up to their county: they are hidden county by county."""
    found = {dimension: _shown_rows(rows) for dimension, rows in groups.items() if dimension != "township"}
    counties = {row["county"]: row for row in found["county"]}
    townships = []
    for county, total in counties.items():
        rows = [row for row in groups["township"] if row["county"] == county]
        townships += _shown_rows(rows, total)
    return {**found, "township": townships}


def _shown_rows(rows: list[dict[str, Any]], total: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """`total`: the row of texts these rows add up to, where it is not the period's own total."""
    found: list[dict[str, Any]] = [{**row, **{direction: {} for direction in DIRECTIONS}} for row in rows]
    for direction, change in product(DIRECTIONS, CHANGES):
        is_hidden = total is not None and total[direction][change] in (FEW, HIDDEN)
        counts = [row[direction][change] for row in rows]
        texts = shown(counts, is_sum_shown=not is_hidden, hide_one=is_hidden)
        for row, text in zip(found, texts, strict=True):
            row[direction][change] = text
    return found
