"""`shouwang chain`: one household's chain of support (一户一条救助帮扶链) as text or as one page to print."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets import masking
from assets.errors import WrongUseError
from assets.home import Home, whole_file
from assets.households import read_aid
from assets.lake import read_table
from assets.publication.chain_steps import PROGRAMME_EN, chain_steps
from assets.publication.life import Life
from assets.publication.supervision import KINDS, supervision_rows
from data_contracts.publications import column_at, labels
from rules.tickets.state import SYSTEM
from rules.tickets.transitions import STATUSES

MARKS: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
NO_EFFECT: Final = (
    "单据未办结或超期,均不影响家庭待遇;核对只提供线索,不作认定。",
    "An open or overdue ticket changes nothing in the family's aid; the check informs people and never decides.",
)
BY_ZH: Final = {SYSTEM: "系统", **labels("owner"), **labels("escalated_to")}
BY_EN: Final = {SYSTEM: "system"}


@dataclass(frozen=True)
class Step:
    """One line of the chain. `mark`: which ticket it belongs to; words in Chinese and English."""

    on: dt.date
    known_on: dt.date | None
    mark: str
    kind: tuple[str, str]
    what: tuple[str, str]
    detail: str
    by: tuple[str, str]


@dataclass(frozen=True)
class Chain:
    """A household and everything that happened, as of the newest published check date.

    facts: (label zh, label en, value zh, value en); tickets and waiting: one sentence each, in both languages.
    """

    as_of: dt.date
    household_id: str
    facts: list[tuple[str, str, str, str]]
    tickets: list[tuple[str, str]]
    waiting: list[tuple[str, str]]
    steps: list[Step]


def find_chain(home: Home, household_id: str) -> Chain:
    """The chain of one household. WrongUseError (exit 2) when nothing has been checked or nobody knows the household."""
    as_of = home.newest_published()
    folder = home.check(as_of)
    life = Life.read(home, folder, as_of).of_household(household_id)
    aid = read_aid(folder).filter(pl.col("household_id") == household_id).sort("program").collect()
    row = _household(folder, household_id)
    if row is None and life.tickets.is_empty() and aid.is_empty():
        raise WrongUseError(
            "household_unknown",
            f"{as_of} 的名册和历次预警单据中都没有此家庭编号,请核对编号(见 warnings/tickets.csv 的 household_id 列)。",
            f"Neither the roster of {as_of} nor any ticket knows this household: check the number (column household_id "
            "of warnings/tickets.csv).",
        )
    ordered = life.tickets.sort("opened_on", "ticket_id")
    marks = {number: MARKS[at] if at < len(MARKS) else f"({at + 1})" for at, number in enumerate(ordered["ticket_id"])}
    return Chain(
        as_of=as_of,
        household_id=household_id,
        facts=_facts(row, life, aid),
        tickets=[_ticket(marks[ticket["ticket_id"]], ticket) for ticket in ordered.iter_rows(named=True)],
        waiting=_waiting(life, marks),
        steps=[_read_step(step, marks) for step in chain_steps(life, aid).iter_rows(named=True)],
    )


def _household(folder: Path, household_id: str) -> dict[str, Any] | None:
    """What the newest check knows of an active household, with the applicant's name; None when it is not on the roster."""
    mine = pl.col("household_id") == household_id
    found = read_table(folder, "households", where=mine)
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    people = read_table(folder, "members", ["person_id", "name"], mine)
    names = dict(people.iter_rows())
    return {**row, "applicant_name": names.get(row["applicant_id"]) or "", "members": people.height}


