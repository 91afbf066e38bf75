"""Files beyond their bounds, files that change, workbooks that take the reading process with them: one file, never the check."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from files_kit import DATA_ON, SECRET, as_jsonl, read_bytes, read_path, read_rows, sound_rows, write_xlsx

from assets.reading import delivery, excel_child
from assets.reading.headers import Wanted, wanted
from data_contracts.contract import Limits, load_contract

FEED = "disability"
ROWS = sound_rows(FEED, 40)
NAME = f"150626_{DATA_ON:%Y%m%d}.xlsx"


def limited(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """The contract with other limits."""

    def look(feed: str) -> Wanted:
        return replace(wanted(feed), limits=Limits(**limits))

    monkeypatch.setattr(delivery, "wanted", look)


def with_sheet(path: Path, change: tuple[str, str], source: Path) -> Path:
    """A copy of a workbook with something changed in its first sheet's XML."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                content = re.sub(change[0], change[1], content)
            new.writestr(name, content)
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_xlsx(tmp_path / "sound.xlsx", ROWS)


# --- A stray value -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["XFD1048576", "ALM50", "Z1048576"])
def test_a_stray_value_far_from_the_table_costs_nothing(tmp_path: Path, sound: Path, cell: str) -> None:
    row = re.sub("[A-Z]", "", cell)
    stray = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'
    path = with_sheet(tmp_path / NAME, ("</sheetData>", stray), sound)
    read = read_path(path, FEED)
    assert read.reading.accepted == 40
    assert read.reading.set_aside <= 1  # a value beside the table, in a column without a header


def test_a_used_range_that_would_fill_the_memory_is_too_large_for_that_file_alone(tmp_path: Path, sound: Path) -> None:
    stray = '<row r="1048576"><c r="ABC1048576"><v>1</v></c></row></sheetData>'
    path = with_sheet(tmp_path / NAME, ("</sheetData>", stray), sound)
    assert (read := read_path(path, FEED)).code == "too_large"
    assert "cells in the used range" in read.reading.detail_en
    path.write_bytes(sound.read_bytes())
    assert read_path(path, FEED).reading.accepted == 40


def test_a_table_of_too_many_columns_is_told_from_a_stray_value(tmp_path: Path) -> None:
    rows = [row | {f"x{at}": "1" for at in range(1100)} for row in ROWS]
    for form in ("xlsx", "csv", "parquet"):
        read = read_rows(tmp_path, FEED, rows, form)
        assert (read.code, "columns: 1,1" in read.reading.detail_en) == ("too_large", True), form


# --- Limits, on both sides -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "jsonl"])
def test_limits_of_the_contract_hold_in_every_form_and_to_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    rows = [dict(row) for row in sound_rows("household_surveys", 40)]
    rows[7]["note"] = "长" * 500
    for limits, status in (
        ({"rows": 41}, "accepted"),
        ({"rows": 39}, "rejected"),
        ({"columns": 6}, "accepted"),
        (
            {"columns": 5},
            "accepted" if form == "jsonl" else "rejected",
        ),  # keys nobody wants are dropped, ours are never too many
        ({"cell_length": 500}, "accepted"),
        ({"cell_length": 499}, "rejected"),
    ):
        limited(monkeypatch, **limits)
        read = read_rows(tmp_path, "household_surveys", rows, form)
        if form == "xlsx" and limits == {"columns": 5}:  # a few cells beyond them are left out, and with them a header
            continue
        assert (read.status, read.code) == (status, None if status == "accepted" else "too_large"), (form, limits)


def test_limits_stand_in_the_contract(tmp_path: Path) -> None:
    source = wanted(FEED)
    assert source.limits == Limits()
    text = (Path(__file__).parents[2] / "data_contracts/feeds/disability.odcs.yaml").read_text(encoding="utf-8")
    text = text.replace("customProperties:\n", "customProperties:\n  - property: limits\n    value: {rows: 5}\n", 1)
    (tmp_path / "disability.odcs.yaml").write_text(text, encoding="utf-8")
    assert load_contract(tmp_path / "disability.odcs.yaml").limits == Limits(rows=5)


