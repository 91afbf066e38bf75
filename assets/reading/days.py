"""Days as departments write them: the time behind a day is told apart before anything is repaired.

A written time without a zone is what a clock on the wall showed, so its day stays; an instant, which names its zone,
becomes the day that it was in China (with the summer time of 1986 to 1991, in which midnight was at 15:00 UTC).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

EXCEL_EPOCH: Final = dt.date(1899, 12, 30)
# Day 2200 is in 1906; a smaller number in a date column is more likely a year. 2958465 is 9999-12-31, "no end".
EXCEL_DAYS: Final = (2_200, 99_999)
EXCEL_NO_END: Final = 2_958_465
EARLIEST: Final = dt.date(1880, 1, 1)
LATEST: Final = dt.date.max  # there are typed dates beyond it, of which Python can make nothing
INFINITY: Final = 2**31 - 1  # how databases write "no end" into a column of days
CHINA: Final = "Asia/Shanghai"
FARTHEST_ZONE: Final = 14 * 60
"""Minutes."""

_ZONE: Final = (
    r"\s*(?:(?P<utc>Z|UTC|GMT)|(?:UTC|GMT)?(?P<side>[+-])(?P<zh>[0-9]{1,2}):?(?P<zm>[0-9]{2})?)(?:\[[A-Z/_]+\])?"
)
_SECONDS: Final = r"(?P<second>[0-9]{1,2})(?:[.,][0-9]{1,9})?"
_CLOCK: Final = rf"(?P<hour>[0-9]{{1,2}}):(?:(?P<minute>[0-9]{{1,2}})(?::(?:{_SECONDS})?)?)?"
_TIME: Final = rf"(?:上午|下午|[AP]M)?\s*{_CLOCK}(?:\s*[AP]M|{_ZONE})?"
_DAY: Final = (
    r"^(?P<y>[0-9]{4})[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})"
    rf"(?:\s*[日号]?|(?:\s*[日号]\s*|[日号]?(?:T|\s+)){_TIME})$"
)
_SPACED: Final = (
    r"^([0-9])\s?([0-9])\s?([0-9])\s?([0-9])\s*([-/.年])\s*([0-9]{1,2})\s*([-/.月])\s*([0-9]{1,2}(?:\s*[日号])?)"
)
_EIGHT: Final = r"^([0-9]{4})([0-9]{2})([0-9]{2})(T|\s|$)"
_FOURTEEN: Final = r"^([0-9]{8})T?([0-9]{2})([0-9]{2})([0-9]{2})((?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)$"


def plain_days(text: pl.Series) -> pl.Series:
    """Days of cells that are one of the four usual forms and nothing else; null for all others. Nearly all cells are: the
    forms with a time take many times as long."""
    dashed = text.str.replace_all("[/.年月]", "-").str.strip_suffix("日")
    parted = dashed.set(~dashed.str.contains(r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$"), None)
    eight = text.set(~text.str.contains("^[0-9]{8}$"), None)
    return parted.str.to_date("%Y-%m-%d", strict=False).fill_null(eight.str.to_date("%Y%m%d", strict=False))


def written_days(text: pl.Series) -> pl.Series:
    """Days of NFKC text without spaces around it, null where it is none.

    2026-01-15, 2026/1/15, 2026.1.15, 2026年1月15日, 20260115, each with a time behind it, 14 digits, or an Excel serial.
    Eight digits exactly: 2026115 is none. Spaces are taken out where they leave one reading only.
    """
    spaced = text.str.to_uppercase().str.replace(_SPACED, "$1$2$3$4$5$6$7$8").str.replace_all(r"\s*:\s*", ":")
    joined = spaced.str.replace_all(r"\s", "")
    whole = spaced.str.contains(r"^[0-9]{4}\s[0-9]{2}\s[0-9]{2}$|^[0-9]+\s[0-9]+$") & joined.str.len_chars().is_in(
        [8, 14]
    )
    plain = joined.zip_with(whole.fill_null(False), spaced).str.replace_all("[时点分]", ":").str.replace("秒", "")
    plain = plain.str.replace(_FOURTEEN, "$1 $2:$3:$4$5").str.replace(_EIGHT, "$1-$2-$3$4")
    parts = pl.DataFrame({"text": plain}).select(_read(), serial=_serial())
    return parts.select(pl.coalesce("day", "serial")).to_series()


def _serial() -> pl.Expr:
    """Excel's number of a day; what stands behind its point is the time."""
    number = pl.col("text").str.extract(r"^([0-9]{4,7})(?:\.[0-9]+)?$").cast(pl.Int32, strict=False)
    is_serial = number.is_between(*EXCEL_DAYS) | (number == EXCEL_NO_END)
    return pl.when(is_serial).then(pl.lit(EXCEL_EPOCH) + pl.duration(days=number.fill_null(0))).cast(pl.Date)


def _read() -> pl.Expr:
    part = pl.col("text").str.extract_groups(_DAY).struct

    def number(name: str) -> pl.Expr:
        return part[name].cast(pl.Int32, strict=False).fill_null(0)

    day = (part["y"] + part["m"].str.zfill(2) + part["d"].str.zfill(2)).str.to_date("%Y%m%d", strict=False)
    hour, minute, second = number("hour"), number("minute"), number("second")
    is_time = (hour < 24) & (minute < 60) & (second <= 60) | (hour == 24) & (minute + second == 0)
    ahead = number("zh") * 60 + number("zm")
    minutes = hour * 60 + minute - pl.when(part["side"] == "-").then(-ahead).otherwise(ahead)
    instant = (day.cast(pl.Datetime("us")) + pl.duration(minutes=minutes)).dt.replace_time_zone("UTC")
    has_zone = part["utc"].is_not_null() | part["side"].is_not_null()
    # 10:00-11:00 is from ten to eleven
    is_hours = (part["side"] == "-") & part["second"].is_null() & ~pl.col("text").str.contains("T", literal=True)
    is_zone = (ahead <= FARTHEST_ZONE) & (number("zm") < 60) & ~is_hours.fill_null(False)
    in_china = instant.dt.convert_time_zone(CHINA).dt.date().clip(upper_bound=LATEST)
    return pl.when(is_time & is_zone).then(pl.when(has_zone).then(in_china).otherwise(day)).alias("day")


def plausible(dates: pl.Series) -> pl.Series:
    """Dates without those before anybody alive was born (they are slips or stand for "unknown") or beyond the calendar."""
    strange = ~dates.is_between(EARLIEST, LATEST)
    return dates.set(strange, None) if strange.any() else dates


def as_days(raw: pl.Series) -> pl.Series:
    """Days of a column that has a type: of an instant the day in China, otherwise what the department's clocks showed."""
    if raw.dtype == pl.Date:
        return raw
    if isinstance(raw.dtype, pl.Datetime) and raw.dtype.time_zone is not None:
        in_china = raw.dt.convert_time_zone(CHINA).dt.date()
        return in_china.set((in_china > LATEST) & (raw.dt.date() <= LATEST), LATEST)
    return raw.dt.date()


def typed_days(dates: pl.Series) -> pl.Series:
    """Days that came as dates or as times; null where they are none."""
    on = as_days(dates)
    return plausible(on.set(on.to_physical() == INFINITY, LATEST))
