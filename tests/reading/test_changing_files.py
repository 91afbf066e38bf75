"""Files that change while they are read, what is no file at all, and what a check that stops says about its rows."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from files_kit import as_csv, sound_rows

import assets.deliveries as deliveries_module
from assets.deliveries import Delivery, read_feed, take_stock, write_ledger
from assets.errors import CheckStoppedError
from assets.fallback import require_fallback
from assets.home import Home
from assets.landing import scan
from assets.reading.delivery import Reading

AS_OF = dt.date(2026, 11, 20)
FEED = "disability"
ROWS = sound_rows(FEED, 40)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "landing" / FEED).mkdir(parents=True)
    return Home(tmp_path)


def land(home: Home, name: str, rows: list[dict[str, Any]] = ROWS) -> Path:
    path = home.landing / FEED / name
    path.write_text(as_csv(rows), encoding="utf-8")
    return path


def check(home: Home) -> dict[str, Delivery]:
    """One run over the landing folder; the ledger is written. Deliveries by file name."""
    home.check(AS_OF).mkdir(parents=True, exist_ok=True)
    stock = take_stock(home, AS_OF, home.check(AS_OF), lambda: "2026-11-20T08:00:00+08:00")
    read_feed(stock, FEED, None, {"150626"})
    write_ledger(stock)
    return {delivery.file.name: delivery for delivery in stock.deliveries.values()}


@pytest.mark.parametrize("how", ["grows", "other bytes", "another time", "goes"])
def test_a_file_that_changes_while_it_is_read_is_rejected_and_may_come_again_under_its_name(
    home: Home, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = land(home, "150626_20261101.csv")
    content, read = path.read_bytes(), deliveries_module.read_delivery

    def reads_and_changes(*arguments: Any) -> Reading:
        found = read(*arguments)
        match how:
            case "grows":
                path.write_bytes(content + content.splitlines(keepends=True)[-1])
            case "other bytes":
                path.write_bytes(content.replace(b"2020", b"2021"))
            case "another time":
                os.utime(path, (1, 1))
            case _:
                path.unlink()
        return found

    with monkeypatch.context() as busy:
        busy.setattr(deliveries_module, "read_delivery", reads_and_changes)
        found = check(home)["150626_20261101.csv"]
        assert (found.status, found.code, found.read, found.rows_path) == ("rejected", "changed_while_read", 0, None)
    assert not list((home.check(AS_OF) / "rows").rglob("*.parquet"))
    path.write_bytes(content.replace(b"2020", b"2022") if how == "other bytes" else content)
    assert {name: d.status for name, d in check(home).items()} == {"150626_20261101.csv": "accepted"}


def test_folders_archives_and_old_workbooks_are_named_with_the_true_reason(home: Home) -> None:
    folder = home.landing / FEED
    (folder / "150626_20261101.csv").mkdir()
    (folder / "残疾人.zip").write_bytes(b"PK\x03\x04" + b"x" * 40)
    (folder / "150626_20261101.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512)
    (folder / "导出.xls").write_text("<html><table>", encoding="utf-8")
    (folder / "说明.txt").write_text("x", encoding="utf-8")
    found = {item.shown.split("/")[1]: item.code for item in scan(home.landing)[1]}
    assert found == {
        "150626_20261101.csv": "folder",
        "残疾人.zip": "archive",
        "150626_20261101.xls": "old_excel",
        "导出.xls": "html_or_xml",
        "说明.txt": "bad_name",
    }


def test_what_stops_a_check_says_which_rows_were_bad(home: Home) -> None:
    land(home, "150626_20261101.csv", [row | {"grade": "9"} for row in ROWS])
    check(home)
    stock = take_stock(home, AS_OF, home.check(AS_OF), lambda: "")
    with pytest.raises(CheckStoppedError) as stopped:
        require_fallback(stock, {"150626"})
    assert "残疾等级: 不在代码表中, 40 行(第 2、3、4、5、6 行 等)" in stopped.value.zh
    assert "grade: not in the code list, 40 rows" in stopped.value.en
