"""Values laid over a policy book: resolved as always, and the book itself stays as it is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from policy.errors import PolicyError
from policy.overlay import read_overlay
from policy.policy import PolicyBook

DAY = dt.date(2026, 11, 20)
OWN = """area: "360202"
label: 昌江区
parameters:
  standard.dibao:
    - {from: 2025-01-01, value: {urban: 800, rural: 600}, basis: 测试, status: local}
    - {from: 2026-07-01, value: {urban: 850, rural: 650}, basis: 测试, status: local}
"""


def line(area: str, since: str, urban: int) -> str:
    value = f"{{from: {since}, value: {{urban: {urban}, rural: 500}}, basis: 试算, status: local}}"
    return f'area: "{area}"\nparameters:\n  standard.dibao:\n    - {value}\n'


@pytest.fixture
def book(tmp_path: Path) -> PolicyBook:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "360202.yaml").write_text(OWN, encoding="utf-8")
    return PolicyBook.load(tmp_path / "home")


def urban(book: PolicyBook, day: dt.date, county: str = "360202") -> int | None:
    value = book.resolve(county, "standard.dibao", day)
    return None if value is None else int(value.table()["urban"])


@pytest.mark.parametrize(
    ("area", "since", "expected"),
    [
        ("360202", "2026-09-01", 900),  # the newest of the area
        ("360202", "2026-07-01", 900),  # the same day: replaced
        ("360202", "2026-06-30", 850),  # the home's newer value still wins
        ("360202", "2026-11-21", 850),  # not yet
        ("3602", "2026-09-01", 850),  # farther away
    ],
)
def test_nothing_special_is_resolved(book: PolicyBook, tmp_path: Path, area: str, since: str, expected: int) -> None:
    path = tmp_path / "what_if.yaml"
    path.write_text(line(area, since, 900), encoding="utf-8")
    before = book.digest()
    other = read_overlay(path).on(book)
    assert urban(other, DAY) == expected
    assert urban(book, DAY) == 850
    assert book.digest() == before != other.digest()
    assert other.label("360202") == "昌江区"
    assert other.calendar is book.calendar
    assert urban(other, dt.date(2025, 6, 1)) == 800


def test_a_folder_holds_several_files(book: PolicyBook, tmp_path: Path) -> None:
    folder = tmp_path / "what_if"
    folder.mkdir()
    (folder / "a.yaml").write_text(line("360202", "2026-09-01", 900), encoding="utf-8")
    (folder / "b.yml").write_text(line("110101", "2026-09-01", 1500), encoding="utf-8")
    (folder / ".hidden.yaml").write_text("no yaml at all: [", encoding="utf-8")
    overlay = read_overlay(folder)
    assert [(value.area, value.file) for value in overlay.values] == [("110101", "b.yml"), ("360202", "a.yaml")]
    other = overlay.on(book)
    assert (urban(other, DAY), urban(other, DAY, "110101")) == (900, 1500)
    assert other.has_local_value("110101", DAY) and not book.has_local_value("110101", DAY)


def test_every_mistake_of_every_file_is_told(tmp_path: Path) -> None:
    for name, text in (("a.yaml", line("360202", "2026-13-01", 900)), ("b.yaml", line("36020", "2026-09-01", 900))):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as told:
        read_overlay(tmp_path)
    assert [(Path(problem.file).name, problem.line) for problem in told.value.problems] == [
        ("a.yaml", 4),
        ("b.yaml", 1),
    ]


def test_two_values_of_one_area_and_day_are_a_mistake(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(line("360202", "2026-09-01", 900), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"b\.yaml:4"):
        read_overlay(tmp_path)
