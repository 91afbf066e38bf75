"""How clerks, Excel and exports write the same value: typed rows to the text that real files hold.

Every spelling here means the same value again after reading; what cannot be read is made in `faults`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from data_contracts import Column, feed_contract

FAULT = "_fault"  # kind of damage a row already has; such rows are written plainly so that nothing heals them

DATE_STYLES: tuple[Callable[[pl.Expr], pl.Expr], ...] = (
    lambda day: day.dt.strftime("%Y-%m-%d"),
    lambda day: day.dt.strftime("%Y%m%d"),
    lambda day: day.dt.strftime("%Y/%-m/%-d"),
    lambda day: day.dt.strftime("%Y年%-m月%-d日"),
    lambda day: (day.cast(pl.Int32) + 25_569).cast(pl.String),  # Excel's serial of 1970-01-01
)
FULL_WIDTH = {str(digit): chr(0xFF10 + digit) for digit in range(10)}
OTHER_SHARE = 0.04


def _pick(value: pl.Expr, plain: pl.Expr, variants: Sequence[tuple[float, pl.Expr]], draw: str) -> pl.Expr:
    """`plain`, or a variant for its share of the rows; the draw column is uniform in [0, 1)."""
    upper = 0.0
    chain: Any = None  # polars has no common type for the steps of a when-then chain
    for share, variant in variants:
        upper += share
        condition = (pl.col(draw) < upper) & value.is_not_null()
        chain = pl.when(condition).then(variant) if chain is None else chain.when(condition).then(variant)
    result: pl.Expr = plain if chain is None else chain.otherwise(plain)
    return result


def _date(column: Column, draw: str, main: int) -> pl.Expr:
    value = pl.col(column.name)
    others = [(OTHER_SHARE, style(value)) for index, style in enumerate(DATE_STYLES) if index != main]
    return _pick(value, DATE_STYLES[main](value), others, draw)


def _money(column: Column, draw: str, _main: int) -> pl.Expr:
    value = pl.col(column.name)
    yuan, cents = value // 100, (value % 100).cast(pl.String).str.zfill(2)
    plain = pl.format("{}.{}", yuan, cents)
    grouped = pl.format("{},{}.{}", yuan // 1000, (yuan % 1000).cast(pl.String).str.zfill(3), cents)
    commas = pl.when(yuan.is_between(1_000, 999_999)).then(grouped).otherwise(plain)
    whole = pl.when(value % 100 == 0).then(yuan.cast(pl.String)).otherwise(plain)
    return _pick(value, plain, [(0.12, commas), (0.05, plain + "元"), (0.05, commas + "元"), (0.1, whole)], draw)


def _person_id(column: Column, draw: str, _main: int) -> pl.Expr:
    value = pl.col(column.name)
    spaced = pl.format("{} {} {}", value.str.head(6), value.str.slice(6, 8), value.str.tail(4))
    legacy = (
        pl.when((value.str.slice(6, 2) == "19") & (value.str.len_chars() == 18))
        .then(value.str.head(6) + value.str.slice(8, 9))
        .otherwise(value)
    )
    variants = [
        (0.03, value.str.to_lowercase()),
        (0.02, spaced),
        (0.015, value.str.replace_many(FULL_WIDTH)),
        (0.025, "'" + value),
        (0.01, legacy),
        (0.01, value + " "),
    ]
    return _pick(value, value, variants, draw)


def _identifier(column: Column, draw: str, _main: int) -> pl.Expr:
    value = pl.col(column.name)
    if column.name == "household_id":
        return _pick(value, value, [(0.005, value + " ")], draw)
    wide = value.str.replace_many(FULL_WIDTH)
    return _pick(value, value, [(0.015, "'" + value), (0.01, " " + value), (0.005, wide)], draw)


def _asset_no(column: Column, draw: str, _main: int) -> pl.Expr:
    value = pl.col(column.name)
    if column.name == "unit_no":  # the department's own key is 28 characters exactly
        return value
    parted = (
        pl.when(value.str.len_chars() > 20)
        .then(pl.format("{} {} {}", value.str.head(12), value.str.slice(12, 7), value.str.slice(19)))
        .otherwise(pl.format("{}·{}", value.str.head(2), value.str.slice(2)))
    )
    variants = [(0.06, parted), (0.04, value.str.to_lowercase()), (0.02, value.str.replace_many(FULL_WIDTH))]
    return _pick(value, value, variants, draw)


def _code(column: Column, draw: str, _main: int) -> pl.Expr:
    value = pl.col(column.name)
    variants = []
    for place in range(max((len(code.aliases) for code in column.codes), default=0)):
        spelled = {code.value: code.aliases[place] for code in column.codes if len(code.aliases) > place}
        variants.append((0.08, value.replace(spelled)))
    return _pick(value, value, variants, draw)


def _name(column: Column, draw: str, _main: int) -> pl.Expr:
    value = pl.col(column.name)
    wide = pl.when(value.str.len_chars() == 2).then(pl.format("{}\u3000{}", value.str.head(1), value.str.tail(1)))
    variants = [(0.03, wide.otherwise(value)), (0.02, value + " "), (0.2, value.str.replace("·", "•", literal=True))]
    return _pick(value, value, variants, draw)


def _scaled(column: Column, draw: str, _main: int) -> pl.Expr:
    value = (pl.col(column.name) / 10**column.scale).cast(pl.Decimal(12, column.scale)).cast(pl.String)
    return _pick(pl.col(column.name), value.str.strip_chars_end("0").str.strip_chars_end("."), [(0.2, value)], draw)


def _plain(column: Column, _draw: str, _main: int) -> pl.Expr:
    return pl.col(column.name).cast(pl.String)


_SPELLERS: dict[str, Callable[[Column, str, int], pl.Expr]] = {
    "date": _date,
    "money": _money,
    "person_id": _person_id,
    "identifier": _identifier,
    "asset_no": _asset_no,
    "code": _code,
    "name": _name,
    "scaled": _scaled,
}
_LOSSLESS = {"money", "scaled"}  # these still need formatting where nothing else is varied


def spell(
    frame: pl.DataFrame, feed: str, rng: np.random.Generator, main_date: int, varied: bool = True
) -> pl.DataFrame:
    """All contract columns as text, in contract order, plus `FAULT` where the frame has it.

    `varied=False` writes ISO dates and plain numbers only.
    """
    columns = feed_contract(feed).columns
    draws = []
    expressions = []
    for column in columns:
        draw = f"_draw_{column.name}"
        values = rng.random(frame.height) if varied else np.ones(frame.height)
        draws.append(pl.Series(draw, values))
        speller = _SPELLERS.get(column.parse, _plain) if varied or column.parse in _LOSSLESS else _plain
        expressions.append(speller(column, draw, main_date).alias(column.name))
    if FAULT in frame.columns:
        sound = frame[FAULT].is_null().cast(pl.Float64)
        draws = [(draw * sound + (1.0 - sound)).alias(draw.name) for draw in draws]
        expressions.append(pl.col(FAULT))
    return frame.with_columns(draws).select(expressions)
