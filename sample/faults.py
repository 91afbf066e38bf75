"""Damage: rows that break their contract, each in one known way.

Rows are damaged either as typed values (also possible in Parquet) or as text. A damaged row replaces its original,
except duplicates, which follow it. Planted households are never touched.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import cycle, islice
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from data_contracts import Column, Contract, feed_contract
from sample.spelling import FAULT

Row = dict[str, Any]
UNDECODABLE = "\ue000"  # stands for the byte 0xFF until the file is encoded
WRONG_CHECK, ZEROS, UNKNOWN, EMPTY = "wrong_check_digit", "id_rounded_zeros", "unknown_code", "empty_required"
DUPLICATE_KEY, DUPLICATE_ROW = "duplicate_key", "duplicate_row"
SCIENTIFIC, NUMERIC, IMPOSSIBLE = "id_rounded_scientific", "id_rounded_numeric_cell", "impossible_date"
BIRTH, SHORT, LONG, BYTES = "birth_date_disagrees", "short_row", "long_row", "undecodable"
TYPED = (WRONG_CHECK, ZEROS, UNKNOWN, EMPTY, DUPLICATE_KEY, BIRTH)


def _first(contract: Contract, accepts: Callable[[Column], bool]) -> Column | None:
    return next((column for column in contract.columns if accepts(column)), None)


def _id_column(contract: Contract) -> Column | None:
    return _first(contract, lambda column: column.parse == "person_id")


def _code_column(contract: Contract) -> Column | None:
    return _first(contract, lambda column: column.parse == "code")


def _text_column(contract: Contract) -> Column:
    return _first(contract, lambda column: column.parse in ("name", "text")) or contract.columns[0]


def _other_value(contract: Contract) -> Column | None:
    """A column outside the key that two rows of one key can disagree in without breaking anything else."""
    return _first(contract, lambda column: not column.is_key and column.parse in ("money", "date", "name", "code"))


def kinds(feed: str, file_format: str, varied: bool) -> tuple[str, ...]:
    """The damage that is possible in a feed and file format, in a fixed order."""
    contract = feed_contract(feed)
    has_id = _id_column(contract) is not None
    possible = {
        WRONG_CHECK: has_id,
        UNKNOWN: _code_column(contract) is not None,
        EMPTY: True,
        DUPLICATE_KEY: _other_value(contract) is not None,
        DUPLICATE_ROW: True,
        ZEROS: has_id,
        BIRTH: feed == "household_registration",
        IMPOSSIBLE: varied and _first(contract, lambda column: column.parse == "date") is not None,
        SCIENTIFIC: varied and has_id and file_format != "xlsx",
        NUMERIC: varied and has_id and file_format == "xlsx",
        SHORT: varied and file_format == "csv",
        LONG: varied and file_format == "csv",
        BYTES: varied and file_format == "csv",
    }
    return tuple(kind for kind, is_possible in possible.items() if is_possible)


def _break_typed(kind: str, row: Row, contract: Contract) -> None:
    column = _id_column(contract)
    if kind == WRONG_CHECK and column:
        number = row[column.name]
        # Never 0: behind two zeros that would look like a rounded number.
        row[column.name] = number[:17] + ("1" if number[17] != "1" else "2")
    elif kind == ZEROS and column:
        # 15 digits survive in Excel; a number whose real check digit is 0 would look valid, so take the 16th off too.
        number = row[column.name][:14]
        row[column.name] = next(f"{number}{digit}000" for digit in range(10) if not _is_valid(f"{number}{digit}000"))
    elif kind == BIRTH:
        row["birth_date"] = row["birth_date"].replace(year=row["birth_date"].year - 1, day=1)
    elif kind == UNKNOWN:
        row[_named(_code_column(contract))] = "不详"
    elif kind == EMPTY:
        required = [c.name for c in contract.columns if c.is_cell_required and c.parse != "person_id"]
        row[required[-1] if required else contract.columns[0].name] = None
    elif kind == DUPLICATE_KEY:
        _disagree(row, contract)


def _named(column: Column | None) -> str:
    if column is None:
        raise ValueError("damage of a kind this feed cannot have")
    return column.name


def _is_valid(number: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(number[:17], weights, strict=True)) % 11] == number[17]


def _disagree(row: Row, contract: Contract) -> None:
    column = _other_value(contract)
    name = _named(column)
    if column is not None and column.parse == "money":
        row[name] = (row[name] or 0) + 100
    elif column is not None and column.parse == "code":
        row[name] = next(code.value for code in column.codes if code.value != row[name])
    elif column is not None and column.parse == "name":
        row[name] = (row[name] or "") + "某"
    else:
        row[name] = None if row[name] else date(2026, 1, 1)


def _break_text(kind: str, row: Row, contract: Contract) -> None:
    if kind == IMPOSSIBLE:
        row[_named(_first(contract, lambda column: column.parse == "date"))] = "2026-02-30"
    elif kind in (SCIENTIFIC, NUMERIC):
        name = _named(_id_column(contract))
        kept = "".join(mark for mark in unicodedata.normalize("NFKC", row[name]) if mark.isdigit())[:15]
        row[name] = f"{kept}000" if kind == NUMERIC else f"{kept[0]}.{kept[1:6]}E+17"
    elif kind == BYTES:
        name = _text_column(contract).name
        row[name] = (row[name] or "")[:1] + UNDECODABLE + (row[name] or "")[1:]


def _without(height: int, gone: list[int]) -> npt.NDArray[np.bool_]:
    kept = np.ones(height, dtype=np.bool_)
    kept[gone] = False
    return kept


@dataclass
class Damage:
    """The damage of one file: how many rows in a thousand, which kinds in turn, what was done so far."""

    feed: str
    file_format: str
    rate: float
    varied: bool
    touches_planted: bool = False
    done: Counter[str] = field(default_factory=Counter)
    _owed: float = 0.0
    _used: int = 0

    def __post_init__(self) -> None:
        # A file that is to be rejected must exceed the contract's share however few rows it has.
        self._owed = 1.0 if self.touches_planted else 0.0

    def _take(self, height: int, planted: bool) -> list[str]:
        """Kinds to apply to the next `height` rows."""
        possible = kinds(self.feed, self.file_format, self.varied)
        if not self.rate or (planted and not self.touches_planted):
            return []
        self._owed += height * self.rate
        count = min(int(self._owed), height // 3)
        self._owed -= count
        chosen = list(islice(cycle(possible), self._used % len(possible), self._used % len(possible) + count))
        self._used += count
        return chosen

    def typed(
        self, frame: pl.DataFrame, rng: np.random.Generator, planted: bool
    ) -> tuple[pl.DataFrame, list[tuple[str, int]]]:
        """The frame with its typed damage applied, and (kind, row) still to be done as text."""
        chosen = self._take(frame.height, planted)
        if not chosen:
            return frame, []
        rows = rng.choice(frame.height, len(chosen), replace=False)
        contract = feed_contract(self.feed)
        in_text = [kind not in TYPED and self.file_format != "parquet" for kind in chosen]
        now = [(kind, int(row)) for kind, row, later in zip(chosen, rows, in_text, strict=True) if not later]
        broken = frame[[row for _, row in now]].to_dicts()
        for (kind, _), row in zip(now, broken, strict=True):
            _break_typed(kind, row, contract)
        self.done.update(chosen)
        kept = _without(frame.height, [row for kind, row in now if kind not in (DUPLICATE_KEY, DUPLICATE_ROW)])
        place = np.cumsum(kept) - 1
        later = [(k, int(place[r])) for k, r, wait in zip(chosen, rows, in_text, strict=True) if wait]
        labels = pl.Series(FAULT, [kind for kind, _ in now], dtype=pl.String)
        added = pl.DataFrame(broken, schema=frame.schema).with_columns(labels)
        whole = frame.filter(pl.Series(kept)).with_columns(pl.lit(None, dtype=pl.String).alias(FAULT))
        return pl.concat([whole, added]), later

    def text(self, frame: pl.DataFrame, later: list[tuple[str, int]]) -> tuple[pl.DataFrame, list[tuple[str, Row]]]:
        """The spelled frame without the rows damaged as text, and those rows with their kind."""
        if FAULT in frame.columns:
            frame = frame.drop(FAULT)
        if not later:
            return frame, []
        contract = feed_contract(self.feed)
        broken = list(zip([kind for kind, _ in later], frame[[row for _, row in later]].to_dicts(), strict=True))
        for kind, row in broken:
            _break_text(kind, row, contract)
        kept = _without(frame.height, [row for kind, row in later if kind != DUPLICATE_ROW])
        return frame.filter(pl.Series(kept)), broken
