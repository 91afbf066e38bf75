"""The same expectations asked with Polars alone: in time for the report of a publication, before anything appears.

great-expectations takes seconds to import and would be asked too late: what it judges is published already. It still
has the last word in Dagster (pipelines/orchestration/quality.py), on the published files. tests/checks/test_quick.py holds the
two to the same answers and the same counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from checks.expectations import SUITE, Expectation, Outcome

Settings = Mapping[str, Any]


def _between(settings: Settings) -> pl.Expr:
    column = pl.col(settings["column"])
    least, most = settings.get("min_value"), settings.get("max_value")
    below = pl.lit(False) if least is None else column < least
    return below | (pl.lit(False) if most is None else column > most)


def _not_later(settings: Settings) -> pl.Expr:
    first, second = pl.col(settings["column_A"]), pl.col(settings["column_B"])
    return first < second if settings.get("or_equal") else first <= second


WRONG: Final[dict[str, Callable[[Settings], pl.Expr]]] = {
    "ExpectColumnValuesToMatchRegex": lambda s: ~pl.col(s["column"]).str.contains(s["regex"]),
    "ExpectColumnValuesToNotMatchRegex": lambda s: pl.col(s["column"]).str.contains(s["regex"]),
    "ExpectColumnValuesToBeUnique": lambda s: pl.col(s["column"]).is_duplicated(),
    "ExpectCompoundColumnsToBeUnique": lambda s: pl.struct(s["column_list"]).is_duplicated(),
    "ExpectColumnValuesToBeInSet": lambda s: ~pl.col(s["column"]).is_in(s["value_set"]),
    "ExpectColumnValuesToBeBetween": _between,
    "ExpectColumnPairValuesAToBeGreaterThanB": _not_later,
    "ExpectColumnPairValuesToBeEqual": lambda s: pl.col(s["column_A"]) != pl.col(s["column_B"]),
}
"""Kind of expectation -> which rows do not keep it."""
SAME_SET: Final = "ExpectColumnDistinctValuesToEqualSet"


def judge_quickly(frames: Mapping[str, pl.DataFrame], expectations: Sequence[Expectation] = SUITE) -> list[Outcome]:
    """Every expectation on its frame, in the order given. Raises KeyError for a kind that is not known here."""
    return [_outcome(one, frames[one.table]) for one in expectations]


def _outcome(one: Expectation, frame: pl.DataFrame) -> Outcome:
    if one.kind == SAME_SET:
        found, agreed = set(frame[one.settings["column"]]), set(one.settings["value_set"])
        return Outcome(one, found == agreed, frame.height, len(found - agreed))
    problems = int(frame.select(WRONG[one.kind](one.settings).sum()).item())
    return Outcome(one, problems == 0, frame.height, problems)
