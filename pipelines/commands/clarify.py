"""`shouwang clarify`: the county answers a township's point-to-point look (点对点查看, 景民字〔2024〕40号 三(三)4).

The items of one ticket, unmasked, go into one file for the office that asked; the act goes into the audit ledger, from
which the next check takes the answer. Nothing of it appears on the screen or in a log.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.audit import Entry, append, entries
from assets.errors import WrongUseError
from assets.evidence import published_item
from assets.home import Home, sha256, sync_file, sync_folder
from assets.lake import read_table
from assets.publication.cell_styles import Styles
from assets.publication.life import Life
from assets.publication.sheets import new_workbook, protect, row_height, set_up, write_cell
from assets.publication.workbooks import evidence_text
from assets.returns import CLARIFIED
from assets.ticket_state import ALIASES
from data_contracts.publications import published
from pipelines.lock import locked
from pipelines.responsible import LONGEST_NAME, has_number, is_said
from rules.findings import BY_CODE
from rules.tickets.state import Matter

SHEET: Final = "点对点查看"
INTENDED: Final = "clarification_intended"
LOCK_SECONDS: Final = 30
LAPSED: Final = "核对授权现已失效,不予展示。"
GONE: Final = "历次核对数据中已查不到此项,见单据原文。"
WIDTHS: Final = {
    "item_no": 6, "label_zh": 18, "person_name": 10, "person_id": 22, "evidence": 52, "seen_on": 12, "remark": 24,
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """An answer as it goes to the office."""

    ticket_id: str
    household_id: str
    request: Matter
    answered_on: dt.date
    by: str

    def path(self, home: Home) -> Path:
        """Where it lies: lake/disclosures/<office>/<ticket>_<day of the request>.xlsx."""
        name = f"{self.ticket_id}_{self.request.matter_key}.xlsx"
        return home.lake / "disclosures" / self.request.subject / name


def clarify(home: Home, ticket_id: str, by: str, on: dt.date | None, now: str) -> str:
    """Answer the oldest unanswered request of the ticket and say where the file is. `now`: a time with zone.

    WrongUseError (exit 2): no name, nothing checked, unknown ticket, no request, already answered, a day that cannot be.
    """
    by = by.strip()
    _require_name(by)
    home.newest_published()
    with locked(home, wait=LOCK_SECONDS):  # of two who answer at once the second is told so
        return _clarify(home, ticket_id, by, on, now)


def _clarify(home: Home, ticket_id: str, by: str, on: dt.date | None, now: str) -> str:
    as_of = home.newest_published()
    life = Life.read(home, home.check(as_of), as_of)
    number = _standing(home, as_of, ticket_id)
    mine = life.tickets.filter(pl.col("ticket_id") == number)
    if mine.is_empty():
        raise WrongUseError(
            "ticket_unknown",
            f"截至 {as_of} 没有此编号的预警单。编号见 warnings/tickets.csv 第一列。",
            f"There is no ticket of this number as of {as_of}. Numbers are in the first column of warnings/tickets.csv.",
        )
    request, others = _unanswered(home, life, number)
    today = dt.datetime.fromisoformat(now).date()
    _require_day(on or today, request, max(today, as_of))
    answer = Answer(number, mine["household_id"].item(), request, on or today, by)
    rows = list(_rows(home, life, answer))
    path = _disclose(home, answer, rows, now)
    more = f"\n本单另有 {others} 件申请待答复。/ {others} more waiting." if others else ""
    return (
        f"已答复 {request.subject} 关于 {number} 的申请({request.matter_key}),共 {len(rows)} 项,未遮蔽,仅供该单位使用: {path}\n"
        f"Answered: {len(rows)} items, unmasked, for that office alone. Recorded in the audit ledger; the next check takes "
        f"the answer up.{more}"
    )


def _require_name(by: str) -> None:
    if is_said(by, LONGEST_NAME) and not has_number(by):
        return
    raise WrongUseError(
        "name_missing",
        f"请用 --by 写明答复人姓名(至多 {LONGEST_NAME} 字,不含身份号码)。",
        f"Name the person who answers with --by (at most {LONGEST_NAME} characters, no identity number).",
    )


def _standing(home: Home, as_of: dt.date, ticket_id: str) -> str:
    """The ticket that stands for this number: a repeated check may have taken the number back."""
    path = home.check(as_of) / "ticket_aliases.parquet"
    aliases = pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=ALIASES)
    stands: dict[str, str] = {old: number for number, old in aliases.select(*ALIASES).iter_rows()}
    return stands.get(ticket_id, ticket_id)


def _unanswered(home: Home, life: Life, number: str) -> tuple[Matter, int]:
    """The oldest request without an answer, here or in the audit ledger, and how many others wait."""
    chosen = life.matters.filter((pl.col("ticket_id") == number) & (pl.col("kind") == "clarification"))
    requests = [Matter(**{k: v for k, v in row.items() if k != "ticket_id"}) for row in chosen.iter_rows(named=True)]
    if not requests:
        raise WrongUseError(
            "no_request",
            f"{number} 没有点对点查看申请;未经乡镇申请不得查看。申请经 landing/clarification_requests 报送,核对后方可答复。",
            f"No township has asked about {number}; without a request nothing is shown. Requests come as the feed "
            "clarification_requests and can be answered after the next check.",
        )
    given = {
        str(entry.fields["requested_on"]): entry
        for entry in entries(home)
        if entry.kind == CLARIFIED and entry.fields["ticket_id"] == number
    }
    waiting = sorted(
        (m for m in requests if not m.is_answered and m.matter_key not in given), key=lambda m: m.matter_key
    )
    if not waiting:
        raise _already(home, number, requests, given)
    return waiting[0], len(waiting) - 1


def _already(home: Home, number: str, requests: list[Matter], given: dict[str, Entry]) -> WrongUseError:
    """Every unmasking is an act of its own: what was answered is not written again."""
    newest = max(requests, key=lambda m: m.matter_key)
    entry = given.get(newest.matter_key)
    if entry is None:
        day, by, at, file = str(newest.answered_on), newest.answered_by, "", ""
    else:
        day, by, at = str(entry.fields["answered_on"]), entry.by, f"(记录于 {entry.at})"
        file = str(entry.fields["file"])
    there_zh = f",文件为 {file}" if file and (home.root / file).is_file() else ",文件已不在,需要时请乡镇重新申请"
    there_en = f" The file is {file}." if file and (home.root / file).is_file() else " Its file is gone: ask again."
    return WrongUseError(
        "already_answered",
        f"{number} 的申请已由 {by} 于 {day} 答复{at}{there_zh}。每次查看均单独记录,不重复生成。",
        f"The request was answered on {day} by {by}; every look is an act of its own and is not repeated.{there_en}",
    )


def _require_day(day: dt.date, request: Matter, latest: dt.date) -> None:
    if request.opened_on <= day <= latest:
        return
    raise WrongUseError(
        "answer_day",
        f"答复日期 {day} 应在申请日期 {request.opened_on} 与 {latest} 之间,请用 --on 写明。",
        f"The answer's day {day} must lie between the request ({request.opened_on}) and {latest}: give it with --on.",
    )


# --- The items of one ticket -------------------------------------------------------------------------------------------


def _rows(home: Home, life: Life, answer: Answer) -> Iterator[dict[str, Any]]:
    """Rows of contract clarification_workbook, by number. Numbers in full come from the lake, where they are kept."""
    items = life.items.filter(pl.col("ticket_id") == answer.ticket_id).sort("item_no")
    is_admitted = _is_admitted(home.check(life.as_of), answer.household_id)
    seen = _as_recorded(home, life.as_of, answer.household_id, items)
    for rule, key, number in items.select("rule", "item_key", "item_no").iter_rows():
        row: dict[str, Any] = dict.fromkeys(WIDTHS) | {"item_no": number, "label_zh": BY_CODE[rule].label_zh}
        # Consent first: an item of a department that may no longer be asked about the family stays closed.
        if BY_CODE[rule].is_economic and not is_admitted:
            yield row | {"remark": LAPSED}
            continue
        if (rule, key) not in seen:
            yield row | {"remark": GONE}
            continue
        day, recorded, names = seen[(rule, key)]
        person = recorded["person_id"]
        shown = published_item(recorded, names)
        yield row | {
            "person_name": shown.get("person_name"),
            "person_id": person,
            "evidence": evidence_text(shown),
            "seen_on": day,
        }


def _is_admitted(folder: Path, household_id: str) -> bool:
    mine = pl.col("household_id") == household_id
    found = read_table(folder, "households", ["is_admitted"], mine)
    return found.height == 1 and bool(found.item())


Recorded = dict[tuple[str, str], tuple[dt.date, dict[str, Any], dict[str, str]]]
"""(rule, item key) -> the newest check date that had it, its row (ITEM_SCHEMA), person -> name."""


def _as_recorded(home: Home, as_of: dt.date, household_id: str, items: pl.DataFrame) -> Recorded:
    """The items as the newest check dates recorded them; an item may be gone from today's data."""
    wanted = set(items.select("rule", "item_key").iter_rows())
    found: Recorded = {}
    mine = pl.col("household_id") == household_id
    for day in reversed([day for day in home.published_dates() if day <= as_of]):
        folder = home.check(day)
        if len(found) == len(wanted) or not (folder / "item_states.parquet").is_file():
            continue
        people = read_table(folder, "members", ["person_id", "name"], mine)
        names = {person: name for person, name in people.iter_rows() if name is not None}
        for row in pl.scan_parquet(folder / "item_states.parquet").filter(mine).collect().iter_rows(named=True):
            key = (row["rule"], row["item_key"])
            if key in wanted and key not in found:
                found[key] = (day, row, names)
    return found


