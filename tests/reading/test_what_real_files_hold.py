"""The table of spec page 2, "What real files hold": kind of column × form of file × what stands in the cell × what it is."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from files_kit import DATA_ON, as_csv, number, read_cells, read_path, sound_rows, write_xlsx
from openpyxl import load_workbook

from assets.reading.headers import tidy

DAY: Final = dt.date(2026, 10, 20)
OCTOBER: Final = 2026 * 12 + 9
FORMS: Final = ("csv", "xlsx", "jsonl", "parquet_text")
WORDS: Final = ("NULL", "null", "None", r"\N", "NaN", "N/A", "ＮＵＬＬ", " n/a ", "\u200bNULL")
DASHES: Final = ("-", "--", "—", " - ", "——", "－")
ERRORS: Final = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "########", "Err:502")

DATES: Final[dict[str, Any]] = {
    **dict.fromkeys(
        [
            *(
                "2026-10-20",
                "20261020",
                "2026/10/20",
                "2026.10.20",
                "2026年10月20日",
                "2026年10月20号",
                "46315",
                "46315.75",
            ),
            *(
                "2026/10/20 0:00",
                "2026/10/20 00:00:00",
                "2026-10-20 10:23:45",
                "2026-10-20 23:59:59.999",
                "2026-10-20 24:00",
            ),
            *("20261020 0:00", "20261020102345", "20261020T102345", "2026年10月20日 10:23", "2026年10月20日10时23分"),
            *(
                "2026.10.20 9:05",
                "2026-10-20 12:00:00 AM",
                "2026/10/20 下午 3:00",
                "2026-10-20\n10:23",
                "2026-10-20 0:0:0",
            ),
            *(
                "2026-10-20T00:00:00+08:00",
                "2026-10-19T16:00:00Z",
                "2026-10-20T15:59:59.999Z",
                "2026-10-20 00:00:00+08:00",
            ),
            *("2026-10-19T12:00:00-05:00", "20261019160000Z", "2026-10-20T00:00:00+08:00[Asia/Shanghai]"),
            *(
                "２０２６－１０－２０",
                "'2026-10-20",
                "\u200e2026-10-20\u202c",
                "2026\u00ad-10-20",
                "2026 年 10 月 20 日",
                "2026 10 20",
            ),
        ],
        DAY,
    ),
    "2026/1/5 23:59:59.999": dt.date(2026, 1, 5),
    "2026-10-19T15:59:59Z": dt.date(2026, 10, 19),
    "2026-10-20T16:00:00Z": dt.date(2026, 10, 21),
    "1988-06-14T15:00:00Z": dt.date(1988, 6, 15),  # midnight in the summer time of 1988
    "9999-12-31T23:59:59Z": dt.date(9999, 12, 31),
    **dict.fromkeys((*WORDS, *DASHES, "无", ""), None),
    **dict.fromkeys(ERRORS, "cell_error"),
    **dict.fromkeys(
        [
            *("2026/10/200:00", "2026-10-20 25:00", "2026-10-20 24:01", "2026-10-20 10:61", "2026-1-1 5", "2026-1 1-5"),
            *("2026-02-30 0:00", "2026-10-20\n2026-10-21", "2026-10-20 10:00-11:00", "2026-10-20T00:00:00+25:00"),
            *(
                "1760889600000",
                "1760889600",
                "202610200000",
                "20261020256161",
                "2026",
                "2026.10",
                "500①",
                "4631 5",
                "长期",
                "null0",
            ),
        ],
        "bad_date",
    ),
}
LAST_DAYS: Final = {
    **dict.fromkeys(("长期", "长期有效", "永久", " 长 期 ", "长期\u200b"), None),
    "2026/10/20 0:00": DAY, "暂缓": "bad_date",
}  # fmt: skip
PERIODS: Final[dict[str, Any]] = {
    **dict.fromkeys(
        [
            *("202610", "2026-10", "2026/10", "2026年10月", "2026年10月份", "202610.0", "２０２６１０", "2026.10"),
            *("2026-10-20", "20261001", "2026/10/31 0:00", "2026-10-31T15:59:59Z", "46315", "2026年10月20日"),
        ],
        OCTOBER,
    ),
    "2026-09-30T16:00:00Z": OCTOBER,
    "2026-9": OCTOBER - 1,
    "2026年9月": OCTOBER - 1,
    **dict.fromkeys(("20261", "202613", "2026-13", "2026.1", "2026", "2026年第3季度", "500①", "长期"), "bad_period"),
    **dict.fromkeys((*WORDS, *DASHES, "无"), "missing_value"),
    **dict.fromkeys(ERRORS, "cell_error"),
}
MONEY: Final[dict[str, Any]] = {
    **dict.fromkeys(
        ("500", "500.00", "500.", "５００", "500元", "￥500", "¥ 500.00", " 500\n", "5\u200b00", "+500", "50\x070"),
        50_000,
    ),
    **dict.fromkeys(("1,001", "1，001.00", "1,001元"), 100_100),
    **dict.fromkeys(("-500", "−500", "-¥500", "¥-500"), -50_000),
    **dict.fromkeys((*DASHES, "¥ -", "-0", "0"), 0),
    **dict.fromkeys(
        [
            *("500\n600", "500 600", "500①", "5¹", "½", "500/600", "500、600", "500, 600", "500-600", "12元3角"),
            *("500\t600", "1 000", "500\u2028600", "𝟓00"),
        ],
        "number_format",
    ),
    **dict.fromkeys(
        ("500元/月", "1.001.000", "1,00", "1e3", "1.5E+3", "50%", "五百", "5万", "(500)", "--5", "Infinity"),
        "bad_number",
    ),
    **dict.fromkeys((*WORDS, "无", ""), "missing_value"),
    **dict.fromkeys(ERRORS, "cell_error"),
}
SHARES: Final[dict[str, Any]] = {
    **dict.fromkeys(("50%", "0.5", "５０％", "50 %", "50.0%", ".5"), 500_000),
    "0.5%": 5_000, "１２％": 120_000, "33.333333%": 333_333, "100%": 1_000_000, "1.0": 1_000_000,
    **dict.fromkeys(("150%", "0%", "-50%", "1.5", "50"), "out_of_range"),
    **dict.fromkeys((*WORDS, *DASHES, "无", ""), 1_000_000),
    **dict.fromkeys(("%", "50%%", "半", "1,5"), "bad_number"),
    **dict.fromkeys(("1/2", "50% 60%", "0.5①"), "number_format"),
    **dict.fromkeys(ERRORS, "cell_error"),
}  # fmt: skip
WHOLE: Final[dict[str, Any]] = {
    "1001.0": 1001, "1001.00": 1001, "1,001": 1001, "１００１": 1001, "3人": 3, "3.0人": 3,
    **dict.fromkeys(("1.5", "一", "1e3", "50%"), "bad_number"),
    **dict.fromkeys(("1 2", "③", "1\n2", "3²"), "number_format"),
    **dict.fromkeys((*WORDS, *DASHES, "无"), "missing_value"),
    **dict.fromkeys(ERRORS, "cell_error"),
}  # fmt: skip
IDENTIFIERS: Final[dict[str, Any]] = {
    "1001": "1001", "1001.0": "1001", "１００１": "1001", "H 1001": "H1001", "'1001": "1001", "10\u200b01": "1001",
    "H\u00ad1": "H1", "\ufeffH2": "H2", "H\u202e3": "H3", "H\x004": "H4", "1506260010010001": "1506260010010001",
    "150626E001": "150626E001",
    **dict.fromkeys(("1.50626E+15", "1.5e15", "1e+16", "1E15", "1506260010010001.0", "1506260010010001."), "id_rounded"),
    **dict.fromkeys(("1001①", "H1\nH2", "10²"), "number_format"),
    **dict.fromkeys((*WORDS, *DASHES, "无", ""), "missing_value"),
    **dict.fromkeys(ERRORS, "cell_error"),
}  # fmt: skip
PEOPLE: Final[dict[str, Any]] = {
    f"\u200e{number(1)}\u00ad": number(1),
    f"{number(2)[:6]}\u200b{number(2)[6:]}": number(2),
    f"{number(3)[:6]}{number(3)[8:17]}.0": number(3),
    f"{number(4)}.0": "id_rounded" if number(4).isdigit() else "id_format",
    **dict.fromkeys(("1.50626198006010E+17", "1.5e17"), "id_rounded"),
    f"{number(5)[:17]}①": "id_format",
    f"{number(6)}\n{number(7)}": "id_format",
    **dict.fromkeys((*WORDS, *DASHES, "无"), "missing_value"),
    **dict.fromkeys(ERRORS, "cell_error"),
}
PLATES: Final[dict[str, Any]] = {
    "蒙K·12345": "蒙K12345", "蒙\u200bk 1234６": "蒙K12346", "1001.0": "1001",
    **dict.fromkeys(("1.5E+15", "1506260010010001.0"), "id_rounded"),
    "蒙K1\n蒙K2": "number_format",
    **dict.fromkeys((*WORDS, *DASHES, "无"), "missing_value"),
    **dict.fromkeys(ERRORS, "cell_error"),
}  # fmt: skip
GRADES: Final[dict[str, Any]] = {
    "A": "A", "Ａ\u200b": "A", "a": "A", **dict.fromkeys((*WORDS, *DASHES, "无", ""), None),
    **dict.fromkeys(ERRORS, "cell_error"), "E": "bad_code",
}  # fmt: skip
WILLING: Final[dict[str, Any]] = {
    "有": "有", "无": "无", " 无\u200b": "无", **dict.fromkeys((*WORDS, *DASHES), "missing_value"), "#N/A": "cell_error",
}  # fmt: skip
NAMES: Final[dict[str, Any]] = {
    "某甲": "某甲", "某\u00ad甲": "某甲", "\ufeff某甲\u202e": "某甲", "某\x07甲": "某甲", "无": "无", "某\n甲": "某 甲",
    **dict.fromkeys((*WORDS, *DASHES), None), **dict.fromkeys(ERRORS, "cell_error"),
}  # fmt: skip
NOTES: Final[dict[str, Any]] = {
    "好": "好", "屋顶\u202e漏水": "屋顶漏水", "第一行\n第二行": "第一行 第二行", "无": "无", "500①": "500①", "1.0": "1.0",
    **dict.fromkeys((*WORDS, *DASHES, *ERRORS, ""), None),
}  # fmt: skip
TABLE: Final[list[tuple[str, str, dict[str, Any]]]] = [
    ("household_members", "joined_on", DATES),
    ("authorisations", "valid_until", LAST_DAYS),
    ("disability", "valid_until", LAST_DAYS),
    ("pensions", "period", PERIODS),
    ("pensions", "amount", MONEY),
    ("property", "share", SHARES),
    ("objections", "item_no", WHOLE),
    ("household_members", "household_id", IDENTIFIERS),
    ("disability", "person_id", PEOPLE),
    ("vehicles", "plate_no", PLATES),
    ("household_surveys", "housing_grade", GRADES),
    ("person_surveys", "labour_willingness", WILLING),
    ("household_members", "name", NAMES),
    ("household_surveys", "note", NOTES),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("feed", "column", "cells"), TABLE, ids=[f"{feed}-{column}" for feed, column, _ in TABLE])
def test_text_is_what_the_table_says_in_every_form(
    tmp_path: Path, feed: str, column: str, cells: dict[str, Any], form: str
) -> None:
    texts = [t for t in cells if form != "xlsx" or not (set("\x00\x07") & set(t))]  # no workbook can hold those
    found = dict(zip(texts, read_cells(tmp_path, feed, column, texts, form), strict=True))
    assert found == {text: cells[text] for text in texts}


# --- Cells that have a type ------------------------------------------------------------------------------------------

UTC: Final = dt.UTC
NUMBERS: Final[list[tuple[str, str, str, list[Any], list[Any]]]] = [
    ("xlsx", "household_registration", "hukou_no", [1506260010010001, 1001, 1001.0, 1e15], ["id_rounded", "1001", "1001.0", "id_rounded"]),
    ("jsonl", "household_registration", "hukou_no", [1506260010010001, 1001, 1e16, True], ["id_rounded", "1001", "id_rounded", "TRUE"]),
    ("parquet", "household_registration", "hukou_no", [1001.0, 1e15, 1.5e17], ["1001", "id_rounded", "id_rounded"]),
    ("xlsx", "household_members", "joined_on", [46315, 46315.75, 20261020, 20261020102345, dt.datetime(2026, 10, 20, 23, 59)], [DAY] * 5),
    ("jsonl", "household_members", "joined_on", [46315, 20261020, 1760889600000], [DAY, DAY, "bad_date"]),
    ("parquet", "household_members", "joined_on", [46315.75, 20261020.0], [DAY, DAY]),
    ("xlsx", "pensions", "period", [202610, 46315, DAY], [OCTOBER] * 3),
    ("jsonl", "pensions", "period", [202610, 202610.0], [OCTOBER] * 2),
    ("parquet", "pensions", "period", [DAY, None], [OCTOBER, "missing_value"]),
    ("xlsx", "property", "share", [0.5, 1, 0.333333], [500_000, 1_000_000, 333_333]),
    ("jsonl", "pensions", "amount", [500, 500.5, float("nan"), float("inf")], [50_000, 50_050, "missing_value", "bad_number"]),
    ("parquet", "pensions", "amount", [500.5, float("nan"), 0.1], [50_050, "missing_value", 10]),
    ("xlsx", "objections", "item_no", [1001, 1001.0, 1.5], [1001, 1001, "bad_number"]),
    ("jsonl", "objections", "item_no", [1001, 1001.0, 1.5], [1001, 1001, "bad_number"]),
]  # fmt: skip


@pytest.mark.parametrize(("form", "feed", "column", "cells", "expected"), NUMBERS)
def test_numbers_and_days_with_a_type(
    tmp_path: Path, form: str, feed: str, column: str, cells: list[Any], expected: list[Any]
) -> None:
    found = read_cells(tmp_path, feed, column, cells, form)
    assert [str(value).removesuffix(".0") for value in found] == [str(value).removesuffix(".0") for value in expected]


def instants(*times: dt.datetime, zone: str | None, unit: str = "us") -> pa.Array:
    return pa.array(times, pa.timestamp(unit, zone))


EVENING: Final = dt.datetime(2026, 10, 19, 16, tzinfo=UTC)
ARROW: Final[list[tuple[str, str, pa.Array, list[Any]]]] = [
    ("household_members", "joined_on", instants(EVENING, zone="UTC"), [DAY]),
    ("household_members", "joined_on", instants(EVENING, zone="America/New_York", unit="ms"), [DAY]),
    ("household_members", "joined_on", instants(EVENING, zone="+08:00", unit="s"), [DAY]),
    ("household_members", "joined_on", instants(dt.datetime(2026, 10, 20, 23, 59), zone=None, unit="ns"), [DAY]),
    ("household_members", "joined_on", instants(dt.datetime(1988, 6, 14, 15, tzinfo=UTC), zone="UTC"), [dt.date(1988, 6, 15)]),
    ("household_members", "joined_on", pa.array([DAY, None], pa.date64()), [DAY, None]),
    ("household_members", "joined_on", pa.array([DAY, None]).dictionary_encode(), [DAY, None]),
    ("household_members", "joined_on", pa.array(["2026/10/20 0:00", "长期"], pa.large_string()), [DAY, "bad_date"]),
    ("pensions", "period", instants(dt.datetime(2026, 9, 30, 16, tzinfo=UTC), zone="UTC"), [OCTOBER]),
    ("pensions", "period", pa.array([Decimal("202610.0000000000")], pa.decimal128(38, 10)), [OCTOBER]),
    ("pensions", "amount", pa.array([Decimal("500.000000000000000000"), None], pa.decimal128(38, 18)), [50_000, "missing_value"]),
    ("pensions", "amount", pa.array([Decimal("500.25")], pa.decimal256(60, 4)), [50_025]),
    ("pensions", "amount", pa.array([Decimal("500.25")], pa.decimal64(12, 4)), [50_025]),
    ("pensions", "amount", pa.array(["-", "500\n600"]).dictionary_encode(), [0, "number_format"]),
    ("objections", "item_no", pa.array([Decimal("1001.00")], pa.decimal128(20, 2)), [1001]),
    ("objections", "item_no", pa.array([7, 1001], pa.uint16()), [7, 1001]),
    ("household_registration", "hukou_no", pa.array([Decimal("1506260010010001.00")], pa.decimal128(20, 2)), ["1506260010010001"]),
    ("household_registration", "hukou_no", pa.array([1506260010010001], pa.int64()), ["1506260010010001"]),
    ("household_registration", "hukou_no", pa.array([1001.0, 150626001.0], pa.float32()), ["1001", "id_rounded"]),
    ("household_registration", "hukou_no", pa.array(["H1", "H2"], pa.string_view()), ["H1", "H2"]),
    ("household_registration", "hukou_no", pa.array([b"H1", b"\xff"], pa.binary()), ["H1", "undecodable"]),
    ("household_members", "name", pa.array(["某甲", "NULL"]).dictionary_encode(), ["某甲", None]),
]  # fmt: skip


@pytest.mark.parametrize(("feed", "column", "cells", "expected"), ARROW, ids=[f"{c}-{a.type}" for _, c, a, _ in ARROW])
def test_parquet_of_any_writer(tmp_path: Path, feed: str, column: str, cells: pa.Array, expected: list[Any]) -> None:
    assert read_cells(tmp_path, feed, column, cells, "parquet") == expected


def test_the_oldest_time_stamps_of_parquet_are_instants(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(sound_rows("household_members", 3))
    times = instants(
        dt.datetime(2026, 10, 19, 16), dt.datetime(9999, 12, 31, 3), dt.datetime(2026, 10, 19, 15, 59), zone=None
    )
    path = tmp_path / f"150626_{DATA_ON:%Y%m%d}.parquet"
    at = table.column_names.index("joined_on")
    pq.write_table(table.set_column(at, "joined_on", times), path, use_deprecated_int96_timestamps=True)
    days = read_path(path, "household_members").rows["joined_on"].to_list()
    assert days == [DAY, dt.date(9999, 12, 31), dt.date(2026, 10, 19)]


def test_nested_columns_are_ignored_whatever_they_are_called(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(sound_rows("household_surveys", 3)).append_column("历史", pa.array([[1], [], None]))
    path = tmp_path / f"150626_{DATA_ON:%Y%m%d}.parquet"
    pq.write_table(table, path)
    assert read_path(path, "household_surveys").reading.accepted == 3


# --- Cells without a value -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed", "column", "code"),
    [
        ("authorisations", "revoked_on", "cell_error"),
        ("declarations", "wage_income", "cell_error"),
        ("household_members", "name", "cell_error"),
        ("authorisations", "household_id", "cell_error"),
        ("household_surveys", "note", None),
    ],
)
@pytest.mark.parametrize("addressed", [True, False])
@pytest.mark.parametrize("kind", ["formula", "error"])
def test_a_cell_whose_value_the_workbook_does_not_hold(
    tmp_path: Path, feed: str, column: str, code: str | None, kind: str, addressed: bool
) -> None:
    """openpyxl writes formulas without their values; some programs write cells without their addresses."""
    rows = sound_rows(feed, 40)
    path = write_xlsx(tmp_path / f"150626_{DATA_ON:%Y%m%d}.xlsx", rows)
    book = load_workbook(path)
    cell = book.active.cell(6, list(rows[0]).index(column) + 1, "=VLOOKUP(1,A1:A2,1,FALSE)")
    if kind == "error":
        cell.value, cell.data_type = "#N/A", "e"
    book.save(path)
    if not addressed:
        without_addresses(path)
    assert read_path(path, feed).aside() == ([] if code is None else [(6, column, code)])


def without_addresses(path: Path) -> None:
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = pl.Series([parts["xl/worksheets/sheet1.xml"].decode()])
    for place in (r'(<c )r="[A-Z]+[0-9]+" ?', r'(<row )r="[0-9]+" ?'):
        sheet = sheet.str.replace_all(place, "$1")
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, sheet[0] if name == "xl/worksheets/sheet1.xml" else content)


def test_a_formula_that_gives_no_characters_is_an_empty_cell(tmp_path: Path) -> None:
    rows = sound_rows("authorisations", 40)
    path = write_xlsx(tmp_path / f"150626_{DATA_ON:%Y%m%d}.xlsx", rows)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    at = "ABCDEFG"[list(rows[0]).index("revoked_on")]
    sheet = pl.Series([parts["xl/worksheets/sheet1.xml"].decode()])
    for line, cell in (
        (3, '<c r="{0}3" t="str"><f>""</f><v></v></c>'),
        (4, '<c r="{0}4"><f>TODAY()</f><v>46315</v></c>'),
    ):
        sheet = sheet.str.replace(rf'<c r="{at}{line}"[^>]*><v>[^<]*</v></c>', cell.format(at))
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, sheet[0] if name == "xl/worksheets/sheet1.xml" else content)
    read = read_path(path, "authorisations")
    assert (read.status, read.rows["revoked_on"][1:3].to_list()) == ("accepted", [None, DAY])


def test_the_cell_of_a_row_set_aside_is_kept_without_signs_that_nobody_sees(tmp_path: Path) -> None:
    rows = sound_rows("declarations", 40)
    rows[2]["wage_income"] = "500\n\u202e600\x07"
    path = tmp_path / f"150626_{DATA_ON:%Y%m%d}.csv"
    path.write_text(as_csv(rows), encoding="utf-8")
    (kept,) = read_path(path, "declarations").reading.set_aside_rows["row"]
    assert json.loads(kept)["wage_income"] == "500\n600"


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u00ad", "\u202e", "\u2066", "\x07", "\u2060", "\n"])
def test_a_header_is_known_whatever_invisible_signs_it_holds(sign: str) -> None:
    assert tidy(f"家庭{sign}编号{sign}") == "家庭编号"
