"""The data dictionary: every feed and every publication, generated from the contracts, in Chinese and English.

`python -m data_contracts.derive.dictionary` writes docs/data-dictionary.md and docs/data-dictionary.html (one file, no
outside reference: bureaus read it on closed networks).
"""

from __future__ import annotations

import html
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data_contracts.contract import Column, Contract, feed_contracts
from data_contracts.derive.duckdb_tables import duckdb_type
from data_contracts.publications import FILES, FUNCTIONS, MACROS, TABLES, VIEWS, published, published_path

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
NOTE: Final = (
    "由合同生成,请勿手改:python -m data_contracts.derive.dictionary / Generated from the contracts: do not edit."
)
HEAD: Final = (
    "列 / column",
    "中文 / label",
    "类型 / type",
    "键 / key",
    "必填 / required",
    "密级 / class",
    "说明 / meaning",
)

STYLE: Final = """
body{font-family:"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",sans-serif;margin:2rem;line-height:1.5}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;width:100%}
td,th{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top}
th{background:#eef}
code{white-space:nowrap}
nav li{display:inline-block;margin-right:1rem}
""".strip()


@dataclass(frozen=True)
class Entry:
    """One contract as the dictionary shows it: anchor, facts as (label, text), rows of HEAD's shape."""

    anchor: str
    title: str
    purpose: str
    usage: str
    facts: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chapter:
    """Feeds, published files or tables."""

    title: str
    entries: tuple[Entry, ...]


def chapters() -> tuple[Chapter, ...]:
    """All contracts, in the order people meet them."""
    return (
        Chapter("一、部门数据 / Feeds", tuple(_feed(c) for c in feed_contracts().values())),
        Chapter("二、发布文件 / Published files", tuple(_publication("file", name) for name in FILES)),
        Chapter("三、分析库 / Analysts' database", tuple(_publication("table", name) for name in TABLES)),
        Chapter("四、现成问题:视图 / Ready questions: views", tuple(_publication("view", name) for name in VIEWS)),
        Chapter(
            "五、现成问题:宏(带参数) / Ready questions: macros",
            tuple(_publication("macro", name) for name in (*MACROS, *FUNCTIONS)),
        ),
    )


def _feed(contract: Contract) -> Entry:
    days = contract.stale_after_days
    facts = (
        ("提供部门 / department", contract.department_zh),
        ("方式 / kind", {"snapshot": "全量 / snapshot", "increment": "增量 / increment"}[contract.kind]),
        ("过期天数 / stale after", "不过期 / never" if days is None else f"{days} 天 / days"),
        ("落地位置 / path", f"landing/{contract.name}/"),
        ("依据 / basis", contract.legal_basis),
        ("版本 / version", contract.version),
    )
    return _entry("feed", contract, facts, lambda column: column.parse)


def _publication(kind: str, name: str) -> Entry:
    contract = published(name)
    asked = contract.example or f"FROM {name}"
    facts = (
        ("位置 / path", f"$SHOUWANG_HOME/{published_path(name)}"),
        *((("写法 / ask", asked),) if kind in ("view", "macro") else ()),
        *(("参数 / parameter", _parameter(column)) for column in contract.parameters),
        ("依据 / basis", contract.legal_basis),
        ("版本 / version", contract.version),
    )
    return _entry(kind, contract, facts, (lambda column: column.logical_type) if kind == "file" else duckdb_type)


def _parameter(column: Column) -> str:
    return f"{column.name} {column.header_zh}: {column.description_zh} / {column.description}"


def _entry(
    kind: str, contract: Contract, facts: tuple[tuple[str, str], ...], shown_type: Callable[[Column], str]
) -> Entry:
    rows: list[tuple[str, ...]] = []

    def add(columns: tuple[Column, ...], prefix: str) -> None:
        for column in columns:
            rows.append(_row(column, prefix + column.name, shown_type(column)))
            add(column.items, f"{prefix}{column.name}[].")

    add(contract.columns, "")
    title = f"{contract.name} {contract.title_zh}"
    return Entry(f"{kind}-{contract.name}", title, contract.purpose, contract.usage_zh, facts, tuple(rows))