def _facts(row: dict[str, Any] | None, life: Life, aid: pl.DataFrame) -> list[tuple[str, str, str, str]]:
    """Who it is; from its newest ticket where the household has left the roster."""
    last = life.tickets.sort("opened_on").tail(1)
    known = row if row is not None else (last.row(0, named=True) if last.height else None)
    facts = []
    if known is not None:
        applicant = f"{known['applicant_name']} {masking.number(known['applicant_id'])}".strip()
        facts = [
            ("乡镇", "township", known["township_code"], known["township_code"]),
            ("申请人", "applicant", applicant, applicant),
        ]
    if row is None:
        facts.append(("名册", "roster", "本期名册中不在册", "not on the roster today"))
    else:
        facts.append(("家庭成员", "members", f"{row['members']} 人", str(row["members"])))
    programmes = list(dict.fromkeys(aid["program"].to_list()))
    zh, en = "、".join(programmes), ", ".join(PROGRAMME_EN.get(name, name) for name in programmes)
    return [*facts, ("救助类别", "programmes", zh or "无", en or "none")]


def _ticket(mark: str, ticket: dict[str, Any]) -> tuple[str, str]:
    direction = ticket["direction"]
    zh = f"{mark} {ticket['ticket_id']} {labels('direction').get(direction, direction)}"
    en = f"{mark} {ticket['ticket_id']} {labels('direction', 'en').get(direction, direction)}"
    status_zh, status_en = STATUSES[ticket["status"]]
    if ticket["closed_on"] is not None:
        return f"{zh},{ticket['closed_on']} {status_zh}", f"{en}, {status_en} on {ticket['closed_on']}"
    return f"{zh},{status_zh},期限 {ticket['due_on']}", f"{en}, {status_en}, due {ticket['due_on']}"


def _waiting(life: Life, marks: dict[str, str]) -> list[tuple[str, str]]:
    found = []
    for entry in supervision_rows(life).iter_rows(named=True):
        kind, mark, days = KINDS[entry["kind"]], marks[entry["ticket_id"]], entry["waiting_days"]
        found.append((f"{mark} {kind.zh}({entry['responsible_zh']}),{days} 天", f"{mark} {kind.en}, {days} days"))
    return found


def _read_step(step: dict[str, Any], marks: dict[str, str]) -> Step:
    kinds = {code.value: (code.label_zh, code.label_en) for code in column_at("household_chain.kind").codes}
    by = step["by"] or ""
    return Step(
        on=step["on"],
        known_on=step["known_on"],
        mark=marks.get(step["ticket_id"], ""),
        kind=kinds[step["kind"]],
        what=(step["what_zh"], step["what_en"]),
        detail=masking.text(step["detail"] or ""),
        by=(BY_ZH.get(by, by), BY_EN.get(by, by)),
    )


def as_text(chain: Chain) -> str:
    """The chain for the screen, Chinese first."""
    lines = [f"家庭 {chain.household_id} 救助帮扶链(截至 {chain.as_of})/ chain of support"]
    lines += [f"  {zh}: {value}" for zh, _, value, _ in chain.facts]
    if chain.tickets:
        lines += ["", "单据 / tickets", *(f"  {zh}" for zh, _ in chain.tickets)]
    if chain.waiting:
        lines += ["", "等待办理 / waiting", *(f"  {zh}" for zh, _ in chain.waiting)]
    lines += ["", "经过 / steps"]
    for step in chain.steps:
        late = f"(获知 {step.known_on})" if step.known_on is not None and step.known_on != step.on else ""
        by = f" — {step.by[0]}" if step.by[0] and step.by[0] != BY_ZH[SYSTEM] else ""
        said = f":{step.detail}" if step.detail else ""
        lines.append(f"  {step.on} {step.mark or ' '} [{step.kind[0]}] {step.what[0]}{said}{by}{late}")
    return "\n".join([*lines, "", *NO_EFFECT])


