"""When a warning ticket is due (page 4, "Deadline"), and why, in words.

The day of issue is not counted. Calendar days that end on a rest day move to the next working day (Civil Code
art. 203); working days follow the State Council's notices. A date that leans on a year without a notice is
provisional, and what was once announced to a township only ever moves later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from data_contracts.publications import labels
from policy.calendar import DayNote, WorkCalendar, is_weekend, weekday_zh
from policy.parameters import CATALOGUE
from policy.policy import PolicyBook
from policy.values import PolicyValue

UNITS = ("calendar_days", "working_days")
PARAMETERS = ("warning.deadline_days", "warning.deadline_unit", "warning.roll_forward", "warning.owner")

_VALUE_ZH = {
    "calendar_days": "自然日",
    "working_days": "工作日",
    **labels("owner"),
    "True": "是",
    "False": "否",
}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Deadline:
    """A due date and the steps that led to it.

    `before_rolling` is the n-th day counted, before a rest day moved it; `rest_days` are the days that did not count
    or were passed over, `make_up_days` the Saturdays and Sundays that counted as working days; `recomputed_on` is set
    by `settle` where the calendar alone would give an earlier date than the one kept.
    """

    as_of: date
    days: int
    unit: str
    roll_forward: bool
    before_rolling: date
    due_on: date
    provisional: bool
    rest_days: tuple[date, ...] = ()
    make_up_days: tuple[date, ...] = ()
    unpublished_years: tuple[int, ...] = ()
    recomputed_on: date | None = None


@dataclass(frozen=True)
class Explanation:
    """The same account in both languages, one sentence a line."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


def deadline(as_of: date, days: int, unit: str, roll_forward: bool, calendar: WorkCalendar) -> Deadline:
    """The deadline of a ticket issued on `as_of`: `days` calendar or working days later.

    Raises ValueError for fewer than one day or an unknown unit.
    """
    if days < 1:
        raise ValueError(f"时限至少 1 日,现为 {days} | a deadline is at least 1 day, found {days}")
    if unit not in UNITS:
        raise ValueError(f"时限单位 {unit!r} 不认识,应为 {UNITS} | unknown unit {unit!r}, expected {UNITS}")
    if unit == "working_days":
        before_rolling = due_on = _nth_working_day(as_of, days, calendar)
    else:
        before_rolling = as_of + timedelta(days=days)
        due_on = calendar.next_working_day(before_rolling) if roll_forward else before_rolling
    return _with_steps(Deadline(as_of, days, unit, roll_forward, before_rolling, due_on, provisional=False), calendar)


def settle(announced: date, fresh: Deadline, calendar: WorkCalendar) -> Deadline:
    """The deadline of a ticket whose due date was `announced` before, now that `calendar` gives `fresh` for it.

    Never earlier than announced: people who plan by a date are not made late by a notice that came afterwards.
    Stays provisional as long as it leans on an unpublished year.
    """
    if announced <= fresh.due_on:
        return fresh
    must_work = fresh.roll_forward or fresh.unit == "working_days"
    # The newer calendar may have made the announced day a rest day; a deadline does not end on one.
    due_on = calendar.next_working_day(announced) if must_work else announced
    return _with_steps(replace(fresh, due_on=due_on, recomputed_on=fresh.due_on), calendar)


def deadline_by_policy(book: PolicyBook, area_code: str, as_of: date) -> tuple[Deadline, tuple[PolicyValue, ...]]:
    """The deadline for a ticket issued in the area, and the policy values behind it in the order of `PARAMETERS`.

    Raises LookupError when a value is missing (a check date before the first national default), ValueError for
    something that is no area code.
    """
    values: list[PolicyValue] = []
    for name in PARAMETERS:
        value = book.resolve(area_code, name, as_of)
        if value is None:
            raise LookupError(
                f"{area_code} 在 {as_of} 没有 {name} 的值 | no value of {name} for {area_code} on {as_of}"
            )
        values.append(value)
    days, unit, roll_forward, _ = values
    return deadline(as_of, days.whole(), unit.code(), roll_forward.flag(), book.calendar), tuple(values)


def explain_deadline(result: Deadline, calendar: WorkCalendar, values: Sequence[PolicyValue] = ()) -> Explanation:
    """Why the deadline is that day: what was counted, which rest days were skipped, which clauses say so."""
    lines = [
        (
            f"{_zh(result.as_of)}出单,当日不计入。",
            f"Issued on {_en(result.as_of)}; that day is not counted.",
        ),
        *_counting(result, calendar),
        *_caveats(result),
        (f"截止日:{_zh(result.due_on)}。", f"Due on {_en(result.due_on)}."),
        *(_clause(value) for value in values if _matters(value, result)),
    ]
    return Explanation(tuple(zh for zh, _ in lines), tuple(en for _, en in lines))


def _nth_working_day(as_of: date, count: int, calendar: WorkCalendar) -> date:
    day = as_of
    for _ in range(count):
        day = calendar.next_working_day(day + _DAY)
    return day


