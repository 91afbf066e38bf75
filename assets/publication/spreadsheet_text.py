"""Text that survives a spreadsheet program, and does nothing there.

Excel and WPS turn what looks like a number into one: 18 digits lose their last three, 0012 becomes 12. (Up to fifteen
digits keep their value: household and township codes stay as they are, since programs join by them.) Of the known remedies
- ="110105199001011234" is read as that very text by every program but a spreadsheet;
- '110105199001011234 shows its apostrophe when a CSV file is opened;
- a trailing tab (the usual remedy in China) is not shown, keeps the cell text, and goes away with the blanks that
  programs strip anyway; the beginning of the value stays what it is.
So such values get a trailing tab. A cell that begins like a formula gets a leading apostrophe (OWASP, CSV injection).
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

TAB: Final = "\t"
_MANGLED: Final = r"^(?:[0-9]{16,}|0[0-9]+|[0-9]+[eE][0-9]+)$"
_FORMULA: Final = r"^[=+\-@\t\r\n＝＋－＠]"
_BREAKS: Final = r"[\r\n]+"


def protected(text: str) -> str:
    """One cell of a CSV file; see the module. Line breaks become spaces, so that a row stays a line."""
    text = re.sub(_BREAKS, " ", text)
    if re.match(_FORMULA, text):
        return "'" + text
    return text + TAB if re.match(_MANGLED, text) else text


def protected_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Every String column of a frame as `protected` would make it."""
    columns = []
    for name, dtype in frame.schema.items():
        if dtype == pl.String:
            text = pl.col(name).str.replace_all(_BREAKS, " ")
            columns.append(
                pl.when(text.str.contains(_FORMULA))
                .then(pl.concat_str(pl.lit("'"), text))
                .when(text.str.contains(_MANGLED))
                .then(pl.concat_str(text, pl.lit(TAB)))
                .otherwise(text)
                .alias(name)
            )
    return frame.with_columns(columns)
