"""Reads the page as a person does who has chosen a language, and asks the database beside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb

from assets.home import Home

FIRST, SECOND = dt.date(2026, 10, 20), dt.date(2026, 11, 20)
VOID = ("meta", "input", "br")


@dataclass
class Seen:
    """One language of the page: the texts of its elements, its tables row by row."""

    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    tiles: list[list[str]] = field(default_factory=list)
    text: str = ""


class Reader(HTMLParser):
    """Reads the page as somebody does who has chosen a language: what the other one says is left out.

    A table is known by its caption; a tile is its number, its words, its note.
    """

    def __init__(self, language: str) -> None:
        super().__init__(convert_charrefs=True)
        self.other = "en" if language == "zh" else "zh"
        self.seen = Seen()
        self.open: list[tuple[str, str]] = []
        self.hidden = 0
        self.caption = ""
        self.cells: list[str] | None = None

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        kind = dict(attributes).get("class") or ""
        if name in VOID:
            return
        self.open.append((name, kind))
        if self.hidden or (name == "span" and kind == self.other) or name in ("style", "title", "desc"):
            self.hidden += 1
        elif name == "p" and kind == "caption":
            self.caption = ""
        elif name == "tr" or (name == "li" and self._within("ul", "tiles")):
            self.cells = []
        elif self.cells is not None and name in ("th", "td", "b", "small"):
            self.cells.append("")

    def handle_startendtag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        """A shape: nothing to read."""

    def handle_endtag(self, name: str) -> None:
        assert self.open and self.open.pop()[0] == name, f"</{name}> closes something else"
        if self.hidden:
            self.hidden -= 1
        elif name == "tr":
            self.seen.tables.setdefault(self.caption, []).append([cell.strip() for cell in self.cells or []])
            self.cells = None
        elif name == "li" and self.cells is not None:
            self.seen.tiles.append([cell.strip() for cell in self.cells])
            self.cells = None
        elif name == "b" and self.cells is not None:
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        self.seen.text += data
        if self._within("p", "caption"):
            self.caption += data
        if self.cells:
            self.cells[-1] += data

    def _within(self, name: str, kind: str) -> bool:
        return (name, kind) in self.open


def read_page(text: str, language: str = "zh") -> Seen:
    reader = Reader(language)
    reader.feed(text)
    reader.close()
    assert reader.open == [], "everything is closed"
    return reader.seen


@dataclass(frozen=True)
class Published:
    """The home, its page, and the database beside it."""

    home: Home
    as_of: dt.date

    @property
    def path(self) -> Path:
        return self.home.publication(self.as_of) / "report" / "index.html"

    @property
    def page(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.database), read_only=True) as connection:
            return connection.sql(query).fetchall()
