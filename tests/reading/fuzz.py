"""Files of all feeds and forms, damaged at random: accepted, partly accepted or refused with a reason; rows conserved; memory and
time bounded; never an abort. `make fuzz` runs 2,000 files; the seed is told, so that any can be made again:

    python -m tests.reading.fuzz --files 2000 --seed 20261201
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from files_kit import as_csv, as_jsonl, read_path, sound_rows, write_xlsx  # noqa: E402

from assets.reading.errors import DELIVERY_REASONS, ROW_REASONS  # noqa: E402
from data_contracts import feed_contracts  # noqa: E402

FORMS = ("csv", "xlsx", "parquet", "jsonl")
SECONDS_A_FILE = 60
MEMORY_KB = 3_000_000
Draw = random.Random
Cells = list[dict[str, Any]]
BYTES = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x1a",
    b'"',
    b"\r",
    b"\n\n",
    b",,,,",
    b"\x81",
    b"__line",
    b"&#0;",
    b"]]>",
    b"<c r='XFD9'/>",
]
WORDS: list[Any] = [
    "", " ", "合计", "制表人: 某",
    "\u200b", "\ufffd", "1e400", "NaN", "9" * 400, "-0", "0001-01-01", "99999-12-31", "甲\n乙", '"', "长" * 4000,
    "__fault", "\x00", "\ud7ff", "sep=;", None,
]  # fmt: skip


def sound(draw: Draw, feed: str, form: str) -> tuple[Cells, bytes]:
    """Rows with some odd cells and odd columns, and the file they make."""
    rows = sound_rows(feed, draw.choice([0, 1, 3, 30, 30, 60]) or 1)
    for _ in range(draw.choice([0, 0, 1, 5])):
        row = draw.choice(rows)
        row[draw.choice(list(row))] = draw.choice(WORDS)
    if draw.random() < 0.2:
        name = str(draw.choice(WORDS))
        rows = [row | {name: "x"} for row in rows]
    if draw.random() < 0.1:
        gone = draw.choice(list(rows[0]))
        rows = [{name: cell for name, cell in row.items() if name != gone} for row in rows]
    return rows, as_bytes(draw, rows, form)


def as_bytes(draw: Draw, rows: Cells, form: str) -> bytes:
    if form == "csv":
        text = as_csv(rows, newline=draw.choice(["\n", "\r\n"]))
        if draw.random() < 0.3:
            text = "\n".join(draw.choices(["题目", "", "a,b,c", '"'], k=draw.randrange(25))) + "\n" + text
        text = text.replace(",", draw.choice([",", ",", ";", "\t", "|"]))
        return text.encode(draw.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]), errors="replace")
    if form == "jsonl":
        return as_jsonl(rows).encode(errors="replace")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"file.{form}"
        if form == "xlsx":
            write_xlsx(
                path, [{k or "空": None if v is None else str(v)[:30_000] for k, v in row.items()} for row in rows]
            )
        else:
            pq.write_table(odd_table(draw, rows), path, compression=draw.choice(["snappy", "zstd", "none"]))
        return path.read_bytes()


def odd_table(draw: Draw, rows: Cells) -> pa.Table:
    """The rows with columns of types nobody foresaw beside and instead of ours."""
    rows = [
        {name.replace("\x00", "") or "空": cell for name, cell in row.items()} for row in rows
    ]  # no writer has it in a name
    table = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String), strict=False).to_arrow()
    odd: list[Callable[[], pa.Array]] = [
        lambda: pa.array([[["x"]]] * len(rows)),
        lambda: pa.array([{"a": 1}] * len(rows)),
        lambda: pa.array([b"\xff"] * len(rows)),
        lambda: pa.nulls(len(rows)),
        lambda: pa.array([2**62] * len(rows), pa.timestamp("ms")),
        lambda: pa.array([1] * len(rows), pa.duration("ns")),
        lambda: pa.array([-(2**31)] * len(rows), pa.int32()).cast(pa.date32()),
        lambda: pa.array(["x"] * len(rows)).dictionary_encode(),
        lambda: pa.array([1.5] * len(rows), pa.float16()),
    ]
    for _ in range(draw.choice([0, 1, 2])):
        cells = draw.choice(odd)()
        at = draw.randrange(table.num_columns)
        table = (
            table.append_column(f"附加{at}", cells)
            if draw.random() < 0.5
            else table.set_column(at, table.column_names[at], cells)
        )
    return table


def damaged(draw: Draw, content: bytes, form: str) -> bytes:
    """Some bytes flipped, cut out, put in, doubled; in an archive also in its members."""
    if form == "xlsx" and draw.random() < 0.6:
        return _surgery(draw, content)
    kind = draw.choice(["none", "flip", "flip", "cut", "insert", "double", "tail", "swap"])
    at, length = draw.randrange(len(content)), draw.randrange(1, 60)
    if kind == "flip":
        raw = bytearray(content)
        for _ in range(draw.choice([1, 3, 50])):
            raw[draw.randrange(len(raw))] = draw.randrange(256)
        return bytes(raw)
    inserted = draw.choice(BYTES) * draw.choice([1, 3, 400])
    some = content[at : at + length] * draw.choice([2, 50])
    return {
        "none": content,
        "cut": content[:at] + content[at + length :],
        "insert": content[:at] + inserted + content[at:],
        "double": content[:at] + some + content[at:],
        "tail": content[:at],
        "swap": content[at:] + content[:at],
    }[kind]


def _surgery(draw: Draw, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        target = draw.choice([n for n in old.namelist() if n.startswith("xl/")])
        for name in old.namelist():
            part = old.read(name)
            if name == target:
                if draw.random() < 0.1:
                    continue
                part = _part(draw, part)
            new.writestr(name, part)
    return out.getvalue()


def _part(draw: Draw, part: bytes) -> bytes:
    cells = [
        (b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
        (b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A2:B9"/></mergeCells>'),
        (b'<c r="A', b'<c r="ZZ'),
        (b"<v>", b"<v>9999999999"),
        (b'state="visible"', b'state="hidden"'),
        (b"<row ", b'<row r="1048577" '),
        (b' t="s"', b' t="e"'),
        (b"<dimension ", b'<dimension ref="A1:XFD1048576" x='),
    ]
    if draw.random() < 0.6:
        old, new = draw.choice(cells)
        return part.replace(old, new, draw.choice([1, 3, 10_000]))
    return damaged(draw, part, "xml") if part else part


def one(draw: Draw, folder: Path, feed: str, form: str) -> str:
    """Make a file, read it, and hold it to what must be true of any. Returns status and code. AssertionError."""
    _, content = sound(draw, feed, form)
    path = folder / f"150626_20261101.{form}"
    path.write_bytes(damaged(draw, content, form))
    began = time.monotonic()
    read = read_path(path, feed)  # rows conserved, nothing left behind: asserted there
    assert time.monotonic() - began < SECONDS_A_FILE
    assert read.status in ("accepted", "accepted_with_errors", "rejected")
    assert (read.status == "rejected") == (read.code is not None)
    assert read.code is None or read.code in DELIVERY_REASONS
    assert set(read.codes().values()) <= set(ROW_REASONS)
    assert read.status == "rejected" or read.reading.accepted == read.reading.kept
    assert len(read.reading.detail_zh) < 2_000
    return f"{form} {read.status} {read.code or ''}".strip()


def run(files: int, seed: int) -> Counter[str]:
    """Read so many files; the counts by form and outcome. RuntimeError naming the file's own seed."""
    found: Counter[str] = Counter()
    feeds = sorted(feed_contracts())
    with tempfile.TemporaryDirectory() as name:
        for at in range(files):
            feed, form = feeds[at % len(feeds)], FORMS[at // len(feeds) % len(FORMS)]
            try:
                found[one(random.Random(f"{seed}-{at}"), Path(name), feed, form)] += 1
            except BaseException as error:
                raise RuntimeError(f"file {at} of seed {seed}: {feed}, {form}: {type(error).__name__}") from error
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert used < MEMORY_KB, used
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=20261201)
    arguments = parser.parse_args()
    for outcome, count in sorted(run(arguments.files, arguments.seed).items()):
        print(f"{count:6}  {outcome}")
