"""Lines below a table: totals, who prepared it, notes. They are no data, and no fault of the data either."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from assets.reading.headers import tidy
from assets.reading.pieces import FAULT, LINE
from data_contracts import Contract

FOOTER: Final = "footer"
MARK: Final = "__footer"
_WORDS: Final = re.compile(
    r"^[(（【\[]?(合计|总计|小计|共计|累计|总数|制表|制单|填表|填报|填制|报送|上报|审核|审批|复核|校对|经办|负责人|单位|联系|打印|导出|"
    r"统计|备注|附注|说明|注[::]|注\d|第.{1,6}页|共.{1,10}[页条行人户]|本表|以上|以下|日期|盖章|公章|total|sum)"
)


def is_footer(text: str | None) -> bool:
    """Whether a line that begins with this text is one."""
    return text is not None and _WORDS.match(tidy(text)) is not None


def footer_marks(rows: pl.DataFrame, odd: pl.Series, matched: dict[str, str], contract: Contract) -> pl.Series:
    """For each row of a piece: 2 where it begins like a footer or is blank, 1 where a cell of the key is empty, else 0. Only
    the `odd` rows are looked at."""
    text = [name for name, kind in rows.schema.items() if kind == pl.String and name not in (LINE, FAULT)]
    filled = [pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)) for name in text]
    keys = [pl.col(h).fill_null("") == "" for h, name in matched.items() if h in text and contract.column(name).is_key]
    found = rows.filter(odd).select(
        pl.coalesce([pl.lit(None, pl.String), *filled]).alias("first"),
        pl.any_horizontal([pl.lit(False), *keys]).alias("key"),
        FAULT,
    )
    marks = [
        0 if fault is not None and first is None else 2 if first is None or is_footer(first) else int(key)
        for first, key, fault in found.iter_rows()
    ]
    return (
        pl.repeat(0, rows.height, dtype=pl.Int8, eager=True)
        .scatter(odd.arg_true(), pl.Series(marks, dtype=pl.Int8))
        .alias(MARK)
    )


def with_footers(aside: pl.DataFrame, last_sound: int) -> pl.DataFrame:
    """Rows set aside, in the order of their lines, those below the table as `footer`: an unbroken run behind the last sound
    row and to the end of the file, from the first that begins like one."""
    below = aside.filter(pl.col("line") > last_sound)
    marks = below[MARK].to_list()
    start = len(marks)
    while start and marks[start - 1]:
        start -= 1
    start = next((at for at in range(start, len(marks)) if marks[at] == 2), len(marks))
    lines = below["line"].slice(start)
    is_below = pl.col("line").is_in(lines.implode())
    return aside.drop(MARK).with_columns(
        pl.when(is_below).then(pl.lit(FOOTER)).otherwise(pl.col("code")).alias("code"),
        pl.when(is_below).then(None).otherwise(pl.col("column")).alias("column"),
    )
