"""Drawings as inline SVG: bars, lines over check dates, shares with their intervals. Shapes only, never text.

Text stays in the page beside them, in the reader's own font and size; the numbers a drawing shows stand in the same row
or table. Colours differ in lightness as well as in hue, so that they can be told apart in grey print and by people who
see colours differently; what was not checked is hatched.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Final

from assets.publication.report.markup import Content, Html, Text, html, join

DARK: Final = "#1b4f72"
MIDDLE: Final = "#d68910"
LIGHT: Final = "#aed0e6"
INK: Final = "#7b241c"
HATCHES: Final = ("hatch-a", "hatch-b", "hatch-c", "hatch-d", "hatch-e")


def patterns() -> Html:
    """The hatches that other drawings of the page refer to."""
    drawn = {
        "hatch-a": ("#8795a1", "#eef1f4", "M0 6L6 0"),
        "hatch-b": ("#5f6b76", "#ffffff", "M0 0L6 6"),
        "hatch-c": ("#8795a1", "#ffffff", "M3 0V6"),
        "hatch-d": ("#5f6b76", "#eef1f4", "M0 3H6"),
        "hatch-e": ("#5f6b76", "#ffffff", "M0 0L6 6M0 6L6 0"),
    }
    made = "".join(
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6" fill="{ground}"/><path d="{path}" stroke="{line}" stroke-width="1.2"/></pattern>'
        for name, (line, ground, path) in drawn.items()
    )
    return Html(
        f'<svg width="0" height="0" class="defs" aria-hidden="true" focusable="false"><defs>{made}</defs></svg>'
    )


def fill(colour: str) -> str:
    """A colour, or the hatch of that name."""
    return f"url(#{colour})" if colour in HATCHES else colour


def legend(entries: Sequence[tuple[str, Text]]) -> Html:
    """What the colours mean."""
    keys = "".join(
        f'<li><svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true" focusable="false">'
        f'<rect x=".5" y=".5" width="13" height="13" fill="{fill(colour)}" stroke="#51606e"/></svg>{html(words)}</li>'
        for colour, words in entries
    )
    return Html(f'<ul class="legend">{keys}</ul>')


def _lane(shapes: str) -> Html:
    """A drawing as wide as the room there is, in per cent of it. The numbers stand beside it: nothing to read aloud."""
    return Html(f'<svg class="lane" aria-hidden="true" focusable="false">{shapes}</svg>')


def bar(numbers: Sequence[int], colours: Sequence[str], most: int) -> Html:
    """Numbers one after the other as a bar; `most` fills the whole width."""
    shapes, at = [], 0.0
    for number, colour in zip(numbers, colours, strict=True):
        width = 100 * number / most if most else 0.0
        if number:
            shapes.append(f'<rect x="{at:.2f}%" y="10%" width="{width:.2f}%" height="80%" fill="{fill(colour)}"/>')
        at += width
    return _lane("".join(shapes))


def interval(share: float | None, low: float | None, high: float | None, usual: float | None, most: float) -> Html:
    """A share as a dot on the line of its interval; a dashed line marks the share of everybody."""
    shapes = ['<line x1="0" y1="95%" x2="100%" y2="95%" class="axis"/>']
    if usual is not None:
        x = _position(usual, most)
        shapes.append(f'<line x1="{x}" y1="0" x2="{x}" y2="95%" class="usual"/>')
    if share is not None and low is not None and high is not None:
        left, dot, right = (_position(value, most) for value in (low, share, high))
        shapes.append(f'<line x1="{left}" y1="48%" x2="{right}" y2="48%" class="range"/>')
        shapes.append(f'<circle cx="{dot}" cy="48%" r="4.5" class="dot"/>')
    return _lane("".join(shapes))


def _position(value: float, most: float) -> str:
    """Per cent of the width, with room for half a dot at both ends."""
    return f"{2 + 96 * min(value / most, 1):.2f}%"


def scale(most: float) -> Html:
    """What the ends of the lanes below mean, as text."""
    marks = (0.0, most / 2, most)
    return Html('<span class="scale">' + "".join(f"<span>{100 * mark:.0f}%</span>" for mark in marks) + "</span>")


def panel(name: str, title: Text, numbers: Sequence[int | None], note: Content, says: Text) -> Html:
    """One small drawing of a series over check dates, from 0 to its largest number. None: not checked on that date.

    `says`: the series in words, for those who cannot see it.
    """
    most = max((number for number in numbers if number is not None), default=0) or 1
    step = 94 / max(len(numbers) - 1, 1)
    points = [
        (f"{3 + at * step:.2f}%", f"{90 - 76 * number / most:.2f}%")
        for at, number in enumerate(numbers)
        if number is not None
    ]
    lines = "".join(
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="trend"/>' for (x1, y1), (x2, y2) in pairwise(points)
    )
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="2.5" class="dot"/>' for x, y in points[:-1])
    dots += "".join(f'<circle cx="{x}" cy="{y}" r="4.5" class="last"/>' for x, y in points[-1:])
    return Html(
        f'<figure class="panel"><figcaption>{html(title)}</figcaption>'
        f'<svg role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(f"{title.zh} {title.en}")}</title>'
        f'<desc id="{name}-d">{escape(f"{says.zh} {says.en}")}</desc>'
        f'<line x1="0" y1="98%" x2="100%" y2="98%" class="axis"/>{lines}{dots}</svg>'
        f'<p class="note">{html(note)}</p></figure>'
    )


def panels(drawn: Sequence[Html]) -> Html:
    return Html(f'<div class="panels">{join(drawn)}</div>')
