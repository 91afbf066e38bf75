"""Whatever a department does to a file: no exception, log line or message holds an identity number or a name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from files_kit import DATA_ON, SECRET, as_csv, as_jsonl, number, read_path, sound_row, sound_rows, write_xlsx

from assets.errors import CheckStoppedError, WrongUseError
from assets.reading.errors import DELIVERY_REASONS, ROW_REASONS, DeliveryBrokenError

FEED = "household_registration"
NAME = f"150626_{DATA_ON:%Y%m%d}"
Damage = Callable[[Path], Path]


def people() -> list[dict[str, object]]:
    return [sound_row(FEED, serial, name=f"{SECRET}{serial}") for serial in range(1, 30)]


def csv_file(change: Callable[[str], str]) -> Damage:
    def write(folder: Path) -> Path:
        path = folder / f"{NAME}.csv"
        path.write_text(change(as_csv(people())), encoding="utf-8")
        return path

    return write


def jsonl_file(change: Callable[[str], str]) -> Damage:
    def write(folder: Path) -> Path:
        path = folder / f"{NAME}.jsonl"
        path.write_text(change(as_jsonl(people())), encoding="utf-8", errors="surrogatepass")
        return path

    return write


def xlsx_file(folder: Path) -> Path:
    return write_xlsx(
        folder / f"{NAME}.xlsx", [row | {"person_id": float(str(row["person_id"])[:17])} for row in people()]
    )


def cut_xlsx(folder: Path) -> Path:
    path = xlsx_file(folder)
    path.write_bytes(path.read_bytes()[:2000])
    return path


def parquet_file(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Damage:
    def write(folder: Path) -> Path:
        path = folder / f"{NAME}.parquet"
        change(pl.DataFrame(people())).write_parquet(path)
        return path

    return write


BROKEN: dict[str, Damage] = {
    "a csv without its last newline": csv_file(lambda text: text.rstrip("\n")),
    "a csv without a header": csv_file(lambda text: text.split("\n", 1)[1]),
    "a csv with its header twice": csv_file(lambda text: text.replace("\n", ",person_id\n", 1)),
    "a csv of stray quotation marks": csv_file(lambda text: text.replace(SECRET, f'"{SECRET}')),
    "a csv with cells moved by one": csv_file(lambda text: text.replace("\n", "\n,").removesuffix(",")),
    "a csv with wrong values everywhere": csv_file(lambda text: text.replace("正常", SECRET).replace("1980-", "x")),
    "a csv with only broken characters": csv_file(lambda text: text.replace("1", "\ufffd")),
    "json lines of rubbish": jsonl_file(lambda text: text.replace("}", "", 20)),
    "json lines of lists": jsonl_file(lambda text: text.replace('"正常"', f'["{SECRET}", {{"a": 1}}]')),
    "json lines cut off": jsonl_file(lambda text: text[:-20]),
    "a workbook of rounded numbers": xlsx_file,
    "a workbook cut off": cut_xlsx,
    "a parquet file of lists": parquet_file(lambda frame: frame.with_columns(pl.concat_list("name", "person_id").alias("name"))),
    "a parquet file of structs": parquet_file(lambda frame: frame.with_columns(pl.struct("name").alias("status"))),
    "a parquet file of bytes": parquet_file(lambda frame: frame.with_columns(pl.col("name").cast(pl.Binary))),
    "a parquet file of foreign bytes": parquet_file(lambda frame: frame.with_columns(pl.lit(b"\xff\xfe").alias("name"))),
    "a parquet file of durations": parquet_file(lambda frame: frame.with_columns(pl.duration(days=1).alias("birth_date"))),
}  # fmt: skip


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_described_without_what_stands_in_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], damage: Damage
) -> None:
    caplog.set_level(logging.DEBUG)
    reading = read_path(damage(tmp_path), FEED).reading
    reading.set_aside_rows = pl.DataFrame()
    said = "\n".join([repr(reading), caplog.text, *capfd.readouterr()])
    assert SECRET not in said
    assert not [serial for serial in range(1, 30) if number(serial) in said or number(serial)[:17] in said]


def test_set_aside_rows_of_departments_hold_no_whole_number_and_no_name(tmp_path: Path) -> None:
    for title, damage in BROKEN.items():
        aside = read_path(damage(tmp_path), FEED).reading.set_aside_rows.write_ndjson()
        assert SECRET not in aside, title
        assert not [serial for serial in range(1, 30) if number(serial) in aside], title


def test_every_reason_has_words_in_both_languages_and_none_that_judges_people() -> None:
    for reason in (*ROW_REASONS.values(), *DELIVERY_REASONS.values()):
        assert reason.zh
        assert reason.en
        assert any("\u4e00" <= letter <= "\u9fff" for letter in reason.zh)
        assert reason.en.isascii()


def test_every_code_the_reader_gives_has_its_words(tmp_path: Path) -> None:
    codes = set()
    for damage in BROKEN.values():
        read = read_path(damage(tmp_path), FEED)
        codes |= set(read.reading.set_aside_rows["code"].to_list()) | ({read.code} if read.code else set())
    assert codes <= ROW_REASONS.keys() | DELIVERY_REASONS.keys()
    assert {"unclosed_quote", "field_count", "id_rounded", "bad_json", "undecodable"} <= codes


def test_errors_say_what_happened_in_both_languages() -> None:
    for kind, code in ((CheckStoppedError, 1), (WrongUseError, 2)):
        error = kind("some_code", "中文", "English")
        assert (error.exit_code, str(error)) == (code, "[some_code] 中文\nEnglish")
    broken = DeliveryBrokenError("header_missing", "姓名", "name")
    assert "缺少必需的列 姓名" in str(broken)
    assert "a required column is missing name" in str(broken)


def test_no_value_of_a_failing_row_reaches_the_log_of_the_validating_library(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rows = sound_rows(FEED, 100)
    for row in rows[:4]:
        row |= {"status": SECRET, "area_code": SECRET}
    path = tmp_path / f"{NAME}.csv"
    path.write_text(as_csv(rows), encoding="utf-8")
    assert read_path(path, FEED).status == "accepted_with_errors"
    assert SECRET not in caplog.text
