"""Open tickets: by township and by due date. A ticket that is open or overdue changes nothing in a family's aid."""

from __future__ import annotations

from typing import Any, Final

from assets.publication.report.context import Report
from assets.publication.report.markup import (
    CHART,
    Column,
    Content,
    Html,
    Text,
    heading,
    join,
    paragraph,
    section,
    table,
    tag,
)
from assets.publication.report.opening import TITLES
from assets.publication.report.shapes import INK, LIGHT, MIDDLE, bar, legend
from assets.publication.report.words import programme, waiting
from assets.publication.supervision import KINDS

TOWNSHIPS_SHOWN: Final = 60
"""A province has thousands: the ones with most overdue tickets are shown, the others added up."""
DUE_DATES_SHOWN: Final = 20
COUNTIES_BESIDE: Final = 4
NUMBERS: Final = ("overdue", "due_soon", "later", "escalated", "untouched", "open")
LEGEND: Final = (
    (INK, Text("已超期", "overdue")),
    (MIDDLE, Text("临近到期", "due soon")),
    (LIGHT, Text("尚有时间", "later")),
)


def deadlines(report: Report) -> Html:
    """Townships, due dates, what waits for somebody."""
    return section(
        "deadlines",
        TITLES["deadlines"],
        legend(LEGEND),
        _townships(report),
        heading(Text("按截止日期", "By due date")),
        _due(report),
        heading(Text("等待办理的事项", "What waits for somebody")),
        _waiting(report),
        heading(Text("定期复核", "Periodic review")),
        _reviews(report),
    )


def _townships(report: Report) -> Html:
    entries = [
        {**row, "later": row["open"] - row["overdue"] - row["due_soon"]} for row in report.figures.rows("townships")
    ]
    most = max((row["open"] for row in entries), default=0)
    rows = [_line(_place(report, row), row, most) for row in entries[:TOWNSHIPS_SHOWN]]
    rest = entries[TOWNSHIPS_SHOWN:]
    if rest:
        rows.append(_line(Text(f"其余 {len(rest)} 个乡镇", f"{len(rest)} more townships"), _summed(rest), 0))
    return table(
        Text("在办单据与期限,超期多的在前(件)", "Open tickets by township, most overdue first"),
        [
            Column(Text("乡镇", "Township")),
            Column(CHART, "bar"),
            Column(Text("超期", "Overdue"), "n"),
            Column(Text("临近", "Due soon"), "n"),
            Column(Text("其他", "Later"), "n"),
            Column(Text("已督办", "Escalated"), "n"),
            Column(Text("未接收", "Untouched"), "n"),
            Column(Text("在办", "Open"), "n"),
        ],
        rows,
        _line(Text("合计", "All"), _summed(entries), 0) if entries else (),
    )


def _place(report: Report, row: dict[str, Any]) -> Html:
    county = report.names.get(row["county_code"], "")
    return join([row["township_code"], tag("span", county, class_="small")], " ")


def _summed(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in NUMBERS}


def _line(place: Content, row: dict[str, Any], most: int) -> list[Content]:
    parts = [row[name] for name in ("overdue", "due_soon", "later")]
    drawn: Content = bar(parts, [INK, MIDDLE, LIGHT], most) if most else ""
    return [place, drawn, *(row[name] for name in NUMBERS)]


def _due(report: Report) -> Html:
    """Dates still to come; what is overdue already is one line before them."""
    late, coming = report.tickets("overdue"), report.figures.rows("due")
    most = max([late, *(row["tickets"] for row in coming)], default=0)
    rows: list[list[Content]] = []
    if late:
        rows.append([Text("已超期", "Overdue"), bar([late], [INK], most), late, None])
    for row in coming[:DUE_DATES_SHOWN]:
        note = Text("暂定", "provisional") if row["provisional"] else Text("", "")
        when = join([row["due_on"], tag("span", note, class_="small")], " ")
        rows.append([when, bar([row["tickets"]], [LIGHT], most), row["tickets"], row["days_left"]])
    rest = sum(row["tickets"] for row in coming[DUE_DATES_SHOWN:])
    if rest:
        rows.append([Text("更晚", "Later"), "", rest, None])
    made = table(
        Text("在办单据的截止日期(件)", "Open tickets by due date"),
        [
            Column(Text("截止日期", "Due")),
            Column(CHART, "bar"),
            Column(Text("单据", "Tickets"), "n"),
            Column(Text("剩余天数", "Days left"), "n"),
        ],
        rows,
    )
    note = Text(
        "“暂定”:所涉年份的放假通知尚未公布,公布后期限只推后、不提前。",
        "“Provisional”: the holiday notice of that year is not published yet; the deadline may move later, never earlier.",
    )
    return join([made, paragraph(note, "note") if any(row["provisional"] for row in coming) else ""])


def _reviews(report: Report) -> Html:
    """The bureau's own periodic review: yearly for class A, half-yearly for class B."""
    names = ("late", "due_soon", "later", "no_category")
    rows = [[programme(row["programme"]), *(row[name] for name in names)] for row in report.figures.rows("reviews")]
    return table(
        Text(
            "分类定期复核到期的家庭(A 类每年、B 类每半年,自纳入或最近申报起算)",
            "Households due for the periodic review (class A yearly, B half-yearly)",
        ),
        [
            Column(Text("救助类别", "Programme")),
            Column(Text("已到期", "Due already"), "n"),
            Column(Text("30 日内到期", "Within 30 days"), "n"),
            Column(Text("未到期", "Later"), "n"),
            Column(Text("未分类", "No class"), "n"),
        ],
        rows,
    )


def _waiting(report: Report) -> Html:
    """One line a kind; a column for each county where they are few."""
    entries = report.figures.rows("waiting")
    counties = report.counties if len(report.counties) <= COUNTIES_BESIDE else []
    rows: list[list[Content]] = []
    for kind in KINDS:
        mine = {row["county_code"]: row for row in entries if row["kind"] == kind}
        if mine:
            longest = max(row["longest"] for row in mine.values())
            number = sum(row["items"] for row in mine.values())
            beside = [mine[code]["items"] if code in mine else 0 for code in counties]
            rows.append([waiting(kind), number, *beside, longest])
    return table(
        Text("待办事项(名单见 supervision 文件夹)", "What needs somebody; the lists are in the folder supervision"),
        [
            Column(Text("事项", "Matter")),
            Column(Text("件数", "Number"), "n"),
            *(Column(report.county(code), "n") for code in counties),
            Column(Text("最长等待天数", "Longest wait, days"), "n"),
        ],
        rows,
    )
