"""Workbooks: what a clerk sees, what cannot be changed by accident, and the way back as ticket_outcomes."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from assets.landing import LandingFile
from assets.publication import readiness, workbooks
from assets.publication.tables import Inputs
from assets.reading.forms import read_pieces
from assets.reading.headers import match_headers
from data_contracts import feed_contract

AS_OF = dt.date(2026, 11, 20)
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


def test_only_the_clerks_columns_can_be_changed(book: openpyxl.Workbook) -> None:
    assert book["预警单据"].protection.sheet
    assert not book["预警单据"].protection.password
    row = _row(book, "预警单据")
    entries = {"处置日期", "处置结果", "经办人", "入户日期", "入户人员", "备注"}
    assert {name for name, cell in row.items() if not cell.protection.locked} == entries
    assert all(row[name].value is None for name in entries)


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


def test_the_second_sheet_holds_one_row_an_item(book: openpyxl.Workbook) -> None:
    sheet = book["核实要点"]
    assert sheet.max_row == 3
    row = {name: cell.value for name, cell in _row(book, "核实要点").items()}
    assert row["核实要点"] == "号牌号码 蒙KA1234;车辆类型 K33;初次登记日期 2024-05-06"
    assert row["数据来源"] == "公安交管 机动车 2026-11-15"
    assert _row(book, "核实要点", 3)["核实要点"].value.endswith("金额 36,000.50元;月数 12个月")


def test_the_filled_in_sheet_comes_back_as_ticket_outcomes(objects: Objects, tmp_path: Path) -> None:
    """As a clerk would: open, fill in the green columns, save, drop into landing/ticket_outcomes."""
    from assets.reading.delivery import read_delivery

    workbooks.write_township_workbooks(objects, tmp_path, AS_OF)
    book = openpyxl.load_workbook(tmp_path / "150626100000.xlsx")
    row = _row(book, "预警单据")
    row["处置日期"].value = dt.date(2026, 11, 25)
    row["处置结果"].value = "情况属实,转复核"
    row["经办人"].value, row["入户人员"].value = "赵敏", "赵敏、钱进"
    path = tmp_path / "landing" / "ticket_outcomes" / "150626_20261126.xlsx"
    path.parent.mkdir(parents=True)
    book.save(path)

    contract = feed_contract("ticket_outcomes")
    (piece, *_) = read_pieces(path, "xlsx")
    matched, extra = match_headers(piece.columns, contract)
    assert sorted(matched.values()) == sorted(c.name for c in contract.columns)
    assert "级别" in extra

    file = LandingFile("ticket_outcomes", dt.date(2026, 11, 26), 1, "150626", path.name, "xlsx", path)
    kept = tmp_path / "rows.parquet"
    reading = read_delivery(file, None, kept, 1)
    rows = pl.read_parquet(kept)
    assert (reading.read, reading.accepted) == (1, 1)
    (outcome,) = rows.iter_rows(named=True)
    assert outcome["ticket_id"] == "150626-20261120-00000000a1"
    assert outcome["handled_on"] == dt.date(2026, 11, 25)
    assert outcome["outcome"] == "change_confirmed"
    assert outcome["visitors"] == "赵敏、钱进"


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
    rows = readiness.readiness_rows(inputs.households, inputs.lake("members"), inputs.gaps)
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
    assert "150626201505050033" not in str([[c.value for c in r] for r in book["待补材料"].rows])