# --- The file ----------------------------------------------------------------------------------------------------------


def _disclose(home: Home, answer: Answer, rows: list[dict[str, Any]], now: str) -> Path:
    """Enter the intent, write the file, enter the act, let the file appear: in this order nothing is ever shown that is not on record."""
    path = answer.path(home)
    said = {
        "ticket_id": answer.ticket_id,
        "office": answer.request.subject,
        "requested_on": answer.request.matter_key,
        "answered_on": answer.answered_on.isoformat(),
        "file": path.relative_to(home.root).as_posix(),
    }
    append(home, INTENDED, answer.by, now, said)
    for folder in (home.lake / "disclosures", path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.unlink(missing_ok=True)
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _write(answer, rows, aside)
        sync_file(aside)
        fields = {**said, "file_sha256": sha256(aside), "items": [row["item_no"] for row in rows]}
        append(home, CLARIFIED, answer.by, now, fields)
        aside.replace(path)
        sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)
    return path


def _write(answer: Answer, rows: list[dict[str, Any]], path: Path) -> None:
    request = answer.request
    lines = (
        f"预警单 {answer.ticket_id} 点对点查看答复",
        f"家庭 {answer.household_id};申请单位 {request.subject},申请日期 {request.matter_key},申请人 {request.opened_by or '未填'}",
        f"需说明事项:{request.text or '未填'}",
        f"答复人 {answer.by},答复日期 {answer.answered_on}。办理时限不因本次查看而改变。",
        "仅供上列单位办理本单据使用,含未遮蔽的个人信息,不得转发或另作他用;本次查看已记入审计台账。内容为比对线索,待核实,不作认定。",
    )
    columns = published("clarification_workbook").columns
    # Not through the machine's folder for temporary files: it holds identity numbers in full.
    with new_workbook(path, f"{answer.ticket_id} 点对点查看", answer.answered_on, in_memory=True) as (book, styles):
        sheet = book.add_worksheet(SHEET)
        set_up(sheet, columns, WIDTHS, styles, header_row=len(lines))
        _write_lines(sheet, styles, lines, len(columns))
        for at, row in enumerate(rows, start=len(lines) + 1):
            sheet.set_row(at, row_height((row[name], width) for name, width in WIDTHS.items()))
            for index, column in enumerate(columns):
                write_cell(sheet, at, index, row[column.name], styles)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{answer.ticket_id} 点对点查看&R仅供 {request.subject}")
        protect(sheet)


def _write_lines(sheet: Any, styles: Styles, lines: tuple[str, ...], columns: int) -> None:
    for row, text in enumerate(lines):
        style = styles.title if row == 0 else styles.note
        sheet.merge_range(row, 0, row, columns - 1, "", style)
        sheet.write_string(row, 0, text, style)
        sheet.set_row(row, row_height([(text, sum(WIDTHS.values()))]))
