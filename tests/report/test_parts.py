"""The building blocks: text, drawings, and groups too small to be shown."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from assets.publication.report import shapes, words
from assets.publication.report.context import Judgement, Report
from assets.publication.report.fairness import fairness
from assets.publication.report.figures import Figures
from assets.publication.report.markup import Column, Html, Text, html, percent, table, typeset
from data_contracts import feed_contracts
from data_contracts.publications import labels
from policy.parameters import RULES
from rules.admission import GAPS


@pytest.mark.parametrize(
    ("plain", "set_"),
    [
        ("成员 9,571 人", "成员 9,571 人"),
        ("核实类 426,帮扶类 378", "核实类 426，帮扶类 378"),
        ("乌审旗(150626)", "乌审旗（150626）"),
        ("无法还原, 请以文本格式重报", "无法还原，请以文本格式重报"),
        ("上次核对:2026-10-20。", "上次核对：2026-10-20。"),
        ("“未授权”:授权书缺失", "“未授权”：授权书缺失"),
        ("a, b (c): d", "a, b (c): d"),
    ],
)
def test_chinese_punctuation(plain: str, set_: str) -> None:
    assert typeset(plain) == set_


def test_content_is_escaped_unless_it_is_markup() -> None:
    assert html("<b>&") == "&lt;b&gt;&amp;"
    assert html(Text("<甲>", "<a>")) == (
        '<span class="zh">&lt;甲&gt;</span><span class="en" lang="en">&lt;a&gt;</span>'
    )
    assert html(Html("<b>x</b>")) == "<b>x</b>"
    assert (html(1234567), html(None), percent(None), percent(0.1234)) == ("1,234,567", "–", "–", "12.3%")


def test_a_table_without_rows_is_a_sentence() -> None:
    made = table(Text("待办", "Waiting"), [Column(Text("事项", "Matter"))], [])
    assert "<table" not in made
    assert "待办" in made and "none." in made


def test_a_bar_is_as_long_as_its_numbers() -> None:
    drawn = shapes.bar([30, 10, 0], [shapes.DARK, shapes.LIGHT, "hatch-a"], 80)
    assert re.findall(r'x="([\d.]+)%".*?width="([\d.]+)%"', drawn) == [("0.00", "37.50"), ("37.50", "12.50")]
    assert "<rect" not in shapes.bar([0], [shapes.DARK], 0)


def test_an_interval_never_leaves_its_lane() -> None:
    drawn = shapes.interval(0.9, 0.2, 1.5, 3.0, 1.0)
    assert max(float(x) for x in re.findall(r'x[12]?="([\d.]+)%"', drawn)) <= 100
    assert "circle" not in shapes.interval(None, None, None, 0.5, 1.0)


def test_a_series_shows_where_nothing_was_checked() -> None:
    drawn = shapes.panel("p", Text("甲", "A"), [4, None, 2], Text("", ""), Text("数", "numbers"))
    assert drawn.count("<circle") == 2
    assert "<title" in drawn and "<desc" in drawn


def _lightness(colour: str) -> float:
    """Relative luminance (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(
    "together", [(shapes.DARK, shapes.LIGHT), (shapes.INK, shapes.MIDDLE, shapes.LIGHT)], ids=["two", "three"]
)
def test_colours_of_one_bar_differ_in_grey_print(together: tuple[str, ...]) -> None:
    grey = sorted(_lightness(colour) + 0.05 for colour in together)
    assert all(lighter / darker > 1.6 for darker, lighter in pairwise(grey))


def test_every_code_has_words_in_both_languages() -> None:
    assert all(words.rule(code).en for code in RULES)
    listed = [words.rule(code) for code in RULES] + [words.feed(feed) for feed in feed_contracts()]
    listed += [words.department(one) for one in feed_contracts().values()] + [words.gap(code) for code in GAPS]
    listed += [words.outcome(code) for code in labels(words.OUTCOMES)]
    assert all(text.zh and text.en.isascii() and not text.zh.isascii() for text in listed)


# --- Groups too small to be shown ----------------------------------------------------------------------------------------


def _report(groups: list[dict[str, Any]]) -> Report:
    schema = {
        "rule": pl.String, "dimension": pl.String, "group_code": pl.String, "group_zh": pl.String, "checked": pl.Int64,
        "share": pl.Float64, "share_low": pl.Float64, "share_high": pl.Float64, "usual": pl.Float64,
    }  # fmt: skip
    frames = {"groups": pl.DataFrame(groups), "apart": pl.DataFrame(schema=schema)}
    judged = [Judgement(Text("甲", "A"), Text("乙", "B"), True, False, 0, 1)]
    return Report(Figures(dt.date(2026, 11, 20), frames), pl.DataFrame(), {}, judged)


def _group(dimension: str, code: str, fewest: int, found: int, settled: int) -> list[dict[str, Any]]:
    return [
        {
            "dimension": dimension, "group_code": code, "group_zh": f"组{code}", "direction": direction, "fewest": fewest,
            "found": found, "checked": fewest * 10, "settled": settled, "confirmed": settled // 2,
        }
        for direction in ("verify", "help")
    ]  # fmt: skip


def test_a_group_of_four_households_shows_no_figure() -> None:
    shown = fairness(_report([*_group("all", "all", 90, 60, 40), *_group("age_band", "0-15", 4, 3, 2)]))
    row = next(line for line in shown.splitlines() if "组0-15" in line)
    assert row.count("不足 5 户") == 2
    assert "%" not in re.sub(r"\d+%\"|<svg.*?</svg>", "", row), "no share of the few"
    assert "7.5" not in row


def test_a_group_of_five_is_shown_with_its_interval() -> None:
    shown = fairness(_report([*_group("all", "all", 90, 60, 40), *_group("age_band", "80+", 5, 3, 4)]))
    row = next(line for line in shown.splitlines() if "组80+" in line)
    assert row.count("<circle") == 2
    assert row.count("6.00") == 2
    assert "50%" in row, "four cases of each direction make eight"
