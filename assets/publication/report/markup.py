"""Text in two languages and the few building blocks of the page, escaped where they are made.

Both languages stand in the page; its style sheet shows one of them (no script). What is `Html` is ready for the page,
every other text is escaped when it gets there.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Final, NamedTuple

NONE: Final = "–"
"""What stands where there is no figure."""


MANY_COLUMNS: Final = 5
ROWS_OF_A_SHEET: Final = 24


class Html(str):
    """Markup that is ready for the page."""

    __slots__ = ()


class Text(NamedTuple):
    """One text in Chinese and English."""

    zh: str
    en: str


Content = Text | Html | str | int | dt.date | None


@dataclass(frozen=True)
class Column:
    """A column of a table. `kind`: "" text, "n" number, "bar" a drawing that takes the room left over."""

    title: Content
    kind: str = ""


_HAN: Final = "\u4e00-\u9fff\u201c\u201d\u3001\u3002"
_FULL: Final = dict(zip(",:;()", "，：；（）", strict=True))
_BESIDE_HAN: Final = re.compile(rf"(?<=[{_HAN}])[,:;] *|[,:;] *(?=[{_HAN}])")


def typeset(zh: str) -> str:
    """Chinese with Chinese punctuation; commas within numbers stay."""
    if not re.search(f"[{_HAN}]", zh):
        return zh
    return _BESIDE_HAN.sub(lambda m: _FULL[m.group()[0]], zh).replace("(", _FULL["("]).replace(")", _FULL[")"])


AND: Final = Text("、", ", ")
"""Between the things of a list."""
CHART: Final = Text("图示", "Chart")
"""The head of a column of drawings."""


def html(content: Content) -> Html:
    """Any content as markup: text escaped, numbers with thousands separators, nothing as a dash."""
    match content:
        case Html():
            return content
        case Text(zh, en) if zh != en:
            return Html(f'<span class="zh">{escape(typeset(zh))}</span><span class="en" lang="en">{escape(en)}</span>')
        case Text(zh, _):
            words = escape(zh)
        case int():
            words = f"{content:,}"
        case dt.date():
            words = f'<time datetime="{content}">{content}</time>'
        case None:
            words = NONE
        case _:
            words = escape(content)
    return Html(words)


def join(parts: Iterable[Content], between: Content = "") -> Html:
    """Contents one after the other."""
    return Html(html(between).join(html(part) for part in parts))


def tag(name: str, content: Content, **attributes: str) -> Html:
    """One element. A trailing underscore of an attribute's name is dropped, one within becomes a hyphen."""
    listed = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items() if value
    )
    return Html(f"<{name}{listed}>{html(content)}</{name}>")


def paragraph(content: Content, class_: str = "") -> Html:
    return tag("p", content, class_=class_)


def percent(share: float | None, digits: int = 1) -> str:
    """A share as per cent; a dash where there is none."""
    return NONE if share is None else f"{100 * share:.{digits}f}%"


def section(name: str, title: Text, *content: Content) -> Html:
    """A section that the contents list can point to."""
    heading = tag("h2", title, id=f"{name}-title")
    return Html(f'<section id="{name}" aria-labelledby="{name}-title">{heading}{join(content)}</section>\n')


def heading(title: Text) -> Html:
    return tag("h3", title)


def table(
    caption: Content, columns: Sequence[Column], rows: Iterable[Sequence[Content]], total: Sequence[Content] = ()
) -> Html:
    """A table whose first column names its rows. Empty: a sentence that says so.

    It lies in a region that scrolls by itself where the screen is too narrow, so that the page never does. What it
    shows stands above that region, in the language chosen, and names both.
    """
    lines = [_row(columns, row) for row in rows]
    if not lines:
        return paragraph(join([caption, Text("：无。", ": none.")]), "empty")
    head = "".join(f'<th scope="col"{_class(column)}>{html(column.title)}</th>' for column in columns)
    foot = f"<tfoot>{_row(columns, total)}</tfoot>" if total else ""
    # A few short columns over the whole width would tear a row apart; what fits on one sheet is not cut in print.
    kinds = [("narrow", len(columns) < MANY_COLUMNS), ("whole", len(lines) <= ROWS_OF_A_SHEET)]
    shape = _class_of(name for name, holds in kinds if holds)
    words = html(caption)
    name = "t-" + sha256("".join([words, head, *lines]).encode()).hexdigest()[:10]
    return Html(
        f'<div{shape}><p class="caption" id="{name}">{words}</p>'
        f'<div class="scroll" role="region" tabindex="0" aria-labelledby="{name}"><table aria-labelledby="{name}">'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{''.join(lines)}</tbody>{foot}</table></div></div>\n"
    )


def _class(column: Column) -> str:
    return _class_of([column.kind])


def _class_of(names: Iterable[str]) -> str:
    words = " ".join(filter(None, names))
    return f' class="{words}"' if words else ""


def _row(columns: Sequence[Column], cells: Sequence[Content]) -> str:
    named = [
        f'<th scope="row">{html(cell)}</th>' if at == 0 else f"<td{_class(column)}>{html(cell)}</td>"
        for at, (column, cell) in enumerate(zip(columns, cells, strict=True))
    ]
    return f"<tr>{''.join(named)}</tr>\n"


def listed(items: Iterable[Content], class_: str = "") -> Html:
    """A list, one item a line."""
    return tag("ul", Html("".join(f"<li>{html(item)}</li>" for item in items)), class_=class_)