def test_a_parquet_file_that_repeats_one_long_value_is_too_large_before_it_is_unpacked(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(sound_rows("household_surveys", 1))
    many = pa.concat_tables([table] * 1).take(pa.array([0] * 200_000))
    note = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array(["长" * 90_000]))
    many = many.set_column(many.column_names.index("note"), "note", note)
    path = tmp_path / f"150626_{DATA_ON:%Y%m%d}.parquet"
    pq.write_table(many, path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read_path(path, "household_surveys").code == "too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_000_000  # kB


def test_a_line_without_an_end_is_too_large(tmp_path: Path) -> None:
    for form, head in (("csv", ",".join(ROWS[0]) + "\n"), ("jsonl", as_jsonl(ROWS[:1]))):
        read = read_bytes(tmp_path, FEED, head.encode() + b"a" * (90 << 20) + b"\n", form)
        assert read.code == "too_large", form


# --- Workbooks are read elsewhere ----------------------------------------------------------------------------------------


@pytest.fixture
def fresh() -> Iterator[None]:
    """No process is waiting, before and after."""
    excel_child._end_idle()
    yield
    excel_child._end_idle()


def _packed(path: Path, source: Path, megabytes: int) -> Path:
    """A workbook whose strings unpack to so much."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/sharedStrings.xml":
                content = content.replace(b"</sst>", b"<si><t>" + b"a" * (megabytes << 20) + b"</t></si></sst>")
            new.writestr(name, content)
    return path


@pytest.mark.usefixtures("fresh")
def test_an_archive_that_unpacks_to_more_than_the_limit_is_never_unpacked(
    tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _packed(tmp_path / NAME, sound, 40)
    assert path.stat().st_size < 1_000_000
    limited(monkeypatch, workbook_bytes=30 << 20)
    assert (read := read_path(path, FEED)).code == "too_large"
    assert "bytes unpacked: 4" in read.reading.detail_en
    limited(monkeypatch, workbook_bytes=50 << 20)
    assert read_path(path, FEED).reading.accepted == 40


@pytest.mark.usefixtures("fresh")
def test_a_workbook_that_takes_more_memory_than_the_limit_costs_itself_only(
    tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, memory_bytes=200 << 20)
    path = _packed(tmp_path / NAME, sound, 250)
    assert (read := read_path(path, FEED)).status == "rejected"
    assert read.code in ("too_large", "unreadable")
    path.write_bytes(sound.read_bytes())
    assert read_path(path, FEED).reading.accepted == 40


@pytest.mark.usefixtures("fresh")
def test_one_process_serves_many_workbooks_and_another_one_comes_when_it_dies(tmp_path: Path, sound: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(sound.read_bytes())
    numbers = set()
    for _ in range(5):
        assert read_path(path, FEED).reading.accepted == 40
        (child,) = excel_child._idle
        numbers.add(child._process.pid)
    assert len(numbers) == 1
    child._process.kill()
    child._process.wait()
    assert read_path(path, FEED).reading.accepted == 40
    assert excel_child._idle[0]._process.pid not in numbers


@pytest.mark.usefixtures("fresh")
def test_its_death_in_the_middle_of_a_file_is_unreadable_for_that_file(
    tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / NAME
    path.write_bytes(sound.read_bytes())
    start = excel_child._START
    monkeypatch.setattr(excel_child, "_START", "import os, sys; sys.stdin.readline(); os.kill(os.getpid(), 9)")
    read = read_path(path, FEED)
    assert (read.code, read.reading.detail_en) == ("unreadable", "the reading process ended (-9)")
    monkeypatch.setattr(excel_child, "_START", "import time; time.sleep(100)")
    limited(monkeypatch, seconds=1)
    assert (read := read_path(path, FEED)).code == "too_large"
    assert "seconds" in read.reading.detail_en
    monkeypatch.setattr(excel_child, "_START", start)
    limited(monkeypatch, seconds=100)
    assert read_path(path, FEED).reading.accepted == 40


READER = """
import os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from assets.reading.excel_child import _idle, read_workbook
from assets.reading.headers import wanted
rows = sum(p.height for p in read_workbook(Path(sys.argv[2]), wanted("disability"), []))
print(rows, _idle[0]._process.pid, flush=True)
sys.stdin.readline()
os._exit(0)
"""


def test_it_works_from_another_folder_and_ends_with_its_parent(tmp_path: Path, sound: Path) -> None:
    (tmp_path / "polars.py").write_text("raise SystemExit('the wrong one')", encoding="utf-8")
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-P", "-c", READER, root, str(sound)]
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        rows, child = parent.stdout.readline().split()
        assert rows == "40"
        assert Path(f"/proc/{child}").exists()
        parent.kill()
    until = time.monotonic() + 15
    while _is_running(child) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _is_running(child)


def _is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nothing_of_a_workbook_is_written_beside_the_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    rows = [row | {"name": SECRET} for row in sound_rows("household_members", 40)]
    assert read_rows(tmp_path, "household_members", rows, "xlsx").reading.accepted == 40
    assert list(scratch.iterdir()) == []
    assert os.environ["TMPDIR"] == str(scratch)
