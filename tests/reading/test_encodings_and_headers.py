"""UTF-8, UTF-8 with BOM, GB18030; LF and CRLF; headers in both languages, in any order, with others between them."""

from __future__ import annotations

import codecs
import itertools
from pathlib import Path

import pytest
from files_kit import as_csv, number, read_bytes, read_rows, sound_row, sound_rows

from data_contracts import feed_contract, feed_contracts

RARE = ["𠮷某", "㐂某", "䶮某", "𬱖某", "𫖯某", "㛃某", "喆堃", "那仁·巴雅尔", "乌云其木格", "ᠮᠣᠩ", "龘靐齉"]
FEED = "household_members"


def members() -> list[dict[str, str]]:
    return [sound_row(FEED, serial, name=name) for serial, name in enumerate(RARE, start=1)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_rare_characters_in_names_survive_every_encoding_and_line_end(
    tmp_path: Path, encoding: str, newline: str
) -> None:
    read = read_bytes(tmp_path, FEED, as_csv(members(), newline=newline).encode(encoding))
    assert read.status == "accepted"
    assert read.rows["name"].to_list() == RARE
    assert read.rows["household_id"].to_list() == [f"H{s:06d}" for s in range(1, len(RARE) + 1)]


def test_gb18030_is_recognised_by_its_header_and_also_without_a_chinese_one(tmp_path: Path) -> None:
    header = [feed_contract(FEED).column(name).header_zh for name in sound_row(FEED, 1)]
    text = as_csv(members()).replace(",".join(sound_row(FEED, 1)), ",".join(header))
    assert read_bytes(tmp_path, FEED, text.encode("gb18030")).rows["name"].to_list() == RARE
    assert read_bytes(tmp_path, FEED, as_csv(members()).encode("gb18030")).rows["name"].to_list() == RARE


@pytest.mark.parametrize("chinese", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_broken_byte_sets_its_row_aside_and_does_not_change_how_the_others_are_read(
    tmp_path: Path, encoding: str, chinese: bool
) -> None:
    rows = sound_rows(FEED, 40)
    for row in rows:
        row["name"] = "𠮷某"
    header = [feed_contract(FEED).column(name).header_zh if chinese else name for name in rows[0]]
    lines = as_csv(rows).replace(",".join(rows[0]), ",".join(header)).encode(encoding).splitlines(keepends=True)
    lines[7] = lines[7].replace("某".encode(encoding.removesuffix("-sig")), b"\xff", 1)
    read = read_bytes(tmp_path, FEED, b"".join(lines))
    assert read.aside() == [(8, None, "undecodable")]
    assert set(read.rows["name"]) == {"𠮷某"}


def test_a_replacement_character_that_somebody_saved_counts_as_undecodable(tmp_path: Path) -> None:
    rows = sound_rows(FEED, 40)
    rows[2]["name"] = "某\ufffd"
    rows[3]["name"] = '某,"\ufffd"'
    assert read_bytes(tmp_path, FEED, as_csv(rows)).aside() == [(4, None, "undecodable"), (5, None, "undecodable")]


# --- Headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("feed", sorted(feed_contracts()))
def test_every_feed_is_read_with_english_and_with_chinese_headers_in_any_order(tmp_path: Path, feed: str) -> None:
    rows = sound_rows(feed, 3)
    columns = list(rows[0])
    for order, in_chinese in itertools.product((columns, columns[::-1]), (False, True)):
        names = {c: feed_contract(feed).column(c).header_zh if in_chinese else c for c in order}
        read = read_bytes(tmp_path, feed, as_csv([{names[c]: row[c] for c in order} for row in rows]))
        assert (read.status, read.reading.accepted) == ("accepted", 3), (feed, in_chinese)


def test_headers_are_recognised_with_spaces_quotes_capitals_and_full_width_letters(tmp_path: Path) -> None:
    header = '" 公民身份号码 ",Category,ｇｒａｄｅ,发证\u3000日期,"有效期至"'
    text = f"{header}\n{number(1)},1,2,2020-01-01,\n"
    assert read_bytes(tmp_path, "disability", text).status == "accepted"


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "jsonl"])
def test_extra_columns_are_kept_out_and_counted_and_only_names_of_our_own_lists_are_told(
    tmp_path: Path, form: str
) -> None:
    rows = [row | {number(9): "12345", "民族": "某", " 备注": "x"} for row in sound_rows("disability", 3)]
    read = read_rows(tmp_path, "disability", rows, form)
    assert (read.status, read.reading.extra_columns, read.reading.extra_columns_count) == ("accepted", ["备注"], 3)
    assert number(9) not in repr(read.reading)
    assert read.rows.columns == ["person_id", "category", "grade", "issued_on", "valid_until", "delivery_no"]


@pytest.mark.parametrize("feed", sorted(feed_contracts()))
def test_a_missing_required_header_rejects_the_file_and_is_named_in_both_languages(tmp_path: Path, feed: str) -> None:
    for column in feed_contract(feed).columns:
        header = [c for c in sound_row(feed, 1) if c != column.name]
        read = read_bytes(tmp_path, feed, as_csv(sound_rows(feed, 3), header))
        if not column.is_header_required:
            assert (read.status, read.reading.accepted) == ("accepted", 3)
            assert read.rows[column.stored_as].null_count() == 3
            continue
        assert (read.status, read.code, read.reading.read) == ("rejected", "header_missing", 0)
        assert read.reading.detail_zh == column.header_zh
        assert read.reading.detail_en == column.name


def test_all_missing_headers_are_named_at_once(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, "disability", as_csv(sound_rows("disability", 2), ["category", "issued_on"]))
    assert read.reading.detail_en == "person_id, grade, valid_until"
    assert read.reading.detail_zh == "公民身份号码、残疾等级、有效期至"


@pytest.mark.parametrize("second", ["grade", "残疾等级", " GRADE "])
def test_a_header_that_stands_twice_rejects_the_file_and_is_named(tmp_path: Path, second: str) -> None:
    text = f"person_id,category,grade,issued_on,valid_until,{second}\n{number(1)},1,2,,,3\n"
    read = read_bytes(tmp_path, "disability", text)
    assert (read.status, read.code) == ("rejected", "header_repeated")
    assert (read.reading.detail_zh, read.reading.detail_en) == ("残疾等级", "grade")


def test_extra_headers_may_stand_twice(tmp_path: Path) -> None:
    text = f"person_id,category,备注,grade,备注,issued_on,valid_until\n{number(1)},1,x,2,y,,\n"
    read = read_bytes(tmp_path, "disability", text)
    assert (read.status, read.reading.extra_columns_count) == ("accepted", 2)


def test_a_file_without_a_header_is_rejected_and_its_first_row_is_not_repeated_anywhere(tmp_path: Path) -> None:
    text = as_csv(sound_rows("disability", 3)).split("\n", 1)[1]
    read = read_bytes(tmp_path, "disability", text)
    assert (read.status, read.code, read.reading.extra_columns) == ("rejected", "header_missing", [])
    assert number(1) not in repr(read.reading)


def test_a_byte_order_mark_in_front_of_a_quoted_header_is_no_part_of_it(tmp_path: Path) -> None:
    text = f'"person_id","category","grade","issued_on","valid_until"\n"{number(1)}","1","2","",""\n'
    assert read_bytes(tmp_path, "disability", codecs.BOM_UTF8 + text.encode()).status == "accepted"
