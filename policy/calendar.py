"""Which days are rest days: the State Council's yearly notices, and a provisional rule for years without one.

Three sources, the first that knows a day decides:
1. `$SHOUWANG_HOME/policy/calendar/<year>.yaml`, for a notice newer than the installed package (closed networks);
2. the chinesecalendar package (notices from 2004 on);
3. for a year neither has, the provisional rule of page 4, "Deadline": such a year is "not published".
"""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

_SATURDAY = 5
_WEEKDAYS_ZH = "一二三四五六日"

_FESTIVALS_ZH = {
    "New Year's Day": "元旦",
    "Chinese New Year's Eve": "除夕",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利 70 周年纪念日",
}


@dataclass(frozen=True)
class Notice:
    """One year's notice as typed in by an office: `days` maps each day it names to True (rest) or False (make-up
    working day). A notice for year Y may name days of December Y-1, as the State Council's do."""

    year: int
    days: Mapping[date, bool] = field(hash=False)
    basis: str
    file: str


@dataclass(frozen=True)
class DayNote:
    """Why a day is a rest day or a working day, in both languages."""

    rest: bool
    zh: str
    en: str


class WorkCalendar:
    """Rest days and working days of mainland China; immutable, safe to share."""

    def __init__(self, notices: Mapping[int, Notice] | None = None) -> None:
        """`notices`: the office's own, by year; each adds a year or corrects the days it names in a known one."""
        self.notices: Mapping[int, Notice] = dict(notices or {})
        self._named = {day: rest for _, notice in sorted(self.notices.items()) for day, rest in notice.days.items()}

    def is_published(self, year: int) -> bool:
        """Whether the State Council's notice for the year is known here."""
        return year in self.notices or _packaged(year)

    def is_rest_day(self, day: date) -> bool:
        """Whether nobody is expected to work on the day. Raises ValueError outside 1901-2099, when unpublished."""
        if day in self._named:
            return self._named[day]
        if _packaged(day.year):
            import chinese_calendar

            return bool(chinese_calendar.is_holiday(day))
        return is_weekend(day) or (day.year not in self.notices and day in provisional_festivals(day.year))

    def next_working_day(self, day: date) -> date:
        """The day itself when it is a working day, otherwise the first one after it."""
        while self.is_rest_day(day):
            day += timedelta(days=1)
        return day

    def note(self, day: date) -> DayNote:
        """Why the day is what it is, for people."""
        rest = self.is_rest_day(day)
        source_zh, source_en = self._source(day)
        festival = self._festival(day)
        if rest and festival:
            name_zh = _FESTIVALS_ZH.get(festival, festival)
            return DayNote(True, f"{name_zh}放假({source_zh})", f"{festival} holiday ({source_en})")
        if rest and is_weekend(day):
            return DayNote(True, "周末", "weekend")
        if rest:
            return DayNote(True, f"放假({source_zh})", f"holiday ({source_en})")
        if is_weekend(day):
            return DayNote(False, f"调休上班({source_zh})", f"make-up working day ({source_en})")
        return DayNote(False, "工作日", "working day")

    def version(self) -> str:
        """What the answers depend on besides the office's notices: the installed packages."""
        return " ".join(f"{name}-{importlib.metadata.version(name)}" for name in ("chinesecalendar", "holidays"))

    def _source(self, day: date) -> tuple[str, str]:
        if day in self._named:
            # The later notice wins, as in `_named`: next year's notice may change this December.
            basis = next(n.basis for _, n in sorted(self.notices.items(), reverse=True) if day in n.days)
            return basis, basis
        if self.is_published(day.year):
            return f"国务院办公厅 {day.year} 年放假安排", f"State Council notice for {day.year}"
        return f"{day.year} 年放假安排未公布,暂按法定节日", f"notice for {day.year} not published, statutory days only"

    def _festival(self, day: date) -> str:
        """The festival a day off belongs to, "" when none or not known."""
        if day in self._named:
            return ""
        if _packaged(day.year):
            import chinese_calendar

            _, name = chinese_calendar.get_holiday_detail(day)
            return str(getattr(name, "value", name) or "")
        return "" if day.year in self.notices else provisional_festivals(day.year).get(day, "")


def is_weekend(day: date) -> bool:
    """Saturday or Sunday."""
    return day.weekday() >= _SATURDAY


def weekday_zh(day: date) -> str:
    """星期一 … 星期日."""
    return f"星期{_WEEKDAYS_ZH[day.weekday()]}"


@functools.cache
def _packaged(year: int) -> bool:
    """Whether the chinesecalendar package has the year's notice."""
    import chinese_calendar

    try:
        chinese_calendar.is_holiday(date(year, 1, 1))
    except NotImplementedError:  # what the package raises for a year it does not know
        return False
    return True


@functools.cache
def provisional_festivals(year: int) -> Mapping[date, str]:
    """The statutory days of a year without a notice, with their English names (page 4, "Deadline"): 1 January, New
    Year's Eve to the 3rd of the first lunar month, Qingming, 1-2 May, Dragon Boat, Mid-Autumn, 1-3 October; no
    make-up and no substitute days. Raises ValueError for years outside the lunar table (1901-2099)."""
    # `holidays.China` adds substitute days and changes its rule with the year; its lunar table is what is needed.
    from holidays.calendars.chinese import _ChineseLunisolar

    lunar = _ChineseLunisolar()
    new_year, dragon_boat, mid_autumn = (
        lunar.lunar_new_year_date(year)[0],
        lunar.dragon_boat_date(year)[0],
        lunar.mid_autumn_date(year)[0],
    )
    qingming, qingming_uncertain = lunar.qingming_date(year)
    if new_year is None or dragon_boat is None or mid_autumn is None or qingming_uncertain:
        raise ValueError(
            f"{year} 年没有农历数据,无法推算休息日:请检查日期 | no lunar dates for {year}: check the date asked for"
        )
    return MappingProxyType(
        {
            date(year, 1, 1): "New Year's Day",
            new_year - timedelta(days=1): "Chinese New Year's Eve",
            **{new_year + timedelta(days=n): "Spring Festival" for n in range(3)},
            qingming: "Tomb-sweeping Day",
            **{date(year, 5, n): "Labour Day" for n in (1, 2)},
            dragon_boat: "Dragon Boat Festival",
            mid_autumn: "Mid-autumn Festival",
            **{date(year, 10, n): "National Day" for n in (1, 2, 3)},
        }
    )
