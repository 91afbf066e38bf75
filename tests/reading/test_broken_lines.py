"""Lines that are not what the header announces: too short, too long, stray quotation marks, blank ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from files_kit import as_csv, number, read_bytes, sound_rows

FEED = "household_surveys"
HEADER = "household_id,surveyed_on,surveyor,housing_grade,water_safe,note"


def survey(serial: int, note: str = "好") -> str:
    return f"H{serial:06d},2026-01-15,某甲,A,是,{note}\n"


def file_with(*lines: str, before: int = 20, after: int = 80) -> str:
    """A sound file with some lines in the middle; the first of them is line before + 2."""
    sound = [survey(serial) for serial in range(1, before + after + 1)]
    return "".join([HEADER + "\n", *sound[:before], *lines, *sound[before:]])


def test_rows_that_lack_what_they_must_have_are_set_aside_not_padded_and_not_cut(tmp_path: Path) -> None:
    lines = [f"H{900 + fields:06d}" + "," * fields + "\n" for fields in (0, 1, 4)]
    lines += [survey(906, "好,x"), survey(909, "好,,,x")]
    read = read_bytes(tmp_path, FEED, file_with(*lines))
    assert read.aside() == [(line, None, "field_count") for line in range(22, 27)]
    assert (read.reading.read, read.reading.accepted) == (105, 100)


def test_empty_cells_may_be_left_out_at_the_end_of_a_row_and_separators_may_follow_it(tmp_path: Path) -> None:
    lines = ["H000901,2026-01-15,某,A,是\n", "H000902,2026-01-15\n", survey(903, "好,"), survey(904, "好,, ,")]
    read = read_bytes(tmp_path, FEED, file_with(*lines))
    assert (read.status, read.reading.accepted) == ("accepted", 104)
    assert read.rows["note"].to_list()[20:24] == [None, None, "好", "好"]
    assert read.rows["housing_grade"].to_list()[20:24] == ["A", None, "A", "A"]


def test_half_a_row_is_no_row_without_its_last_cells(tmp_path: Path) -> None:
    """A line end in a name: read as a short row, the survey would have found no danger."""
    read = read_bytes(tmp_path, FEED, file_with("H000901,2026-01-15,某\n", "甲,D,否,漏水\n", survey(902)))
    assert read.aside() == [(22, None, "field_count"), (23, None, "field_count")]
    assert (read.reading.read, read.reading.accepted) == (103, 101)


@pytest.mark.parametrize("first", [True, False])
def test_a_long_row_and_blank_or_short_ones_with_as_many_commas_in_all_are_still_told_apart(
    tmp_path: Path, first: bool
) -> None:
    for even in ("\n", "H000902\n"):
        lines = [survey(901, "好,,,,x"), even]
        before = 0 if first else 20
        read = read_bytes(
            tmp_path, FEED, file_with(*(lines if first else lines[::-1]), before=before, after=100 - before)
        )
        assert set(read.codes().values()) == {"field_count"}
        assert (read.reading.accepted, read.reading.set_aside) == (100, 1 if even == "\n" else 2)


@pytest.mark.parametrize(
    "line",
    ['H000901,2026-01-15,"某甲,A,是,好\n', 'H000901,2026-01-15,某甲,A,是,"好\n', '"H000901,2026-01-15,某甲,A,是,好\n'],
)
def test_a_stray_quotation_mark_sets_its_row_aside_and_swallows_nothing(tmp_path: Path, line: str) -> None:
    read = read_bytes(tmp_path, FEED, file_with(line))
    assert read.aside() == [(22, None, "unclosed_quote")]
    assert (read.reading.read, read.reading.accepted) == (101, 100)


def test_two_stray_quotation_marks_do_not_join_the_rows_between_them(tmp_path: Path) -> None:
    first, second = 'H000901,2026-01-15,某甲,A,是,"好\n', 'H000902,2026-01-15,某甲,A,是,好"\n'
    read = read_bytes(tmp_path, FEED, file_with(first, survey(903), survey(904), second))
    assert read.aside() == [(22, None, "unclosed_quote")]
    assert read.reading.accepted == 103
    assert '好"' in read.rows["note"].to_list()


def test_a_stray_quotation_mark_in_the_last_row_is_found_too(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, FEED, file_with('H000901,2026-01-15,某甲,A,是,"好\n', before=100, after=0))
    assert read.aside() == [(102, None, "unclosed_quote")]


def test_quoted_commas_quotation_marks_and_newlines_are_part_of_the_cell(tmp_path: Path) -> None:
    notes = {'"屋顶, 漏水"': "屋顶, 漏水", '"他说""好"""': '他说"好"', '"第一行\n第二行"': "第一行 第二行", '""': None}
    notes |= {'"一\n\n三, 3\n四"': "一 三, 3 四", '5"管': '5"管', '"好"': "好"}
    lines = [survey(901 + at, quoted) for at, quoted in enumerate(notes)]
    read = read_bytes(tmp_path, FEED, file_with(*lines))
    assert read.status == "accepted"
    assert read.rows["note"].to_list()[20 : 20 + len(notes)] == list(notes.values())


def test_lines_are_counted_as_in_the_file_behind_a_cell_of_several_lines(tmp_path: Path) -> None:
    lines = [survey(901, '"一\n二\n三"'), survey(902), "H000903,不是日期,某甲,A,是,好\n"]
    read = read_bytes(tmp_path, FEED, file_with(*lines))
    assert read.aside() == [(26, "surveyed_on", "bad_date")]


