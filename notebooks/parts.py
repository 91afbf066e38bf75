"""What the notebooks share: reading the published database, and tables and drawings in plain HTML.

They read nothing but $SHOUWANG_HOME/published/civil_affairs.duckdb (./data where the variable is not set), read-only, and
close it again at once. Drawings are boxes and inline SVG with their words beside them as text in the reader's own fonts:
no script, no font and no network. The look is in parts.css.
"""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Sequence
from html import escape
from typing import Any, Literal

import duckdb
import marimo as mo
import polars as pl

BLUE, PALE_BLUE, GREY, GREEN, BROWN = "#1b4f72", "#9dbdd3", "#dde3e8", "#3f8f5f", "#b9770e"
REASON_COLOURS = ("#b9770e", "#7b241c", "#b06a5f", "#6c5b7b", "#8795a1")
"""Why a rule was not checked, in the order in which the database lists the reasons."""
SEVERITIES = {
    "red": ("红", "#c0392b"),
    "orange": ("橙", "#e67e22"),
    "yellow": ("黄", "#e2b93b"),
    "blue": ("蓝", "#3b7dbd"),
}
NOTEBOOKS = {"overview": "总览", "household": "一户", "rule": "一条规则", "data_quality": "部门数据质量"}
SMALLEST_GROUP = 5
"""Shares of fewer households or findings are not shown: one of so few could be traced to a family (as in the report)."""
AXES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 1.0)
"""Where the axis of a drawing of shares may end."""


class Drawn(str):
    """Text that is HTML already; any other text in a table is escaped."""

    __slots__ = ()


# --- Reading -----------------------------------------------------------------------------------------------------------


def database() -> pathlib.Path:
    home = pathlib.Path(os.environ.get("SHOUWANG_HOME") or "data").absolute()
    return home / "published" / "civil_affairs.duckdb"


def stop_without_database() -> None:
    """Ends the cell, and with it the notebook, with words on what to do where nothing was published yet."""
    words = f"没有分析库 `{database()}`。请先运行 `make run`。\n\nThere is no database yet: run `make run` first."
    mo.stop(not database().is_file(), mo.callout(mo.md(words), kind="warn"))


def read(*queries: str, **known: object) -> list[pl.DataFrame]:
    """Each query's rows, all of one publication. `known`: values for $names; a query takes those it names.

    The file is closed again at once: a new publication is then seen on the next reading.
    """
    # The name is a link to the newest file: followed once, so that all queries see the same publication.
    with duckdb.connect(str(database().resolve()), read_only=True) as connection:
        return [
            connection.sql(query, params={name: value for name, value in known.items() if f"${name}" in query}).pl()
            for query in queries
        ]


def code_words() -> dict[str, dict[str, str]]:
    """table.column -> code -> its Chinese words, as the comments in the database list them: [closed 已办结; ...]."""
    (comments,) = read("SELECT table_name || '.' || column_name, comment FROM duckdb_columns() WHERE comment LIKE '%]'")
    words = {}
    for column, comment in comments.iter_rows():
        if listed := re.search(r"\[([^\[\]]+)\]$", comment):
            pairs = [entry.split(" ", 1) for entry in listed.group(1).split("; ")]
            words[column] = {pair[0]: pair[-1] for pair in pairs}
    return words


# --- Words -------------------------------------------------------------------------------------------------------------


def percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def bounds(low: float | None, high: float | None, digits: int = 1) -> str:
    """An interval in words."""
    return "" if low is None or high is None else f"{100 * low:.{digits}f}–{100 * high:.{digits}f} %"


def with_bounds(share: float | None, low: float | None, high: float | None, digits: int = 1) -> Drawn:
    """A share and its interval in words, on one line."""
    return Drawn(f'<span class="sw-fix">{percent(share, digits)} <small>{bounds(low, high, digits)}</small></span>')


def note(zh: str, en: str, kind: Literal["info", "warn", "danger", "success", "neutral"] = "info") -> mo.Html:
    """Something to know before reading on."""
    return mo.callout(mo.md(f"{zh}\n\n{en}"), kind=kind)


def links(here: str) -> mo.Html:
    """The other notebooks, where `marimo run notebooks` serves them all; alone a notebook has none to link to."""
    if "file" not in mo.query_params():
        return mo.Html("")
    shown = [
        f"<b>{words}</b>" if name == here else f'<a href="?file={name}.py">{words}</a>'
        for name, words in NOTEBOOKS.items()
    ]
    return mo.Html(f'<nav class="sw sw-links">{" · ".join(shown)}</nav>')


def soft(text: str) -> mo.Html:
    """A remark under a heading or a table."""
    return mo.Html(f'<p class="sw sw-soft">{escape(text)}</p>')


def badge(text: str, colour: str = GREY, ink: str = "#1c2833") -> Drawn:
    return Drawn(f'<span class="sw-badge" style="background:{colour};color:{ink}">{escape(text)}</span>')


