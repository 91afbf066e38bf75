"""Accepted rows as pandas frames, and the words for keys that every part of the pandas way uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bench.constants import Constants

Frame = Any
"""A pandas DataFrame (pandas has no types of its own here)."""

HOME, PERSON = ["household_id"], ["household_id", "person_id"]
PAYER = [*PERSON, "withholding_agent", "income_item"]
MILLION = 1_000_000


class Rows:
    """Accepted rows as pandas frames; dates as datetime64."""

    def __init__(self, given: Constants, rows: Mapping[str, Path]) -> None:
        self._rows, self.today = rows, pd.Timestamp(given.as_of)

    def read(self, feed: str, columns: list[str], days: list[str] | None = None) -> Frame:
        """Only the columns that are used."""
        frame = pd.read_parquet(self._rows[feed], columns=[*columns, *(days or [])], dtype_backend="pyarrow")
        for day in days or []:
            frame[day] = pd.to_datetime(frame[day]).astype("datetime64[s]")
        for name, kind in frame.dtypes.items():
            if pd.api.types.is_integer_dtype(kind):
                frame[name] = frame[name].fillna(0).astype("int64")
        return frame

    def began(self, days: Frame) -> Frame:
        """Empty or not after the check date."""
        return days.isna() | (days <= self.today)

    def lasts(self, days: Frame) -> Frame:
        """Empty or after the check date."""
        return days.isna() | (days > self.today)


def without(frame: Frame, other: Frame, on: list[str]) -> Frame:
    """Rows of `frame` whose key is not in `other`."""
    marked = frame.merge(other[on].drop_duplicates(), on=on, how="left", indicator="found")
    return marked[marked["found"] == "left_only"].drop(columns="found")
