"""Rows of a file that has not changed are taken from an earlier check, with today's people and nobody else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from files_kit import as_csv, as_jsonl, number, sound_row
from test_consent_in_storage import PERSON_FEEDS, digits, everything_under
from test_delivery_ledger import AS_OF

from assets.deliveries import Delivery, read_feed, take_stock, write_ledger
from assets.home import Home
from assets.landing import scan
from assets.reading import typed_files
from assets.reading.people_set import PeopleSet
from assets.stored_rows import StoredRows
from data_contracts import feed_contract

EARLY, LATER = range(1, 21), range(11, 31)


def people(serials: range) -> PeopleSet:
    return PeopleSet(pl.Series([int(digits(serial)) for serial in serials]))


def landed(home: Home, feed: str, form: str) -> None:
    folder = home.landing / feed
    folder.mkdir(parents=True)
    rows = [sound_row(feed, serial) for serial in range(1, 41)]
    rows[14] = dict(rows[14]) | {"person_id": "not a number"}
    rows.append(rows[24])  # a duplicate of one who comes later
    content = as_jsonl(rows) if form == "jsonl" else as_csv(rows)
    path = folder / f"150626_20261101.{form}"
    if form == "parquet":
        pl.read_csv(content.encode(), infer_schema=False).write_parquet(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def read(home: Home, day: str, feed: str, keep: PeopleSet, stored: StoredRows | None) -> Delivery:
    folder = home.lake / day
    folder.mkdir(parents=True)
    stock = take_stock(home, AS_OF, folder, lambda: "2026-11-20T08:00:00+08:00")
    stock.stored = stored
    read_feed(stock, feed, keep, {"150626"})
    write_ledger(stock)
    (delivery,) = stock.of_feed(feed)
    return delivery


def earlier(home: Home, feed: str, delivery: Delivery, kept: range) -> StoredRows:
    """The partition the first check left; of economic feeds it kept the rows of admitted members only."""
    partition = home.lake / "first"
    is_economic = feed_contract(feed).is_economic
    members = {"person_id": [int(digits(serial)) for serial in kept], "is_admitted": [is_economic] * len(kept)}
    pl.DataFrame(members, schema={"person_id": pl.Int64, "is_admitted": pl.Boolean}).write_parquet(
        partition / "members.parquet"
    )
    assert delivery.rows_path is not None
    return StoredRows(partition, {delivery.key: delivery.rows_path})


def stored(delivery: Delivery) -> pl.DataFrame:
    assert delivery.rows_path is not None
    rows = pl.read_parquet(delivery.rows_path)
    return rows.sort(rows.columns)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("feed", PERSON_FEEDS)
def test_people_who_came_are_fetched_and_people_who_left_are_dropped(feed: str, form: str, tmp_path: Path) -> None:
    home = Home(tmp_path)
    landed(home, feed, form)
    first = read(home, "first", feed, people(EARLY), None)
    again = read(home, "again", feed, people(LATER), earlier(home, feed, first, EARLY))
    anew = read(home, "anew", feed, people(LATER), None)
    assert stored(again).equals(stored(anew))
    assert (again.kept, again.read, again.accepted, again.set_aside) == (
        anew.kept, anew.read, anew.accepted, anew.set_aside,
    )  # fmt: skip
    text = everything_under(home.lake / "again")
    assert not [serial for serial in range(1, 11) if digits(serial) in text]
    assert not list((home.lake / "again").rglob("*.part"))


@pytest.mark.parametrize("form", ["csv", "parquet", "parquet in one large group"])
def test_people_who_came_are_known_by_every_spelling_of_their_number(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    folder = home.landing / "tax"
    folder.mkdir(parents=True)
    ends_in_x = next(serial for serial in range(7, 99) if number(serial).endswith("X"))
    plain = [number(serial) for serial in (*range(1, 7), ends_in_x)]
    old_form = f"{plain[5][:6]}{plain[5][8:17]}"
    spelled = [plain[0], f" {plain[1]}", f"'{plain[2]}", plain[6].lower(), f"{plain[4][:6]} {plain[4][6:]}", old_form,
               plain[3].translate({ord(str(d)): 0xFF10 + d for d in range(10)})]  # fmt: skip
    rows = [sound_row("tax", serial, person_id=text) for serial, text in enumerate(spelled, start=1)]
    path = folder / f"150626_20261101.{form.split(maxsplit=1)[0]}"
    if form == "csv":
        path.write_text(as_csv(rows), encoding="utf-8")
    else:
        pl.read_csv(as_csv(rows).encode(), infer_schema=False).write_parquet(path)
    if "large" in form:
        monkeypatch.setattr(typed_files, "LARGE_GROUP", 3)
    first = read(home, "first", "tax", people(range(0)), None)
    again = read(home, "again", "tax", people(range(1, 99)), earlier(home, "tax", first, range(0)))
    anew = read(home, "anew", "tax", people(range(1, 99)), None)
    assert first.kept == 0
    assert again.kept == anew.kept == 7
    assert stored(again).equals(stored(anew))


def test_unchanged_rows_for_the_same_people_are_the_same_file(tmp_path: Path) -> None:
    home = Home(tmp_path)
    landed(home, "tax", "csv")
    first = read(home, "first", "tax", people(EARLY), None)
    again = read(home, "again", "tax", people(EARLY), earlier(home, "tax", first, EARLY))
    assert first.rows_path is not None
    assert again.rows_path is not None
    assert first.rows_path.samefile(again.rows_path)
    assert again.kept == first.kept


def test_another_place_among_the_files_of_its_feed_is_written_into_the_rows(tmp_path: Path) -> None:
    home = Home(tmp_path)
    landed(home, "tax", "csv")
    first = read(home, "first", "tax", people(EARLY), None)
    before = earlier(home, "tax", first, EARLY)
    (home.landing / "tax" / "150626_20261001.csv").write_text(as_csv([sound_row("tax", 1)]), encoding="utf-8")
    folder = home.lake / "again"
    folder.mkdir()
    stock = take_stock(home, AS_OF, folder, lambda: "")
    stock.stored = before
    read_feed(stock, "tax", people(EARLY), {"150626"})
    newer = stock.of_feed("tax")[1]
    assert stored(newer)["delivery_no"].unique().to_list() == [2]
    assert stored(newer).drop("delivery_no").equals(stored(first).drop("delivery_no"))


def test_rows_that_are_gone_are_read_from_the_file(tmp_path: Path) -> None:
    home = Home(tmp_path)
    landed(home, "tax", "csv")
    first = read(home, "first", "tax", people(EARLY), None)
    before, rows = earlier(home, "tax", first, EARLY), stored(first)
    assert first.rows_path is not None
    first.rows_path.unlink()
    assert stored(read(home, "again", "tax", people(EARLY), before)).equals(rows)


def test_other_bytes_under_a_new_name_take_nothing_over(tmp_path: Path) -> None:
    home = Home(tmp_path)
    landed(home, "tax", "csv")
    first = read(home, "first", "tax", people(EARLY), None)
    before = earlier(home, "tax", first, EARLY)
    (old,) = scan(home.landing)[0]
    old.path.with_name("150626_20261101_2.csv").write_text(as_csv([sound_row("tax", 3)]), encoding="utf-8")
    folder = home.lake / "again"
    folder.mkdir()
    stock = take_stock(home, AS_OF, folder, lambda: "")
    stock.stored = before
    read_feed(stock, "tax", people(EARLY), {"150626"})
    assert stored(stock.of_feed("tax")[1])["person_id"].to_list() == [int(number(3)[:17])]
