"""Tables as offices send them: title rows, units and blank rows above, totals and names below, other separators and encodings.

Each kind in each form in which it occurs, and beside it what only looks like it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from files_kit import DATA_ON, Read, as_csv, as_jsonl, number, read_bytes, read_path, sound_row, sound_rows

FEED = "disability"
ROWS = sound_rows(FEED, 40)
HEADER = list(ROWS[0])
Grid = list[list[Any]]


def grid(rows: Sequence[dict[str, Any]] = ROWS) -> Grid:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def csv_text(cells: Grid, separator: str = ",") -> str:
    return "".join(separator.join("" if c is None else str(c) for c in row) + "\n" for row in cells)


def workbook(
    path: Path, sheets: dict[str, Grid], hidden: Sequence[str] = (), merges: Sequence[str] = (), first: int = 0
) -> Path:
    """A real workbook; `merges` in the first sheet; `first`: an offset of all rows and columns."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for line, row in enumerate(cells, start=first):
                for at, cell in enumerate(row, start=first):
                    if cell not in (None, ""):
                        sheet.write_string(line, at, str(cell))
        for area in merges:
            book.worksheets()[0].merge_range(area, "")
    return path


def as_form(folder: Path, cells: Grid, form: str) -> Read:
    """The same grid as CSV and as a workbook."""
    if form == "csv":
        return read_bytes(folder, FEED, csv_text(cells))
    return read_path(workbook(folder / f"150626_{DATA_ON:%Y%m%d}.xlsx", {"数据": cells}), FEED)


both = pytest.mark.parametrize("form", ["csv", "xlsx"])


# --- Above the table -------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    "above",
    [
        [["2026年11月持证残疾人名册"]],
        [[], ["残疾人名册", "", "", "", "填报单位: 某残联"], [], ["单位: 人"]],
        [["公民身份号码", "说明"], ["残疾类别代码见附表", "", "grade"]],
    ],
    ids=["title", "blank and unit", "some of the headers"],
)
def test_rows_above_the_header_are_passed_over_and_lines_are_those_of_the_file(
    tmp_path: Path, form: str, above: Grid
) -> None:
    rows = [dict(row) for row in ROWS]
    rows[5]["grade"] = "9"
    read = as_form(tmp_path, [*above, *grid(rows)], form)
    assert (read.status, read.reading.read, read.reading.accepted) == ("accepted_with_errors", 40, 39)
    assert read.aside() == [(len(above) + 7, "grade", "bad_code")]


@both
@pytest.mark.parametrize(("above", "status"), [(19, "accepted"), (20, "rejected")])
def test_the_header_is_one_of_the_first_twenty_rows(tmp_path: Path, form: str, above: int, status: str) -> None:
    read = as_form(tmp_path, [[f"第{at}条说明"] for at in range(above)] + grid(), form)
    assert (read.status, read.code) == (status, None if status == "accepted" else "header_missing")


@both
def test_of_rows_without_all_headers_the_one_with_most_is_told(tmp_path: Path, form: str) -> None:
    cells = [["残疾人名册", "残疾等级"], ["公民身份号码", "残疾类别", "发证日期"], [number(1), "1", "2020-01-01"]]
    read = as_form(tmp_path, cells, form)
    assert (read.code, read.reading.detail_zh) == ("header_missing", "残疾等级、有效期至")


@both
@pytest.mark.parametrize("mark", ["\ufeff", "\u200b", "\u00ad", "\u202a", "\ufeff\ufeff"])
def test_characters_nobody_sees_are_no_part_of_a_header(tmp_path: Path, form: str, mark: str) -> None:
    cells = grid()
    cells[0] = [f"{mark}{name}{mark}" for name in cells[0]]
    assert as_form(tmp_path, cells, form).reading.accepted == 40


def test_a_header_cell_may_go_over_two_lines(tmp_path: Path) -> None:
    text = '"公民身份\n号码",残疾类别,"残疾\n等级",发证日期,有效期至\n' + csv_text(grid()[1:])
    read = read_bytes(tmp_path, FEED, text)
    assert (read.status, read.reading.accepted) == ("accepted", 40)
    damaged = text.replace(",1,", ",9,", 1)
    assert read_bytes(tmp_path, FEED, damaged).aside()[0][0] == 4


# --- Below the table -------------------------------------------------------------------------------------------------

BELOW: Grid = [["合  计", "", "40"], [], ["制表人: 某甲", "", "审核: 某乙", "", "2026年11月1日"]]


@both
def test_lines_below_the_table_are_set_aside_as_footer_and_not_counted(tmp_path: Path, form: str) -> None:
    read = as_form(tmp_path, grid(ROWS[:10]) + BELOW, form)
    assert (read.status, read.reading.read, read.reading.accepted) == ("accepted_with_errors", 12, 10)
    assert read.aside() == [(12, None, "footer"), (14, None, "footer")]


