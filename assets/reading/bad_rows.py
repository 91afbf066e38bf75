"""What a department has to know to mend a file with too many bad rows: which faults, in which columns, on which lines, how often."""

from __future__ import annotations

from typing import Final

import polars as pl

from assets.reading.errors import ROW_REASONS
from data_contracts import Contract

KINDS: Final = 6
LINES: Final = 5


def told(aside: pl.DataFrame, contract: Contract) -> tuple[str, str]:
    """The most frequent faults, at most KINDS, each with its first LINES lines, in Chinese and English. No cell is told."""
    groups = (
        aside.group_by("code", "column")
        .agg(pl.len().alias("rows"), pl.col("line").sort().head(LINES).alias("lines"))
        .sort("rows", "code", "column", descending=[True, False, False])
    )
    names = {column.name: column.header_zh for column in contract.columns}
    zh, en = [], []
    for code, column, rows, lines in groups.head(KINDS).iter_rows():
        reason, at, more = ROW_REASONS[code], [str(line) for line in lines], rows > LINES
        zh_name = f"{names.get(column, column)}: " if column else ""
        zh.append(f"{zh_name}{reason.zh}, {rows} 行(第 {'、'.join(at)} 行{' 等' if more else ''})")
        en.append(
            f"{column + ': ' if column else ''}{reason.en}, {rows} rows (lines {', '.join(at)}{' …' if more else ''})"
        )
    if groups.height > KINDS:
        zh.append(f"另有 {groups.height - KINDS} 种")
        en.append(f"{groups.height - KINDS} kinds more")
    return "; ".join(zh), "; ".join(en)
