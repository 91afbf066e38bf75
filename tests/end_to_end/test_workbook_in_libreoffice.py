"""The round trip of the township workbook through a real spreadsheet program: filled in, changed, sorted, dropped back."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from counties import make_home, tickets
from openpyxl.utils import get_column_letter

from assets.home import Home
from pipelines.check import run_check

FIRST, NEXT = dt.date(2026, 11, 20), dt.date(2026, 11, 25)
CLERK = Path(__file__).with_name("clerk.py")
SECONDS = 240
Steps = list[list[Any]]


def python_with_uno() -> str | None:
    """A Python that can drive LibreOffice: this one, the system's, or the one that came with it."""
    office = shutil.which("soffice")
    beside = None if office is None else str(Path(office).resolve().parent / "python")
    for python in (sys.executable, shutil.which("python3", path=os.defpath), beside):
        if (
            python
            and Path(python).exists()
            and not subprocess.run([python, "-c", "import uno"], check=False, capture_output=True).returncode
        ):
            return python
    return None


UNO = python_with_uno()
pytestmark = [
    pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed"),
    pytest.mark.skipif(UNO is None, reason="no Python with LibreOffice's module uno (package python3-uno)"),
]


@dataclass
class Workbook:
    """A published workbook as its township sees it, and what its clerk does with it."""

    path: Path
    steps: Steps = field(default_factory=list)

    def __post_init__(self) -> None:
        sheet = openpyxl.load_workbook(self.path).worksheets[0]
        rows = list(sheet.iter_rows(values_only=True))
        self.columns = {header: get_column_letter(at) for at, header in enumerate(rows[0], start=1)}
        self.rows = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        self.steps.append(["open", str(self.path)])

    @property
    def last(self) -> int:
        return len(self.rows) + 1

    def number(self, row: int) -> str:
        """Ticket number in a row as published; rows count from 2."""
        return str(self.rows[row - 2]["预警单编号"])

    def type(self, row: int, header: str, text: str) -> None:
        self.steps.append(["type", f"{self.columns[header]}{row}", text])

    def conclude(self, row: int, outcome: str, handled_on: str = "2026-11-24") -> None:
        self.type(row, "处置日期", handled_on)
        self.type(row, "处置结果", outcome)
        self.type(row, "经办人", "经办甲")
        self.type(row, "入户日期", "2026/11/23")
        self.type(row, "入户人员", "甲、乙")

    def sort(self, first: str, last: str, by: str) -> None:
        """Rows by one column, only the cells from column `first` to `last` of each."""
        place = list(self.columns).index(by) - list(self.columns).index(first)
        area = f"{self.columns[first]}2:{self.columns[last]}{self.last}"
        self.steps += [["unprotect"], ["sort", area, place]]

    def send(self, home: Path) -> None:
        """Save as xlsx under the township's own name, straight into the landing folder."""
        folder = home / "landing" / "ticket_outcomes"
        folder.mkdir(parents=True, exist_ok=True)
        self.steps.append(["save", str(folder / f"{self.path.stem}_{NEXT:%Y%m%d}.xlsx")])


