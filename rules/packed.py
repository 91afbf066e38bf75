"""Several answers in one whole number, so that an engine needs one pass over the rows, or one look at a value.

The reasons are the engines': of each kind of survey the newest answer is a maximum instead of a join of the surveys with
themselves, and a text is looked up by number instead of being put together row by row.
"""

from __future__ import annotations

import narwhals as nw


def day_and_answer(day: str, value: str, answers: tuple[str, ...]) -> nw.Expr:
    """Day and answer as one whole number, null without an answer: the newest answer of each kind is a maximum, so one
    pass over the surveys is enough."""
    date, place = nw.col(day), nw.lit(0)
    for index, answer in enumerate(answers[1:], start=1):
        place = nw.when(nw.col(value) == answer).then(nw.lit(index)).otherwise(place)
    year, month = date.dt.year().cast(nw.Int64), date.dt.month().cast(nw.Int64)
    number = (year * 12 + month) * 31 + date.dt.day().cast(nw.Int64)
    return nw.when(~nw.col(value).is_null()).then(number * len(answers) + place)


def answer_in(number: str, answers: tuple[str, ...]) -> nw.Expr:
    """The answer in a maximum of `day_and_answer`; null where there is none."""
    place = nw.col(number) % len(answers)
    said = nw.lit(answers[0])
    for index, answer in enumerate(answers[1:], start=1):
        said = nw.when(place == index).then(nw.lit(answer)).otherwise(said)
    return nw.when(~nw.col(number).is_null()).then(said)


def day_of_answer(day: str, value: str) -> nw.Expr:
    return nw.when(~nw.col(value).is_null()).then(nw.col(day))


def bits(flags: list[nw.Expr]) -> nw.Expr:
    """Which of `flags` are true, as bits of a whole number."""
    return nw.sum_horizontal(*(flag.cast(nw.Int64) * (1 << place) for place, flag in enumerate(flags))).cast(nw.Int64)


def names_of(column: str, names: tuple[str, ...]) -> nw.Expr:
    """The names whose flags are set in a column of `bits`, separated by commas: looked up, not put together row by row."""
    listed = nw.lit("")
    for value in range(2 ** len(names) - 1, -1, -1):  # none is asked for first: it is so for most
        text = ",".join(name for place, name in enumerate(names) if value >> place & 1)
        listed = nw.when(nw.col(column) == value).then(nw.lit(text)).otherwise(listed)
    return listed