def _row(column: Column, name: str, shown_type: str) -> tuple[str, ...]:
    meaning = column.description
    if column.description_zh and column.description_zh != column.header_zh:
        meaning = f"{column.description_zh} / {column.description}"
    codes = "; ".join(c.value if c.value == c.label_zh else f"{c.value} {c.label_zh}" for c in column.codes)
    if codes:
        meaning += f" [{codes}]"
    if column.pattern:
        meaning += f" `{column.pattern}`"
    return (
        name,
        column.header_zh,
        shown_type,
        "●" if column.is_key else "",
        "●" if column.is_cell_required else "",
        column.classification,
        meaning,
    )


def markdown() -> str:
    """The dictionary as Markdown."""
    lines = ["# 数据字典 / Data dictionary", "", f"<!-- {NOTE} -->", ""]
    for chapter in chapters():
        lines += [f"- {chapter.title}"]
        lines += [f"  - [{entry.title}](#{entry.anchor})" for entry in chapter.entries]
    for chapter in chapters():
        lines += ["", f"## {chapter.title}"]
        for entry in chapter.entries:
            lines += ["", f'<a id="{entry.anchor}"></a>', "", f"### {entry.title}", ""]
            lines += [f"{entry.usage}  ", entry.purpose, ""]
            lines += [f"- {label}: {text}" for label, text in entry.facts]
            lines += ["", _cells(HEAD), _cells(("---",) * len(HEAD))]
            lines += [_cells((f"`{row[0]}`", *row[1:])) for row in entry.rows]
    return "\n".join(lines) + "\n"


def _cells(texts: tuple[str, ...]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in texts) + " |"


def html_page() -> str:
    """The dictionary as one HTML file without outside references."""
    esc = html.escape
    parts = [
        "<!doctype html>",
        '<html lang="zh-CN"><head><meta charset="utf-8"><title>数据字典 / Data dictionary</title>',
        f"<style>{STYLE}</style></head><body>",
        f"<!-- {NOTE} -->",
        "<h1>数据字典 / Data dictionary</h1>",
    ]
    for chapter in chapters():
        links = "".join(f'<li><a href="#{e.anchor}">{esc(e.title)}</a></li>' for e in chapter.entries)
        parts.append(f"<nav><strong>{esc(chapter.title)}</strong><ul>{links}</ul></nav>")
    for chapter in chapters():
        parts.append(f"<h2>{esc(chapter.title)}</h2>")
        for entry in chapter.entries:
            parts += _section(entry)
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _section(entry: Entry) -> list[str]:
    esc = html.escape
    facts = "".join(f"<li>{esc(label)}: {esc(text)}</li>" for label, text in entry.facts)
    head = "".join(f"<th>{esc(cell)}</th>" for cell in HEAD)
    rows = [
        "<tr>"
        + "".join(f"<td>{f'<code>{esc(c)}</code>' if i == 0 else esc(c)}</td>" for i, c in enumerate(row))
        + "</tr>"
        for row in entry.rows
    ]
    return [
        f'<h3 id="{entry.anchor}">{esc(entry.title)}</h3>',
        f"<p>{esc(entry.usage)}<br>{esc(entry.purpose)}</p><ul>{facts}</ul>",
        f"<table><thead><tr>{head}</tr></thead><tbody>",
        *rows,
        "</tbody></table>",
    ]


def write_dictionary(folder: Path = DOCS) -> list[Path]:
    """Write both forms; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in (("data-dictionary.md", markdown()), ("data-dictionary.html", html_page())):
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


if __name__ == "__main__":
    for written_file in write_dictionary():
        sys.stdout.write(f"{written_file}\n")
