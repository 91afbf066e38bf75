"""Workbooks: what a clerk sees, what cannot be changed by accident, and the way back as ticket_outcomes."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from assets.landing import parse_name
from assets.publication import readiness, workbooks
from assets.publication.inputs import Inputs
from assets.reading.delivery import Reading, read_delivery
from assets.reading.forms import read_pieces
from assets.reading.headers import extra_headers, match_headers, wanted
from data_contracts import feed_contract
from policy.policy import PolicyBook

AS_OF = dt.date(2026, 11, 20)
BOOK = PolicyBook.load()
Objects = list[dict[str, Any]]


@pytest.fixture
def book(objects: Objects, tmp_path: Path) -> openpyxl.Workbook:
    workbooks.write_township_workbooks(objects, tmp_path, AS_OF)
    return openpyxl.load_workbook(tmp_path / "150626100000.xlsx")


def _row(book: openpyxl.Workbook, sheet: str, row: int = 2) -> dict[str, Any]:
    cells = book[sheet]
    return {head.value: cell for head, cell in zip(cells[1], cells[row], strict=True)}


def test_each_township_with_an_open_ticket_gets_a_file(objects: Objects, tmp_path: Path) -> None:
    written = workbooks.write_township_workbooks(objects, tmp_path / "by_township", AS_OF)
    assert written == {"150626100000.xlsx": 1, "150626101000.xlsx": 1}


def test_a_township_code_is_never_taken_for_a_path(objects: Objects, tmp_path: Path) -> None:
    objects[0]["township_code"] = "../../evil"
    assert list(workbooks.write_township_workbooks(objects, tmp_path / "out", AS_OF)) == ["150626100000.xlsx"]
    assert [p.name for p in tmp_path.rglob("*.xlsx")] == ["150626100000.xlsx"]


def test_the_first_sheet_holds_one_row_a_ticket(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == ["预警单据", "核实要点", "填写说明"]
    sheet = book["预警单据"]
    assert sheet.max_row == 2
    row = {name: cell.value for name, cell in _row(book, "预警单据").items()}
    assert row["预警单编号"] == "150626-20261120-00000000a1"
    assert row["级别"] == "橙"
    assert row["家庭编号"] == "15062600000000000001"
    assert row["疑点"] == "名下有未申报机动车\n收入高于申报"
    assert row["申报与记录"].endswith("收入高于申报:申报 12,000.00;记录 36,000.50;界限 13,200.00(元/年)")
    assert row["办理截止日期"] == dt.datetime(2027, 1, 4)
    assert row["暂定"] == "暂定"
    assert row["剩余天数"] == 45
    assert row["默认参数"] == "豁免的车辆类型"
    assert (row["状态"], row["超期天数"], row["督办"]) == ("已出单", None, None)


@pytest.mark.parametrize(("level", "shown"), [("county", "已督办至县级"), ("city", "已督办至市级"), (None, None)])
def test_the_first_sheet_says_what_is_late_and_who_was_told(
    objects: Objects, tmp_path: Path, level: str | None, shown: str | None
) -> None:
    objects[1] |= {"status": "visited", "overdue_days": 12, "due_on": "2026-11-08", "escalated_to": level}
    workbooks.write_township_workbooks(objects, tmp_path, AS_OF)
    row = _row(openpyxl.load_workbook(tmp_path / "150626100000.xlsx"), "预警单据")
    assert (row["状态"].value, row["剩余天数"].value, row["超期天数"].value) == ("已入户", -12, 12)
    assert row["督办"].value == shown


def test_only_the_clerks_columns_can_be_changed(book: openpyxl.Workbook) -> None:
    assert book["预警单据"].protection.sheet
    assert not book["预警单据"].protection.password
    row = _row(book, "预警单据")
    entries = {"处置日期", "处置结果", "经办人", "入户日期", "入户人员", "备注"}
    assert {name for name, cell in row.items() if not cell.protection.locked} == entries
    assert all(row[name].value is None for name in entries)
    assert row["校验码"].protection.locked
    assert book["预警单据"].column_dimensions["AA"].width < 10


def test_outcomes_are_chosen_from_a_list(book: openpyxl.Workbook) -> None:
    sheet = book["预警单据"]
    (chosen,) = [v for v in sheet.data_validations.dataValidation if v.type == "list"]
    first, last = chosen.formula1.replace("填写说明!", "").replace("$", "").removeprefix("=").split(":")
    listed = [cell.value for (cell,) in book["填写说明"][f"{first}:{last}"]]
    assert listed == [code.label_zh for code in feed_contract("ticket_outcomes").column("outcome").codes]


def test_sheets_are_set_up_for_reading_and_printing(book: openpyxl.Workbook) -> None:
    sheet = book["预警单据"]
    assert sheet.freeze_panes == "B2"
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == "9"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.print_area.replace("$", "").split("!")[1] == "A1:Z2", "the check code is not printed"
    assert sheet.auto_filter.ref == "A1:AA2", "but moves with its row"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (2, 0)
    text = _row(book, "预警单据")["需要核实"].value
    assert sheet.row_dimensions[2].height > 14 * len(text.split("\n"))


def test_the_guide_says_how_to_send_the_workbook_back(book: openpyxl.Workbook) -> None:
    text = "\n".join(str(cell.value) for (cell,) in book["填写说明"].iter_rows())
    assert "landing/books/" in text and "landing/ticket_outcomes/" in text
    assert "文件名不限" in text and "上期未采纳" in text and "更正" in text
    assert "校验码" in text and "退回" in text
    assert "合并为一个文件" not in text


def test_the_second_sheet_holds_one_row_an_item(book: openpyxl.Workbook) -> None:
    sheet = book["核实要点"]
    assert sheet.max_row == 3
    row = {name: cell.value for name, cell in _row(book, "核实要点").items()}
    assert row["核实要点"] == "号牌号码 蒙KA1234;车辆类型 K33;初次登记日期 2024-05-06"
    assert row["数据来源"] == "公安交管 机动车 2026-11-15"
    assert _row(book, "核实要点", 3)["核实要点"].value.endswith("金额 36,000.50元;月数 12个月")
    assert row["序号"] is None, "tickets of an earlier version have no numbers"


def test_items_show_the_number_an_objection_refers_to(objects: Objects, tmp_path: Path) -> None:
    objects[1]["item_nos"] = [
        {"rule": "undeclared_earnings", "numbers": [3]},
        {"rule": "undeclared_vehicle", "numbers": [1]},
    ]
    workbooks.write_township_workbooks(objects, tmp_path, AS_OF)
    book = openpyxl.load_workbook(tmp_path / "150626100000.xlsx")
    assert [_row(book, "核实要点", line)["序号"].value for line in (2, 3)] == [1, 3]


def _fill_in(book: openpyxl.Workbook, row: int = 2) -> dict[str, Any]:
    cells = _row(book, "预警单据", row)
    cells["处置日期"].value = dt.date(2026, 11, 25)
    cells["处置结果"].value = "情况属实,转复核"
    cells["经办人"].value, cells["入户人员"].value = "赵敏", "赵敏、钱进"
    return cells


def _send(book: openpyxl.Workbook, folder: Path) -> tuple[Reading, pl.DataFrame]:
    """Save under the township's own name in the landing folder, and read."""
    path = folder / "landing" / "ticket_outcomes" / "150626100000_20261126.xlsx"
    path.parent.mkdir(parents=True)
    book.save(path)
    file = parse_name("ticket_outcomes", path)
    assert file is not None
    kept = folder / "rows.parquet"
    return read_delivery(file, None, kept, 1), pl.read_parquet(kept)


