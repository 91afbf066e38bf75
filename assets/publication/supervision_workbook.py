"""The supervision list of a county and check date as a workbook: what waits, how townships stand, the draw of re-checks.

For printing on A4 landscape. It names no people: whoever handles a ticket has its sheet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.county_policy import is_county
from assets.publication.cell_styles import Styles
from assets.publication.life import Life, in_words
from assets.publication.returned import write_returned
from assets.publication.sheets import new_workbook, protect, row_height, set_up, write_cell
from assets.publication.supervision import Draw, county_draw, supervision_rows, township_rows
from data_contracts import Column
from data_contracts.publications import labels, published
from policy.values import PolicyValue

LIST: Final = "督办清单"
TOWNSHIPS: Final = "分乡镇统计"
DRAW: Final = "抽检"
NOT_TAKEN: Final = "未采纳"
NO_EFFECT: Final = "单据未办结或超期,均不影响家庭待遇;本表只提醒经办人员。"
WHOLE_COUNTY: Final = "全县合计"
HOW_TO_REPEAT: Final = (
    "种子为“核对日期|县级代码|各单”的 SHA-256(十六进制),各单写作“单据编号:处置结果代码:办结日期”,排序后以英文分号连接;"
    "各单再按“种子|单据编号”的 SHA-256 由小到大排位,取前 ⌈比例×总数⌉ 件。",
    "用本表各行和任何能算 SHA-256 的工具即可重复,次序与种子应与本表完全一致"
    "(数据库查询语句见 docs/decisions/0016-random-rechecks.md)。",
)
WIDTHS: Final = {
    "kind_zh": 16, "township_code": 14, "ticket_id": 29, "household_id": 20, "severity": 5, "direction": 6,
    "responsible_zh": 15, "since_on": 11, "waiting_days": 6, "due_on": 11, "escalated_to": 9, "last_event_zh": 13,
    "last_on": 11, "to_do_zh": 34, "rank": 6, "outcome": 18, "outcome_zh": 18, "closed_on": 12, "is_drawn": 8,
}  # fmt: skip
Value = Callable[[str, str], PolicyValue | None]
"""county, parameter -> the value in force on the check date."""


def write_supervision(
    life: Life, value: Value, folder: Path, returned: Mapping[str, list[dict[str, Any]]] | None = None
) -> dict[str, int]:
    """`<6 digits>.xlsx` for each county where something waits, is open, was closed or could not be taken (`returned`: county
    -> rows and files); returns rows of the list by file."""
    entries = supervision_rows(life)
    counties = {
        *entries["county_code"].to_list(),
        *life.open["county_code"].to_list(),
        *life.closed_today["county_code"].to_list(),
        *(returned or {}),
    }
    named = sorted(county for county in counties if is_county(county))
    remind = {county: days.whole() for county in named if (days := value(county, "supervision.remind_days"))}
    townships = township_rows(life, remind)
    written: dict[str, int] = {}
    for county in named:
        folder.mkdir(parents=True, exist_ok=True)
        mine = pl.col("county_code") == county
        chosen = entries.filter(mine)
        share = value(county, "recheck.share")
        with new_workbook(folder / f"{county}.xlsx", f"{county} 督办单 {life.as_of}", life.as_of) as (book, styles):
            first, second, third = (book.add_worksheet(name) for name in (LIST, TOWNSHIPS, DRAW))
            _write_list(first, styles, chosen, county, life.as_of)
            _write_townships(second, styles, townships.filter(mine), county, life.as_of, remind.get(county, 0))
            _write_draw(third, styles, county_draw(life, county), county, life.as_of, share)
            rows = (returned or {}).get(county, [])
            back = [write_returned(book, styles, rows, NOT_TAKEN)] if rows else []
            for sheet in (first, second, third, *back):
                sheet.set_header(f"&L{county} 督办单&R核对日期 {life.as_of}")
                protect(sheet)
            first.activate()
        written[f"{county}.xlsx"] = chosen.height
    return written


def _write_list(sheet: Any, styles: Styles, rows: pl.DataFrame, county: str, as_of: dt.date) -> None:
    codes = {
        "severity": labels("severity"),
        "direction": labels("direction"),
        "escalated_to": labels("escalated_to"),
    }
    shown = rows.with_columns(in_words(name, words).alias(name) for name, words in codes.items())
    columns = published("supervision_workbook").columns
    lines = (f"{county} {LIST}(核对日期 {as_of}),共 {rows.height} 项", NO_EFFECT)
    severities = rows["severity"].to_list()
    at = [column.name for column in columns].index("severity")

    def colour(row: int, number: int) -> None:
        sheet.write_string(row, at, shown["severity"][number], styles.severities[severities[number]])

    _write_table(sheet, styles, lines, columns, shown.iter_rows(named=True), colour)


def _write_townships(
    sheet: Any, styles: Styles, rows: pl.DataFrame, county: str, as_of: dt.date, remind_days: int
) -> None:
    columns = published("supervision_workbook_townships").columns
    shown = rows.with_columns(pl.col("township_code").fill_null(WHOLE_COUNTY))
    lines = (
        f"{county} {TOWNSHIPS}(核对日期 {as_of})",
        f"“临近到期”为截止日期在 {remind_days} 天以内;“本期办结”为办结结果在本核对日期获知的单据,天数自出单(重新办理的自重新计时)起算。",
        NO_EFFECT,
    )
    _write_table(sheet, styles, lines, columns, shown.iter_rows(named=True))


def _write_draw(sheet: Any, styles: Styles, draw: Draw, county: str, as_of: dt.date, share: PolicyValue | None) -> None:
    columns = published("supervision_workbook_rechecks").columns
    shown = draw.rows.with_columns(in_words("outcome", labels("ticket_outcomes.outcome")).alias("outcome_zh"))
    part = (
        "未设定" if share is None else f"{(share.number() * 100).normalize():f}%(自 {share.from_on} 起,{share.basis})"
    )
    lines = (
        f"{county} 随机抽检(核对日期 {as_of}):本期办结 {draw.rows.height} 件,抽中 {draw.drawn} 件",
        f"比例:{part}",
        f"种子:{draw.seed}" if draw.rows.height else "本期没有办结的单据,未抽取。",
        *HOW_TO_REPEAT,
    )
    _write_table(sheet, styles, lines, columns, shown.iter_rows(named=True))


def _write_table(
    sheet: Any,
    styles: Styles,
    lines: Iterable[str],
    columns: tuple[Column, ...],
    rows: Iterable[Mapping[str, Any]],
    after_row: Callable[[int, int], None] = lambda _row, _number: None,
) -> None:
    """Lines of text, then a table. `after_row(row, number)`: called when a row is written."""
    texts = list(lines)
    widths = {column.name: WIDTHS.get(column.name, 14) for column in columns}
    whole = sum(widths.values())
    set_up(sheet, columns, WIDTHS, styles, header_row=len(texts))
    for row, text in enumerate(texts):
        sheet.merge_range(row, 0, row, len(columns) - 1, "", styles.title if row == 0 else styles.note)
        sheet.write_string(row, 0, text, styles.title if row == 0 else styles.note)
        sheet.set_row(row, row_height([(text, whole)]))
    at = len(texts)
    for number, cells in enumerate(rows):
        at += 1
        sheet.set_row(at, row_height((cells[name], width) for name, width in widths.items()))
        for index, column in enumerate(columns):
            write_cell(sheet, at, index, cells[column.name], styles)
        after_row(at, number)
    sheet.autofilter(len(texts), 0, max(at, len(texts) + 1), len(columns) - 1)
    sheet.fit_to_pages(1, 0)