STYLE: Final = """
@page{size:A4;margin:12mm}
body{font-family:"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",sans-serif;font-size:10pt;line-height:1.35;
 max-width:190mm;margin:6mm auto;color:#222}
h1{font-size:14pt;margin:0 0 2mm}h2{font-size:11pt;margin:3mm 0 1mm}
dl{display:grid;grid-template-columns:max-content 1fr max-content 1fr;gap:0 3mm;margin:0}dt{color:#555}dd{margin:0}
ul{margin:0;padding-left:5mm}
table{border-collapse:collapse;width:100%}
td,th{border:1px solid #bbb;padding:.6mm 1.5mm;text-align:left;vertical-align:top}
th{background:#eef}td.n{white-space:nowrap}tr{break-inside:avoid}thead{display:table-header-group}
small{color:#555}p.note{margin:3mm 0 0;color:#555}
#zh:checked~main .en,#en:checked~main .zh{display:none}
#zh:checked~label[for=zh],#en:checked~label[for=en]{font-weight:bold;text-decoration:underline}
@media print{input,label{display:none}body{margin:0;max-width:none;font-size:9pt}}
""".strip()


def _both(zh: str, en: str) -> str:
    """A piece of text in both languages, of which the switch at the top shows one."""
    return f'<span class="zh" lang="zh-CN">{html.escape(zh)}</span><span class="en" lang="en">{html.escape(en)}</span>'


def as_page(chain: Chain) -> str:
    """One HTML file without outside references and without scripts; Chinese first, English by a switch, A4 in print."""
    heads = (
        ("日期", "date"),
        ("单据", "ticket"),
        ("环节", "step"),
        ("内容", "what"),
        ("经办", "by"),
        ("获知", "known"),
    )
    parts = [
        "<!doctype html>",
        '<html lang="zh-CN"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{html.escape(chain.household_id)} 救助帮扶链 {chain.as_of}</title>",
        f"<style>{STYLE}</style></head><body>",
        '<input type="radio" name="language" id="zh" checked><label for="zh">中文</label>',
        '<input type="radio" name="language" id="en"><label for="en">English</label>',
        f"<main><h1>{_both('一户一条救助帮扶链', 'Chain of support of one household')}</h1>",
        "<dl>",
        *(f"<dt>{_both(zh, en)}</dt><dd>{_both(a, b)}</dd>" for zh, en, a, b in _page_facts(chain)),
        "</dl>",
        *_list(("单据", "Tickets"), chain.tickets),
        *_list(("等待办理", "Waiting"), chain.waiting),
        f"<h2>{_both('经过', 'Steps')}</h2>",
        f"<table><thead><tr>{''.join(f'<th>{_both(*head)}</th>' for head in heads)}</tr></thead><tbody>",
        *(_page_row(step) for step in chain.steps),
        "</tbody></table>",
        f'<p class="note">{_both(*NO_EFFECT)}</p></main></body></html>',
    ]
    return "\n".join(parts) + "\n"


def _page_facts(chain: Chain) -> list[tuple[str, str, str, str]]:
    own = ("家庭编号", "household", chain.household_id, chain.household_id)
    day = ("截至核对日期", "check date", str(chain.as_of), str(chain.as_of))
    return [own, day, *chain.facts]


def _list(title: tuple[str, str], entries: list[tuple[str, str]]) -> list[str]:
    if not entries:
        return []
    return [f"<h2>{_both(*title)}</h2><ul>", *(f"<li>{_both(*entry)}</li>" for entry in entries), "</ul>"]


def _page_row(step: Step) -> str:
    detail = f"<br><small>{html.escape(step.detail)}</small>" if step.detail else ""
    late = str(step.known_on) if step.known_on is not None and step.known_on != step.on else ""
    cells = (
        f'<td class="n">{step.on}</td><td>{step.mark}</td><td class="n">{_both(*step.kind)}</td>'
        f'<td>{_both(*step.what)}{detail}</td><td>{_both(*step.by)}</td><td class="n">{late}</td>'
    )
    return f"<tr>{cells}</tr>"


def chain_command(home: Home, household_id: str, page: Path | None) -> str:
    """What the command says; writes the page where one is asked for."""
    chain = find_chain(home, household_id)
    if page is None:
        return as_text(chain)
    with whole_file(page.expanduser().absolute()) as aside:
        aside.write_text(as_page(chain), encoding="utf-8", newline="\n")
    return f"已写入 / written: {page}"
