"""Which lines are split in bulk, told from bytes, against a reading of one character after the other."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from assets.reading import csv_files, text_files
from assets.reading.csv_lines import are_plain, starts_of_lines
from assets.reading.headers import wanted

LOOK = wanted("tax")
PARTS = ('"', '""', ",", ",", "a", "某", "𠮷", " ", "\r", '"a"', '"某,"', '"",""', '"a""b"')
BROKEN = (b"\x81", b"\x810", b"\xff", b"\xb0")
ODD = (b"", b" ", b'"', b'"a\nb"', b"x\ry", b"a,a", b"\xef\xbb\xbf", "锟斤拷".encode("gb18030"), *BROKEN)


def is_plain(line: str, columns: int) -> bool:
    """The naive reading: cell by cell, each without a quotation mark or wholly between two."""
    cells, rest = 0, line.removesuffix("\n").removesuffix("\r")
    if "\r" in rest or columns == 1:
        return False
    while True:
        cells += 1
        if rest.startswith('"'):
            end = 1
            while end < len(rest) and (rest[end] != '"' or rest[end : end + 2] == '""'):
                end += 2 if rest[end] == '"' else 1
            if end >= len(rest):
                return False
            rest = rest[end + 1 :]
        else:
            end = rest.find(",") if "," in rest else len(rest)
            if '"' in rest[:end]:
                return False
            rest = rest[end:]
        if not rest:
            return cells == columns
        if not rest.startswith(","):
            return False
        rest = rest[1:]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_lines_are_plain_when_a_reading_of_single_characters_finds_a_row(encoding: str) -> None:
    draw, seen = random.Random(20261122), {True: 0, False: 0}
    for _ in range(1200):
        columns, end = draw.choice((1, 2, 2, 3)), draw.choice(("\n", "\r\n"))
        lines = ["".join(draw.choices(PARTS, k=draw.randint(0, 7))) + end for _ in range(draw.randint(1, 9))]
        text = "".join(lines).encode(encoding)
        found = are_plain(text, starts_of_lines(text), columns).tolist()
        assert found == [is_plain(line, columns) for line in lines], lines
        for plain in found:
            seen[plain] += 1
    assert min(seen.values()) > 300


def _ugly(draw: random.Random, encoding: str) -> bytes:
    end, columns = draw.choice((b"\n", b"\r\n")), draw.choice((1, 2, 3))
    lines = [",".join("甲乙丙"[:columns]).encode(encoding)]
    for _ in range(draw.randint(1, 12)):
        cells = ["".join(draw.choices("a1某𠮷 ", k=draw.randint(0, 3))).encode(encoding) for _ in range(columns)]
        if draw.random() < 0.4:
            cells[draw.randrange(columns)] = draw.choice(ODD)
        lines.append(b",".join(cells))
    return end.join(lines) + end


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_pieces_of_any_size_give_the_same_of_files_with_all_sorts_of_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    draw, path = random.Random(7), tmp_path / "ugly.csv"
    for _ in range(150):
        path.write_bytes(_ugly(draw, encoding))
        monkeypatch.setattr(text_files, "PIECE_BYTES", 1 << 20)
        whole = pl.concat(list(csv_files.read_csv(path, LOOK, [])))
        monkeypatch.setattr(text_files, "PIECE_BYTES", draw.randint(1, 60))
        assert pl.concat(list(csv_files.read_csv(path, LOOK, []))).equals(whole), path.read_bytes()


def test_a_broken_character_at_the_end_of_the_file_takes_no_row_along(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    for quoted in (b"", b'"'):
        for broken in BROKEN:
            path.write_bytes("甲,乙\n".encode("gb18030") + quoted + b"a" + quoted + b",b" + broken + b"\n")
            rows = pl.concat(list(csv_files.read_csv(path, LOOK, [])))
            assert rows.select("甲", "__line", "__fault").rows() == [("a", 2, "undecodable")], broken


def test_a_mark_of_byte_order_in_a_cell_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "marks.csv"
    path.write_text('甲,乙\n\ufeff1,2\n\ufeff3,"4"\n\ufeff5,6\n', encoding="utf-8-sig")
    for size in (1 << 20, 8):
        monkeypatch.setattr(text_files, "PIECE_BYTES", size)
        rows = pl.concat(list(csv_files.read_csv(path, LOOK, [])))
        assert rows["甲"].to_list() == ["\ufeff1", "\ufeff3", "\ufeff5"]
