"""The drawing beside the table."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bench.chart import HEIGHT, NAMES, WIDTH, Series, chart

SVG = "{http://www.w3.org/2000/svg}"
SLOW = Series("pandas", ((10_000, 2.0), (100_000, 20.0), (1_000_000, 200.0)))
QUICK = Series("duckdb", ((10_000, 1.5), (100_000, 3.0), (1_000_000, 15.0)))


def drawn(*series: Series) -> ElementTree.Element:
    return ElementTree.fromstring(chart(series))


def names(picture: ElementTree.Element) -> dict[str, float]:
    """Height of every engine's name."""
    return {
        text.text or "": float(text.attrib["y"]) for text in picture.iter(f"{SVG}text") if text.text in NAMES.values()
    }


def test_every_engine_is_named_beside_the_end_of_its_line() -> None:
    heights = names(drawn(SLOW, QUICK))
    assert set(heights) == {NAMES["pandas"], NAMES["duckdb"]}
    assert heights[NAMES["pandas"]] < heights[NAMES["duckdb"]], "more seconds are higher up"


def test_ten_times_as_much_is_the_same_step_on_both_axes() -> None:
    lines = [
        line for line in drawn(SLOW).iter(f"{SVG}line") if line.get("stroke-dasharray") and line.get("stroke-width")
    ]
    first, second = lines[:2]
    for start, end in (("x1", "x2"), ("y1", "y2")):
        steps = [float(line.attrib[end]) - float(line.attrib[start]) for line in (first, second)]
        assert steps[0] == pytest.approx(steps[1], abs=0.2)


def test_the_same_numbers_are_the_same_text_and_everybody_can_read_them() -> None:
    text = chart([SLOW, QUICK])
    assert text == chart([SLOW, QUICK])
    assert "1,000,000 人 / persons 15.00 s" in text
    assert "秒" in text
    assert "seconds" in text


@pytest.mark.parametrize("seconds", [0.001, 0.1, 0.5, 1.0, 1000.0])
def test_equal_engines_of_one_size_keep_their_names_apart_and_inside(seconds: float) -> None:
    picture = drawn(*(Series(engine, ((3_000, seconds),)) for engine in NAMES))
    heights = sorted(names(picture).values())
    assert len(heights) == len(NAMES)
    assert all(below - above >= 14 for above, below in pairwise(heights))
    assert 0 < heights[0] < heights[-1] < HEIGHT
    assert max(float(text.attrib["x"]) for text in picture.iter(f"{SVG}text")) < WIDTH


def test_nothing_measured_is_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="nothing"):
        chart([])