@both
def test_a_total_in_the_middle_and_a_bad_last_row_are_no_footer(tmp_path: Path, form: str) -> None:
    cells = grid()
    cells.insert(20, ["小计", "", "19"])
    assert set(as_form(tmp_path, cells, form).codes().values()) <= {"field_count", "id_format", "missing_value"}
    cells = grid()
    cells.append([number(50), "1", "9", "2020-01-01", "2020-01-01"])
    assert as_form(tmp_path, cells, form).aside() == [(42, "grade", "bad_code")]
    cells.append(["总计", "41"])
    assert as_form(tmp_path, cells, form).aside() == [(42, "grade", "bad_code"), (43, None, "footer")]


@both
@pytest.mark.parametrize(("bad", "status"), [(1, "accepted_with_errors"), (2, "rejected")])
def test_footers_neither_raise_nor_lower_the_share_of_bad_rows(
    tmp_path: Path, form: str, bad: int, status: str
) -> None:
    rows = [row | {"grade": "9"} if at < bad else row for at, row in enumerate(sound_rows(FEED, 20))]
    assert as_form(tmp_path, grid(rows) + BELOW * 5, form).status == status


def test_rows_of_nothing_but_separators_below_the_table_are_no_bad_rows(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, FEED, csv_text(grid()) + ",,,,\n" * 30)
    assert (read.status, set(read.codes().values()), read.reading.read) == ("accepted_with_errors", {"footer"}, 70)


def test_a_short_last_row_above_a_footer_is_whole(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, FEED, csv_text([*grid(), [number(50), "1", "1"], ["合计", "41"]]))
    assert (read.reading.accepted, read.aside()) == (41, [(43, None, "footer")])


# --- Separators and encodings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_separator_in_every_encoding(tmp_path: Path, separator: str, encoding: str, newline: str) -> None:
    rows = [
        row | {"name": name}
        for row, name in zip(sound_rows("household_members", 30), ["魐|丼某" * 2] * 30, strict=True)
    ]
    other = [s for s in ",;\t|" if s != separator]
    for at, row in enumerate(rows):
        row["name"] = f"𠮷亅幙{other[at % 3]}某"
        row["relation_to_applicant"] = '"本人"' if separator != "," else "本人"
    text = csv_text([list(rows[0]), *(list(row.values()) for row in rows)], separator).replace("\n", newline)
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    read = read_bytes(tmp_path, "household_members", mark + text.encode(encoding))
    if separator == ",":  # the other separators stand in cells
        assert (read.status, read.rows["name"][0]) == ("accepted", "𠮷亅幙;某")
    else:
        assert (read.status, read.reading.accepted) == ("accepted", 30)
        assert read.rows["relation_to_applicant"].to_list() == ["本人"] * 30


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;\r", "\ufeffsep=;"])
def test_a_line_that_tells_the_separator_is_no_header(tmp_path: Path, line: str) -> None:
    read = read_bytes(tmp_path, FEED, f"{line}\n" + csv_text(grid(), ";"))
    assert (read.status, read.reading.accepted) == ("accepted", 40)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("end", [b"\x1a", b"\x1a\x1a", b"\n\x1a"])
def test_a_mark_of_the_end_of_file_is_no_row_and_stands_for_the_line_feed(
    tmp_path: Path, form: str, end: bytes
) -> None:
    text = as_csv(ROWS) if form == "csv" else as_jsonl(ROWS)
    read = read_bytes(tmp_path, FEED, text.rstrip("\n").encode() + end, form)
    assert (read.status, read.reading.accepted) == ("accepted", 40)


@pytest.mark.parametrize("cut", [1, 3, 40])
def test_a_file_in_utf_16_that_was_cut_off_is_truncated(tmp_path: Path, cut: int) -> None:
    assert read_bytes(tmp_path, FEED, as_csv(ROWS).encode("utf-16")[:-cut]).code == "truncated"


def test_a_file_of_marks_only_is_empty(tmp_path: Path) -> None:
    for content in (b"\x1a", b"\xef\xbb\xbf\n", b"\xff\xfe\n\x00", b"\n \n\t\n"):
        assert read_bytes(tmp_path, FEED, content).code == "empty", content


# --- Workbooks -------------------------------------------------------------------------------------------------------

NAME = f"150626_{DATA_ON:%Y%m%d}.xlsx"


@pytest.mark.parametrize("hidden", [(), ("数据",), ("封面",)])
@pytest.mark.parametrize("first", [0, 3])
def test_the_sheet_with_the_header_is_read_wherever_it_stands(
    tmp_path: Path, hidden: Sequence[str], first: int
) -> None:
    sheets: dict[str, Grid] = {
        "封面": [["残疾人名册"], ["公民身份号码"]],
        "空": [],
        "数据": grid(),
        "说明": [["grade"]],
    }
    if hidden == ("封面",):
        sheets = {"数据": grid(), "封面": [["x"]]}
    read = read_path(workbook(tmp_path / NAME, sheets, hidden, first=first), FEED)
    assert (read.status, read.reading.accepted) == ("accepted", 40)


