"""What people report about tickets: by county or by township, every row for itself, each with its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from files_kit import as_csv, as_jsonl, landing_file, read_bytes, read_path, sound_row, sound_rows, write_xlsx

from assets.deliveries import Delivery, Stock, read_feed, take_stock, write_ledger
from assets.errors import CheckStoppedError
from assets.fallback import require_fallback
from assets.home import Home
from assets.landing import scan
from assets.publication.returned import refused_files
from assets.reading.book_identity import identity
from assets.returns import read_reports
from data_contracts import feed_contracts

RETURNED = sorted(name for name, contract in feed_contracts().items() if contract.subject == "ticket")
OTHERS = sorted(set(feed_contracts()) - set(RETURNED))
AS_OF = dt.date(2026, 11, 20)
TOWNSHIP = "150626100000"


def home_with(root: Path, *files: str, content: dict[str, str] | None = None) -> Home:
    """A landing folder; each file `<feed>/<name>` holds three sound rows unless `content` says otherwise."""
    for name in files:
        path = root / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        feed = path.parent.name
        path.write_text((content or {}).get(name, as_csv(sound_rows(feed, 3))), encoding="utf-8")
    return Home(root)


def stock_of(home: Home) -> Stock:
    folder = home.check(AS_OF)
    folder.mkdir(parents=True, exist_ok=True)
    return take_stock(home, AS_OF, folder, lambda: "2026-11-20T08:00:00+08:00")


def read(home: Home, feed: str) -> dict[str, Delivery]:
    """All deliveries of a feed by file name, read for every area that reports."""
    stock = stock_of(home)
    read_feed(stock, feed, None, {d.file.area for d in stock.of_feed(feed)})
    write_ledger(stock)
    return {d.file.name: d for d in stock.of_feed(feed)}


# --- Who reports -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("feed", RETURNED)
def test_a_township_may_report_under_its_twelve_digits(tmp_path: Path, feed: str) -> None:
    file = landing_file(tmp_path / f"{TOWNSHIP}_20261120_2.xlsx", feed)
    assert (file.area, file.data_on, file.n) == (TOWNSHIP, AS_OF, 2)


@pytest.mark.parametrize("feed", OTHERS)
def test_other_feeds_come_for_a_county_at_least(tmp_path: Path, feed: str) -> None:
    home = home_with(tmp_path, f"{feed}/{TOWNSHIP}_20261120.csv", f"{feed}/150626_20261120.csv")
    files, unusable = scan(home.landing)
    assert [f.area for f in files] == ["150626"]
    assert [(u.code, u.shown) for u in unusable] == [("bad_name", f"{feed}/{TOWNSHIP}_20261120.csv")]


def test_the_file_of_a_township_stands_beside_that_of_its_county(tmp_path: Path) -> None:
    feed = "ticket_outcomes"
    names = [
        f"{TOWNSHIP}_20261110.csv",
        f"{TOWNSHIP}_20261110_2.csv",
        "150626101000_20261110.csv",
        "150626_20261110.csv",
    ]
    home = home_with(tmp_path, *(f"{feed}/{name}" for name in names))
    (home.landing / feed / names[1]).write_text(as_csv(sound_rows(feed, 2)), encoding="utf-8")
    found = read(home, feed)
    assert {name for name, delivery in found.items() if delivery.rows_path} == set(names[1:])
    assert found[names[1]].delivered().area == TOWNSHIP


@pytest.mark.parametrize("change", ["removed", "renamed", "overwritten", "a folder now"])
def test_a_report_that_was_read_stays_whatever_becomes_of_its_file(tmp_path: Path, change: str) -> None:
    name = f"{TOWNSHIP}_20261110.csv"
    home = home_with(tmp_path, f"objections/{name}", "objections/150626_20261112.csv")
    before = read(home, "objections")[name]
    path = home.landing / "objections" / name
    match change:
        case "removed":
            path.unlink()
        case "renamed":
            path.rename(path.with_name("收到.csv"))
        case "overwritten":
            path.write_text("x", encoding="utf-8")
        case _:
            path.unlink()
            path.mkdir()
    stock = stock_of(home)
    read_feed(stock, "objections", None, None)
    after = next(d for d in stock.of_feed("objections") if d.file.shown == before.file.shown)
    assert after.rows_path is not None
    assert before.rows_path is not None
    now, then = (pl.read_parquet(path).drop("delivery_no") for path in (after.rows_path, before.rows_path))
    assert now.equals(then)
    assert len(stock.of_feed("objections")) == (3 if change == "overwritten" else 2)


def test_a_report_saved_again_under_its_name_is_read_beside_the_first(tmp_path: Path) -> None:
    name = f"ticket_outcomes/{TOWNSHIP}_20261110.csv"
    home = home_with(tmp_path, name)
    for content in (3, 5, 3, 3):
        (home.landing / name).write_text(as_csv(sound_rows("ticket_outcomes", content)), encoding="utf-8")
        stock = stock_of(home)
        read_feed(stock, "ticket_outcomes", None, None)
        write_ledger(stock)
    found = [(d.file.shown, d.status, d.accepted) for d in stock.of_feed("ticket_outcomes")]
    assert found == [(name, "accepted", 3), (f"{name}#2", "accepted", 5), (f"{name}#3", "accepted", 3)]
    assert [d.place for d in stock.accepted("ticket_outcomes")] == [1, 2, 3]
    kept = sorted((home.lake / "reports").iterdir())
    assert len(kept) == 3, "two contents and their list"
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)


# --- Nothing here stops a check --------------------------------------------------------------------------------------


@pytest.mark.parametrize("feed", [*RETURNED, *OTHERS])
def test_a_rejected_report_never_stops_the_check_and_a_departments_file_does(tmp_path: Path, feed: str) -> None:
    name = f"{feed}/150626_20261120.csv"
    home = home_with(tmp_path, name, content={name: "nothing,we,know\n1,2,3\n"})
    delivery = read(home, feed)["150626_20261120.csv"]
    assert (delivery.status, delivery.code) == ("rejected", "header_missing")
    if feed in RETURNED:
        require_fallback(stock_of(home), {"150626"})
    else:
        with pytest.raises(CheckStoppedError):
            require_fallback(stock_of(home), {"150626"})


@pytest.mark.parametrize("feed", RETURNED)
def test_one_good_row_among_bad_ones_is_taken(tmp_path: Path, feed: str) -> None:
    date = next(c.name for c in feed_contracts()[feed].columns if c.parse == "date")
    rows = sound_rows(feed, 20)
    for row in rows[:-1]:
        row[date] = "昨天"
    found = read_bytes(tmp_path, feed, as_csv(rows))
    assert (found.status, found.reading.accepted, found.reading.set_aside) == ("accepted_with_errors", 1, 19)
    assert set(found.codes().values()) == {"bad_date"}
    all_bad = read_bytes(tmp_path, feed, as_csv(rows[:-1]))
    assert (all_bad.status, all_bad.reading.accepted) == ("accepted_with_errors", 0)


@pytest.mark.parametrize("feed", RETURNED)
def test_rows_set_aside_are_kept_whole_for_they_are_civil_affairs_own(tmp_path: Path, feed: str) -> None:
    name = next(c.name for c in feed_contracts()[feed].columns if c.parse == "date")
    found = read_bytes(tmp_path, feed, as_csv([sound_row(feed, 1, **{name: "昨天"})]))
    (row,) = found.reading.set_aside_rows["row"].to_list()
    assert "H000001" in row and "昨天" in row


# --- Lines -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet"])
def test_stored_reports_know_their_line_in_the_file(tmp_path: Path, form: str) -> None:
    rows = sound_rows("recheck_results", 6)
    rows[1]["result"], rows[3] = "不详", rows[2]
    first = 1 if form in ("jsonl", "parquet") else 2
    path = tmp_path / f"{TOWNSHIP}_20261101.{form}"
    if form == "xlsx":
        write_xlsx(path, rows)
    elif form == "parquet":
        pl.DataFrame(rows).write_parquet(path)
    else:
        path.write_text(as_csv(rows) if form == "csv" else as_jsonl(rows), encoding="utf-8")
    found = read_path(path, "recheck_results")
    assert found.codes() == {first + 1: "bad_code", first + 3: "duplicate_row"}
    assert found.rows.schema["line"] == pl.Int64
    assert found.rows["line"].to_list() == [first, first + 2, first + 4, first + 5]


def test_a_line_is_where_the_row_begins_also_behind_cells_of_several_lines(tmp_path: Path) -> None:
    rows = [sound_row("ticket_handling", serial, note="一\n二\n三") for serial in (1, 2, 3)]
    assert read_bytes(tmp_path, "ticket_handling", as_csv(rows)).rows["line"].to_list() == [2, 5, 8]


@pytest.mark.parametrize("feed", OTHERS)
def test_rows_of_other_feeds_have_no_line(tmp_path: Path, feed: str) -> None:
    assert "line" not in read_bytes(tmp_path, feed, as_csv(sound_rows(feed, 2))).rows.columns


# --- Rows nobody has filled in ---------------------------------------------------------------------------------------

BARE = {feed: {"ticket_id"} for feed in RETURNED} | {
    "objection_answers": {"ticket_id", "item_no"},
    "referral_answers": {"ticket_id", "department"},
}


def bare(feed: str, serial: int) -> dict[str, Any]:
    return {name: cell if name in BARE[feed] else " " for name, cell in sound_row(feed, serial).items()}


@pytest.mark.parametrize("feed", RETURNED)
def test_a_row_of_our_own_list_that_nobody_filled_in_is_no_row(tmp_path: Path, feed: str) -> None:
    rows = [bare(feed, 1), sound_row(feed, 2), bare(feed, 3)]
    found = read_bytes(tmp_path, feed, as_csv(rows))
    assert (found.status, found.reading.read, found.rows["line"].to_list()) == ("accepted", 1, [3])


@pytest.mark.parametrize(
    ("feed", "given"),
    [("objections", {"item_no"}), ("ticket_referrals", {"department"}), ("ticket_handling", {"action"}),
     ("objection_answers", {"result"}), ("ticket_outcomes", {"handled_on", "handler"})],
)  # fmt: skip
def test_a_row_somebody_began_is_one_and_is_sent_back(tmp_path: Path, feed: str, given: set[str]) -> None:
    row = {name: cell if name in BARE[feed] | given else "" for name, cell in sound_row(feed, 1).items()}
    assert read_bytes(tmp_path, feed, as_csv([row])).codes() == {2: "missing_value"}


def test_items_are_counted_from_one(tmp_path: Path) -> None:
    rows = [sound_row("objections", n, item_no=text) for n, text in enumerate(["1", "１２", "0", "-1", "1.5", "甲"], 1)]
    found = read_bytes(tmp_path, "objections", as_csv(rows))
    assert found.rows["item_no"].to_list() == [1, 12]
    assert found.codes() == {4: "out_of_range", 5: "out_of_range", 6: "bad_number", 7: "bad_number"}


@pytest.mark.parametrize("text", ["housing", "HOUSING", "住建", "住建局", " 住房城乡建设 ", "住房和城乡建设局"])
def test_departments_are_known_by_their_usual_names(tmp_path: Path, text: str) -> None:
    found = read_bytes(tmp_path, "ticket_referrals", as_csv([sound_row("ticket_referrals", 1, department=text)]))
    assert found.rows["department"].to_list() == ["housing"]


# --- Days without a year, and what stands beside workbooks -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "filed_on", "expected"),
    [
        ("11月25日", "20261125", dt.date(2026, 11, 25)),
        (" 1 月 5 号 ", "20260105", dt.date(2026, 1, 5)),
        ("１１月２５", "20261126", dt.date(2026, 11, 25)),
        ("12月28日", "20270120", dt.date(2026, 12, 28)),
        ("7月3日", "20260101", dt.date(2026, 7, 3)),
        ("7月4日", "20260101", dt.date(2025, 7, 4)),
        ("2月29日", "20260301", "bad_date"),
        ("13月1日", "20260301", "bad_date"),
        ("11月", "20261125", "bad_date"),
    ],
)
def test_a_day_without_a_year_is_of_the_year_of_its_file(
    tmp_path: Path, text: str, filed_on: str, expected: dt.date | str
) -> None:
    path = tmp_path / f"150626_{filed_on}.csv"
    path.write_text(as_csv([sound_row("ticket_outcomes", 1, handled_on=text)]), encoding="utf-8")
    found = read_path(path, "ticket_outcomes")
    if isinstance(expected, str):
        assert found.codes() == {2: expected}
    else:
        assert found.rows["handled_on"].to_list() == [expected]


def test_a_department_that_leaves_the_year_out_is_not_guessed_at(tmp_path: Path) -> None:
    rows = [*sound_rows("disability", 30), sound_row("disability", 31, issued_on="11月25日")]
    assert read_bytes(tmp_path, "disability", as_csv(rows)).codes() == {32: "bad_date"}


def test_what_lies_in_the_folder_of_books_is_told_for_what_it_is(tmp_path: Path) -> None:
    books = tmp_path / "books"
    (books / "新建文件夹").mkdir(parents=True)
    write_xlsx(books / "甲.xlsx", sound_rows("ticket_outcomes", 1))
    (books / "断.xlsx").write_bytes((books / "甲.xlsx").read_bytes()[:-200])
    (books / "旧.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    for ignored in ("Thumbs.db", "desktop.ini", "~$甲.xlsx", ".DS_Store"):
        (books / ignored).write_bytes(b"x")
    assert {stray.shown: stray.code for stray in scan(tmp_path)[1]} == {
        "books/新建文件夹": "folder",
        "books/甲.xlsx": "unknown_book",
        "books/断.xlsx": "truncated",
        "books/旧.xls": "old_excel",
    }


def _noted(home: Home, day: dt.date, note: str, **more: Any) -> list[tuple[dt.date, str]]:
    """Days and words of the notes of a book that is dropped with this note, as a check of that day reads them."""
    book = home.landing / "books" / "甲.xlsx"
    book.parent.mkdir(parents=True, exist_ok=True)
    nothing = dict.fromkeys(("outcome", "visited_on", "visitors"), "")
    row = {**sound_row("ticket_outcomes", 1), **nothing, "handled_on": "", "note": note, **more}
    write_xlsx(book, [{**row, identity(TOWNSHIP, dt.date(2026, 11, 20)): day.isoformat()}])
    folder = home.check(day)
    folder.mkdir(parents=True, exist_ok=True)
    stock = take_stock(home, day, folder, lambda: f"{day}T08:00:00+08:00")
    reports = read_reports(stock, {row["ticket_id"]: TOWNSHIP})[row["ticket_id"]]
    write_ledger(stock)
    return [(report.on, report.text("note")) for report in reports if report.text("action") == "noted"]


def test_a_note_that_is_dropped_again_with_its_book_is_no_new_step_of_handling(tmp_path: Path) -> None:
    home, first = Home(tmp_path), dt.date(2026, 11, 21)
    second, third, fourth = (first + dt.timedelta(days=days) for days in (1, 2, 3))
    assert _noted(home, first, "户主外出") == [(first, "户主外出")]
    assert _noted(home, second, "户主外出") == [(first, "户主外出")]
    assert _noted(home, third, "下周再去") == [(third, "下周再去")]
    assert _noted(home, fourth, "下周再去") == [(third, "下周再去")]


def test_a_file_named_after_an_earlier_day_is_told_of_when_it_comes(tmp_path: Path) -> None:
    """The name has the day of the ticket list; the check before could not know the file."""
    home, day = Home(tmp_path), dt.date(2026, 11, 28)
    folder = home_with(tmp_path, f"ticket_outcomes/{TOWNSHIP}_20261120.xlsx").check(day)
    folder.mkdir(parents=True)
    stock = take_stock(home, day, folder, lambda: f"{day}T08:00:00+08:00")
    read_feed(stock, "ticket_outcomes", None, None)
    assert [told["file"] for _, told in refused_files(stock, day - dt.timedelta(days=1))] == [
        f"ticket_outcomes/{TOWNSHIP}_20261120.xlsx"
    ]
    write_ledger(stock)
    later = home.check(day + dt.timedelta(days=2))
    later.mkdir(parents=True)
    stock = take_stock(home, day + dt.timedelta(days=2), later, lambda: "2026-11-30T08:00:00+08:00")
    read_feed(stock, "ticket_outcomes", None, None)
    assert list(refused_files(stock, day + dt.timedelta(days=1))) == [], "it was told of then"
