"""Whole files that are broken, and the three forms beside CSV."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from files_kit import (
    BORN,
    DATA_ON,
    Read,
    as_csv,
    as_jsonl,
    number,
    read_bytes,
    read_path,
    sound_row,
    sound_rows,
    write_xlsx,
)
from openpyxl import load_workbook

FEED = "disability"
SOUND = sound_rows(FEED, 40)


def parquet(tmp_path: Path, frame: pl.DataFrame, feed: str = FEED) -> Read:
    path = tmp_path / f"150626_{DATA_ON:%Y%m%d}.parquet"
    frame.write_parquet(path)
    return read_path(path, feed)


def xlsx(tmp_path: Path, rows: list[dict[str, Any]], feed: str = FEED) -> Read:
    return read_path(write_xlsx(tmp_path / f"150626_{DATA_ON:%Y%m%d}.xlsx", rows), feed)


def whole(tmp_path: Path, form: str) -> bytes:
    """The bytes of a sound file of each form."""
    if form == "csv":
        return as_csv(SOUND).encode()
    if form == "jsonl":
        return as_jsonl(SOUND).encode()
    path = tmp_path / f"whole.{form}"
    if form == "xlsx":
        write_xlsx(path, SOUND)
    else:
        pl.DataFrame(SOUND).write_parquet(path)
    return path.read_bytes()


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet"])
def test_a_whole_file_is_accepted_and_every_cut_of_it_is_not(tmp_path: Path, form: str) -> None:
    content = whole(tmp_path, form)
    assert read_bytes(tmp_path, FEED, content, form).reading.accepted == 40
    for length in {1, len(content) // 3 - 7, len(content) // 2 - 7, len(content) - 10, len(content) - 1}:
        cut = read_bytes(tmp_path, FEED, content[:length], form)
        if form == "jsonl" and length == len(content) - 1:  # nothing but the last line feed is missing
            assert (cut.status, cut.reading.accepted) == ("accepted", 40)
            continue
        assert (cut.status, cut.reading.accepted) == ("rejected", 0)
        assert cut.code == ("unreadable" if form in ("xlsx", "parquet") and length == 1 else "truncated")


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet"])
def test_a_file_of_zero_bytes_is_rejected(tmp_path: Path, form: str) -> None:
    read = read_bytes(tmp_path, FEED, b"", form)
    assert (read.status, read.code) == ("rejected", "empty")


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_a_file_that_only_calls_itself_by_its_ending_is_unreadable(tmp_path: Path, form: str) -> None:
    read = read_bytes(tmp_path, FEED, as_csv(SOUND), form)
    assert (read.status, read.code) == ("rejected", "unreadable")


@pytest.mark.parametrize("content", ["\n", " \n", ",,,\n", "\n\n"])
def test_a_csv_file_without_a_header_line_is_empty(tmp_path: Path, content: str) -> None:
    assert read_bytes(tmp_path, FEED, content).code == "empty"


def test_a_header_without_rows_is_an_accepted_delivery_of_nothing(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, FEED, ",".join(SOUND[0]) + "\n")
    assert (read.status, read.reading.read) == ("accepted", 0)
    assert read.rows.columns[:2] == ["person_id", "category"]
    assert xlsx(tmp_path, [dict.fromkeys(SOUND[0])]).status == "accepted"
    assert parquet(tmp_path, pl.DataFrame(SOUND).clear()).status == "accepted"


def test_a_csv_file_without_its_last_line_feed_is_taken_for_cut_off(tmp_path: Path) -> None:
    """A number cut off in its middle is a number too."""
    read = read_bytes(tmp_path, FEED, whole(tmp_path, "csv").rstrip(b"\n"))
    assert (read.status, read.code, read.reading.read) == ("rejected", "truncated", 0)


def test_a_folder_and_a_file_that_is_gone_are_refused_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / f"150626_{DATA_ON:%Y%m%d}.csv"
    path.mkdir()
    assert ((read := read_path(path, FEED)).status, read.code) == ("rejected", "folder")
    path.rmdir()
    assert ((read := read_path(path, FEED)).status, read.code) == ("rejected", "unreadable")
    assert read.reading.detail_en == "FileNotFoundError"


# --- Excel -----------------------------------------------------------------------------------------------------------


def test_date_cells_number_cells_and_text_cells_of_a_workbook_mean_the_same(tmp_path: Path) -> None:
    day = dt.date(2020, 1, 1)
    spelled: list[Any] = [day, dt.datetime(2020, 1, 1, 14, 30), "2020-01-01", 43831, "43831", 43831.0]
    rows = [sound_row(FEED, serial, issued_on=value) for serial, value in enumerate(spelled, start=1)]
    rows[0] |= {"category": 1, "grade": 2.0}
    read = xlsx(tmp_path, rows)
    assert read.status == "accepted"
    assert read.rows["issued_on"].to_list() == [day] * len(spelled)
    assert (read.rows["category"][0], read.rows["grade"][0]) == ("1", "2")


def test_amounts_in_number_cells_are_exact_fen(tmp_path: Path) -> None:
    amounts = [1234.56, 0.1 + 0.2, 100, 1e8, 0.29, 1.005, 4.35, 1e-7, "1,234.50元"]
    rows = [sound_row("pensions", serial, amount=value) for serial, value in enumerate(amounts, start=1)]
    rows = [row | {"period": 202601} for row in rows]
    read = xlsx(tmp_path, rows, "pensions")
    assert read.rows["amount_fen"].to_list() == [123456, 30, 10000, 10**10, 29, 101, 435, 0, 123450]


def test_rows_of_a_workbook_keep_their_line_and_empty_ones_are_none(tmp_path: Path) -> None:
    rows = sound_rows(FEED, 42)
    rows[10], rows[20] = dict.fromkeys(rows[0]), dict.fromkeys(rows[0], " ")
    rows[30]["grade"] = "9"
    read = xlsx(tmp_path, rows)
    assert (read.reading.read, read.aside()) == (40, [(32, "grade", "bad_code")])


@pytest.mark.parametrize(
    ("feed", "column"),
    [
        ("authorisations", "revoked_on"),
        ("declarations", "wage_income"),
        ("property", "share"),
        ("household_surveys", "housing_grade"),
        ("authorisations", "household_id"),
        ("vehicles", "plate_no"),
        ("household_members", "name"),
        ("tax", "withholding_agent"),
    ],
)
@pytest.mark.parametrize("first_column", [0, 2])
def test_an_error_that_excel_shows_is_no_empty_cell(tmp_path: Path, feed: str, column: str, first_column: int) -> None:
    """Read as empty, a revoked consent would still be one."""
    rows, path = sound_rows(feed, 40), tmp_path / f"150626_{DATA_ON:%Y%m%d}.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
            for at, cell in enumerate(cells, start=first_column):
                sheet.write_string(line, at, cell)
        sheet.write_formula(5, first_column + list(rows[0]).index(column), "=VLOOKUP(1,A1:A2,1,FALSE)", None, "#N/A")
    read = read_path(path, feed)
    assert read.aside() == [(6, column, "cell_error")]
    shown = read.reading.set_aside_rows["row"][0]
    assert shown is None or json.loads(shown)[column] == "#N/A"


def test_an_error_in_a_column_nobody_asked_for_or_in_free_text_costs_nothing(tmp_path: Path) -> None:
    rows = [row | {"序号": 1} for row in sound_rows("household_surveys", 3)]
    path, at = write_xlsx(tmp_path / f"150626_{DATA_ON:%Y%m%d}.xlsx", rows), list(rows[0]).index("note")
    book = load_workbook(path)
    for column in (at + 1, len(rows[0])):
        book.active.cell(2, column, "#REF!").data_type = "e"
    book.save(path)
    read = read_path(path, "household_surveys")
    assert (read.status, read.rows["note"][0]) == ("accepted", None)


def test_a_workbook_without_cells_is_empty(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / f"150626_{DATA_ON:%Y%m%d}.xlsx", [], [])
    assert read_path(path, FEED).code == "empty"


# --- Parquet ---------------------------------------------------------------------------------------------------------


def test_typed_parquet_columns_mean_the_same_as_text(tmp_path: Path) -> None:
    typed = pl.DataFrame(
        {
            "person_id": [number(1), number(2), number(3)],
            "period": [202601, 202602, 202603],
            "insurance_type": ["城镇职工"] * 3,
            "amount": pl.Series([Decimal("1234.56"), Decimal("0.29"), Decimal("-1.00")], dtype=pl.Decimal(12, 2)),
            "basic_amount": [0.1 + 0.2, None, float("nan")],
        }
    )
    read = parquet(tmp_path, typed, "pensions")
    assert read.status == "accepted"
    assert read.rows["amount_fen"].to_list() == [123456, 29, -100]
    assert read.rows["basic_amount_fen"].to_list() == [30, 0, 0]
    text = parquet(tmp_path, typed.with_columns(pl.all().exclude("basic_amount").cast(pl.String)), "pensions")
    assert text.rows.equals(read.rows)


@pytest.mark.parametrize(
    ("dtype", "value", "fen"),
    [
        (pl.Int64, 1234, 123400),
        (pl.Int32, -5, -500),
        (pl.UInt64, 7, 700),
        (pl.Float64, 1234.565, 123457),
        (pl.Decimal(20, 0), Decimal(12), 1200),
        (pl.Decimal(20, 1), Decimal("12.5"), 1250),
        (pl.Decimal(20, 4), Decimal("12.3450"), 1235),
        (pl.String, "12.50", 1250),
    ],
)
def test_every_numeric_type_of_an_amount_is_exact(tmp_path: Path, dtype: Any, value: object, fen: int) -> None:
    frame = pl.DataFrame(sound_rows("pensions", 1)).with_columns(pl.Series("amount", [value], dtype=dtype))
    assert parquet(tmp_path, frame, "pensions").rows["amount_fen"].to_list() == [fen]


@pytest.mark.parametrize(
    "amounts",
    [
        pl.Series([10**17] + [1] * 30, dtype=pl.Int64),
        pl.Series([10**18] + [1] * 30, dtype=pl.UInt64),
        pl.Series([Decimal(10**25)] + [Decimal(1)] * 30, dtype=pl.Decimal(38, 2)),
        pl.Series([1e25] + [1.0] * 30, dtype=pl.Float64),
    ],
)
def test_an_amount_too_large_to_compute_with_is_set_aside_and_does_not_wrap_around(
    tmp_path: Path, amounts: pl.Series
) -> None:
    for column in ("amount", "basic_amount"):
        frame = pl.DataFrame(sound_rows("pensions", 31)).with_columns(amounts.alias(column))
        read = parquet(tmp_path, frame, "pensions")
        ((line, name, code),) = read.aside()
        assert (line, name) == (1, column)
        assert code in ("out_of_range", "bad_number")


def test_dates_and_times_of_parquet_are_the_day_the_department_saw(tmp_path: Path) -> None:
    day = dt.date(2026, 1, 15)
    midnight = pl.Series([dt.datetime(2026, 1, 15)], dtype=pl.Datetime("us"))
    columns = [
        pl.Series([day]),
        midnight,
        midnight.dt.replace_time_zone("Asia/Shanghai"),
        pl.Series([dt.datetime(2026, 1, 15, 23, 59)], dtype=pl.Datetime("ms")),
        pl.Series(["2026年1月15日"]),
        pl.Series([20260115]),
        pl.Series([46037]),
        pl.Series([46037.0]),
    ]
    for column in columns:
        frame = pl.DataFrame(sound_rows(FEED, 1)).with_columns(column.alias("issued_on"))
        read = parquet(tmp_path, frame)
        assert read.rows["issued_on"].to_list() == [day], column.dtype


def test_a_typed_date_nobody_can_have_been_born_on_is_set_aside_like_a_written_one(tmp_path: Path) -> None:
    days = pl.Series([dt.date(1, 1, 1)] + [BORN] * 30)
    frame = pl.DataFrame(sound_rows(FEED, 31)).with_columns(days.alias("issued_on"))
    assert parquet(tmp_path, frame).aside() == [(1, "issued_on", "bad_date")]


@pytest.mark.parametrize("column", ["issued_on", "valid_until"])
@pytest.mark.parametrize("feed", [FEED, "authorisations"])
def test_a_typed_date_beyond_the_calendar_is_set_aside_and_stops_nothing(
    tmp_path: Path, feed: str, column: str
) -> None:
    """Python has no dates after 9999: such a cell stopped the check where the date was first written out."""
    column = "signed_on" if (feed, column) == ("authorisations", "issued_on") else column
    for day in (2_932_897, -(2**31), 99_991_231):
        days = pl.Series([day] + [0] * 30, dtype=pl.Int32).cast(pl.Date)
        frame = pl.DataFrame(sound_rows(feed, 31)).with_columns(days.alias(column))
        assert parquet(tmp_path, frame, feed).aside() == [(1, column, "bad_date")]
        times = pl.Series([2**62] + [0] * 30, dtype=pl.Int64).cast(pl.Datetime("ms"))
        frame = frame.with_columns(times.alias(column))
        assert parquet(tmp_path, frame, feed).aside() == [(1, column, "bad_date")]


def test_a_database_s_infinity_is_the_last_day_like_an_excel_no_end(tmp_path: Path) -> None:
    days = pl.Series([2**31 - 1], dtype=pl.Int32).cast(pl.Date)
    frame = pl.DataFrame(sound_rows(FEED, 1)).with_columns(days.alias("valid_until"))
    assert parquet(tmp_path, frame).rows["valid_until"].to_list() == [dt.date(9999, 12, 31)]


def test_decimals_wider_than_ours_are_read_and_a_type_nobody_can_read_is_left_alone(tmp_path: Path) -> None:
    """Polars panics about both, and a panic is no Exception: one file stopped the check of all."""
    path = tmp_path / f"150626_{DATA_ON:%Y%m%d}.parquet"
    table = pa.Table.from_pylist(sound_rows("pensions", 2))
    wide = pa.array([Decimal("12.50"), None], pa.decimal256(60, 2))
    pq.write_table(table.set_column(table.column_names.index("basic_amount"), "basic_amount", wide), path)
    assert read_path(path, "pensions").rows["basic_amount_fen"].to_list() == [1250, 0]
    elsewhere = pa.array([dt.datetime(2026, 1, 1)] * 2, pa.timestamp("us", "Mars/Olympus"))
    pq.write_table(table.append_column("更新时间", elsewhere), path)
    assert (read := read_path(path, "pensions")).status == "accepted"
    assert read.reading.extra_columns_count == 1


def test_whole_identity_numbers_in_parquet_are_exact_and_floating_ones_rounded(tmp_path: Path) -> None:
    frame = pl.DataFrame(sound_rows(FEED, 1))
    digits = next(n for n in map(number, range(1, 50)) if n.isdigit())
    whole_number = frame.with_columns(pl.Series("person_id", [int(digits)], dtype=pl.Int64))
    assert parquet(tmp_path, whole_number).rows["person_id"].to_list() == [digits]
    for value in (float(digits), 1_506_261_980_060_100.0):
        floating = pl.DataFrame(sound_rows(FEED, 30)).with_columns(
            pl.Series("person_id", [value] + [None] * 29, dtype=pl.Float64)
        )
        assert parquet(tmp_path, floating).reading.set_aside_rows["code"].to_list()[0] == "id_rounded"


def test_a_category_column_of_parquet_is_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(SOUND).with_columns(pl.col("category").cast(pl.Categorical), pl.col("grade").cast(pl.Int8))
    assert parquet(tmp_path, frame).reading.accepted == 40


# --- JSON lines ------------------------------------------------------------------------------------------------------


def test_keys_may_be_missing_from_lines_that_leave_the_cell_empty(tmp_path: Path) -> None:
    rows = [dict(row) for row in SOUND]
    for row in rows[:39]:
        del row["issued_on"], row["valid_until"]
    read = read_bytes(tmp_path, FEED, as_jsonl(rows), "jsonl")
    assert (read.status, read.rows["issued_on"].null_count()) == ("accepted", 39)
    assert read_bytes(tmp_path, FEED, as_jsonl(rows[:39]), "jsonl").reading.detail_en == "issued_on, valid_until"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"person_id": "x", ', "bad_json"),
        ("[1, 2]", "bad_json"),
        ('"text"', "bad_json"),
        ("null", "bad_json"),
        ('{"a": 1}, {"a": 2}', "bad_json"),
        ('{"person_id": "\\ud83d"}', "undecodable"),
        ("[" * 100_000, "bad_json"),
        ("{}", "missing_value"),
    ],
)
def test_a_line_that_is_no_object_is_set_aside_alone(tmp_path: Path, line: str, code: str) -> None:
    lines = as_jsonl(SOUND).splitlines()
    lines[5] = line
    read = read_bytes(tmp_path, FEED, "\n".join(lines) + "\n", "jsonl")
    assert (read.codes(), read.reading.accepted) == ({6: code}, 39)


def test_undecodable_bytes_and_blank_lines_in_json_lines(tmp_path: Path) -> None:
    lines = as_jsonl(SOUND).encode().splitlines()
    lines[3] = lines[3].replace(b"2020", b"\xff\xfe")
    lines.insert(1, b"  ")
    read = read_bytes(tmp_path, FEED, b"\xef\xbb\xbf" + b"\r\n".join(lines) + b"\r\n", "jsonl")
    assert (read.codes(), read.reading.read) == ({5: "undecodable"}, 40)


def test_json_numbers_are_exact_and_words_for_nothing_are_nothing(tmp_path: Path) -> None:
    digits = next(n for n in map(number, range(1, 50)) if n.isdigit())
    row = sound_row("pensions", 1) | {"person_id": int(digits), "period": 202601, "amount": 0.0, "basic_amount": None}
    text = json.dumps(row, ensure_ascii=False).replace('"amount": 0.0', '"amount": 99999999.29')
    other = json.dumps(sound_row("pensions", 2) | {"basic_amount": float("nan")}, ensure_ascii=False)
    read = read_bytes(tmp_path, "pensions", f"{text}\n{other}\n", "jsonl")
    assert read.rows["person_id"].to_list() == [digits, number(2)]
    assert read.rows["amount_fen"].to_list() == [9999999929, 10000]
    assert read.rows["basic_amount_fen"].to_list() == [0, 0]


def test_a_number_of_forty_digits_is_one_cell_and_not_the_end_of_the_file(tmp_path: Path) -> None:
    rows = [row | {"流水号": 10**40} for row in sound_rows(FEED, 40)]
    rows[3]["person_id"] = 10**40
    read = read_bytes(tmp_path, FEED, as_jsonl(rows).encode(), "jsonl")
    assert read.aside() == [(4, "person_id", "id_rounded")]
