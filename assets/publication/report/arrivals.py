"""What arrived, from whom, how old it is, and what is missing."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import polars as pl

from assets.publication.report.context import Report
from assets.publication.report.markup import Column, Content, Html, Text, heading, join, paragraph, section, table, tag
from assets.publication.report.opening import TITLES
from assets.publication.report.words import REASONS, department, feed
from data_contracts import feed_contract, feed_contracts

REASONS_SHOWN: Final = 12
MISSING_SHOWN: Final = 40
DOWNSTREAM: Final = "downstream"


def arrivals(report: Report) -> Html:
    """Departments' data, what is missing, why rows were sent back, reports about tickets."""
    unusable = int(report.figures.one("unusable")["files"])
    stray = Text(
        f"另有 {unusable} 个文件名称或内容无法识别,未读取。",
        f"{unusable} more files could not be recognised and were not read.",
    )
    return section(
        "arrivals",
        TITLES["arrivals"],
        _departments(report),
        paragraph(
            Text(
                "“未授权”:核对授权书缺失或已失效的人员的记录,读取后即弃用,不保存、不比对。",
                "“No consent”: records of persons without a valid authorisation are dropped at once, neither stored nor "
                "compared.",
            ),
            "note",
        ),
        paragraph(stray, "note") if unusable else "",
        _missing(report),
        _reasons(report),
        _returned(report),
    )


def _by_feed(report: Report) -> dict[str, dict[str, Any]]:
    return {row["feed"]: row for row in report.figures.rows("deliveries")}


def _departments(report: Report) -> Html:
    found = _by_feed(report)
    contracts = [c for c in feed_contracts().values() if c.department != DOWNSTREAM]
    rows = [
        _department_row(report, contract.name, found.get(contract.name, {}))
        for contract in sorted(contracts, key=lambda c: (c.department == "civil_affairs", c.department, c.name))
    ]
    return table(
        Text("各部门在用数据(至核对日期)", "Data in force by department, up to the check date"),
        [
            Column(Text("数据", "Data")),
            Column(Text("部门", "Department")),
            Column(Text("文件", "Files"), "n"),
            Column(Text("采用行", "Rows accepted"), "n"),
            Column(Text("退回行", "Rows set aside"), "n"),
            Column(Text("未授权", "No consent"), "n"),
            Column(Text("最新日期", "Newest"), "n"),
            Column(Text("天数", "Age, days"), "n"),
            Column(Text("状态", "State")),
        ],
        rows,
    )


def _department_row(report: Report, name: str, row: dict[str, Any]) -> list[Content]:
    contract = feed_contract(name)
    days: list[dt.date] = report.fresh.filter(pl.col("feed") == name)["data_on"].drop_nulls().to_list()
    newest = max(days, default=None)
    troubled = [entry for entry in report.missing if entry["feed"] == name]
    return [
        feed(name),
        department(contract),
        row.get("files", 0),
        row.get("accepted"),
        row.get("set_aside"),
        row.get("not_consented") if contract.is_economic else None,
        newest,
        None if newest is None else (report.as_of - newest).days,
        _state(troubled, int(row.get("sent_back") or 0), int(row.get("held") or 0)),
    ]


def _state(troubled: list[dict[str, Any]], sent_back: int, held: int) -> Html:
    states = dict.fromkeys(entry["state"] for entry in troubled)
    words: list[Content] = [tag("span", REASONS[state], class_="no") for state in states]
    if not words:
        words = [tag("span", Text("齐全", "complete"), class_="ok")]
    if sent_back:
        words.append(tag("span", Text(f"整批退回 {sent_back} 个文件", f"{sent_back} files sent back"), class_="small"))
    if held:
        said = Text(f"行数大幅减少、暂缓采用 {held} 个文件", f"{held} files with far fewer rows held")
        words.append(tag("span", said, class_="small"))
    return join(words, Html("<br>"))


def _missing(report: Report) -> Html:
    title = heading(Text("缺少或过期的数据", "Missing or too old"))
    if not report.missing:
        return join(
            [title, paragraph(Text("各县各项数据齐全,均未过期。", "Every county has all data, none of it too old."))]
        )
    rows: list[list[Content]] = [
        [
            feed(row["feed"]),
            report.county(row["coverage"]),
            REASONS[row["state"]],
            row["data_on"],
            feed_contract(row["feed"]).stale_after_days,
        ]
        for row in report.missing[:MISSING_SHOWN]
    ]
    rest = len(report.missing) - MISSING_SHOWN
    if rest > 0:
        rows.append([Text(f"另有 {rest} 项", f"{rest} more"), None, None, None, None])
    return join(
        [
            title,
            table(
                Text("相关规则对这些地区未核对", "The rules that need them were not checked there"),
                [
                    Column(Text("数据", "Data")),
                    Column(Text("县", "County")),
                    Column(Text("情况", "What is wrong")),
                    Column(Text("最新日期", "Newest"), "n"),
                    Column(Text("有效天数", "Good for, days"), "n"),
                ],
                rows,
            ),
        ]
    )


def _reasons(report: Report) -> Html:
    """The commonest reasons why rows of departments' data were set aside."""
    theirs = [row for row in report.figures.rows("reasons") if feed_contract(row["feed"]).department != DOWNSTREAM]
    rows: list[list[Content]] = [
        [feed(row["feed"]), Text(row["reason_zh"], row["reason_en"]), row["rows"]] for row in theirs[:REASONS_SHOWN]
    ]
    rest = sum(row["rows"] for row in theirs[REASONS_SHOWN:])
    if rest:
        rows.append([Text("其他", "Others"), None, rest])
    return join(
        [
            heading(Text("退回行的主要原因", "Why rows were set aside")),
            table(
                Text("可退回部门更正的数据行", "Rows to send back for correction"),
                [Column(Text("数据", "Data")), Column(Text("原因", "Reason")), Column(Text("行数", "Rows"), "n")],
                rows,
            ),
        ]
    )


def _returned(report: Report) -> Html:
    """Reports about tickets: what townships, the county and departments sent."""
    found = _by_feed(report)
    refused: dict[str, int] = {}
    for row in report.figures.rows("reasons"):
        refused[row["feed"]] = refused.get(row["feed"], 0) + row["rows"]
    rows: list[list[Content]] = [
        [feed(name), found[name]["files"], found[name]["read"], refused.get(name, 0)]
        for name, contract in feed_contracts().items()
        if contract.department == DOWNSTREAM and name in found
    ]
    return join(
        [
            heading(Text("单据办理情况的报送", "Reports about tickets")),
            table(
                Text("乡镇、县级及各部门报送", "Sent by townships, the county and departments"),
                [
                    Column(Text("报送", "Report")),
                    Column(Text("文件", "Files"), "n"),
                    Column(Text("报送行", "Rows"), "n"),
                    Column(Text("未采纳", "Not taken"), "n"),
                ],
                rows,
            ),
        ]
    )
