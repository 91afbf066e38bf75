"""Which value is in force: nearest area first, then the newest day; home files replace and add."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from policy.policy import PolicyBook, area_chain

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def built_in() -> PolicyBook:
    return PolicyBook.load()


def write(folder: Path, name: str, area: str, *lines: str) -> None:
    """A policy file with `lines` of the form `parameter {from: …}`."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [line.split(" ", 1) for line in lines]
    body = "".join(f"  {parameter}:\n    - {entry}\n" for parameter, entry in parts)
    (folder / name).write_text(f'area: "{area}"\nlabel: 测试\nparameters:\n{body}', encoding="utf-8")


# case: area, parameter, check date → value, area it comes from, status
IN_FORCE: dict[str, tuple[str, str, date, object, str, str]] = {
    "乌审旗 names the county as owner": ("150626", "warning.owner", TODAY, "county", "150626", "official"),
    "a notice counts on its day": ("150626", "warning.owner", date(2025, 8, 12), "county", "150626", "official"),
    "the day before, national counts": (
        "150626",
        "warning.owner",
        date(2025, 8, 11),
        "township",
        "national",
        "assumed",
    ),
    "a county inherits": ("360203", "warning.deadline_unit", TODAY, "working_days", "3602", "official"),
    "a sister city does not": ("3607", "warning.deadline_unit", TODAY, "calendar_days", "national", "assumed"),
    "阿拉善 counts minors to 18": ("152921", "labour.minor_age", TODAY, 18, "1529", "official"),
    "before its measures to 16": ("152921", "labour.minor_age", date(2021, 12, 29), 16, "national", "assumed"),
    "elsewhere to 16": ("150626", "labour.minor_age", TODAY, 16, "national", "assumed"),
    "扎赉诺尔 leaves it to its towns": ("150703", "warning.owner", TODAY, "township", "150703", "official"),
    "a township stands for its county": ("150626100000", "warning.owner", TODAY, "county", "150626", "official"),
    "an area without files": ("440106", "warning.deadline_days", TODAY, 20, "national", "assumed"),
    "an old check date": ("150626", "risk.min_factors", date(2003, 1, 1), 2, "national", "assumed"),
}


@pytest.mark.parametrize("case", IN_FORCE)
def test_the_value_in_force(built_in: PolicyBook, case: str) -> None:
    area, parameter, as_of, value, from_area, status = IN_FORCE[case]
    found = built_in.resolve(area, parameter, as_of)
    assert found is not None
    assert (found.value, found.area, found.status) == (value, from_area, status)
    assert found.from_on <= as_of


def test_the_dibao_standard_is_missing_outside_inner_mongolia_and_before_2025(built_in: PolicyBook) -> None:
    standard = built_in.resolve("150626", "standard.dibao", date(2025, 1, 1))
    assert standard is not None
    assert standard.table() == {"urban": Decimal(815), "rural": Decimal(615)}
    assert (standard.area, standard.status) == ("15", "assumed")
    assert built_in.resolve("150626", "standard.dibao", date(2024, 12, 31)) is None
    for county in ("360203", "140802", "440106", "national"):
        assert built_in.resolve(county, "standard.dibao", TODAY) is None


def test_ratios_keep_their_written_decimals(built_in: PolicyBook) -> None:
    tolerance = built_in.resolve("150626", "income.tolerance_ratio", TODAY)
    assert tolerance is not None
    assert tolerance.number() == Decimal("0.10")
    assert str(tolerance.number()) == "0.10"
    assert tolerance.plain() == 0.1


def test_a_value_read_as_another_kind_is_refused(built_in: PolicyBook) -> None:
    value = built_in.resolve("150626", "warning.roll_forward", TODAY)
    assert value is not None
    assert value.flag() is True
    for reader in (value.whole, value.number, value.code, value.codes, value.table):
        with pytest.raises(TypeError, match=r"warning\.roll_forward"):
            reader()


@pytest.mark.parametrize(
    ("county", "as_of", "expected"),
    [
        ("150626", TODAY, True),
        ("150626", date(2001, 1, 1), True),
        ("150626", date(1999, 12, 31), False),
        ("152201", TODAY, True),
        ("440106", TODAY, False),
        ("nation", TODAY, False),
        ("15", TODAY, False),
        ("", TODAY, False),
        ("150626", TODAY + timedelta(days=400), True),
    ],
)
def test_only_the_countys_own_areas_make_its_townships_valid(
    built_in: PolicyBook, county: str, as_of: date, expected: bool
) -> None:
    assert built_in.has_local_value(county, as_of) is expected