def severity(code: str | None) -> Drawn:
    if code not in SEVERITIES:
        return Drawn("")
    words, colour = SEVERITIES[code]
    return badge(words, colour, "#1c2833" if code in ("yellow", "orange") else "#fff")


def tiles(*numbers: tuple[str, str, str]) -> mo.Html:
    """The figures at the head of a page: words, figure, remark."""
    shown = (
        f"<li>{escape(words)}<b>{escape(figure)}</b><small>{escape(remark)}</small></li>"
        for words, figure, remark in numbers
    )
    return mo.Html(f'<ul class="sw sw-tiles">{"".join(shown)}</ul>')


def join(*shown: str) -> Drawn:
    """Words and badges one after the other."""
    return Drawn(" ".join(one if isinstance(one, Drawn) else escape(one) for one in shown))


def card(head: Drawn, lines: Sequence[str], steps: Sequence[str]) -> mo.Html:
    """One thing with its head, what is to be said of it, and its steps in the order of days."""
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    walked = "".join(f"<li>{escape(step)}</li>" for step in steps)
    return mo.Html(f'<div class="sw sw-card"><p>{head}</p>{said}<ol class="sw-steps">{walked}</ol></div>')


# --- Tables and drawings -----------------------------------------------------------------------------------------------


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _cell(value: Any) -> str:
    if isinstance(value, Drawn):
        return f"<td>{value}</td>"
    if value is None:
        return '<td class="sw-n">–</td>'
    if _is_number(value):
        return f'<td class="sw-n">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], none: str = "没有 / none") -> mo.Html:
    """Rows under their heads; a head may be Drawn, such as one with an axis. `none`: what is said where no row is."""
    if not rows:
        return soft(none)
    head = "".join(
        f'<th scope="col"{" class=sw-n" if any(_is_number(row[at]) for row in rows) else ""}>'
        f"{one if isinstance(one, Drawn) else escape(one)}</th>"
        for at, one in enumerate(heads)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return mo.Html(
        f'<div class="sw sw-scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def pages(frame: pl.DataFrame) -> mo.Html:
    """A long table, page by page, that can be searched and sorted."""
    return mo.ui.table(
        frame,
        selection=None,
        page_size=12,
        show_download=False,
        show_column_summaries=False,
        show_data_types=False,
    )


def bar(numbers: Sequence[float], colours: Sequence[str], most: float) -> Drawn:
    """Numbers one after the other; `most` fills the whole width. What is there at all can be seen."""
    boxes = "".join(
        f'<i title="{number:,}" style="width:max(2px,{100 * number / (most or 1):.2f}%);background:{colour}"></i>'
        for number, colour in zip(numbers, colours, strict=False)
        if number
    )
    return Drawn(f'<div class="sw-bar">{boxes}</div>')


def bars(
    rows: Sequence[tuple[str, str, Sequence[float]]], colours: Sequence[str] = (BLUE,), legend: Sequence[str] = ()
) -> mo.Html:
    """Horizontal bars: (label, note, numbers), one colour a number."""
    most = max((sum(numbers) for _, _, numbers in rows), default=0)
    keys = "".join(
        f'<li><i style="background:{colour}"></i>{escape(text)}</li>'
        for colour, text in zip(colours, legend, strict=False)
    )
    lines = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td>{bar(numbers, colours, most)}</td><td>{escape(words)}</td></tr>'
        for label, words, numbers in rows
    )
    listed = f'<ul class="sw-keys">{keys}</ul>' if keys else ""
    return mo.Html(f'<div class="sw">{listed}<table class="sw-bars"><tbody>{lines}</tbody></table></div>')


def axis_end(highest: float) -> float:
    return next((end for end in AXES if highest <= end), 1.0)


def axis(words: str, most: float) -> Drawn:
    """The head of a column of intervals: its words and what its ends mean."""
    marks = "".join(f"<span>{100 * mark:g}%</span>" for mark in (0.0, most / 2, most))
    return Drawn(f'{escape(words)}<span class="sw-axis">{marks}</span>')


def interval(share: float | None, low: float | None, high: float | None, usual: float | None, most: float) -> Drawn:
    """A share as a dot on the line of its interval; the dashed line is everybody's share."""
    shapes = ""
    if usual is not None:
        at = _at(usual, most)
        shapes += f'<line x1="{at}" y1="0" x2="{at}" y2="100%" class="sw-usual"/>'
    if share is not None and low is not None and high is not None:
        shapes += f'<line x1="{_at(low, most)}" y1="50%" x2="{_at(high, most)}" y2="50%" class="sw-range"/>'
        shapes += f'<circle cx="{_at(share, most)}" cy="50%" r="4.5" class="sw-dot"/>'
    return Drawn(f'<svg class="sw-lane" aria-hidden="true">{shapes}</svg>')


def _at(value: float, most: float) -> str:
    """Per cent of the width, with room for half a dot at both ends."""
    return f"{2 + 96 * min(value / most, 1):.2f}%"
