"""Seconds by persons as one SVG, both axes logarithmic. The same numbers give the same text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from assets.publication.report.shapes import DARK, INK, MIDDLE

NAMES: Final = {
    "duckdb": "守望 program, DuckDB",
    "polars": "守望 program, Polars",
    "spark": "守望 program, Spark",
    "pandas": "pandas",
    "bare": "一条 SQL bare statement",
}
"""Contenders in the order of tables and drawing."""
# Told apart by colour, dash and mark: in grey print two of the three are left.
STYLES: Final = {
    "duckdb": (DARK, "", "circle"),
    "polars": (MIDDLE, "8 3", "square"),
    "spark": (INK, "2 3", "triangle"),
    "pandas": ("#5f6b76", "10 3 2 3", "diamond"),
    "bare": ("#1e8449", "5 3", "cross"),
}
TITLE: Final = "从已接收的行到疑点: 秒 / accepted rows to findings: seconds"
WIDTH, HEIGHT = 860, 470
LEFT, RIGHT, TOP, BOTTOM = 64, 640, 44, 410
LINE_HEIGHT: Final = 18

Place = Callable[[float], float]


@dataclass(frozen=True)
class Series:
    """One engine: (persons, seconds) in rising order of persons; both above 0."""

    engine: str
    points: tuple[tuple[int, float], ...]


def chart(series: Sequence[Series]) -> str:
    """The drawing; a single size gives marks without lines. ValueError when there is nothing to draw."""
    if not series:
        raise ValueError("nothing was measured")
    xs, ys = zip(*(point for one in series for point in one.points), strict=True)
    at_x, decades_x = _axis(xs, LEFT, RIGHT)
    at_y, decades_y = _axis(ys, BOTTOM, TOP)
    drawn = [
        *(_vertical(at_x(10.0**power), 10**power) for power in decades_x),
        *(_horizontal(at_y(10.0**power), 10.0**power) for power in decades_y),
        *(shape for one in series for shape in _series(one, at_x, at_y)),
        *_labels(series, at_y),
    ]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'role="img" aria-labelledby="t d" font-family="sans-serif" font-size="13">',
        f'<title id="t">{escape(TITLE)}</title>',
        f'<desc id="d">{escape(_in_words(series))}</desc>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="15">{escape(TITLE)}</text>',
        f'<text x="{(LEFT + RIGHT) // 2}" y="{HEIGHT - 16}" text-anchor="middle">名册人数 / persons on the roster</text>',
        *drawn,
        "</svg>\n",
    ])  # fmt: skip


def _axis(values: Sequence[float], start: int, end: int) -> tuple[Place, range]:
    """Where a value lies between `start` and `end`, and the powers of ten shown: those around the values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    return lambda value: start + (end - start) * (math.log10(value) - low) / (high - low), range(low, high + 1)


def _vertical(x: float, persons: int) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{BOTTOM}" stroke="#d5dae0"/>'
        f'<text x="{x:.1f}" y="{BOTTOM + 20}" text-anchor="middle">{persons:,}</text>'
    )


def _horizontal(y: float, seconds: float) -> str:
    return (
        f'<line x1="{LEFT}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}" stroke="#d5dae0"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{seconds:,g} s</text>'
    )


def _series(one: Series, at_x: Place, at_y: Place) -> list[str]:
    colour, dash, mark = STYLES[one.engine]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    places = [(at_x(persons), at_y(seconds)) for persons, seconds in one.points]
    lines = [
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="2"{dashed}/>'
        for (x1, y1), (x2, y2) in pairwise(places)
    ]
    return lines + [_mark(mark, x, y, colour) for x, y in places]


def _mark(kind: str, x: float, y: float, colour: str) -> str:
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    path = {
        "square": "m-4.5 -4.5h9v9h-9z",
        "triangle": "m0 -6l5.5 10h-11z",
        "diamond": "m0 -6.5l6 6.5l-6 6.5l-6 -6.5z",
        "cross": "m-5 -5l10 10m0 -10l-10 10",
    }[kind]
    return f'<path d="M{x:.1f} {y:.1f}{path}" fill="{colour}" stroke="{colour}" stroke-width="2"/>'


def _labels(series: Sequence[Series], at_y: Place) -> list[str]:
    """Names to the right in the order in which the lines end, none over another, each with its colour and mark."""
    ends = sorted(series, key=lambda one: (at_y(one.points[-1][1]), one.engine))
    heights: list[float] = []
    for place, one in enumerate(ends):
        room = BOTTOM - (len(ends) - 1 - place) * LINE_HEIGHT  # those below it want theirs
        lowest = heights[-1] + LINE_HEIGHT if heights else TOP
        heights.append(max(min(at_y(one.points[-1][1]), room), lowest))
    drawn = []
    for y, one in zip(heights, ends, strict=True):
        colour, dash, mark = STYLES[one.engine]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        drawn.append(
            f'<line x1="{RIGHT + 12}" y1="{y:.1f}" x2="{RIGHT + 40}" y2="{y:.1f}" stroke="{colour}" stroke-width="2"{dashed}/>'
            + _mark(mark, RIGHT + 26, y, colour)
            + f'<text x="{RIGHT + 48}" y="{y + 4:.1f}">{escape(NAMES[one.engine])}</text>'
        )
    return drawn


def _in_words(series: Sequence[Series]) -> str:
    return "; ".join(
        f"{NAMES[one.engine]}: "
        + ", ".join(f"{persons:,} 人 / persons {seconds:.2f} s" for persons, seconds in one.points)
        for one in series
    )
