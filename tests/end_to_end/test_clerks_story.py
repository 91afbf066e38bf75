"""A clerk's story with a real workbook edited in LibreOffice: filled, dropped, filled further under the same name, sorted,
renamed; a wrong outcome and its correction, one that comes too late, a file that is none. Three checks: every row where
it belongs, nothing stopped, and what could not be taken told in that township's own workbook."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from counties import make_home
from end_to_end.test_workbook_in_libreoffice import Workbook, let_work
from end_to_end.test_workbook_in_libreoffice import pytestmark as needs_libreoffice

from assets.home import Home
from assets.publication.publish import read_manifest
from pipelines.check import run_check

pytestmark = needs_libreoffice
ISSUED, SECOND, THIRD, LAST = (dt.date(2026, *day) for day in ((11, 20), (11, 25), (11, 27), (12, 20)))
NAME = "填好的表(李姐).xlsx"
NOTE = "户主外出,下周再去"


@dataclass
class Story:
    """The home, the township's tickets by what became of them, digests of the publications as they were made."""

    home: Path
    township: str
    named: dict[str, str] = field(default_factory=dict)
    digests: dict[dt.date, str] = field(default_factory=dict)

    def check(self, day: dt.date) -> None:
        run = run_check(Home(self.home), day, now=lambda: f"{day}T18:00:00+08:00")
        self.digests[day] = read_manifest(run.published)["digest"]

    def events(self, who: str, day: dt.date) -> list[tuple[str, str, str]]:
        """event, by, detail of a ticket that this check date brought."""
        frame = pl.read_parquet(self.home / "lake" / "checks" / day.isoformat() / "ticket_events.parquet")
        mine = frame.filter((pl.col("ticket_id") == self.named[who]) & (pl.col("by") != "shouwang"))
        return mine.sort("seq").select("event", "by", "detail").rows()

    def status(self, day: dt.date) -> dict[str, tuple[str, str | None]]:
        frame = pl.read_parquet(self.home / "lake" / "checks" / day.isoformat() / "tickets.parquet")
        rows = {
            number: (status, outcome)
            for number, status, outcome in frame.select("ticket_id", "status", "outcome").rows()
        }
        return {who: rows[number] for who, number in self.named.items()}

    def returned(
        self, day: dt.date, folder: str = "warnings/by_township", name: str = "上期未采纳"
    ) -> list[dict[str, Any]]:
        """Rows of the sheet of what was not taken."""
        book = self.township if name == "上期未采纳" else self.township[:6]
        path = self.home / "published" / day.isoformat() / folder / f"{book}.xlsx"
        workbook = openpyxl.load_workbook(path)
        if name not in workbook.sheetnames:
            return []
        header, *rows = workbook[name].iter_rows(values_only=True)
        return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    home = make_home(tmp_path_factory.mktemp("story") / "home", persons=500)
    run_check(Home(home), ISSUED, now=lambda: f"{ISSUED}T18:00:00+08:00")
    folder = home / "published" / ISSUED.isoformat() / "warnings" / "by_township"
    book = Workbook(max(folder.glob("150626*.xlsx"), key=lambda path: path.stat().st_size))
    told = Story(home, book.path.stem)
    order = sorted(
        range(2, book.last + 1), key=lambda row: book.rows[row - 2]["方向"] != "核实"
    )  # only those ask for two
    rows = dict(zip(("alone", "right", "away", "wrong", "later", "last"), order, strict=False))
    assert len(rows) == 6, "the largest township has too few tickets for the story"
    told.named = {who: book.number(row) for who, row in rows.items()}
    _fill_in_and_drop(told, book, rows)
    _fill_in_further(told, rows)
    _sort_rename_and_correct(told, rows)
    return told


def _fill_in_and_drop(told: Story, book: Workbook, rows: dict[str, int]) -> None:
    books = told.home / "landing" / "books"
    books.mkdir()
    book.conclude(rows["right"], "核实无变化")
    book.conclude(rows["wrong"], "核实无变化")
    book.conclude(rows["alone"], "情况属实,转复核")
    book.type(rows["alone"], "入户人员", "甲")
    book.type(rows["away"], "备注", NOTE)
    book.steps.append(["save", str(books / NAME)])
    let_work(book.steps, told.home.parent)
    told.check(SECOND)


def _fill_in_further(told: Story, rows: dict[str, int]) -> None:
    """Under the same name, and a file beside it that is none."""
    books = told.home / "landing" / "books"
    again = Workbook(books / NAME)
    again.conclude(rows["wrong"], "情况属实,转复核", "2026-11-26")
    again.type(rows["alone"], "入户人员", "甲、乙")
    again.type(rows["away"], "备注", "")
    again.conclude(rows["later"], "数据有误", "2026-11-26")
    again.steps.append(["save", str(books / NAME)])
    let_work(again.steps, told.home.parent)
    (books / "通知.xlsx").write_bytes(b"PK no workbook at all")
    told.check(THIRD)