def let_work(steps: Steps, folder: Path) -> None:
    """Start LibreOffice without a screen and with a profile of its own, and let the clerk do the steps."""
    pipe = f"shouwang{os.getpid()}"
    command = [
        "soffice", "--headless", "--norestore", "--nologo", "--nodefault", f"--accept=pipe,name={pipe};urp;",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as office:
        try:
            assert UNO is not None
            command = [UNO, str(CLERK), pipe]
            done = subprocess.run(
                command, check=False, input=json.dumps(steps), capture_output=True, text=True, timeout=SECONDS
            )
            assert done.returncode == 0, done.stderr
            office.wait(SECONDS)
        finally:
            if office.poll() is None:
                os.killpg(office.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Returned:
    """Three workbooks and what the next check date made of them."""

    home: Path
    filled: Workbook
    shifted: Workbook
    sorted: Workbook
    after: dict[str, dict[str, Any]]
    rejected: dict[tuple[str, int], dict[str, str]]


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory) -> Returned:
    home = make_home(tmp_path_factory.mktemp("clerk") / "home", persons=500)
    run_check(Home(home), FIRST)
    folder = home / "published" / FIRST.isoformat() / "warnings" / "by_township"
    paths = sorted(folder.glob("150626*.xlsx"), key=lambda path: path.stat().st_size)[-3:]
    filled, shifted, whole = (Workbook(path) for path in paths)

    filled.type(2, "家庭编号", "改不动")  # still locked: nothing changes
    filled.conclude(2, "核实无变化")
    filled.conclude(3, "情况属实,转复核")
    filled.conclude(4, "数据有误")
    filled.type(5, "备注", " ")
    filled.steps.append(["unprotect"])
    filled.conclude(6, "核实无变化")
    filled.type(6, "办理截止日期", "2027-03-01")
    filled.type(7, "需要核实", "改过,但未填写处置结果")

    shifted.sort("家庭编号", "申报与记录", by="家庭编号")
    for row in (2, 3, 4):
        shifted.conclude(row, "核实无变化")

    whole.sort("预警单编号", "校验码", by="预警单编号")
    for row in (2, 3):
        whole.conclude(row, "核实无变化")

    for book in (filled, shifted, whole):
        book.send(home)
    let_work([*filled.steps, *shifted.steps, *whole.steps], home.parent)
    run = run_check(Home(home), NEXT)
    with (run.published / "rejected" / "ticket_outcomes.csv").open(encoding="utf-8-sig", newline="") as stream:
        rejected = {(row["file"].split("/")[1][:12], int(row["line"])): row for row in csv.DictReader(stream)}
    return Returned(home, filled, shifted, whole, {t["ticket_id"]: t for t in tickets(home, NEXT)}, rejected)


def test_filled_in_tickets_are_closed_and_the_others_of_the_sheet_stay_open(returned: Returned) -> None:
    book = returned.filled
    closed = {number for number, ticket in returned.after.items() if ticket["change"] == "closed"}
    filled = {book.number(row) for row in (2, 3, 4)}
    assert closed & {book.number(row) for row in range(2, book.last + 1)} == filled
    assert {returned.after[number]["status"] for number in filled} == {"closed"}
    untouched = [book.number(row) for row in (5, *range(7, book.last + 1))]
    assert {returned.after[number]["status"] for number in untouched} == {"opened"}


def test_the_row_with_a_changed_read_only_cell_is_sent_back_with_its_reason_and_stays_open(returned: Returned) -> None:
    book = returned.filled
    found = {line: row for (township, line), row in returned.rejected.items() if township == book.path.stem}
    assert list(found) == [6], "the locked cell of row 2 did not change, and a row nobody filled in is no row"
    assert (found[6]["code"], found[6]["column"]) == ("read_only_changed", "办理截止日期")
    assert "只读单元格被改动" in found[6]["reason_zh"]
    assert json.loads(found[6]["row"])["ticket_id"] == book.number(6)
    assert returned.after[book.number(6)]["status"] == "opened"


def test_rows_whose_cells_were_moved_by_a_sort_of_some_columns_are_sent_back(returned: Returned) -> None:
    book = returned.shifted
    households = sorted((str(row["家庭编号"]) for row in book.rows), reverse=True)
    moved = [row for row in (2, 3, 4) if households[row - 2] != book.rows[row - 2]["家庭编号"]]
    assert moved, "the sort moved none of the rows that were filled in"
    for row in moved:
        sent_back = returned.rejected[(book.path.stem, row)]
        assert (sent_back["code"], sent_back["column"]) == ("read_only_changed", "家庭编号")
        assert returned.after[book.number(row)]["status"] == "opened"


def test_whole_rows_may_be_sorted_before_they_are_filled_in(returned: Returned) -> None:
    book = returned.sorted
    assert not [key for key in returned.rejected if key[0] == book.path.stem]
    numbers = sorted((str(row["预警单编号"]) for row in book.rows), reverse=True)
    assert [returned.after[number]["status"] for number in numbers[:3]] == ["closed", "closed", "opened"]
