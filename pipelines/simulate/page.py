"""A simulation as one page: self-contained, no script, Chinese first with an English switch, A4 in print.

Counts only: no household numbers, no names. The building blocks and the style are those of the report of a check date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from assets.home import whole_file
from assets.publication.report.markup import Html, Text, heading, join, listed, paragraph, section, table, tag
from assets.publication.report.shell import whole_page
from assets.publication.report.words import NOTHING_DECIDED
from pipelines.simulate import tables, words
from pipelines.simulate.tables import Period

TITLE: Final = Text("政策试算", "What if the policy were another")
COUNTS_ONLY: Final = Text(
    "本页只有合计数字,不含姓名、身份号码和家庭编号。",
    "This page holds counts only: no names, no identity numbers, no household numbers.",
)


def write_page(result: Period, path: Path) -> None:
    """Write the page where it was asked for; it appears whole or not at all. The same figures give the same text."""
    dates, parts = result["check_dates"], [_opening(result)]
    if result["policy"]:
        title = Text("试算的参数", "The values laid over the policy")
        parts.append(section("policy", title, table(*tables.values(result)), paragraph(words.RESOLVED, "note")))
    if result["is_different"]:
        parts.append(section("total", Text("合计", "Total"), *_total(result)))
        for day in result["dates"]:
            name = Text(f"核对日期 {day['as_of']}", f"Check date {day['as_of']}")
            parts.append(section(f"date-{day['as_of']}", name, *_period(day)))
    said = [words.SMALL_GROUPS, COUNTS_ONLY] if result["is_different"] else [COUNTS_ONLY]
    parts.append(tag("footer", join(map(paragraph, said))))
    window = f"政策试算 {dates[0]} – {dates[-1]} Shouwang what if"
    text = whole_page(window, Text("守望 · 政策试算", "Shouwang 守望"), join(parts))
    with whole_file(path.expanduser().absolute()) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def _opening(result: Period) -> Html:
    dates = result["check_dates"]
    counties = "、".join(
        f"{name}({code})" if name != code else code for code, name in sorted(result["counties"].items())
    )
    lead = Text(
        f"{dates[0]} – {dates[-1]},共 {len(dates)} 期核对;{counties}。办理结果截至 {result['outcomes_as_of']} 的核对。",
        f"{dates[0]} – {dates[-1]}, {len(dates)} check dates; {counties}. Outcomes as of the check of "
        f"{result['outcomes_as_of']}.",
    )
    said = [
        tag("h1", TITLE),
        paragraph(lead, "lead"),
        paragraph(join([words.NOT_TOUCHED, " ", NOTHING_DECIDED]), "law"),
    ]
    if not result["is_different"]:
        said.append(paragraph(words.NO_DIFFERENCE))
    notes = words.notes(result)
    return join([*said, listed(notes, "points") if notes else ""])


def _total(result: Period) -> list[Html]:
    said = [paragraph(text) for text in words.besides(result["total"])]
    precision = [table(*tables.precision(result)), paragraph(words.ESTIMATE, "note")]
    return [*(paragraph(text, "note") for text in words.MEANT), *_period(result["total"]), *said, join(precision)]


def _period(period: Period) -> list[Html]:
    of_all = (tables.households, tables.outcomes, tables.estimates, tables.rules)
    by_group = [table(*found) for found in tables.groups(period)]
    return [*(table(*made(period)) for made in of_all), heading(Text("分组", "By group")), *by_group]
