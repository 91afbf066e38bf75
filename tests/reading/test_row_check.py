"""The check code of a workbook's row: what programs may change does not matter, what people change does."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from files_kit import DATA_ON, Read, as_csv, as_jsonl, read_path, write_xlsx
from hypothesis import given
from hypothesis import strategies as st

from assets.reading.headers import tidy
from assets.reading.row_check import CHECK, CHECKED, CURRENT, FEED, SHEET, changed_cells, normalised, row_checks
from data_contracts import feed_contract
from data_contracts.publications import published

SHEET_COLUMNS = published(SHEET).columns
ENTRIES = {column.name for column in feed_contract(FEED).columns} - {"ticket_id"}
READ_ONLY = CHECKED[CURRENT]
HEADERS = {column.name: column.header_zh for column in SHEET_COLUMNS}
Row = dict[str, Any]


def ticket(serial: int = 1, **values: Any) -> Row:
    """The read-only cells of one row."""
    cells: Row = {name: f"{HEADERS[name]}{serial}\n某乙、﹙A﹚" for name in READ_ONLY}
    cells |= {"ticket_id": f"150626-20261120-00000000a{serial}", "household_id": f"1506260000000000000{serial}"}
    cells |= {"opened_on": dt.date(2026, 11, 20), "due_on": dt.date(2026, 12, serial), "escalated_to": ""}
    cells |= {"days_left": 10 * serial, "overdue_days": None, "provisional_mark": None}
    return cells | values


def code_of(cells: Row) -> str:
    return row_checks({name: [value] for name, value in cells.items()})[0]


def filled(serial: int = 1, changes: Row | None = None, **values: Any) -> Row:
    """A row with its code and a clerk's entries; `changes` are made after it was published."""
    cells = ticket(serial, **values)
    entries = {"handled_on": "2026-11-25", "outcome": "核实无变化", "handler": "赵", "visitors": "2"}
    row = {**cells, **entries, CHECK: code_of(cells)} | (changes or {})
    return {HEADERS[name]: value for name, value in row.items()}


def returned(folder: Path, rows: list[Row], form: str = "xlsx") -> Read:
    path = folder / f"150626100000_{DATA_ON:%Y%m%d}.{form}"
    if form == "xlsx":
        write_xlsx(path, rows)
    else:
        path.write_text({"csv": as_csv, "jsonl": as_jsonl}[form](rows), encoding="utf-8")
    return read_path(path, FEED)


# --- The code --------------------------------------------------------------------------------------------------------


def test_the_code_covers_every_read_only_column_of_the_sheet_in_its_order() -> None:
    names = [column.name for column in SHEET_COLUMNS]
    assert names[-1] == CHECK
    assert [name for name in names if name not in ENTRIES and name != CHECK] == list(READ_ONLY)
    headers = [tidy(spelling) for column in SHEET_COLUMNS for spelling in set(column.headers)]
    assert len(headers) == len(set(headers))


def test_the_code_has_four_digits_a_column_and_its_version_in_front() -> None:
    code = code_of(ticket())
    assert code.startswith(f"{CURRENT}:")
    assert len(code) == len(CURRENT) + 1 + 4 * len(READ_ONLY)
    assert code == code_of(ticket())


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@given(TEXT, st.sampled_from([" ", "\n", "\r\n", "\u3000", "\u00a0", "\u200b", "\t"]), st.integers(0, 30))
def test_white_space_anywhere_does_not_matter(text: str, space: str, at: int) -> None:
    assert normalised(f"{text[:at]}{space}{text[at:]}") == normalised(text)


@given(TEXT)
def test_a_text_normalised_twice_is_the_same(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(
    st.lists(
        st.sampled_from(["。", "｡", "か", "\u3099", "e", "\u0301", "\u0308", " ", "\u1100", "\u1161", "㎡", "\u200b"])
    )
)
def test_sentences_are_normalised_as_the_whole_text_is(letters: list[str]) -> None:
    text = "".join(letters)
    without = re.sub(r"[\s\u200b\ufeff]", "", unicodedata.normalize("NFKC", text))
    assert normalised(text) == unicodedata.normalize("NFKC", without)


@given(st.text("甲乙丙12", min_size=1, max_size=9), st.text("甲乙丙12", min_size=1, max_size=9))
def test_other_characters_do(one: str, other: str) -> None:
    assert (normalised(one) == normalised(other)) == (one == other)


# --- What programs do ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["xlsx", "csv", "jsonl"])
def test_a_row_comes_back_unchanged_in_every_form(tmp_path: Path, form: str) -> None:
    rows = [filled(1), filled(2)]
    if form != "xlsx":
        rows = [{k: v.isoformat() if isinstance(v, dt.date) else v for k, v in row.items()} for row in rows]
    found = returned(tmp_path, rows, form)
    assert (found.status, found.reading.accepted) == ("accepted", 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"due_on": "2026/12/1"},
        {"due_on": "2026年12月1日"},
        {"due_on": 46357},
        {"opened_on": dt.datetime(2026, 11, 20, 0, 0)},
        {"days_left": "10"},
        {"days_left": 10.0},
        {"labels": "疑点1\r\n某乙、(A)"},
        {"labels": " 疑点1 某乙、（A） "},
        {"provisional_mark": " "},
        {"overdue_days": ""},
    ],
)
def test_how_a_program_writes_a_cell_does_not_matter(tmp_path: Path, changes: Row) -> None:
    assert returned(tmp_path, [filled(1, changes)]).status == "accepted"


