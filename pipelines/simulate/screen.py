"""A simulation on the screen."""

from __future__ import annotations

import sys

from rich import table
from rich.console import Console

from assets.publication.report.markup import Column, Content, Text
from assets.publication.report.words import DIRECTIONS
from pipelines.screen import Screen
from pipelines.simulate import tables, words
from pipelines.simulate.tables import Period, Table


def print_simulation(result: Period) -> None:
    """Which values, which households, which rules, which groups; small groups are not shown."""
    # Redirected output has no width of its own; 80 columns would cut the words.
    console = Screen(highlight=False, width=None if sys.stdout.isatty() else 140)
    dates = result["check_dates"]
    console.print(f"\n[bold]守望政策试算 / what if[/bold]  {dates[0]} – {dates[-1]}, {len(dates)} 期 check dates")
    _say(console, words.COMPARED[result["compared_with"]])
    if result["policy"]:
        _print(console, tables.values(result))
    for entry in (entry for entry in result["policy"] if entry["not_in_force"]):
        where = tables.in_force(entry)
        _say(console, Text(f"{entry['file']}:{entry['line']} {where.zh}", where.en), "  ! ")
    for note in words.notes(result):
        _say(console, note, "  ! ")
    if not result["is_different"]:
        _say(console, words.NO_DIFFERENCE)
    else:
        total = result["total"]
        _print(console, _by_date(result))
        for found in (tables.rules(total), *tables.groups(total), tables.outcomes(total), tables.estimates(total)):
            _print(console, found)
        for text in (*words.besides(total), *words.MEANT, words.ESTIMATE, words.SMALL_GROUPS):
            _say(console, text)
    _say(console, words.NOT_TOUCHED)


def _say(console: Console, text: Text, mark: str = "  ") -> None:
    console.print(f"{mark}{_both(text)}", soft_wrap=True, markup=False)


def _both(text: Content) -> str:
    return f"{text.zh} / {text.en}" if isinstance(text, Text) else _cell(text)


def _cell(content: Content) -> str:
    match content:
        case Text(zh, _):
            return zh
        case int():
            return f"{content:,}"
        case _:
            return str(content)


def _print(console: Console, shown: Table) -> None:
    found = table.Table(title=_both(shown.caption), title_justify="left")
    for column in shown.columns:
        found.add_column(_both(column.title), justify="right" if column.kind else "left", overflow="fold")
    for row in shown.rows:
        found.add_row(*map(_cell, row))
    console.print(found)


def _by_date(result: Period) -> Table:
    """One line a check date and direction."""
    rows = []
    for name, period in (*((day["as_of"], day) for day in result["dates"]), ("合计 total", result["total"])):
        for direction, word in DIRECTIONS.items():
            opened, counts = period["opened"][direction], period["households"][direction]
            numbers = [counts[key] for key in ("published", "simulated", "new", "lost", "kept", "emptied")]
            rows.append((name, word, opened["published"], opened["simulated"], *numbers))
    heads = (
        "核对日期 date", "方向", "新开(张)基准 opened", "试算 what if", "有单据(户)基准 listed", "试算 what if", "新增 new",
        "不再有 lost", "仍有 kept", "疑点全部撤销 withdrawn",
    )  # fmt: skip
    columns = [Column(head, "n" if at > 1 else "") for at, head in enumerate(heads)]
    return Table(Text("预警单据", "tickets"), columns, rows)