def test_the_filled_in_sheet_comes_back_as_ticket_outcomes(objects: Objects, tmp_path: Path) -> None:
    """As a clerk would: open, fill in the green columns, save, drop into landing/ticket_outcomes."""
    workbooks.write_township_workbooks(objects, tmp_path, AS_OF)
    book = openpyxl.load_workbook(tmp_path / "150626100000.xlsx")
    _fill_in(book)
    reading, rows = _send(book, tmp_path)
    path = tmp_path / "landing" / "ticket_outcomes" / "150626100000_20261126.xlsx"

    contract = feed_contract("ticket_outcomes")
    headers: list[str] = []
    (piece, *_) = read_pieces(path, "xlsx", wanted("ticket_outcomes"), headers)
    matched = match_headers(piece.columns, contract)
    assert sorted(matched.values()) == sorted(c.name for c in contract.columns)
    assert "级别" in extra_headers(headers, contract)[0]

    assert (reading.read, reading.accepted) == (1, 1)
    (outcome,) = rows.iter_rows(named=True)
    assert outcome["ticket_id"] == "150626-20261120-00000000a1"
    assert outcome["handled_on"] == dt.date(2026, 11, 25)
    assert outcome["outcome"] == "change_confirmed"
    assert outcome["visitors"] == "赵敏、钱进"
    assert outcome["line"] == 2


