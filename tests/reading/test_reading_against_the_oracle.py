"""Random rows in random dialects, as all four kinds of file: the reader and the naive oracle must agree."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from files_kit import as_csv, as_jsonl, number, read_path, sound_row, with_check_digit, write_xlsx, wrong_check_digit
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import read_landing
from oracle.feeds import FEEDS as ORACLE_FEEDS
from oracle.reading import Delivery

from data_contracts import Column, feed_contract, feed_contracts

Draw = random.Random
DAYS = {"csv": 1, "xlsx": 2, "parquet": 3, "jsonl": 4}
AS_OF = dt.date(2026, 11, 20)
NAMES = [
    "某甲",
    "无",
    "NULL",
    "某\u00ad甲",
    "某\u202e乙",
    "𠮷某",
    "㐂",
    "那仁·巴雅尔",
    "欧阳 某",
    "某，乙",
    "O'某",
    "(某)",
    "Ａ某",
    "某.0",
]
TEXTS = [*NAMES, 'x"y', "一, 二", "好；坏", "5", "1.50", "长" * 40]
OPEN_CODES = {"vehicle_type": ["K33", "T21", "H31"], "status": ["A", "AQ", "GM"], "use_nature": ["A", "B"]}


NOTHING = ["NULL", "null", "None", "\\N", "NaN", "N/A", "无", "-", "--", "—", " - ", "#N/A", "#REF!", "####"]
NO_DAYS = [
    *(
        "2026115",
        "2026-13-01",
        "20260230",
        "昨天",
        "2026-1",
        "1/2/2026",
        "2026-1-1 5",
        "2026-10-20 25:00",
        "1760000000000",
    ),
    *("2026/10/200:00", "2026-01-15\n2026-02-01", "2026-10-20T00:00:00+25:00", "①", "长期", "永久"),
]
TIMES = [
    *(" 0:00", " 00:00:00", " 23:59:59.999", " 24:00", "T00:00:00+08:00", "T16:00:00Z", "T15:59:59.999Z", "  10:23"),
    *(" 12:00:00 AM", " 上午 9:05", "\n10:23", " 10:23:45 +0800", "T10:00:00-05:00"),
]


def squeezed(draw: Draw, text: str) -> str:
    """The same code or number as Excel and clerks write it."""
    wide = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})
    return draw.choice([text, text, text, f"'{text}", f" {text}", f"{text}\u3000", wide, f"{text[:2]} {text[2:]}"])


NO_NUMBERS = [
    *("一百", "1,2,3.00", "--5", "12.3.4", "1e3", "500\n600", "500 600", "500①", "5¹", "500元/月", "1.001.000", "50%"),
    *("500-600", "12元3角", "Infinity", "½", "¥-", "500."),
]


def date_cell(draw: Draw, _column: Column, _serial: int) -> str:
    day = dt.date(1930, 1, 1) + dt.timedelta(days=draw.randrange(36_000))
    if draw.random() < 0.05:
        return draw.choice([*NO_DAYS, *NOTHING])
    serial = str((day - dt.date(1899, 12, 30)).days)
    chinese, slashes = f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}"
    if draw.random() < 0.3:
        return draw.choice([day.isoformat(), slashes, f"{day:%Y%m%d}", chinese]) + draw.choice(TIMES)
    forms = [day.isoformat(), f"{day:%Y%m%d}", slashes, chinese, slashes.replace("/", "."), f"{day:%Y%m%d235959}"]
    return draw.choice([squeezed(draw, draw.choice(forms)), serial, f"{serial}.75"])


def money_cell(draw: Draw, _column: Column, _serial: int) -> str:
    amount = Decimal(draw.randrange(-100_000, 90_000_000)) / 100
    if draw.random() < 0.05:
        return draw.choice([*NO_NUMBERS, *NOTHING])
    text = draw.choice([f"{amount:.2f}", f"{amount:,.2f}", f"{amount:.2f}元", str(int(amount)), f"¥{abs(amount):,.2f}"])
    return draw.choice(
        [text, f" {text}\n", f"'{text}", text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789,."})]
    )


def scaled_cell(draw: Draw, column: Column, _serial: int) -> str:
    if column.name == "share":
        return draw.choice(
            ["1", "0.5", "0.333333", "０.25", "1.0", "0", "1.5", "-1", "半", "50%", "１２％", "150%", "-", "无"]
        )
    return draw.choice(["89.5", "1,089.25", "0", "120", "-3", "很大", "50%", "—", "89 90"])


def person_cell(draw: Draw, _column: Column, serial: int) -> str:
    person = number(serial, dt.date(1930, 1, 1) + dt.timedelta(days=serial * 97 % 30_000))
    if draw.random() < 0.08:
        rounded = person[:15] + "000"
        bad = [wrong_check_digit(person), person[:17], "1.50626E+17", with_check_digit(person[:10] + "1332005"), "无"]
        return draw.choice(bad if rounded == with_check_digit(rounded[:17]) else [*bad, rounded])
    legacy = person[:6] + person[8:17] if person[6:8] == "19" else person
    return squeezed(draw, draw.choice([person, person, person.lower(), legacy]))


def code_cell(draw: Draw, column: Column, _serial: int) -> str:
    oracle = next(c for c in ORACLE_FEEDS[_feed(column)].columns if c.name == column.name)
    if not oracle.codes:
        return squeezed(draw, draw.choice(OPEN_CODES.get(column.name, ["A"])))
    agreed = sorted({spelling for code in column.codes for spelling in code.spellings()} & set(oracle.codes))
    return "不详" if draw.random() < 0.05 else squeezed(draw, draw.choice(agreed))


def _feed(column: Column) -> str:
    return next(name for name, contract in feed_contracts().items() if any(c is column for c in contract.columns))


def identifier_cell(draw: Draw, column: Column, serial: int) -> str:
    if column.pattern:
        return draw.choice(["150626001001", "１５０６２６００１００１", "15062600100"])
    if draw.random() < 0.1:
        return draw.choice([f"{serial}.0", "1.5E+15", "1e+16", "1506260010010001.0", "150626E001", "H1\nH2", *NOTHING])
    return draw.choice([squeezed(draw, f"H{serial:06d}"), f"H{serial:06d}\u200b", str(serial)])


def asset_cell(draw: Draw, column: Column, serial: int) -> str:
    text = f"150626GB{serial:020d}" if column.min_length else f"蒙K{serial:05d}"
    if draw.random() < 0.1:
        return draw.choice(["1.50626E+27", "1001.0", "蒙K1\n蒙K2", *NOTHING])
    return draw.choice([text, text.lower(), f"{text[:2]}\u200e·{text[2:]}", f"{text[:4]} {text[4:]}"])


def period_cell(draw: Draw, _column: Column, _serial: int) -> str:
    month = draw.randrange(1, 7)
    if draw.random() < 0.05:
        return draw.choice(["202613", "26-1", "20261", "2026年13月", *NOTHING])
    forms = [f"2026{month:02d}", f"2026{month:02d}.0", f"2026-{month:02d}", f"2026年{month}月", f"2026/{month}/15 0:00"]
    return squeezed(draw, draw.choice(forms[:1])) if draw.random() < 0.5 else draw.choice(forms)


def text_cell(draw: Draw, _column: Column, _serial: int) -> str:
    text = draw.choice(TEXTS)
    return draw.choice([text, text, f" {text}", f"'{text}", f"{text}\n第二行, {text}"])


def integer_cell(draw: Draw, column: Column, _serial: int) -> str:
    return draw.choice(
        ["1", "3", "12", "２"]
        if column.codes
        else ["1", "2", "９", "0", "-1", "x", "1.5", "3.0", "2人", "③", "1 2", "-"]
    )


CELLS: dict[str, Callable[[Draw, Column, int], str]] = {
    "date": date_cell, "money": money_cell, "scaled": scaled_cell, "person_id": person_cell, "code": code_cell,
    "code_open": code_cell, "identifier": identifier_cell, "asset_no": asset_cell, "period": period_cell,
    "text": text_cell, "name": text_cell, "integer": integer_cell,
}  # fmt: skip


def random_row(draw: Draw, feed: str, damage: float) -> dict[str, str]:
    """A sound row in which some cells are spelled in other ways, some are empty and some are wrong."""
    serial = draw.randrange(1, 60)
    row: dict[str, str] = sound_row(feed, serial)
    for column in feed_contract(feed).columns:
        if feed == "household_registration" and column.name in ("person_id", "sex", "birth_date"):
            continue  # they must agree with each other; files_kit sees to it
        if draw.random() < damage:
            # a report with nothing but its ticket's number is no row to us: nobody has filled it in
            keeps_it_a_row = feed_contract(feed).subject == "ticket" and column.parse in ("text", "name")
            is_empty = draw.random() < 0.15 and not keeps_it_a_row
            row[column.name] = "" if is_empty else CELLS[column.parse](draw, column, serial)
    return row


def typed(draw: Draw, column: Column, text: str) -> Any:
    """The value as a typed cell, where the text is the plain one."""
    if column.parse == "date" and len(text) == 10 and text.isascii() and text[4] == text[7] == "-":
        return dt.date.fromisoformat(text) if text.replace("-", "").isdigit() and text[5:7] < "13" else text
    if column.parse == "money" and text.isascii() and text.count(".") == 1 and text[0].isdigit():
        whole, _, cents = text.partition(".")
        return float(text) if whole.isdigit() and cents.isdigit() and len(cents) == 2 else text
    return text or (None if draw.random() < 0.5 else text)


def header_names(draw: Draw, feed: str) -> dict[str, str]:
    """Canonical name → header in the file, in a random order; the oracle must know the header too."""
    known = {c.name: c.headers for c in ORACLE_FEEDS[feed].columns}
    columns = list(feed_contract(feed).columns)
    draw.shuffle(columns)
    return {c.name: c.header_zh if c.header_zh in known[c.name] and draw.random() < 0.6 else c.name for c in columns}


def csv_bytes(draw: Draw, rows: list[dict[str, str]]) -> bytes:
    newline, encoding = draw.choice(["\n", "\r\n"]), draw.choice(["utf-8", "utf-8-sig", "gb18030"])
    width, lines = len(rows[0]), [as_csv([row], newline=newline).split(newline, 1) for row in rows]
    records = [body for _, body in lines]
    for _ in range(draw.choice([0, 0, 1, 2])):
        broken = [newline, "甲" + newline, "," * (width + 1) + newline, '"甲' + "," * (width - 1) + newline]
        records.insert(draw.randrange(len(records) + 1), draw.choice(broken))
    return "".join([lines[0][0], newline, *records]).encode(encoding)


def write_all(draw: Draw, folder: Path, feed: str, rows: list[dict[str, str]]) -> None:
    """The same rows as four deliveries of four days."""
    names, contract = header_names(draw, feed), feed_contract(feed)
    extra = {"附加": "x"} if draw.random() < 0.3 else {}
    text = [{names[c]: row[c] for c in names} | extra for row in rows]
    cells = [{names[c]: typed(draw, contract.column(c), row[c]) for c in names} | extra for row in rows]
    path = {form: folder / f"150626_202611{day:02d}.{form}" for form, day in DAYS.items()}
    path["csv"].write_bytes(csv_bytes(draw, text))
    write_xlsx(path["xlsx"], cells)
    pl.DataFrame(text).write_parquet(path["parquet"])
    path["jsonl"].write_text(as_jsonl(cells), encoding="utf-8")


def stored_value(value: Any, column: Column) -> Any:
    if value is None:
        return None
    match column.parse:
        case "money":
            return Decimal(value) / 100
        case "scaled":
            return Decimal(value) / 10**column.scale
        case "integer" if column.codes:
            return str(value)
        case _:
            return value


def compare(path: Path, feed: str, theirs: Delivery) -> None:
    ours = read_path(path, feed)
    assert (ours.reading.read, ours.reading.accepted) == (theirs.read, theirs.accepted), (path.name, ours.aside())
    assert ours.status == theirs.status
    assert sorted(ours.codes()) == sorted(fault.line for fault in theirs.set_aside), path.name
    fixed = {"duplicate_key", "duplicate_row", "id_rounded"}
    theirs_fixed = {f.line: f.code for f in theirs.set_aside if f.code in fixed}
    assert {line: code for line, code in ours.codes().items() if code in fixed} == theirs_fixed, path.name
    if ours.status == "rejected":
        return
    columns = feed_contract(feed).columns
    stored = ours.rows.select(c.stored_as for c in columns).iter_rows()
    mine = [tuple(stored_value(v, c) for v, c in zip(row, columns, strict=True)) for row in stored]
    assert mine == [
        tuple(row[c.name] or None if row[c.name] == "" else row[c.name] for c in columns) for row in theirs.rows
    ]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(sorted(feed_contracts())), st.sampled_from([0.05, 0.05, 0.3, 0.8]))
def test_the_reader_agrees_with_the_naive_reading_of_the_specification(seed: int, feed: str, damage: float) -> None:
    draw = random.Random(seed)
    rows = [random_row(draw, feed, damage) for _ in range(draw.randrange(1, 40))]
    rows += [dict(draw.choice(rows)) for _ in range(draw.choice([0, 0, 1, 3]))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "landing" / feed
        folder.mkdir(parents=True)
        write_all(draw, folder, feed, rows)
        found = read_landing(folder.parent, AS_OF)
        assert len(found.all) == len(DAYS)
        for delivery in found.all:
            compare(delivery.path, feed, delivery)
