"""Identity numbers: what is repaired, what is converted, what is never guessed at (GB 11643; page 2)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from files_kit import (
    BORN,
    DATA_ON,
    number,
    read_cells,
    read_path,
    sound_row,
    sound_rows,
    with_check_digit,
    write_xlsx,
    wrong_check_digit,
)
from stdnum.cn import ric

from assets.reading import identity

ENDING_IN_X = next(n for n in map(number, range(1, 100)) if n.endswith("X"))


def cells(tmp_path: Path, texts: list[str]) -> list[object]:
    return read_cells(tmp_path, "disability", "person_id", texts)


def test_spaces_apostrophes_full_width_digits_and_lower_case_are_repaired(tmp_path: Path) -> None:
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    spellings = {
        number(801): number(801),
        f"'{number(802)}": number(802),
        f"’{number(803)}": number(803),
        f" {number(804)}\u3000": number(804),
        f"{number(805)[:6]} {number(805)[6:14]} {number(805)[14:]}": number(805),
        number(806).translate(wide): number(806),
        ENDING_IN_X.lower(): ENDING_IN_X,
        f"\u00a0{number(808)}\u200b": number(808),
    }
    assert cells(tmp_path, list(spellings)) == list(spellings.values())


def test_numbers_of_fifteen_digits_are_converted_exactly(tmp_path: Path) -> None:
    old = [
        full[:6] + full[8:17]
        for full in (number(s, dt.date(1930 + s % 70, 1 + s % 12, 1 + s % 28)) for s in range(1, 60))
    ]
    expected = [with_check_digit(text[:6] + "19" + text[6:]) for text in old]
    assert cells(tmp_path, old) == expected
    assert all(ric.calc_check_digit(value) == value[17] for value in expected)


def test_an_independent_library_agrees_on_every_check_digit(tmp_path: Path) -> None:
    heads = [number(s, BORN + dt.timedelta(days=11 * s))[:17] for s in range(801, 900)]
    good = [head + ric.calc_check_digit(head + "0") for head in heads]
    assert cells(tmp_path, good) == good


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (wrong_check_digit(number(5)), "id_check_digit"),
        (number(5)[:17], "id_format"),
        (number(5) + "1", "id_format"),
        ("甲" * 18, "id_format"),
        ("无", "missing_value"),
        (number(5)[:10] + "X" + number(5)[11:], "id_format"),
        (with_check_digit("15062619801332005"), "id_birth_date"),
        (with_check_digit("15062619810229005"), "id_birth_date"),
        (with_check_digit("15062618190101005"), "id_birth_date"),
        (with_check_digit(f"150626{DATA_ON + dt.timedelta(days=1):%Y%m%d}005"), "id_birth_date"),
        ("150626811332005", "id_birth_date"),  # fifteen digits, month 13
        ("1.50626198006011E+17", "id_rounded"),
        ("1.50626e17", "id_rounded"),
        ("1.5E+17", "id_rounded"),
        ("15.0626198006E+16", "id_rounded"),
        ("", "missing_value"),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_right_is_set_aside_with_its_reason(tmp_path: Path, text: str, code: str) -> None:
    assert cells(tmp_path, [text]) == [code]


def test_a_child_born_on_the_data_date_has_a_possible_birth_date(tmp_path: Path) -> None:
    newborn = number(5, DATA_ON)
    assert cells(tmp_path, [newborn]) == [newborn]


def test_a_number_ending_in_000_is_rounded_only_when_its_check_digit_fails(tmp_path: Path) -> None:
    heads = [f"150626{BORN:%Y%m%d}{tail}" for tail in ("000", "100", "200", "300", "400", "500", "600", "700", "800")]
    rounded = [head[:15] + "000" for head in heads]
    failing = next(text for text in rounded if with_check_digit(text[:17]) != text)
    genuine = next(
        text
        for area in range(150600, 150700)
        if (text := f"{area}{BORN:%Y%m%d}0000") == with_check_digit(f"{area}{BORN:%Y%m%d}000")
    )
    assert cells(tmp_path, [failing, genuine]) == ["id_rounded", genuine]


def test_a_numeric_excel_cell_is_refused_by_its_type_even_when_the_digits_happen_to_fit(tmp_path: Path) -> None:
    rows = sound_rows("disability", 100)
    genuine = next(int(n) for n in map(number, range(901, 999)) if n.isdigit() and float(n) == int(n))
    rows[10]["person_id"] = genuine
    rows[11]["person_id"] = float(number(812)[:17] + "0")
    rows[12]["person_id"] = int(number(813)[:16])  # sixteen digits: more than Excel keeps
    path = write_xlsx(tmp_path / f"150626_{DATA_ON:%Y%m%d}.xlsx", rows)
    assert read_path(path, "disability").aside() == [(line, "person_id", "id_rounded") for line in (12, 13, 14)]


def test_a_numeric_excel_cell_of_fifteen_digits_is_an_old_number_and_whole(tmp_path: Path) -> None:
    rows = sound_rows("disability", 30)
    old = number(815)[:6] + number(815)[8:17]
    rows[3]["person_id"] = int(old)
    path = write_xlsx(tmp_path / f"150626_{DATA_ON:%Y%m%d}.xlsx", rows)
    read = read_path(path, "disability")
    assert read.status == "accepted"
    assert read.rows["person_id"][3] == number(815)


def test_a_number_that_disagrees_with_birth_date_or_sex_is_set_aside(tmp_path: Path) -> None:
    feed, row = "household_registration", sound_row("household_registration", 1)
    assert (row["sex"], row["birth_date"]) == ("男", "1980-06-01")
    assert read_cells(tmp_path, feed, "sex", ["女"]) == ["id_sex_mismatch"]
    births = ["1980-06-02", "1981-06-01", "1980-06-01", ""]
    expected = ["id_birth_mismatch", "id_birth_mismatch", BORN, None]
    assert read_cells(tmp_path, feed, "birth_date", births) == expected


def test_a_wrong_number_is_reported_once_and_by_its_own_column(tmp_path: Path) -> None:
    rows = sound_rows("household_registration", 40)
    rows[4] |= {"person_id": wrong_check_digit(number(5)), "birth_date": "1999-01-01", "status": "不明", "name": ""}
    path = write_xlsx(tmp_path / f"150626_{DATA_ON:%Y%m%d}.xlsx", rows)
    assert read_path(path, "household_registration").aside() == [(6, "person_id", "id_check_digit")]


def test_what_passes_at_first_glance_is_exactly_what_a_closer_look_finds_sound() -> None:
    data_on = dt.date(2026, 11, 5)
    days = [f"{year}{day:04d}" for year in (1879, 1880, 1900, 1904, 2000, 2001, 2026) for day in range(10_000)]
    sound = [with_check_digit(f"150626{day}{serial % 1000:03d}") for serial, day in enumerate(days)]
    odd = [change(number) for number in sound[101:60_000:997] for change in (
        str.lower, wrong_check_digit, lambda n: f" {n}", lambda n: n[:17], lambda n: f"{n}0", lambda n: f"+{n[1:]}",
        lambda n: f"{n[:17]}\u00e9", lambda n: f"\uff11{n[1:]}", lambda n: f"0{n[1:]}", lambda n: f"{n[:8]} {n[9:]}",
    )]  # fmt: skip
    texts = pl.Series([*sound, *odd, "", None], dtype=pl.String)
    closer = identity.fault(texts, texts, data_on).is_null() & texts.is_not_null() & ~texts.str.starts_with("0")
    assert identity.is_sound(texts, data_on).to_list() == closer.to_list()
    assert 700 < closer.sum() < 3_000