def test_a_row_whose_read_only_cells_were_changed_comes_back_with_the_cells_header(
    objects: Objects, tmp_path: Path
) -> None:
    objects[0] |= {"township_code": "150626100000", "overdue_days": 4, "escalated_to": "county"}
    objects[1]["applicant_name"] = '=HYPERLINK("http://x")'
    objects[1]["findings"][0]["explanation_zh"] = "长" * 40_000  # longer than a cell can be
    workbooks.write_township_workbooks(objects, tmp_path, AS_OF)
    book = openpyxl.load_workbook(tmp_path / "150626100000.xlsx")
    _fill_in(book, 2)["救助类别"].value = "特困"
    _fill_in(book, 3)
    reading, rows = _send(book, tmp_path)
    (aside,) = reading.set_aside_rows.iter_rows(named=True)
    assert (aside["line"], aside["column"], aside["code"]) == (2, "救助类别", "read_only_changed")
    assert rows["line"].to_list() == [3], "the other row is as it was published"


def test_a_text_that_looks_like_a_formula_stays_text(objects: Objects, tmp_path: Path) -> None:
    objects[1]["applicant_name"] = '=HYPERLINK("http://x")'
    workbooks.write_township_workbooks(objects, tmp_path, AS_OF)
    cell = _row(openpyxl.load_workbook(tmp_path / "150626100000.xlsx"), "预警单据")["申请人姓名"]
    assert cell.data_type == "s"


def test_the_same_tickets_give_the_same_bytes(objects: Objects, tmp_path: Path) -> None:
    workbooks.write_township_workbooks(objects, tmp_path / "one", AS_OF)
    time.sleep(1.1)  # a clock in the file would show in its seconds
    workbooks.write_township_workbooks(objects[::-1], tmp_path / "two", AS_OF)
    for name in ("150626100000.xlsx", "150626101000.xlsx"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_readiness_says_per_person_what_is_missing_and_what_to_do(inputs: Inputs, tmp_path: Path) -> None:
    rows = readiness.readiness_rows(
        inputs.households, inputs.lake("members"), inputs.gaps, lambda county, gap: BOOK.rule_basis(county, gap, AS_OF)
    )
    written = readiness.write_readiness(rows, tmp_path / "one", AS_OF)
    assert written == {"150626101000.xlsx": 1, "township_invalid.xlsx": 2}
    readiness.write_readiness(rows, tmp_path / "two", AS_OF)
    for name in written:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    book = openpyxl.load_workbook(tmp_path / "one" / "township_invalid.xlsx")
    row = {name: cell.value for name, cell in _row(book, "待补材料").items()}
    assert row["所缺内容"] == "成员缺少有效核对授权书"
    assert row["公民身份号码(遮蔽)"] == "150626********0033"
    assert row["需要办理"].startswith("请本人签署核对授权书")
    assert row["依据"] is None, "a township without a county has no law of its own"
    assert "150626201505050033" not in str([[c.value for c in r] for r in book["待补材料"].rows])
