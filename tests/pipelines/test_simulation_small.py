"""Small groups are hidden, and cannot be had back by subtraction."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.simulate.small import FEW, HIDDEN, SMALL, shown, shown_groups

COUNTS = st.lists(st.integers(0, 30), max_size=8)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], []),
        ([0, 5, 1200], ["0", "5", "1,200"]),
        ([3, 0, 40, 7], [FEW, "0", "40", HIDDEN]),
        ([4, 3, 40], [FEW, FEW, "40"]),
        ([1, 1, 40], [FEW, FEW, HIDDEN]),  # two of which one knows the sum is 2 would hide nothing
        ([3, 0], [FEW, "0"]),  # nothing to hide it behind: the total says it anyway
    ],
)
def test_cells_below_five_are_hidden_and_others_with_them(counts: list[int], expected: list[str]) -> None:
    assert shown(counts) == expected


@given(COUNTS)
def test_no_count_below_five_is_shown_but_nought(counts: list[int]) -> None:
    for count, text in zip(counts, shown(counts), strict=True):
        assert (text == FEW) == (0 < count < SMALL)
        assert text in (FEW, HIDDEN, f"{count:,}")


@given(COUNTS)
def test_what_is_hidden_cannot_be_had_by_subtraction_from_the_total(counts: list[int]) -> None:
    texts = shown(counts)
    hidden = [count for count, text in zip(counts, texts, strict=True) if text in (FEW, HIDDEN)]
    others = [count for count, text in zip(counts, texts, strict=True) if text not in (FEW, HIDDEN) and count]
    if hidden:
        assert (len(hidden) >= 2 and sum(hidden) >= SMALL) or not others


def row(county: str, township: str | None, new: int) -> dict[str, Any]:
    nothing = {"new": 0, "lost": 0, "kept": 0}
    named = {"county": county, "label_zh": "x"} | ({} if township is None else {"township": township})
    return {**named, "verify": {**nothing, "new": new}, "help": dict(nothing)}


def test_townships_do_not_give_their_county_away() -> None:
    """The second county is hidden so that the first cannot be had from the total: one of its townships must be too."""
    groups = {
        "county": [row("150626", None, 3), row("360202", None, 25), row("360203", None, 90)],
        "township": [
            row("150626", "150626100000", 3),
            row("360202", "360202001000", 10),
            row("360202", "360202002000", 15),
            row("360203", "360203001000", 88),
            row("360203", "360203002000", 2),
        ],
    }
    found = shown_groups(groups)
    assert [entry["verify"]["new"] for entry in found["county"]] == [FEW, HIDDEN, "90"]
    assert [entry["verify"]["new"] for entry in found["township"]] == [FEW, HIDDEN, "15", HIDDEN, FEW]
    assert groups["county"][0]["verify"]["new"] == 3, "the exact counts stay for --json"
