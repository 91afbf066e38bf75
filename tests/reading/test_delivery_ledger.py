"""What the ledger remembers: duplicates, refused names, vanished files, verdicts that are not made twice."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import polars as pl
import pytest
from files_kit import as_csv, as_jsonl, sound_rows

import assets.deliveries as deliveries_module
from assets.deliveries import Delivery, Stock, read_feed, take_stock, write_ledger
from assets.errors import CheckStoppedError
from assets.fallback import list_missing, require_fallback
from assets.home import Home
from assets.landing import parse_name, scan

AS_OF = dt.date(2026, 11, 20)
FEED = "disability"
ROWS = sound_rows(FEED, 40)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "landing" / FEED).mkdir(parents=True)
    return Home(tmp_path)


def land(home: Home, name: str, rows: list[dict[str, object]] | bytes = ROWS) -> Path:
    path = home.landing / FEED / name
    content = as_jsonl(rows) if name.endswith("jsonl") and not isinstance(rows, bytes) else rows
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else as_csv(content)).encode()
    path.write_bytes(content)
    return path


def check(home: Home, as_of: dt.date = AS_OF, now: str = "2026-11-20T08:00:00+08:00") -> dict[str, Delivery]:
    """One run over the landing folder; the ledger is written. Deliveries by file name."""
    folder = home.check(as_of)
    folder.mkdir(parents=True, exist_ok=True)
    stock = take_stock(home, as_of, folder, lambda: now)
    read_feed(stock, FEED, None, {"150626"})
    write_ledger(stock)
    return {delivery.file.name: delivery for delivery in stock.deliveries.values()}


def status(found: dict[str, Delivery]) -> dict[str, str]:
    return {name: delivery.status for name, delivery in found.items()}


def ledger(home: Home) -> list[dict[str, object]]:
    return [json.loads(line) for line in home.ledger.read_text(encoding="utf-8").splitlines()]


def stock_of(home: Home, as_of: dt.date = AS_OF) -> Stock:
    return take_stock(home, as_of, home.check(as_of), lambda: "")


# --- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["15_20260115.csv", "1506_20260115_2.xlsx", "150626_20260115_12.parquet", "150626_20260115.jsonl"]
)
def test_agreed_names_are_understood(name: str) -> None:
    file = parse_name(FEED, Path(name))
    assert file is not None
    assert file.data_on == dt.date(2026, 1, 15)


@pytest.mark.parametrize(
    "name",
    [
        *("150_20260115.csv", "1506261_20260115.csv", "150626-20260115.csv", "150626_2026115.csv"),
        *("150626_20261315.csv", "150626_20260115.txt", "150626_20260115.csv.gz", "150626_20260115_0.csv"),
        "١٥٠٦٢٦_20260115.csv",  # digits of another script
        "150626100000_20260115.csv",  # a township speaks about tickets only
    ],
)
def test_other_names_are_no_deliveries_and_are_reported(home: Home, name: str) -> None:
    land(home, name)
    files, unusable = scan(home.landing)
    assert files == []
    assert [(u.code, u.shown) for u in unusable] == [("bad_name", f"{FEED}/{name}")]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("机动车.csv".encode("gb18030"), "机动车.csv"),
        (b"\xff\xfe.csv", "\ufffd\ufffd.csv"),
        (b"a\n\x1b[31m.csv", "a??[31m.csv"),
        (b"150626198006010011.xlsx", "150626********0011.xlsx"),
        (b"150626800601001_20260115.csv", "150626*****1001_20260115.csv"),
    ],
)
def test_a_name_that_is_no_text_or_names_a_person_is_shown_all_the_same(home: Home, name: bytes, shown: str) -> None:
    """It goes to the screen and into the database: bytes that are no UTF-8 stopped the check there."""
    land(home, "150626_20260115.csv")
    for folder in (home.landing, home.landing / FEED):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).touch()
    _, unusable = scan(home.landing)
    assert {(u.code, u.shown) for u in unusable} == {("unknown_feed", shown), ("bad_name", f"{FEED}/{shown}")}


def test_files_still_being_copied_and_unknown_feeds_are_left_alone(home: Home) -> None:
    for name in (
        ".150626_20260115.csv.swp",
        "~$150626_20260115.xlsx",
        "150626_20260115.csv.part",
        "150626_20260115.csv.tmp",
    ):
        land(home, name)
    (home.landing / "horoscopes").mkdir()
    files, unusable = scan(home.landing)
    assert (files, [(u.code, u.shown) for u in unusable]) == ([], [("unknown_feed", "horoscopes")])


# --- The same bytes, other bytes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", ["150626_20261101_2.csv", "150626_20261101_1.csv"])
def test_the_same_bytes_under_the_same_feed_area_and_date_are_a_duplicate(home: Home, again: str) -> None:
    land(home, "150626_20261101.csv")
    land(home, again)
    for _ in range(3):
        found = check(home)
        assert status(found) == {"150626_20261101.csv": "accepted", again: "duplicate"}
        assert found[again].detail_en == f"same bytes as {FEED}/150626_20261101.csv"
    assert len(ledger(home)) == 2


@pytest.mark.parametrize("taken", ["150626_20261101_1.csv", "150626_20261101.jsonl", "150626_20261101_1.jsonl"])
def test_other_bytes_under_a_name_already_taken_are_refused_whatever_the_ending(home: Home, taken: str) -> None:
    land(home, "150626_20261101.csv")
    land(home, taken, ROWS[:30])
    found = check(home)
    assert status(found) == {"150626_20261101.csv": "accepted", taken: "refused"}
    assert found[taken].code == "name_taken"
    assert f"{FEED}/150626_20261101.csv" in found[taken].detail_en
    assert "_n" in found[taken].detail_zh


def test_who_came_first_owns_the_name_also_when_the_other_sorts_before_it(home: Home) -> None:
    land(home, "150626_20261101_1.csv")
    check(home)
    land(home, "150626_20261101.csv", ROWS[:30])
    assert status(check(home)) == {"150626_20261101.csv": "refused", "150626_20261101_1.csv": "accepted"}


def test_a_rejected_file_holds_no_name_and_may_come_again_whole(home: Home) -> None:
    land(home, "150626_20261101.csv", b"broken\n")
    assert status(check(home)) == {"150626_20261101.csv": "rejected"}
    land(home, "150626_20261101.csv")
    assert status(check(home)) == {"150626_20261101.csv": "accepted"}


def test_the_same_bytes_under_another_date_or_area_are_a_delivery_of_their_own_the_date_with_a_warning(
    home: Home,
) -> None:
    land(home, "150626_20261001.csv")
    land(home, "150626_20261101.csv")
    land(home, "1506_20261101.csv")
    found = check(home)
    assert set(status(found).values()) == {"accepted"}
    assert found["150626_20261101.csv"].warning_en.startswith(f"the same bytes as {FEED}/150626_20261001.csv")
    assert "150626_20261001.csv" in found["150626_20261101.csv"].warning_zh
    assert found["150626_20261001.csv"].warning_en == found["1506_20261101.csv"].warning_en == ""


def test_a_correction_replaces_lower_numbers_and_a_rejected_one_replaces_nothing(home: Home) -> None:
    land(home, "150626_20261101.csv")
    land(home, "150626_20261101_2.csv", ROWS[:30])
    land(home, "150626_20261101_3.csv", b"broken\n")
    found = check(home)
    assert {name for name, delivery in found.items() if delivery.rows_path} == {"150626_20261101_2.csv"}


def test_files_dated_after_the_check_are_not_looked_at_yet(home: Home) -> None:
    land(home, "150626_20261121.csv")
    assert check(home) == {}
    assert not home.ledger.exists()
    assert [f.name for f in stock_of(home).later] == ["150626_20261121.csv"]
    assert status(check(home, dt.date(2026, 11, 21))) == {"150626_20261121.csv": "accepted"}


# --- Over several runs -----------------------------------------------------------------------------------------------


def test_the_ledger_holds_digest_size_counts_and_time_of_arrival(home: Home) -> None:
    path = land(home, "150626_20261101.csv", [*ROWS, ROWS[0] | {"电话": "1"}])
    check(home)
    check(home, now="2026-12-01T08:00:00+08:00")
    (entry,) = ledger(home)
    assert (entry["read"], entry["accepted"], entry["set_aside"]) == (41, 40, 1)
    assert entry["size"] == path.stat().st_size
    assert len(str(entry["sha256"])) == 64
    assert entry["arrived_at"] == "2026-11-20T08:00:00+08:00"
    assert entry["status"] == "accepted_with_errors"


def test_a_verdict_is_not_made_twice_while_bytes_contract_and_reader_are_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("20260901", "20261001", "20261101"):
        land(home, f"150626_{day}.csv", ROWS[: 20 + int(day[4:6])])
    check(home)
    opened = []
    real = deliveries_module.read_delivery
    monkeypatch.setattr(deliveries_module, "read_delivery", lambda *a: opened.append(a[0].name) or real(*a))
    assert set(status(check(home)).values()) == {"accepted"}
    assert opened == ["150626_20261101.csv"]  # the snapshot in force is read for its rows, the older ones are not
    monkeypatch.setattr(deliveries_module, "READER_VERSION", "next")
    check(home)
    assert len(opened) == 4
    assert len(ledger(home)) == 6


def test_an_accepted_file_that_vanished_or_changed_stops_the_check_and_is_named(home: Home) -> None:
    path = land(home, "150626_20261101.csv")
    content = path.read_bytes()
    check(home)
    for damage in (path.unlink, lambda: path.write_bytes(as_csv(ROWS[:30]).encode())):
        damage()
        with pytest.raises(CheckStoppedError) as stopped:
            check(home)
        assert stopped.value.code == "delivery_gone"
        for text in (stopped.value.zh, stopped.value.en):
            assert f"{FEED}/150626_20261101.csv" in text
        path.write_bytes(content)
    assert status(check(home)) == {"150626_20261101.csv": "accepted"}


def test_a_file_may_vanish_when_a_newer_one_is_in_force_or_it_was_never_accepted(home: Home) -> None:
    old, bad = land(home, "150626_20261001.csv"), land(home, "150626_20261015.csv", b"broken\n")
    check(home)
    land(home, "150626_20261101.csv", ROWS[:30])
    check(home)
    old.unlink()
    bad.unlink()
    assert status(check(home)) == {"150626_20261101.csv": "accepted"}


def test_a_check_of_an_earlier_day_does_not_miss_later_files(home: Home) -> None:
    land(home, "150626_20261001.csv")
    later = land(home, "150626_20261101.csv", ROWS[:30])
    check(home)
    later.unlink()
    assert status(check(home, dt.date(2026, 10, 20))) == {"150626_20261001.csv": "accepted"}


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_last_line_cut_off_by_a_crash_is_written_again_and_spoils_no_other(home: Home, cut: int) -> None:
    land(home, "150626_20261001.csv")
    check(home)
    land(home, "150626_20261101.csv", ROWS[:30])
    check(home)
    whole = home.ledger.read_bytes()
    home.ledger.write_bytes(whole[:-cut])
    for _ in range(2):
        assert status(check(home)) == {"150626_20261001.csv": "accepted", "150626_20261101.csv": "accepted"}
    assert home.ledger.read_bytes() == whole


def test_a_file_the_disk_would_not_give_takes_no_name_and_is_read_once_it_does(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(home, "150626_20261101.csv")
    with monkeypatch.context() as broken:
        broken.setattr(deliveries_module, "sha256", lambda _path: (_ for _ in ()).throw(PermissionError("secret")))
        found = check(home)["150626_20261101.csv"]
        assert (found.status, found.code, found.detail_en) == ("rejected", "unreadable", "PermissionError")
    assert status(check(home)) == {"150626_20261101.csv": "accepted"}


def test_a_header_with_any_line_separator_in_it_does_not_break_the_ledger(home: Home) -> None:
    strange = "a\u2028b\u0085c\x1dd"
    land(home, "150626_20261101.csv", [row | {strange: "x"} for row in ROWS])
    check(home)
    (verdict,) = stock_of(home).ledger.verdicts.values()
    assert (verdict.extra_columns, verdict.extra_columns_count) == ([], 1)
    check(home)
    assert home.ledger.read_bytes().count(b"\n") == 1


def test_a_rejected_delivery_with_nothing_else_in_force_stops_the_check_with_the_file_and_what_to_do(
    home: Home,
) -> None:
    land(home, "150626_20261101.csv", b"broken\n")
    check(home)
    stock = stock_of(home)
    with pytest.raises(CheckStoppedError) as stopped:
        require_fallback(stock, {"150626"})
    for text in (stopped.value.zh, stopped.value.en):
        assert f"{FEED}/150626_20261101.csv" in text
        assert "--without-rejected" in text
    land(home, "150626_20261001.csv")
    check(home)
    require_fallback(stock_of(home), {"150626"})


def test_stored_rows_say_which_delivery_they_are_of(home: Home) -> None:
    land(home, "150626_20261001.csv")
    land(home, "150626_20261101.csv", ROWS[:30])
    newest = check(home)["150626_20261101.csv"]
    assert newest.rows_path is not None
    rows = pl.read_parquet(newest.rows_path)
    assert rows["delivery_no"].to_list() == [newest.place] * 30


def test_links_are_not_followed_files_and_folders_and_the_reason_is_given(home: Home, tmp_path: Path) -> None:
    land(home, "150626_20261101.csv")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "150626_20261102.csv").write_text(as_csv(ROWS[:30]), encoding="utf-8")
    (home.landing / FEED / "150626_20261102.csv").symlink_to(elsewhere / "150626_20261102.csv")
    (home.landing / FEED / "150626_20261103.csv").symlink_to(tmp_path / "gone.csv")
    (home.landing / FEED / "folder").symlink_to(elsewhere)
    (home.landing / FEED / "张三150626198006010011.csv").symlink_to("/etc/passwd")
    (home.landing / "vehicles").symlink_to(elsewhere)
    os.mkfifo(home.landing / FEED / "150626_20261104.csv")
    assert status(check(home)) == {"150626_20261101.csv": "accepted"}
    found = {(u.code, u.shown) for u in stock_of(home).unusable}
    assert found == {
        ("link", f"{FEED}/150626_20261102.csv"),
        ("link", f"{FEED}/150626_20261103.csv"),
        ("link", f"{FEED}/folder"),
        ("link", f"{FEED}/张*150626********0011.csv"),
        ("link", "vehicles"),
        ("bad_name", f"{FEED}/150626_20261104.csv"),
    }


def test_a_broken_file_of_a_county_without_households_stops_nobody(home: Home) -> None:
    land(home, "150626_20261101.csv")
    land(home, "360202_20261101.csv", b"broken\n")
    assert status(check(home))["360202_20261101.csv"] == "rejected"
    require_fallback(stock_of(home), {"150626"})
    with pytest.raises(CheckStoppedError) as stopped:
        require_fallback(stock_of(home), {"150626", "360202"})
    assert "360202_20261101.csv" in stopped.value.zh and "150626" not in stopped.value.zh


@pytest.mark.parametrize(
    ("name", "content", "zh", "en"),
    [
        ("150626_20261101.csv", b"broken\n", "整批退回", "was rejected as a whole"),
        ("150626_20261201.csv", None, "晚于核对日期", "dated after the check date"),
        ("名册.csv", None, "请先提交", "Deliver it first"),
    ],
)
def test_without_a_list_the_check_says_whether_it_was_rejected_is_too_new_or_never_came(
    home: Home, name: str, content: bytes | None, zh: str, en: str
) -> None:
    land(home, name, ROWS if content is None else content)
    check(home)
    stopped = list_missing(stock_of(home), FEED, "roster_missing")
    assert stopped.code == "roster_missing"
    assert zh in stopped.zh and en in stopped.en
    assert ("请先提交该文件" in stopped.zh) == ("Deliver it first" in stopped.en) == (name == "名册.csv")
    assert (f"{FEED}/{name}" in stopped.zh) == (name != "名册.csv")