# --- What people do --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READ_ONLY)
def test_every_read_only_cell_that_was_changed_is_named_and_costs_only_its_row(tmp_path: Path, name: str) -> None:
    other = {"opened_on": dt.date(2026, 11, 21), "due_on": dt.date(2026, 12, 31), "days_left": 11, "overdue_days": 1}
    found = returned(tmp_path, [filled(1), filled(2, {name: other.get(name, "改过")}), filled(3)])
    assert found.aside() == [(3, HEADERS[name], "read_only_changed")]
    assert found.rows["line"].to_list() == [2, 4]


@pytest.mark.parametrize("name", [n for n in READ_ONLY if ticket()[n]])
def test_a_read_only_cell_that_was_emptied_is_a_changed_one(tmp_path: Path, name: str) -> None:
    assert returned(tmp_path, [filled(1, {name: None})]).aside() == [(2, HEADERS[name], "read_only_changed")]


def test_the_first_of_several_changed_cells_is_named_before_faults_of_the_entries(tmp_path: Path) -> None:
    changes = {"due_on": dt.date(2027, 1, 1), "applicant_name": "某丙", "handled_on": "昨天", "outcome": "不详"}
    assert returned(tmp_path, [filled(1, changes)]).aside() == [(2, HEADERS["applicant_name"], "read_only_changed")]


@pytest.mark.parametrize("first", range(len(READ_ONLY)))
@pytest.mark.parametrize("width", [1, 4, 40])
def test_cells_of_two_rows_that_changed_places_are_noticed_in_both(tmp_path: Path, first: int, width: int) -> None:
    """What a sort of some columns does; here the two rows change places in `width` columns from `first` on."""
    differing = {
        "overdue_days": 3,
        "provisional_mark": "暂定",
        "escalated_to": "已督办至县级",
        "opened_on": dt.date(2026, 10, 1),
    }
    one, two = filled(1), filled(2, **differing)
    moved = [HEADERS[name] for name in READ_ONLY[first : first + width]]
    swapped = [one | {h: two[h] for h in moved}, two | {h: one[h] for h in moved}]
    if len(moved) == len(READ_ONLY):
        moved = moved[:1]
    assert returned(tmp_path, swapped).aside() == [(line, moved[0], "read_only_changed") for line in (2, 3)]


def test_whole_rows_may_be_sorted(tmp_path: Path) -> None:
    found = returned(tmp_path, [filled(serial) for serial in (3, 1, 2)])
    assert found.status == "accepted"


@pytest.mark.parametrize("code", [None, "", "1:", "9:abcd", "重新生成", code_of(ticket(2)), code_of(ticket(1))[:-1]])
def test_a_row_with_a_code_that_is_not_its_own_is_set_aside(tmp_path: Path, code: str | None) -> None:
    ((line, header, why),) = returned(tmp_path, [filled(1, {CHECK: code})]).aside()
    assert (line, why) == (2, "read_only_changed")
    assert header == ("预警单编号" if code == code_of(ticket(2)) else HEADERS[CHECK])


def test_a_changed_row_that_nobody_filled_in_is_no_row(tmp_path: Path) -> None:
    empty = dict.fromkeys(("handled_on", "outcome", "handler", "visitors"))
    found = returned(tmp_path, [filled(1), filled(2, {**empty, "labels": "改过", CHECK: None})])
    assert (found.status, found.reading.read) == ("accepted", 1)


def test_columns_of_the_clerk_are_ignored_wherever_they_are_put_and_a_column_taken_out_is_not_missed(
    tmp_path: Path,
) -> None:
    row = filled(1)
    found = returned(tmp_path, [{"自编号": 7, **row, "电话": "1", "级别 ": "红", HEADERS["labels"] + "2": "x"}])
    assert found.status == "accepted"
    without = {header: cell for header, cell in row.items() if header != HEADERS["clauses"]}
    assert returned(tmp_path, [without]).status == "accepted"
    changed = without | {HEADERS["figures"]: "改过"}
    assert returned(tmp_path, [changed]).aside() == [(2, HEADERS["figures"], "read_only_changed")]


def test_a_file_without_codes_is_read_as_before(tmp_path: Path) -> None:
    row = {header: cell for header, cell in filled(1, {"labels": "改过"}).items() if header != HEADERS[CHECK]}
    assert returned(tmp_path, [row]).status == "accepted"
    assert changed_cells(pl.DataFrame({"ticket_id": ["a"], "备注": ["b"]})) is None


def test_a_code_is_understood_under_its_english_header_too(tmp_path: Path) -> None:
    row = {HEADERS.get(h, h): c for h, c in filled(1, {"owner": "改过"}).items()}
    english = {next(n for n, zh in HEADERS.items() if zh == header): cell for header, cell in row.items()}
    assert returned(tmp_path, [english]).aside() == [(2, HEADERS["owner"], "read_only_changed")]