def _with_steps(result: Deadline, calendar: WorkCalendar) -> Deadline:
    """Fills in what was passed over, what counted, and whether the date is provisional. For calendar days the date
    before rolling counts too: the notice may turn it into a working day on which the deadline should have ended."""
    counted_from = result.as_of + _DAY if result.unit == "working_days" else result.before_rolling
    span = list(_days_between(counted_from, result.due_on))
    rest = {day for day in span if calendar.is_rest_day(day)}
    years = {result.due_on.year, result.before_rolling.year}
    unpublished = tuple(sorted(year for year in years if not calendar.is_published(year)))
    return replace(
        result,
        provisional=bool(unpublished),
        rest_days=tuple(day for day in span if day in rest),
        make_up_days=tuple(day for day in span if is_weekend(day) and day not in rest),
        unpublished_years=unpublished,
    )


def _days_between(first: date, last: date) -> Iterable[date]:
    """Every day from first to last, both included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _counting(result: Deadline, calendar: WorkCalendar) -> list[tuple[str, str]]:
    n, reached = result.days, result.before_rolling
    if result.unit == "working_days":
        lines = [
            (
                f"从次日起数 {n} 个工作日,第 {n} 个工作日是 {_zh(reached)}。",
                f"Counting {n} working days from the next day, the last is {_en(reached)}.",
            )
        ]
        return (
            lines
            + _listed(result.rest_days, calendar, "不计的休息日", "Rest days not counted")
            + _made_up(result, calendar)
        )
    lines = [
        (
            f"从次日起数 {n} 日(自然日,休息日计入),第 {n} 日是 {_zh(reached)}。",
            f"Counting {n} calendar days from the next day, rest days included, the last is {_en(reached)}.",
        )
    ]
    if not calendar.is_rest_day(reached):
        return [
            *lines,
            ("该日是工作日,不顺延。", "That is a working day: nothing to move."),
            *_made_up(result, calendar),
        ]
    if not result.roll_forward:
        return [*lines, ("该日是休息日,但规定不顺延。", "That is a rest day, but the policy does not move deadlines.")]
    lines.append(("该日是休息日,顺延至下一个工作日。", "That is a rest day: moved to the next working day."))
    return (
        lines
        + _listed(result.rest_days, calendar, "跳过的休息日", "Rest days passed over")
        + _made_up(result, calendar)
    )


def _made_up(result: Deadline, calendar: WorkCalendar) -> list[tuple[str, str]]:
    return _listed(result.make_up_days, calendar, "计入的调休上班日", "Weekend days that are working days")


def _listed(days: Sequence[date], calendar: WorkCalendar, zh: str, en: str) -> list[tuple[str, str]]:
    """One line that names the days and the reason of each, neighbours with the same reason taken together."""
    spans = _spans(days, calendar)
    if not spans:
        return []
    zh_days = "、".join(f"{first}{'' if first == last else f' 至 {last}'} {note.zh}" for first, last, note in spans)
    en_days = "; ".join(f"{first}{'' if first == last else f' to {last}'} {note.en}" for first, last, note in spans)
    return [(f"{zh}({len(days)} 天):{zh_days}。", f"{en} ({len(days)}): {en_days}.")]


def _spans(days: Sequence[date], calendar: WorkCalendar) -> list[tuple[date, date, DayNote]]:
    notes = {day: calendar.note(day) for day in days}
    starts = [day for before, day in pairwise((None, *days)) if before is None or not _joined(before, day, notes)]
    ends = [day for day, after in pairwise((*days, None)) if after is None or not _joined(day, after, notes)]
    return [(first, last, notes[first]) for first, last in zip(starts, ends, strict=True) if first and last]


def _joined(day: date | None, after: date | None, notes: dict[date, DayNote]) -> bool:
    return day is not None and after is not None and after - day == _DAY and notes[day] == notes[after]


def _caveats(result: Deadline) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    if result.recomputed_on is not None:
        lines.append(
            (
                f"按现行日历为 {_zh(result.recomputed_on)};已告知的期限只推后、不提前,故不变。",
                f"Today's calendar would give {_en(result.recomputed_on)}; an announced date never moves earlier.",
            )
        )
    if result.provisional:
        years = "、".join(str(year) for year in result.unpublished_years)
        lines.append(
            (
                f"{years} 年放假安排尚未公布,此为暂定日期;公布后重算,只推后、不提前。",
                f"The holiday notice for {years} is not published: provisional, to be settled then, never earlier.",
            )
        )
    return lines


def _matters(value: PolicyValue, result: Deadline) -> bool:
    """Working days end on a working day by themselves: whether deadlines roll plays no part."""
    return not (value.parameter == "warning.roll_forward" and result.unit == "working_days")


def _clause(value: PolicyValue) -> tuple[str, str]:
    parameter = CATALOGUE[value.parameter]
    plain = str(value.value)
    where_zh = f"{value.area},自 {value.from_on} 起,{labels('policy_status')[value.status]}"
    return (
        f"依据:{parameter.zh} = {_VALUE_ZH.get(plain, plain)};{value.basis}({where_zh})。",
        f"Basis: {parameter.en} = {plain}; {value.basis} ({value.area}, from {value.from_on}, {value.status}).",
    )


def _zh(day: date) -> str:
    return f"{day}({weekday_zh(day)})"


def _en(day: date) -> str:
    # Not strftime("%A"): its words change with the machine's locale.
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return f"{day} ({names[day.weekday()]})"
