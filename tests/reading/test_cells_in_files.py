"""Every accepted way of writing a date, an amount, a code, a name; and what is none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from files_kit import read_cells

DAY = dt.date(2026, 1, 15)

DATES = {
    "2026-01-15": DAY,
    "20260115": DAY,
    "2026/1/15": DAY,
    "2026/01/15": DAY,
    "2026年1月15日": DAY,
    "2026年01月15日": DAY,
    "46037": DAY,  # Excel's serial
    "46037.0": DAY,
    "2026-01-15 00:00:00": DAY,
    "２０２６-０１-１５": DAY,
    "'2026-01-15": DAY,
    " 2026 - 01 - 15\u3000": DAY,
    "\ufeff2026-01-15\u200b": DAY,
    "2024-02-29": dt.date(2024, 2, 29),
    "9999-12-31": dt.date(9999, 12, 31),
    "2958465": dt.date(9999, 12, 31),
    "9133": dt.date(1925, 1, 1),  # a serial of four digits: people older than a hundred
    "": None,
    "\u3000": None,
}
NO_DATES = [
    *("2026115", "2026-13-01", "2026-02-30", "2025-02-29", "20260230", "2026", "202601", "15/1/2026"),
    *("1月15日", "昨天", "0001-01-01", "-46037", "12"),
]


def test_every_agreed_way_of_writing_a_date_gives_the_same_day(tmp_path: Path) -> None:
    assert read_cells(tmp_path, "disability", "issued_on", list(DATES)) == list(DATES.values())


def test_what_is_no_date_is_set_aside_and_never_guessed_at(tmp_path: Path) -> None:
    found = read_cells(tmp_path, "disability", "issued_on", NO_DATES)
    assert dict(zip(NO_DATES, found, strict=True)) == dict.fromkeys(NO_DATES, "bad_date")


def test_a_required_date_that_is_empty_is_a_missing_value(tmp_path: Path) -> None:
    assert read_cells(tmp_path, "authorisations", "signed_on", ["", " "]) == ["missing_value", "missing_value"]


MONEY = {
    "1234.56": 123456,
    "1,234.56": 123456,
    "1，234.56": 123456,
    "1,234,567.89元": 123456789,
    "1234.56元": 123456,
    "1234 元": 123400,
    "¥1,234.50": 123450,
    "￥1234.5": 123450,
    "１２３４．５６": 123456,
    "'1234.56": 123456,
    "0": 0,
    "0.00": 0,
    ".5": 50,
    "-12.30": -1230,
    "100.05": 10005,
    "0.1": 10,
    "999999999.99": 99999999999,
}
NO_MONEY = ["12,34", "1,23,456", "1234,56", "1.234,56", "一千", "1e3", "--1"]


def test_amounts_with_commas_full_width_digits_and_currency_are_exact_fen(tmp_path: Path) -> None:
    assert read_cells(tmp_path, "pensions", "amount", list(MONEY)) == list(MONEY.values())


def test_what_is_no_amount_is_set_aside_and_misplaced_commas_are_none(tmp_path: Path) -> None:
    found = read_cells(tmp_path, "pensions", "amount", NO_MONEY)
    assert dict(zip(NO_MONEY, found, strict=True)) == dict.fromkeys(NO_MONEY, "bad_number")


def test_an_amount_nobody_can_have_is_out_of_range(tmp_path: Path) -> None:
    assert read_cells(tmp_path, "pensions", "amount", ["1000000000.01", "9999999999999"]) == ["out_of_range"] * 2


def test_an_empty_amount_is_zero_only_where_the_contract_says_so(tmp_path: Path) -> None:
    assert read_cells(tmp_path, "pensions", "basic_amount", ["", " "]) == [0, 0]
    assert read_cells(tmp_path, "declarations", "financial_assets", [""]) == [0]
    assert read_cells(tmp_path, "pensions", "amount", [""]) == ["missing_value"]
    assert read_cells(tmp_path, "assistance_roster", "monthly_amount", [""]) == [None]


def test_share_and_area_have_their_ranges_and_defaults(tmp_path: Path) -> None:
    shares = ["", "1", "0.5", "0.333333", "0", "1.01", "-0.5", "50%"]
    expected = [1_000_000, 1_000_000, 500_000, 333_333, "out_of_range", "out_of_range", "out_of_range", 500_000]
    assert read_cells(tmp_path, "property", "share", shares) == expected
    areas = ["", "89.5", "1,089.25", "-1", "9999999999999"]
    assert read_cells(tmp_path, "property", "area_m2", areas) == [
        0,
        895_000,
        10_892_500,
        "out_of_range",
        "out_of_range",
    ]


def test_a_period_is_a_year_and_a_month(tmp_path: Path) -> None:
    january = 2026 * 12
    texts = ["202601", "２０２６０１", "2026 01", "'202612", "202613", "202600", "2026", "20260132", "abc", ""]
    expected = [january, january, january, january + 11, *["bad_period"] * 5, "missing_value"]
    assert read_cells(tmp_path, "pensions", "period", texts) == expected


def test_whole_numbers_are_whole_and_at_least_one(tmp_path: Path) -> None:
    texts = ["1", "３", "12", "2人", "0", "-1", "1.5", "x", ""]
    expected = [1, 3, 12, 2, "out_of_range", "out_of_range", "bad_number", "bad_number", "missing_value"]
    assert read_cells(tmp_path, "assistance_roster", "persons_covered", texts) == expected


CODES: list[tuple[str, str, dict[str, object]]] = [
    ("household_registration", "status", {"正常": "正常", " 正 常 ": "正常", "'正常": "正常", "死亡": "bad_code"}),
    ("household_registration", "status", {"": "missing_value"}),
    ("disability", "category", {"1": "1", "视力": "1", "１": "1", "1视力": "1", "8": "bad_code", "": "missing_value"}),
    ("disability", "grade", {"4": "4", "４": "4", "5": "bad_code", "0": "bad_code"}),
    ("tax", "period_months", {"1": 1, "3": 3, "12": 12, "2": "bad_code", "6": "bad_code"}),
    ("assistance_roster", "program", {"特困": "特困", "特困 ": "特困", "五保": "bad_code"}),
    (
        "assistance_roster",
        "program",
        {"特困,低保": "list_in_cell", "低保、边缘户": "list_in_cell", "低保,五保": "bad_code"},
    ),
    (
        "assistance_roster",
        "program",
        dict.fromkeys(("农村低保", "城市低保", "单人", "单人保", "农村低保-单人"), "低保"),
    ),
    ("assistance_roster", "program", dict.fromkeys(("低保(单人户)", "低保（单人户）", "农村 低保—单人"), "低保")),
    ("assistance_roster", "program", dict.fromkeys(("农村特困", "农村特困(分散)", "农村特困（集中）"), "特困")),
    ("assistance_roster", "program", dict.fromkeys(("城市特困(集中)", "特困人员", "特困-分散供养"), "特困")),
    ("assistance_roster", "program", dict.fromkeys(("边缘户", "低保边缘", "低保边缘家庭"), "低保边缘")),
    ("assistance_roster", "program", dict.fromkeys(("刚支", "支出型困难", "刚性支出困难家庭"), "刚性支出困难")),
    ("assistance_roster", "program", dict.fromkeys(("监测户", "防止返贫致贫对象", "防止返贫监测对象"), "防返贫监测")),
    ("assistance_roster", "program", dict.fromkeys(("防返贫监测对象", "三类户", "脱贫不稳定户"), "防返贫监测")),
    ("assistance_roster", "program", dict.fromkeys(("边缘易致贫户", "突发严重困难户"), "防返贫监测")),
    (
        "assistance_roster",
        "program",
        dict.fromkeys(("低保边缘特困", "农村", "边缘", "贫困户", "低保-特困"), "bad_code"),
    ),
    ("disability", "category", {"-1": "bad_code", "1,2": "list_in_cell", "(1)": "bad_code"}),
    ("assistance_roster", "category", {"A": "A", "Ｂ": "B", "": None, "C": "bad_code"}),
    ("household_surveys", "water_safe", {"是": "是", "否": "否", "": None, "不详": "bad_code"}),
    ("property", "usage", {"农村宅基地": "农村宅基地", "别墅": "bad_code"}),
    ("vehicles", "status", {"A": "A", "AG": "AG", "ＡＱ": "AQ", "": "missing_value"}),
    ("vehicles", "vehicle_type", {"K33": "K33", "T21": "T21", "K99": "K99", "": "missing_value"}),
    ("household_registration", "area_code", {"150626001001": "150626001001", "": None, "1506": "bad_format"}),
    ("household_registration", "area_code", {"15062600100X": "bad_format"}),
]


@pytest.mark.parametrize(("feed", "column", "texts"), CODES)
def test_codes_are_those_of_the_list_and_no_others(
    tmp_path: Path, feed: str, column: str, texts: dict[str, object]
) -> None:
    assert read_cells(tmp_path, feed, column, list(texts)) == list(texts.values())


def test_sex_is_read_by_code_or_word(tmp_path: Path) -> None:
    # serial 1 is a man, 2 a woman, and so on
    texts = ["1", "2", "男", "女", "１", "女 ", "男性", "3", ""]
    expected = ["1", "2", "1", "2", "1", "2", "bad_code", "bad_code", "missing_value"]
    assert read_cells(tmp_path, "household_registration", "sex", texts) == expected


def test_plates_and_unit_numbers_are_compared_in_upper_case_letters_and_digits(tmp_path: Path) -> None:
    plates = ["蒙k·12345", "蒙K 1234５", "蒙K-12346", "---", ""]
    assert read_cells(tmp_path, "vehicles", "plate_no", plates)[2:] == ["蒙K12346", "missing_value", "missing_value"]
    assert read_cells(tmp_path, "vehicles", "plate_no", plates[:1]) == ["蒙K12345"]
    unit = "150626001001GB00001F00010001"
    units = [unit.lower(), f"{unit[:12]} {unit[12:19]} {unit[19:]}", unit[:27], unit + "1"]
    assert read_cells(tmp_path, "property", "unit_no", units) == [unit, unit, "bad_format", "bad_format"]


def test_names_lose_outer_spaces_only_and_are_compared_without_dots_and_widths(tmp_path: Path) -> None:
    names = [" 那仁·巴雅尔 ", "'某乙", "欧阳 某", "（某丙）", "ａｂｃ", "\u3000"]
    expected = ["那仁·巴雅尔", "某乙", "欧阳 某", "（某丙）", "ａｂｃ", "missing_value"]
    assert read_cells(tmp_path, "household_registration", "name", names) == expected
    assert read_cells(tmp_path, "household_members", "name", ["", "某"]) == [None, "某"]
