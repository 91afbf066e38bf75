"""A clerk at LibreOffice: opens a workbook, types into its first sheet, sorts it, saves it. Runs in a Python with UNO.

`python clerk.py PIPE < steps.json`, each step [what, ...]: ["open", path], ["type", cell, text], ["unprotect"],
["sort", range, column of the range], ["titles", texts] above everything, ["save", path]. What is typed
counts as if it came from the keyboard: a date cell takes a date, a text cell text, a locked cell nothing.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException
from com.sun.star.table import TableSortField

PATIENCE = 120.0
XLSX = "Calc MS Excel 2007 XML"


def desktop(pipe: str) -> Any:
    """LibreOffice at the other end of the pipe, as soon as it listens."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)


def named(name: str, value: Any) -> Any:
    pair = PropertyValue()
    pair.Name, pair.Value = name, value
    return pair


class Clerk:
    """One workbook at a time."""

    def __init__(self, office: Any) -> None:
        self.office, self.book, self.sheet = office, None, None

    def open(self, path: str) -> None:
        self.book = self.office.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, (named("Hidden", True),))
        self.sheet = self.book.Sheets.getByIndex(0)

    def type(self, address: str, text: str) -> None:
        cell = self.sheet.getCellRangeByName(address)
        if self.sheet.isProtected() and cell.CellProtection.IsLocked:
            return  # a program may write there all the same, the keyboard may not
        is_text = self.book.getNumberFormats().getByKey(cell.NumberFormat).FormatString == "@"
        (cell.setString if is_text else cell.setFormula)(text)

    def unprotect(self) -> None:
        self.sheet.unprotect("")

    def sort(self, area: str, column: int) -> None:
        """Rows of a range, largest first."""
        field = TableSortField()
        field.Field, field.IsAscending = column, False
        fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
        self.sheet.getCellRangeByName(area).sort((named("SortFields", fields), named("ContainsHeader", False)))

    def titles(self, texts: list[str]) -> None:
        """Rows of text above the header."""
        self.sheet.Rows.insertByIndex(0, len(texts))
        for at, text in enumerate(texts):
            self.sheet.getCellByPosition(0, at).setString(text)

    def save(self, path: str) -> None:
        self.book.storeToURL(Path(path).as_uri(), (named("FilterName", XLSX),))
        with suppress(DisposedException):  # without a document it may go at once
            self.book.close(True)


if __name__ == "__main__":
    program = desktop(sys.argv[1])
    clerk = Clerk(program)
    for what, *how in json.load(sys.stdin):
        getattr(clerk, what)(*how)
    with suppress(DisposedException):  # it may be gone before it has answered
        program.terminate()