def test_two_sheets_with_rows_of_the_table_are_refused_and_a_header_without_rows_is_no_second_table(
    tmp_path: Path,
) -> None:
    read = read_path(workbook(tmp_path / NAME, {"一": grid(ROWS[:20]), "二": grid(ROWS[20:])}), FEED)
    assert (read.code, read.reading.detail_en) == ("several_tables", "sheets number 1, 2")
    read = read_path(workbook(tmp_path / NAME, {"样表": grid()[:1], "二": grid()}), FEED)
    assert (read.status, read.reading.accepted) == ("accepted", 40)


@pytest.mark.parametrize(
    ("feed", "column", "area", "code", "aside"),
    [
        ("authorisations", "household_id", "A3:A5", "merged_cells", []),
        ("authorisations", "person_id", "B40:B41", "merged_cells", []),
        ("authorisations", "revoked_on", "E3:E5", None, [4, 5]),
        ("authorisations", "revoked_on", "D3:E3", None, [3]),
        ("household_surveys", "note", "F3:F5", None, []),
        ("household_surveys", "nobody", "I3:I5", None, []),
    ],
)
def test_a_merge_hides_cells_and_a_hidden_cell_is_not_an_empty_one(
    tmp_path: Path, feed: str, column: str, area: str, code: str | None, aside: list[int]
) -> None:
    path = workbook(tmp_path / NAME, {"数据": grid(sound_rows(feed, 60))}, merges=[area])
    read = read_path(path, feed)
    assert read.code == code, column
    if code:
        assert area in read.reading.detail_zh
    else:
        assert [line for line, _, _ in read.aside() if line != 3 or aside == [3]] == aside


def test_merges_in_titles_and_footers_cost_nothing(tmp_path: Path) -> None:
    cells = [["残疾人名册"], [], *grid(), ["制表人: 某甲"], [""]]
    path = tmp_path / NAME
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:E2", "残疾人名册")
        for line, row in enumerate(cells[2:-2], start=2):
            sheet.write_row(line, 0, row)
        sheet.merge_range("A44:C45", "制表人: 某甲")
    read = read_path(path, FEED)
    assert (read.reading.accepted, read.aside()) == (40, [(44, None, "footer")])


def _zip(path: Path, members: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
WRONG: dict[str, tuple[str, Callable[[Path], object]]] = {
    "old": ("old_excel", lambda path: path.write_bytes(OLE)),
    "locked": ("password", lambda path: path.write_bytes(OLE + "EncryptedPackage".encode("utf-16-le"))),
    "html": ("html_or_xml", lambda path: path.write_text("\ufeff<html><table><tr><td>1", encoding="utf-8")),
    "xml": ("html_or_xml", lambda path: path.write_text('<?xml version="1.0"?><Workbook/>', encoding="utf-16")),
    "zip": ("archive", lambda path: _zip(path, {"a.csv": "x"})),
    "word": ("unreadable", lambda path: _zip(path, {"[Content_Types].xml": "x", "word/document.xml": "x"})),
    "binary": ("old_excel", lambda path: _zip(path, {"[Content_Types].xml": "x", "xl/workbook.bin": "x"})),
    "rar": ("archive", lambda path: path.write_bytes(b"Rar!\x1a\x07\x01\x00" + b"x" * 90)),
    "words": ("unreadable", lambda path: path.write_text("abc\n")),
}


@pytest.mark.parametrize("kind", sorted(WRONG))
def test_what_is_no_workbook_is_refused_with_the_true_reason(tmp_path: Path, kind: str) -> None:
    code, write = WRONG[kind]
    write(path := tmp_path / NAME)
    assert ((read := read_path(path, FEED)).status, read.code) == ("rejected", code)


@pytest.mark.parametrize("kind", ["old", "html", "rar"])
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_and_so_is_what_is_no_text(tmp_path: Path, kind: str, form: str) -> None:
    code, write = WRONG[kind]
    write(path := tmp_path / f"150626_{DATA_ON:%Y%m%d}.{form}")
    assert read_path(path, FEED).code == code


# --- Words -----------------------------------------------------------------------------------------------------------


def test_too_many_bad_rows_are_told_by_reason_column_and_line_within_bounds(tmp_path: Path) -> None:
    rows = sound_rows(FEED, 100)
    for row in rows[:9]:
        row["grade"] = "9"
    for row in rows[20:22]:
        row["issued_on"] = "昨天"
    read = read_bytes(tmp_path, FEED, as_csv([*rows, rows[50]]))
    assert read.code == "too_many_bad_rows"
    assert read.reading.detail_en == (
        "12/101 > 5%: grade: not in the code list, 9 rows (lines 2, 3, 4, 5, 6 …); issued_on: not a date in an "
        "accepted form, 2 rows (lines 22, 23); the same row occurs before in this file, 1 rows (lines 102)"
    )
    assert "残疾等级: 不在代码表中, 9 行(第 2、3、4、5、6 行 等)" in read.reading.detail_zh
    assert number(1) not in read.reading.detail_zh


def test_rows_of_a_returned_list_that_lack_their_empty_cells_are_still_no_rows(tmp_path: Path) -> None:
    row = sound_row("ticket_outcomes", 1)
    text = csv_text([list(row), list(row.values()), ["H000002"], ["H000003", "", ""]])
    assert read_bytes(tmp_path, "ticket_outcomes", text).reading.read == 1
