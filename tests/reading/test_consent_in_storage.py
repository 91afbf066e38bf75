"""Consent first: rows of people nobody may look at are counted and never stored; nothing of them is under lake/."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from files_kit import DATA_ON, as_csv, as_jsonl, number, sound_row, write_xlsx, wrong_check_digit

from assets.deliveries import Stock, read_feed, take_stock, write_ledger
from assets.home import Home
from assets.people import PeopleSet
from data_contracts import feed_contracts

AS_OF = dt.date(2026, 11, 20)
OURS, STRANGERS = range(1, 11), range(500, 590)
STRANGER_NAME = "赛罕其其格"
PERSON_FEEDS = sorted(name for name, contract in feed_contracts().items() if contract.subject == "person")
ECONOMIC = sorted(name for name, contract in feed_contracts().items() if contract.is_economic)


def digits(serial: int) -> str:
    """What the lake keeps of a number: the check character follows from it."""
    return number(serial)[:17]


def everything_under(folder: Path) -> str:
    """The text of every file below a folder, Parquet read as a person with a tool would read it."""
    texts = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        texts.append(content.decode("utf-8", errors="ignore"))
        if content.startswith(b"PAR1"):
            texts.append(pl.read_parquet(path).write_ndjson())
    return "\n".join(texts)


def stock_of(home: Home) -> Stock:
    folder = home.check(AS_OF)
    folder.mkdir(parents=True, exist_ok=True)
    return take_stock(home, AS_OF, folder, lambda: "2026-11-20T00:00:00+08:00")


def judged(home: Home, feed: str) -> Stock:
    """The feed read with only our people kept, and the ledger written."""
    stock = stock_of(home)
    read_feed(stock, feed, PeopleSet(pl.Series([int(digits(serial)) for serial in OURS])), {"150626"})
    write_ledger(stock)
    return stock


def rows_of(feed: str) -> list[dict[str, object]]:
    names = {"name": "某甲", "owner_name": "某甲"}
    has_name = {c.name for c in feed_contracts()[feed].columns} & set(names)
    rows = [sound_row(feed, serial) for serial in OURS]
    return rows + [sound_row(feed, serial, **dict.fromkeys(has_name, STRANGER_NAME)) for serial in STRANGERS]


def land(home: Home, feed: str, rows: list[dict[str, object]], form: str = "csv") -> None:
    path = home.landing / feed / f"150626_{DATA_ON:%Y%m%d}.{form}"
    path.parent.mkdir(parents=True)
    if form == "xlsx":
        write_xlsx(path, rows)
    elif form == "parquet":
        pl.DataFrame(rows).write_parquet(path)
    else:
        path.write_text(as_csv(rows) if form == "csv" else as_jsonl(rows), encoding="utf-8")


@pytest.mark.parametrize("feed", PERSON_FEEDS)
def test_rows_of_people_not_kept_are_counted_but_stored_nowhere(tmp_path: Path, feed: str) -> None:
    home = Home(tmp_path)
    land(home, feed, rows_of(feed))
    (delivery,) = judged(home, feed).deliveries.values()
    assert (delivery.read, delivery.accepted, delivery.kept) == (100, 100, 10)
    stored = everything_under(home.lake)
    assert all(digits(serial) in stored for serial in OURS)
    assert not [serial for serial in STRANGERS if digits(serial) in stored]
    assert STRANGER_NAME not in stored


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "jsonl"])
def test_no_form_of_file_leaves_a_stranger_behind_even_among_repeated_and_bad_rows(tmp_path: Path, form: str) -> None:
    home, rows = Home(tmp_path), rows_of("vehicles")
    rows += [rows[20] | {"brand_model": "秘密牌"}, dict(rows[21]), dict(rows[0])]
    rows[30] |= {"person_id": wrong_check_digit(number(530)), "brand_model": "秘密牌"}
    land(home, "vehicles", rows, form)
    (delivery,) = judged(home, "vehicles").deliveries.values()
    assert (delivery.status, delivery.read, delivery.set_aside, delivery.kept) == ("accepted_with_errors", 103, 4, 10)
    stored = everything_under(home.lake)
    assert not [serial for serial in STRANGERS if digits(serial) in stored]
    assert digits(530) not in stored
    assert STRANGER_NAME not in stored
    assert "秘密牌" not in stored


@pytest.mark.parametrize("feed", ECONOMIC)
def test_of_an_economic_row_set_aside_only_line_column_code_and_masked_number_stay(tmp_path: Path, feed: str) -> None:
    home, rows = Home(tmp_path), rows_of(feed)
    bad = wrong_check_digit(number(1))
    rows[0]["person_id"] = bad
    for row in rows[1:3]:
        row["person_id"] = STRANGER_NAME * 4  # a name in the wrong column is no number to be shown
    land(home, feed, rows)
    stock = judged(home, feed)
    path = next((home.lake / "ledger" / "set_aside").rglob("*.parquet"))
    frame = pl.read_parquet(path)
    assert frame["code"].to_list() == ["id_check_digit", "id_format", "id_format"]
    assert frame["person_masked"].to_list() == [f"{bad[:6]}********{bad[-4:]}", None, None]
    assert frame["row"].null_count() == 3
    assert STRANGER_NAME not in everything_under(home.lake)
    assert next(iter(stock.deliveries.values())).set_aside == 3


def test_a_rejected_file_leaves_no_rows_at_all(tmp_path: Path) -> None:
    home, rows = Home(tmp_path), rows_of("pensions")
    for row in rows[:50]:
        row["period"] = "never"
    land(home, "pensions", rows)
    (delivery,) = judged(home, "pensions").deliveries.values()
    assert (delivery.status, delivery.rows_path) == ("rejected", None)
    assert digits(9) not in everything_under(home.lake)


def test_with_nobody_to_look_at_nothing_is_stored_and_everything_is_counted(tmp_path: Path) -> None:
    home = Home(tmp_path)
    land(home, "tax", rows_of("tax"))
    stock = stock_of(home)
    read_feed(stock, "tax", PeopleSet(pl.Series([], dtype=pl.Int64)), {"150626"})
    (delivery,) = stock.deliveries.values()
    assert (delivery.status, delivery.accepted, delivery.kept) == ("accepted", 100, 0)
    stored = everything_under(home.lake)
    assert not [serial for serial in (*OURS, *STRANGERS) if digits(serial) in stored]