def _sort_rename_and_correct(told: Story, rows: dict[str, int]) -> None:
    """Titles above, under another name in another folder; the old file goes."""
    home, books = told.home, told.home / "landing" / "books"
    last = Workbook(books / NAME)
    last.steps.append(["unprotect"])
    last.conclude(rows["last"], "核实无变化", "2026-12-01")
    last.conclude(rows["right"], "已迁出", "2026-12-18")
    last.sort("预警单编号", list(last.columns)[-1], by="家庭编号")
    last.steps.append(["titles", ["乡民政办", "2026年12月"]])
    (home / "landing" / "ticket_handling").mkdir(exist_ok=True)
    last.steps.append(["save", str(home / "landing" / "ticket_handling" / "乡里 交.xlsx")])
    let_work(last.steps, home.parent)
    (books / NAME).unlink()
    told.check(LAST)


CLOSED = [("visited", "经办甲", "")]


def concluded(outcome: str) -> list[tuple[str, str, str]]:
    return [("concluded", "经办甲", outcome), ("closed", "经办甲", outcome)]


def test_what_was_filled_in_first_is_taken_and_the_rest_waits(story: Story) -> None:
    assert story.events("right", SECOND) == [*CLOSED, *concluded("no_issue")]
    assert [event for event, *_ in story.events("away", SECOND)] == ["noted"]
    assert story.events("later", SECOND) == []
    status = story.status(SECOND)
    assert [status[who][0] for who in ("right", "wrong", "alone", "away", "later", "last")] == [
        "closed", "closed", "opened", "opened", "opened", "opened",
    ]  # fmt: skip


def test_a_row_that_could_not_be_taken_stands_in_the_townships_own_workbook(story: Story) -> None:
    (row,) = story.returned(SECOND)
    assert row["预警单编号"] == story.named["alone"]
    assert "情况属实" in row["填报内容"] and "入户人员 甲" in row["填报内容"]
    assert "至少两人" in row["原因"] and "两人" in row["允许的填法"]
    assert row["文件"] == f"books/{NAME}"


def test_the_same_book_filled_in_further_under_its_name_replaces_row_by_row(story: Story) -> None:
    assert story.events("later", THIRD) == [("visited", "经办甲", ""), *concluded("data_error")]
    assert story.events("alone", THIRD) == [("visited", "经办甲", ""), *concluded("change_confirmed")]
    assert story.events("right", THIRD) == [], "said again, it is no news"
    assert story.events("away", THIRD) == [] and story.status(THIRD)["away"][0] == "opened"
    assert story.returned(THIRD) == []


def test_another_outcome_within_the_days_corrects_the_conclusion_and_both_stay(story: Story) -> None:
    correction = ("corrected", "经办甲", "no_issue:change_confirmed")
    assert story.events("wrong", SECOND)[-2:] == concluded("no_issue")
    assert story.events("wrong", THIRD) == [correction, *concluded("change_confirmed")]
    assert story.status(THIRD)["wrong"] == ("closed", "change_confirmed")


def test_a_file_that_is_none_is_named_where_the_county_reads_it(story: Story) -> None:
    (row,) = story.returned(THIRD, "supervision", "未采纳")
    assert row["文件"] == "books/通知.xlsx" and "工作簿" in row["原因"] and row["允许的填法"]
    page = (story.home / "published" / THIRD.isoformat() / "report" / "index.html").read_text(encoding="utf-8")
    assert "books/通知.xlsx" in page


def test_sorted_renamed_with_titles_in_another_folder_it_is_still_that_book(story: Story) -> None:
    assert story.events("last", LAST)[-2:] == concluded("no_issue")
    for who in ("wrong", "alone", "later"):
        assert story.events(who, LAST) == []


def test_a_correction_that_comes_too_late_is_told_with_the_way_to_go(story: Story) -> None:
    assert story.status(LAST)["right"] == ("closed", "no_issue")
    (row,) = story.returned(LAST)
    assert row["预警单编号"] == story.named["right"]
    assert "更正期限" in row["原因"] and "县级" in row["允许的填法"] and "已迁出" in row["填报内容"]


def test_done_again_after_the_files_are_gone_everything_comes_out_the_same(story: Story) -> None:
    """From the third date on: on the second one the file that is none did not lie there yet, and it is not kept."""
    run_check(Home(story.home), THIRD, replay=True, full=True, now=lambda: f"{LAST}T20:00:00+08:00")
    folders = (story.home / "published" / day.isoformat() for day in (THIRD, LAST))
    assert [read_manifest(folder)["digest"] for folder in folders] == [story.digests[THIRD], story.digests[LAST]]
    assert not (story.home / "landing" / "books" / NAME).exists()
