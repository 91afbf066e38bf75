"""Mixed files say the same as clean ones: read back with a small reader of its own."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook
from stdnum.cn import ric

from data_contracts import Column, feed_contract
from sample import SampleSummary, generate
from sample.faults import Damage
from sample.plan import FEEDS


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SampleSummary, SampleSummary]]:
    """The same 1,200 persons, mixed and as Parquet, without damaged rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Damage, "_take", lambda *_: [])
        folder = tmp_path_factory.mktemp("pair")
        yield generate(folder / "mixed", 1_200), generate(folder / "clean", 1_200, form="parquet")


def cells(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of one file as header -> cell."""
    if path.suffix == ".xlsx":
        rows = load_workbook(path, read_only=True).active.iter_rows(values_only=True)
        headers = next(rows)
        yield from (dict(zip(headers, row, strict=True)) for row in rows)
    elif path.suffix == ".jsonl":
        yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    elif path.suffix == ".parquet":
        yield from pl.read_parquet(path).to_dicts()
    else:
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("gb18030")
        yield from csv.DictReader(io.StringIO(text, newline=""))


def day(text: str) -> date:
    """The five spellings of a date."""
    if re.fullmatch(r"\d{5}", text):
        return date(1899, 12, 30) + timedelta(days=int(text))
    year, month, last = re.fullmatch(r"(\d{4})[-/年]?(\d{1,2})[-/月]?(\d{1,2})日?", text).groups()
    return date(int(year), int(month), int(last))


def value(cell: Any, column: Column) -> Any:
    """What a cell means."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, date):
        return cell.date() if isinstance(cell, datetime) else cell
    if column.parse in ("name", "text"):
        return re.sub(r"[\s·•]", "", str(cell))
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(cell))).lstrip("'").upper()
    return READERS.get(column.parse, lambda plain, _: plain)(text, column)


def number(text: str, _: Column) -> Decimal:
    """Amounts with commas and 元."""
    return Decimal(text.replace(",", "").removesuffix("元"))


def person(text: str, _: Column) -> str:
    """18 characters, also from the old form."""
    longer = f"{text[:6]}19{text[6:]}"
    return text if len(text) == 18 else longer + str(ric.calc_check_digit(f"{longer}0"))


def code(text: str, column: Column) -> str:
    """The code any of whose spellings the cell is."""
    return next(each.value for each in column.codes if text in {s.upper() for s in each.spellings()})


READERS: dict[str, Callable[[str, Column], Any]] = {
    "date": lambda text, _: day(text),
    "money": number,
    "scaled": number,
    "integer": number,
    "person_id": person,
    "asset_no": lambda text, _: "".join(mark for mark in text if mark.isalnum()),
    "code": code,
}


def meanings(summary: SampleSummary, feed: str) -> list[tuple[Any, ...]]:
    """What is in force of a feed, as values: the newest snapshot, or increments merged by key."""
    columns = feed_contract(feed).columns
    taken = [f for f in summary.files if f.feed == feed and f.expect.startswith("accepted") and not f.thinned]
    if feed_contract(feed).kind == "snapshot":
        taken = [max(taken, key=lambda file: file.data_date)]
    merged = {}
    for file in sorted(taken, key=lambda file: file.data_date):
        for row in cells(summary.out / file.path):
            named = {column.name: row.get(next(h for h in column.headers if h in row)) for column in columns}
            meant = {column.name: value(named[column.name], column) for column in columns}
            merged[tuple(meant[column.name] for column in columns if column.is_key)] = tuple(meant.values())
    return sorted(merged.values(), key=repr)


@pytest.mark.parametrize("feed", sorted(set(FEEDS) - {"disability"}))
def test_spelling_loses_nothing(pair: tuple[SampleSummary, SampleSummary], feed: str) -> None:
    mixed, clean = pair
    assert meanings(mixed, feed) == meanings(clean, feed)


def test_the_repeated_disability_file_says_what_was_known_on_its_first_date(
    pair: tuple[SampleSummary, SampleSummary],
) -> None:
    mixed, clean = pair
    older, newer = set(meanings(mixed, "disability")), set(meanings(clean, "disability"))
    assert len(older) > 100
    assert older <= newer
