"""Where a file happens to be cut into pieces changes nothing: not in a character, a cell, or between CR and LF."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from files_kit import read_bytes

from assets.reading import csv_files, text_files
from assets.reading.forms import read_pieces
from assets.reading.headers import wanted

HEADER = "household_id,surveyed_on,surveyor,housing_grade,water_safe,note\n"
UGLY = (
    HEADER
    + "H1,2026-01-15,𠮷某,A,是,好\n"
    + 'H2,2026-01-15,㐂某,A,是,"一, 一\n二\n\n三""三"""\n'
    + "\n"
    + "H3,2026-01-15,某\n"
    + 'H4,2026-01-15,某,"A",是,5"管\n'
    + 'H5,2026-01-15,"某,A,是,好\n'
    + "H6,2026-01-15,某,B,否,\n"
    + 'H7,2026-01-15,某,A,是,"一\n二"\n'
    + 'H8,2026-01-15,某,A,是,"没有结束\n'
    + "  \n"
)


def pieces(path: Path) -> pl.DataFrame:
    return pl.concat(list(read_pieces(path, "csv", wanted("household_surveys"), [])))


def sizes(longest: int) -> Iterator[int]:
    yield from range(1, 40)
    yield from range(40, longest + 2, 11)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_pieces_of_any_size_give_the_same_rows_lines_and_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, newline: str
) -> None:
    path = tmp_path / "ugly.csv"
    path.write_bytes(UGLY.replace("\n", newline).encode(encoding))
    whole = pieces(path)
    faults = dict(whole.filter(pl.col("__fault").is_not_null()).select("__line", "__fault").iter_rows())
    assert faults == {8: "short", 10: "unclosed_quote", 14: "unclosed_quote"}
    assert whole["__line"].to_list() == [2, 3, 8, 9, 10, 11, 12, 14]
    assert whole["surveyor"].to_list()[:2] == ["𠮷某", "㐂某"]
    assert whole["note"].to_list()[1] == '一, 一\n二\n\n三"三"'
    for size in sizes(path.stat().st_size):
        monkeypatch.setattr(text_files, "PIECE_BYTES", size)
        assert pieces(path).equals(whole), size


def test_undecodable_bytes_at_a_boundary_stay_in_their_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [HEADER.encode("gb18030"), *(f"H{n},2026-01-15,𠮷某,A,是,好\n".encode("gb18030") for n in range(9))]
    lines[4] = lines[4].replace("某".encode("gb18030"), b"\xff\xff")
    path = tmp_path / "broken.csv"
    path.write_bytes(b"".join(lines))
    whole = pieces(path)
    assert whole["__fault"].to_list() == [None] * 3 + ["undecodable"] + [None] * 5
    for size in sizes(path.stat().st_size):
        monkeypatch.setattr(text_files, "PIECE_BYTES", size)
        assert pieces(path).equals(whole), size


def test_a_cell_may_run_over_many_lines_but_not_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = csv_files.MAX_LINES_PER_CELL
    for lines, fault in ((limit, None), (limit + 1, "unclosed_quote")):
        note = "\n".join("甲" for _ in range(lines))
        path = tmp_path / "long.csv"
        path.write_text(f'{HEADER}H1,2026-01-15,某,A,是,"{note}"\nH2,2026-01-15,某,A,是,好\n', encoding="utf-8")
        whole = pieces(path)
        assert whole["__fault"].to_list()[0] == fault
        assert whole["household_id"].to_list()[-1] == "H2"
        monkeypatch.setattr(text_files, "PIECE_BYTES", 40)
        assert pieces(path).equals(whole)
        monkeypatch.undo()


def test_twenty_megabytes_in_small_pieces_are_the_same_as_in_large_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = UGLY.removeprefix(HEADER).replace("\n", "\r\n").encode("gb18030")
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.write(HEADER.encode("gb18030"))
        plain = b"".join(f"P{n},2026-01-15,㐂某,A,是,{'好' * 20}\r\n".encode("gb18030") for n in range(1000))
        for _ in range(300):
            stream.write(body + plain)
    assert path.stat().st_size > 18_000_000
    whole = pieces(path)
    assert whole.height == 300 * 1008
    monkeypatch.setattr(text_files, "PIECE_BYTES", 262_147)
    small = pieces(path)
    assert small.equals(whole)


def test_what_is_accepted_stored_and_set_aside_does_not_depend_on_the_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f'S{n},2026-01-{n % 28 + 1:02d},某,A,是,"好\n, 好"\n' for n in range(300))
    repeated = 'S5,2026-01-06,某,B,是,好\nS7,2026-01-08,某,A,是,"好\n, 好"\nS8,昨天,某,A,是,好\n'
    content = HEADER + rows + repeated
    whole = read_bytes(tmp_path, "household_surveys", content)
    assert whole.codes() == {602: "duplicate_key", 603: "duplicate_row", 605: "bad_date"}
    for size in (3_001, 9_973):
        monkeypatch.setattr(text_files, "PIECE_BYTES", size)
        small = read_bytes(tmp_path, "household_surveys", content)
        assert small.aside() == whole.aside()
        assert small.rows.equals(whole.rows)
        assert small.reading.set_aside_rows.equals(whole.reading.set_aside_rows)