def test_a_cell_of_several_lines_with_windows_line_ends_is_one_text(tmp_path: Path) -> None:
    text = file_with(survey(901, '"一\n二"')).replace("\n", "\r\n")
    read = read_bytes(tmp_path, FEED, text)
    assert (read.status, read.rows["note"][20]) == ("accepted", "一 二")


def test_a_file_with_every_cell_in_quotation_marks_is_read(tmp_path: Path) -> None:
    quoted = "".join(",".join(f'"{c}"' for c in line.split(",")) + "\n" for line in file_with().splitlines())
    assert read_bytes(tmp_path, FEED, quoted).reading.accepted == 100


def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, FEED, file_with("\n", "  \n", "\t\n", "\u3000\n", "H000901,错,某甲,A,是,好\n", "\r\n"))
    assert (read.reading.read, read.aside()) == (101, [(26, "surveyed_on", "bad_date")])


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_blank_line_among_nothing_but_sound_ones_is_no_row(tmp_path: Path, newline: str) -> None:
    read = read_bytes(tmp_path, FEED, file_with("\n").replace("\n", newline))
    assert (read.reading.read, read.aside()) == (100, [])


@pytest.mark.parametrize("blank", ["", "\n"], ids=["alone", "with a blank line"])
def test_a_carriage_return_alone_ends_no_line(tmp_path: Path, blank: str) -> None:
    two = survey(901).removesuffix("\n") + "\r" + survey(902)
    read = read_bytes(tmp_path, FEED, file_with(two, blank))
    assert (read.reading.read, read.aside()) == (101, [(22, None, "unclosed_quote")])


def test_a_row_of_commas_only_is_a_row_without_its_required_cells(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, FEED, file_with(",,,,,\n"))
    assert read.aside() == [(22, "household_id", "missing_value")]


def test_the_row_itself_is_kept_for_civil_affairs_own_lists(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, FEED, file_with("H000901,错,某甲,A,是,好\n"))
    (row,) = read.reading.set_aside_rows["row"].to_list()
    assert '"household_id": "H000901"' in row
    assert '"surveyed_on": "错"' in row


# --- How many bad rows a file may have -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "rows", "status"),
    [
        (0, 1, "accepted"),
        (1, 1, "rejected"),
        (1, 19, "rejected"),
        (1, 20, "accepted_with_errors"),
        (5, 100, "accepted_with_errors"),
        (6, 100, "rejected"),
        (50, 1000, "accepted_with_errors"),
        (51, 1000, "rejected"),
    ],
)
def test_exactly_the_contracts_share_of_bad_rows_is_accepted_and_one_more_is_not(
    tmp_path: Path, bad: int, rows: int, status: str
) -> None:
    content = sound_rows("disability", rows)
    for row in content[:bad]:
        row["grade"] = "9"
    read = read_bytes(tmp_path, "disability", as_csv(content))
    assert (read.status, read.reading.read, read.reading.set_aside) == (status, rows, bad)
    assert read.code == ("too_many_bad_rows" if status == "rejected" else None)
    assert (f"{bad}/{rows}" in read.reading.detail_en) == (status == "rejected")


def test_duplicates_count_towards_the_share(tmp_path: Path) -> None:
    rows = sound_rows("disability", 95)
    assert read_bytes(tmp_path, "disability", as_csv(rows + rows[:5])).status == "accepted_with_errors"
    assert read_bytes(tmp_path, "disability", as_csv(rows + rows[:6])).status == "rejected"


# --- Duplicates ------------------------------------------------------------------------------------------------------


def test_the_first_row_of_a_key_stays_and_later_ones_are_told_apart(tmp_path: Path) -> None:
    rows = sound_rows("disability", 100)
    same, other = dict(rows[0]), rows[1] | {"grade": "2"}
    read = read_bytes(tmp_path, "disability", as_csv([*rows, same, other, other]))
    assert read.codes() == {102: "duplicate_row", 103: "duplicate_key", 104: "duplicate_key"}
    assert read.rows.filter(person_id=number(2))["grade"].to_list() == ["1"]
    assert read.reading.accepted == 100


def test_rows_are_compared_after_repair_and_a_bad_row_does_not_take_the_key(tmp_path: Path) -> None:
    rows = sound_rows("disability", 100)
    repaired = rows[0] | {"person_id": f"'{number(1)} ", "issued_on": "2020年1月1日"}
    bad = {**rows[5], "person_id": number(500), "grade": "9"}
    good = {**rows[5], "person_id": number(500)}
    read = read_bytes(tmp_path, "disability", as_csv([bad, *rows, repaired, good]))
    assert read.codes() == {2: "bad_code", 103: "duplicate_row"}
    assert number(500) in read.rows["person_id"].to_list()


def test_keys_of_several_columns_are_compared_as_a_whole(tmp_path: Path) -> None:
    rows = sound_rows("property", 60)
    first = rows[0]
    others = [first | {"status": "历史"}, first | {"record_kind": "网签"}, first | {"unit_no": "9" * 28}]
    repeated = [first | {"unit_no": f"{first['unit_no'][:14]} {first['unit_no'][14:]}"}, first | {"usage": "商业"}]
    read = read_bytes(tmp_path, "property", as_csv([*rows, *others, *repeated]))
    assert read.codes() == {65: "duplicate_row", 66: "duplicate_key"}


def test_a_plate_spelled_differently_is_the_same_plate(tmp_path: Path) -> None:
    rows = sound_rows("vehicles", 40)
    read = read_bytes(tmp_path, "vehicles", as_csv([*rows, rows[0] | {"plate_no": "蒙k·00001"}]))
    assert read.codes() == {42: "duplicate_row"}
