"""What was checked before publication, and which policy values nobody has confirmed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from assets.publication.report.context import Judgement, Report
from assets.publication.report.markup import (
    AND,
    Column,
    Content,
    Html,
    Text,
    html,
    join,
    paragraph,
    section,
    table,
    tag,
)
from assets.publication.report.opening import TITLES
from assets.publication.report.words import parameter

UNITS_EN: Final = {
    "日": "days", "个月": "months", "周岁": "years", "元/月": "yuan a month", "倍低保标准": "times the standard",
    "(比例)": "(share)", "套": "dwellings", "平方米": "m²", "项": "factors", "倍通常比例": "times the usual share",
    "次核对": "check dates", "户": "households", "件": "cases",
}  # fmt: skip
SHARE: Final = "(比例)"
FLAGS: Final = {True: Text("是", "yes"), False: Text("否", "no")}


def quality(report: Report) -> Html:
    """Every judgement with its counts; none is left out, whatever came of it."""
    failed = [one for one in report.judged if not one.passed and not one.is_bound]
    look = [one for one in report.judged if not one.passed and one.is_bound]
    words = (
        Text(
            f"{len(report.judged)} 项核验均在发布前进行,全部符合。" if not look else
            f"{len(report.judged)} 项核验均在发布前进行,{len(look)} 项超出通常范围,请留意,其余符合。",
            f"{len(report.judged)} checks were made before publication; all of them hold." if not look else
            f"{len(report.judged)} checks were made before publication; {len(look)} outside the usual bounds, the others hold.",
        )
        if not failed
        else Text(
            f"{len(report.judged)} 项核验中 {len(failed)} 项不符,请先查明再使用本期文件。",
            f"{len(failed)} of {len(report.judged)} checks do not hold: find out why before using these files.",
        )
    )  # fmt: skip
    return section(
        "quality",
        TITLES["quality"],
        paragraph(tag("strong", words)),
        table(
            Text("发布内容的核验(只有计数,没有个人信息)", "What was published, checked; counts only"),
            [
                Column(Text("要求", "What has to hold")),
                Column(Text("对象", "About")),
                Column(Text("结果", "Result")),
                Column(Text("不符", "Problems"), "n"),
                Column(Text("核验数", "Looked at"), "n"),
            ],
            [_judged(one) for one in report.judged],
        ),
    )


def _judged(one: Judgement) -> list[Content]:
    return [one.words, one.group, _verdict(one), one.problems, one.counted]


def _verdict(one: Judgement) -> Html:
    if one.passed:
        return tag("span", Text("✓ 符合", "✓ holds"), class_="ok")
    if one.is_bound:
        return tag("span", Text("△ 请留意", "△ worth a look"), class_="look")
    return tag("span", Text("✗ 不符", "✗ does not hold"), class_="no")


def policy(report: Report) -> Html:
    """Values in use that are our defaults: what the bureau should confirm."""
    entries = report.figures.rows("parameters")
    counted = {row["status"]: row["parameters"] for row in report.figures.rows("settled_values")}
    total = len(report.counties)
    rows: list[list[Content]] = [
        [parameter(row["parameter"], row["parameter_zh"]), _value(row), _where(report, row, total)] for row in entries
    ]
    said = Text(
        f"在用参数中:文件规定 {counted.get('official', 0)} 项,本地规定 {counted.get('local', 0)} 项,默认值 "
        f"{counted.get('assumed', 0)} 项(同一参数在各县可不同)。下列默认值请本单位确认,写入 policy 文件夹后即不再列出。",
        f"Of the parameters in use {counted.get('official', 0)} come from published documents, {counted.get('local', 0)} are "
        f"local rulings, {counted.get('assumed', 0)} our defaults (counties may differ). Please confirm the defaults below: "
        "once they are in the folder policy they are listed no more.",
    )
    return section(
        "policy",
        TITLES["policy"],
        paragraph(said),
        table(
            Text("使用中的默认值,待确认", "Defaults in use, to be confirmed"),
            [Column(Text("参数", "Parameter")), Column(Text("取值", "Value")), Column(Text("适用", "Where"))],
            rows,
        ),
    )


def _where(report: Report, row: dict[str, Any], total: int) -> Content:
    if row["counties"] >= total:
        return Text("各县", "every county")
    return join((report.county(code) for code in row["codes"].split()), AND)


def _value(row: dict[str, Any]) -> Html:
    unit = row["unit"] or ""
    if unit == SHARE:
        return html(f"{(Decimal(row['value']) * 100).normalize():f}%")
    value = _plain(json.loads(row["value"]))
    return join([value, html(Text(f" {unit}", f" {UNITS_EN.get(unit, unit)}")) if unit else ""])


SEVERITIES: Final = {
    "red": Text("红", "red"), "orange": Text("橙", "orange"), "yellow": Text("黄", "yellow"), "blue": Text("蓝", "blue"),
    "urban": Text("城市", "urban"), "rural": Text("农村", "rural"), "county": Text("县级", "county"),
    "city": Text("市级", "city"), "township": Text("乡镇", "township"), "verify": Text("核实", "verify"),
    "help": Text("帮扶", "help"), "calendar_days": Text("自然日", "calendar days"),
    "working_days": Text("工作日", "working days"),
}  # fmt: skip


def _plain(value: object) -> Html:
    """A policy value in words: flags, codes, lists, tables."""
    match value:
        case bool():
            return html(FLAGS[value])
        case str():
            return html(SEVERITIES.get(value, Text(value, value)))
        case list():
            return join((_plain(one) for one in value), AND)
        case dict():
            return join((join([_plain(key), " ", _plain(one)]) for key, one in value.items()), Text("；", "; "))
        case _:
            return html(str(value))
