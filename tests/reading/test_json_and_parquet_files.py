"""JSON and Parquet of any writer: arrays, missing line feeds, foreign keys; columns of any type."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from files_kit import DATA_ON, Read, read_bytes, read_path, sound_rows

FEED = "disability"
ROWS = sound_rows(FEED, 40)


# --- JSON ------------------------------------------------------------------------------------------------------------


def test_a_json_array_of_objects_is_read_and_one_of_anything_else_is_refused(tmp_path: Path) -> None:
    for indent in (None, 2):
        text = json.dumps(ROWS, ensure_ascii=False, indent=indent)
        for whole in (text, text + "\n", "\ufeff" + text):
            read = read_bytes(tmp_path, FEED, whole, "jsonl")
            assert (read.status, read.reading.accepted) == ("accepted", 40), indent
        assert read_bytes(tmp_path, FEED, text[:-1], "jsonl").code == "truncated"
    assert read_bytes(tmp_path, FEED, json.dumps([*ROWS, 5]), "jsonl").code == "json_array"
    damaged = [row | {"grade": "9"} if at == 3 else row for at, row in enumerate(ROWS)]
    text = "[\n" + ",\n".join(json.dumps(row) for row in damaged) + "\n]\n"
    assert read_bytes(tmp_path, FEED, text, "jsonl").aside() == [(5, "grade", "bad_code")]


def test_json_lines_without_the_last_line_feed_are_whole_when_the_object_is(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(row | {"more": [1]}) for row in ROWS)
    assert read_bytes(tmp_path, FEED, text, "jsonl").reading.accepted == 40
    for cut in (1, 2, 5):
        assert read_bytes(tmp_path, FEED, text[:-cut], "jsonl").code == "truncated", cut


def test_keys_nobody_asked_for_are_dropped_while_reading_however_many(tmp_path: Path) -> None:
    text = "".join(json.dumps(row | {f"k{at}_{n}": "x" for n in range(60)}) + "\n" for at, row in enumerate(ROWS))
    read = read_bytes(tmp_path, FEED, text, "jsonl")
    assert (read.status, read.reading.extra_columns, read.reading.extra_columns_count) == ("accepted", [], 1000)


def test_lines_that_are_no_objects_at_all_are_said_to_be_that(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, FEED, "1\n2\nx\n", "jsonl")
    assert (read.code, read.reading.detail_en) == ("unreadable", "no line is a JSON object with content")


# --- Parquet ---------------------------------------------------------------------------------------------------------


def parquet(folder: Path, columns: dict[str, pa.Array], **options: Any) -> Read:
    table = pa.Table.from_pylist(ROWS)
    for name, cells in columns.items():
        at = table.column_names.index(name) if name in table.column_names else -1
        table = table.set_column(at, name, cells) if at >= 0 else table.append_column(name, cells)
    path = folder / f"150626_{DATA_ON:%Y%m%d}.parquet"
    pq.write_table(table, path, **options)
    return read_path(path, FEED)


NESTED = {
    "list": pa.array([[1, 2]] * 40),
    "struct": pa.array([{"grade": 1, "x": [b"y"]}] * 40),
    "map": pa.array([[("a", 1)]] * 40, pa.map_(pa.string(), pa.int32())),
    "binary": pa.array([b"\xff\xfe"] * 40),
    "duration": pa.array([dt.timedelta(1)] * 40, pa.duration("us")),
}


@pytest.mark.parametrize("kind", sorted(NESTED))
def test_columns_of_any_type_are_ignored_by_name_and_one_of_ours_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    read = parquet(tmp_path, {"附件": NESTED[kind]})
    assert (read.status, read.reading.accepted, read.reading.extra_columns_count) == ("accepted", 40, 1)
    read = parquet(tmp_path, {"grade": NESTED[kind]})
    if kind == "binary":  # text that cannot be decoded
        assert read.code == "too_many_bad_rows"
    else:
        assert (read.code, read.reading.detail_zh) == ("bad_type", "grade")


@pytest.mark.parametrize(
    "kind",
    [pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.dictionary(pa.int8(), pa.string())],
    ids=str,
)
def test_text_of_any_writer_is_text(tmp_path: Path, kind: pa.DataType) -> None:
    names = {name: pa.array([row[name] for row in ROWS]).cast(kind) for name in ("person_id", "grade", "issued_on")}
    assert parquet(tmp_path, names).reading.accepted == 40


def test_instants_are_days_in_china_and_time_stamps_without_a_zone_are_what_the_clock_showed(tmp_path: Path) -> None:
    evening = [dt.datetime(2026, 1, 14, 20)] * 40
    for zone, day in (("UTC", 15), ("Europe/Berlin", 15), ("Mars/Olympus", 15), (None, 14)):
        read = parquet(tmp_path, {"issued_on": pa.array(evening, pa.timestamp("us", zone))})
        assert set(read.rows["issued_on"]) == {dt.date(2026, 1, day)}, zone
    read = parquet(tmp_path, {"issued_on": pa.array(evening, pa.timestamp("ns"))}, use_deprecated_int96_timestamps=True)
    assert set(read.rows["issued_on"]) == {dt.date(2026, 1, 15)}


def test_a_day_beyond_the_calendar_in_a_returned_list_stops_nothing(tmp_path: Path) -> None:
    """The fuzzer's: the row was written out to see whether anybody had filled it in."""
    rows = sound_rows("objection_answers", 3)
    table = pa.Table.from_pylist(rows)
    days = pa.array([-(2**31), 20_000, None], pa.int32()).cast(pa.date32())
    table = table.set_column(table.column_names.index("answered_on"), "answered_on", days)
    pq.write_table(table, tmp_path / f"150626_{DATA_ON:%Y%m%d}.parquet")
    read = read_path(tmp_path / f"150626_{DATA_ON:%Y%m%d}.parquet", "objection_answers")
    assert (read.reading.read, read.reading.accepted, sorted(read.codes())) == (3, 1, [1, 3])
