"""How cells of our workbooks look: the formats of one workbook, and a text as a cell can hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DATE_FORMAT: Final = "yyyy-mm-dd"
EXCEL_CELL_LIMIT: Final = 32_767
SEVERITY_COLOURS: Final = {"red": "#F8CBCB", "orange": "#FBE0C3", "yellow": "#FFF3C4", "blue": "#D6E6F5"}


@dataclass(frozen=True)
class Styles:
    """The formats of one workbook."""

    header: Any
    text: Any
    date: Any
    integer: Any
    decimal: Any
    entry_header: Any
    entry_text: Any
    entry_date: Any
    small: Any
    severities: Mapping[str, Any]
    title: Any
    note: Any


def styles_of(book: Any) -> Styles:
    """The formats, added to a workbook."""
    base = {"font_name": "宋体", "font_size": 10, "valign": "top", "border": 1, "text_wrap": True}
    head = {**base, "bold": True, "valign": "vcenter", "bg_color": "#DDE6F0"}
    entry = {**base, "locked": False}
    return Styles(
        header=book.add_format(head),
        text=book.add_format({**base, "num_format": "@"}),
        date=book.add_format({**base, "num_format": DATE_FORMAT, "align": "center"}),
        integer=book.add_format({**base, "num_format": "0", "align": "center"}),
        decimal=book.add_format({**base, "num_format": "0.0", "align": "center"}),
        entry_header=book.add_format({**head, "bg_color": "#E2F0D9"}),
        entry_text=book.add_format({**entry, "num_format": "@"}),
        entry_date=book.add_format({**entry, "num_format": DATE_FORMAT}),
        # "fill" cuts a long text off at the cell's edge instead of wrapping it or running over.
        small=book.add_format({**base, "text_wrap": False, "align": "fill", "font_size": 8, "font_color": "#808080"}),
        severities={
            severity: book.add_format({**base, "bold": True, "bg_color": colour})
            for severity, colour in SEVERITY_COLOURS.items()
        },
        title=book.add_format({"font_name": "宋体", "font_size": 12, "bold": True, "text_wrap": True}),
        note=book.add_format({"font_name": "宋体", "font_size": 10, "text_wrap": True, "valign": "top"}),
    )


def shown_text(text: str) -> str:
    """Text as a cell can hold it."""
    return text if len(text) <= EXCEL_CELL_LIMIT else text[: EXCEL_CELL_LIMIT - 1] + "…"