@pytest.mark.parametrize("area", ["150626", "150703", "152921", "360203", "140802"])
def test_every_seed_area_has_a_local_value_from_2022_on(built_in: PolicyBook, area: str) -> None:
    assert built_in.has_local_value(area, date(2022, 1, 1))


def test_a_home_value_of_the_same_day_replaces_the_built_in_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        "150626.yaml",
        "150626",
        "warning.deadline_days {from: 2025-08-12, value: 15, basis: 本局, status: local}",
    )
    value = PolicyBook.load(tmp_path).resolve("150626", "warning.deadline_days", TODAY)
    assert value is not None
    assert (value.value, value.status, value.file, value.line) == (15, "local", "$SHOUWANG_HOME/policy/150626.yaml", 5)


def test_a_home_value_of_another_day_adds_and_the_newest_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        "150626.yaml",
        "150626",
        "warning.deadline_days {from: 2026-12-01, value: 15, basis: 本局, status: local}",
    )
    book = PolicyBook.load(tmp_path)
    before, after = (
        book.resolve("150626", "warning.deadline_days", day) for day in (date(2026, 11, 30), date(2026, 12, 1))
    )
    assert before is not None
    assert after is not None
    assert (before.value, after.value) == (20, 15)


def test_the_nearer_area_counts_even_when_the_farther_value_is_newer(tmp_path: Path) -> None:
    write(tmp_path, "15.yaml", "15", "warning.owner {from: 2026-06-01, value: township, basis: 区, status: local}")
    value = PolicyBook.load(tmp_path).resolve("150626", "warning.owner", TODAY)
    assert value is not None
    assert (value.value, value.area) == ("county", "150626")


def test_a_home_file_of_any_name_makes_a_new_area_valid(tmp_path: Path) -> None:
    write(
        tmp_path,
        "standards-2026.yaml",
        "440106",
        "standard.dibao {from: 2026-01-01, value: {urban: 1200, rural: 1200.5}, basis: 市, status: official}",
    )
    book = PolicyBook.load(tmp_path)
    assert book.has_local_value("440106", date(2026, 1, 1))
    assert not book.has_local_value("440106", date(2025, 12, 31))
    value = book.resolve("440106", "standard.dibao", TODAY)
    assert value is not None
    assert value.plain() == {"urban": 1200, "rural": 1200.5}
    assert "440106" in book.areas()


def test_a_floor_may_be_set_for_one_direction_and_levels_may_share_a_day(tmp_path: Path) -> None:
    write(
        tmp_path,
        "150626.yaml",
        "150626",
        "shadow.floor {from: 2026-01-01, value: {help: 0.05}, basis: 本局, status: local}",
        "supervision.escalate_days {from: 2026-01-01, value: {city: 7, county: 7}, basis: 本局, status: local}",
    )
    book = PolicyBook.load(tmp_path)
    floor, days = (book.resolve("150626", name, TODAY) for name in ("shadow.floor", "supervision.escalate_days"))
    assert floor is not None
    assert days is not None
    assert floor.table() == {"help": Decimal("0.05")}
    assert list(days.table().items()) == [("county", Decimal(7)), ("city", Decimal(7))]


def test_a_home_without_policy_changes_nothing(tmp_path: Path, built_in: PolicyBook) -> None:
    assert PolicyBook.load(tmp_path / "absent").digest() == built_in.digest()


def test_the_digest_follows_what_counts_and_nothing_else(tmp_path: Path, built_in: PolicyBook) -> None:
    line = "warning.deadline_days {from: 2025-08-12, value: %s, basis: 乌民政发〔2025〕23号 二(二)6, status: official}"
    write(tmp_path / "same", "150626.yaml", "150626", line % 20)
    write(tmp_path / "other", "150626.yaml", "150626", line % 21)
    assert len(built_in.digest()) == 64
    assert PolicyBook.load(tmp_path / "same").digest() == built_in.digest()
    assert PolicyBook.load(tmp_path / "other").digest() != built_in.digest()


@pytest.mark.parametrize("area", ["15a626", "1", "150", "１５", "", "十五"])
def test_something_that_is_no_area_code_is_refused(built_in: PolicyBook, area: str) -> None:
    with pytest.raises(ValueError, match="area code"):
        built_in.resolve(area, "warning.owner", TODAY)


def test_a_parameter_that_does_not_exist_is_refused_with_the_nearest(built_in: PolicyBook) -> None:
    with pytest.raises(ValueError, match=r"warning\.deadline_days"):
        built_in.resolve("150626", "warning.deadline_day", TODAY)


def test_the_chain_of_areas() -> None:
    assert area_chain("150626") == ("150626", "1506", "15", "national")
    assert area_chain("1506") == ("1506", "15", "national")
    assert area_chain("national") == ("national",)
