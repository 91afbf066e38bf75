"""Rest days: published years, years typed in on a closed network, and years nobody has a notice for."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest

from policy.calendar import WorkCalendar, is_weekend, provisional_festivals
from policy.errors import PolicyError
from policy.policy import PolicyBook

CALENDAR = WorkCalendar()
# A made-up notice with the statutory days of 2027, one substitute week and two make-up days.
NOTICE_2027 = """basis: 国办发明电〔2026〕0号(测试)
rest_days: [2026-12-31, 2027-01-01, 2027-02-05, 2027-02-06, 2027-02-07, 2027-02-08, 2027-02-09, 2027-02-10,
            2027-04-05, 2027-05-01, 2027-05-02, 2027-05-03, 2027-06-09, 2027-09-15,
            2027-10-01, 2027-10-02, 2027-10-03, 2027-10-04]
working_days: [2026-12-27, 2027-02-20]
"""


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def with_notice(tmp_path: Path, text: str, name: str = "2027.yaml") -> WorkCalendar:
    (tmp_path / "calendar").mkdir()
    (tmp_path / "calendar" / name).write_text(text, encoding="utf-8")
    return PolicyBook.load(tmp_path).calendar


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_agrees_with_the_holidays_package_on_every_published_day(year: int) -> None:
    other = holidays.country_holidays("CN", years=[year - 1, year, year + 1])
    assert [d for d in days_of(year) if CALENDAR.is_rest_day(d) == other.is_working_day(d)] == []


@pytest.mark.parametrize(
    ("day", "rest", "why"),
    [
        (date(2026, 2, 14), False, "调休上班"),
        (date(2026, 2, 16), True, "春节"),
        (date(2026, 2, 17), True, "春节"),
        (date(2026, 2, 28), False, "调休上班"),
        (date(2026, 10, 7), True, "国庆节"),
        (date(2026, 10, 8), False, "工作日"),
        (date(2026, 10, 10), False, "调休上班"),
        (date(2026, 10, 11), True, "周末"),
        (date(2027, 2, 5), True, "除夕"),
        (date(2027, 2, 9), False, "工作日"),
    ],
)
def test_a_day_is_what_the_notice_says_and_says_why(day: date, rest: bool, why: str) -> None:
    assert CALENDAR.is_rest_day(day) is rest
    note = CALENDAR.note(day)
    assert (note.rest, why in note.zh) == (rest, True)


def test_2027_has_exactly_the_statutory_days_without_substitutes() -> None:
    expected = {
        *(date(2027, 1, 1), date(2027, 4, 5), date(2027, 6, 9), date(2027, 9, 15)),
        *(date(2027, 2, d) for d in (5, 6, 7, 8)),
        *(date(2027, 5, d) for d in (1, 2)),
        *(date(2027, 10, d) for d in (1, 2, 3)),
    }
    assert set(provisional_festivals(2027)) == expected
    assert not CALENDAR.is_published(2027)
    for day in days_of(2027):
        assert CALENDAR.is_rest_day(day) is (is_weekend(day) or day in expected), day


@pytest.mark.parametrize("year", range(2025, 2027))
def test_the_provisional_rule_names_only_days_that_were_off_in_published_years(year: int) -> None:
    assert all(CALENDAR.is_rest_day(day) for day in provisional_festivals(year))


@pytest.mark.parametrize("year", range(2027, 2061))
def test_the_provisional_rule_is_the_statutory_part_of_the_holidays_package(year: int) -> None:
    other = holidays.country_holidays("CN", years=year, observed=False)
    assert set(provisional_festivals(year)) == set(other)


def test_a_year_without_lunar_dates_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no lunar dates for 2150"):
        CALENDAR.is_rest_day(date(2150, 6, 1))


def test_a_typed_in_notice_publishes_its_year(tmp_path: Path) -> None:
    calendar = with_notice(tmp_path, NOTICE_2027)
    assert calendar.is_published(2027)
    assert not calendar.is_published(2028)
    assert calendar.is_rest_day(date(2027, 2, 9))
    assert not calendar.is_rest_day(date(2027, 2, 20))
    assert calendar.is_rest_day(date(2027, 2, 21))
    assert "国办发明电〔2026〕0号" in calendar.note(date(2027, 2, 9)).zh


def test_a_notice_may_change_the_december_before_it(tmp_path: Path) -> None:
    calendar = with_notice(tmp_path, NOTICE_2027)
    assert calendar.is_rest_day(date(2026, 12, 31))
    assert not calendar.is_rest_day(date(2026, 12, 27))
    assert calendar.is_rest_day(date(2026, 10, 1))


def test_a_typed_in_correction_of_a_published_year_changes_only_the_days_it_names(tmp_path: Path) -> None:
    calendar = with_notice(tmp_path, "basis: 临时调整\nrest_days: [2026-11-23]\n", "2026.yaml")
    changed = [day for day in days_of(2026) if calendar.is_rest_day(day) != CALENDAR.is_rest_day(day)]
    assert changed == [date(2026, 11, 23)]


def test_a_notice_changes_the_digest(tmp_path: Path) -> None:
    with_notice(tmp_path, NOTICE_2027)
    assert PolicyBook.load(tmp_path).digest() != PolicyBook.load().digest()


# case: text, file name → line, complaint
BAD_NOTICES: dict[str, tuple[str, str, int, str]] = {
    "a forgotten holiday": (NOTICE_2027.replace("2027-06-09, ", ""), "2027.yaml", 1, "2027-06-09"),
    "a holiday made a working day": (
        NOTICE_2027.replace("2027-10-02, ", "").replace("2027-02-20", "2027-10-02"),
        "2027.yaml",
        5,
        "2027-10-02",
    ),
    "a make-up day in the week": (NOTICE_2027.replace("2027-02-20", "2027-02-22"), "2027.yaml", 5, "make-up day"),
    "a day both ways": (NOTICE_2027.replace("2027-02-20", "2027-02-07"), "2027.yaml", 5, "both rest and working"),
    "a day of another year": (NOTICE_2027.replace("2027-02-20", "2028-02-20"), "2027.yaml", 5, "cannot belong"),
    "a file without a year": (NOTICE_2027, "next.yaml", 1, "named after its year"),
    "no basis": (NOTICE_2027.split("\n", 1)[1], "2027.yaml", 1, "'basis' is missing"),
    "no list": ("basis: x\nrest_days: 2027-01-01\n", "2027.yaml", 2, "a list"),
    "no day": ("basis: x\nrest_days: [2027-01-01,\n  soon]\n", "2027.yaml", 3, "existing day"),
}


@pytest.mark.parametrize("case", BAD_NOTICES)
def test_a_bad_notice_is_refused_with_file_and_line(tmp_path: Path, case: str) -> None:
    text, name, line, en = BAD_NOTICES[case]
    with pytest.raises(PolicyError) as caught:
        with_notice(tmp_path, text, name)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(tmp_path / "calendar" / name), line)
    assert en in problem.en
    assert problem.zh
