"""How much memory a check takes is the office's to say; too little or a full disk is told in words."""

from __future__ import annotations

import datetime as dt
import gc
import shutil
from pathlib import Path

import duckdb
import narwhals as nw
import polars as pl
import pytest

from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home
from pipelines.check import run_check
from pipelines.cli import main
from pipelines.engines.choose import make_engine
from pipelines.engines.memory import HALF, LEAST_MB, MEMORY, memory_limit, uncollected
from sample.generate import generate

AS_OF = dt.date(2026, 11, 20)
ONE = pl.DataFrame({"n": [1]})


@pytest.mark.parametrize(
    "text", ["4", "4G", "GB", "-1GB", "0GB", "1e3GB", "64MB", "900KB", "80%", "none", "٤GB", "4GB; 1"]
)
def test_a_limit_that_is_none_is_wrong_use(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY, text)
    with pytest.raises(WrongUseError) as refused:
        memory_limit()
    assert refused.value.code == "memory_setting"
    assert text in refused.value.zh and text in refused.value.en


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_the_command_line_says_so_and_exits_with_2(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "landing").mkdir()
    monkeypatch.setenv(MEMORY, "four gigabytes")
    assert main(["check", "--as-of", AS_OF.isoformat(), "--home", str(tmp_path), "--engine", engine]) == 2
    said = capfd.readouterr().err
    assert "[memory_setting]" in said and "内存上限" in said and "memory limit" in said
    assert "Traceback" not in said


def reached(limit: str | None, spill: Path) -> str:
    """What DuckDB itself says its limit is."""
    rows = nw.to_native(make_engine("duckdb", spill, limit).frame(ONE))
    return str(rows.project("current_setting('memory_limit')").fetchall()[0][0])


def test_the_limit_reaches_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MEMORY, raising=False)
    half = reached(None, tmp_path)
    assert half == reached(HALF, tmp_path)
    monkeypatch.setenv(MEMORY, "1.5 GiB")
    assert reached(None, tmp_path) == "1.5 GiB" != half
    assert reached("512MiB", tmp_path) == "512.0 MiB"


def test_a_check_with_little_memory_publishes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "landing", 2_000, 3, form="parquet", as_of=AS_OF)
    digests = []
    for name, limit in (("plenty", None), ("little", f"{LEAST_MB}MB")):
        home = Home(tmp_path / name)
        shutil.copytree(tmp_path / "landing", home.landing)
        if limit is None:
            monkeypatch.delenv(MEMORY, raising=False)
        else:
            monkeypatch.setenv(MEMORY, limit)
        run = run_check(home, AS_OF)
        assert run.findings.items.height > 100
        digests.append(run.manifest()["digest"])
        with pytest.raises(duckdb.ConnectionException):  # the next check of a replay has the memory for itself
            run.engine.collect(run.registers.households)
    assert digests[0] == digests[1]


def test_more_than_the_limit_stops_the_check_with_words(tmp_path: Path) -> None:
    engine = make_engine("duckdb", tmp_path, f"{LEAST_MB}MB")
    one_list = "SELECT list(range) AS numbers FROM range(100_000_000)"  # a list has to be in memory
    large = nw.from_native(nw.to_native(engine.frame(ONE)).query("one", one_list))
    with pytest.raises(CheckStoppedError) as stopped:
        engine.hold(large)
    assert stopped.value.code == "memory" and MEMORY in stopped.value.zh and MEMORY in stopped.value.en


def test_a_file_that_cannot_be_written_stops_the_check_before_anybody_reads_it(tmp_path: Path) -> None:
    engine = make_engine("duckdb", tmp_path / "spill")
    (tmp_path / "taken.parquet").mkdir()
    engine.materialise(engine.frame(ONE), tmp_path / "taken.parquet")
    engine.materialise(engine.frame(ONE), tmp_path / "whole.parquet")
    with pytest.raises(CheckStoppedError) as stopped:
        engine.finish()
    assert stopped.value.code == "storage"
    assert pl.read_parquet(tmp_path / "whole.parquet").equals(ONE)
    engine.finish()  # said once


def test_circles_are_looked_for_again_afterwards_however_it_ends() -> None:
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()  # whoever had it off keeps it off
        raise ZeroDivisionError
    assert gc.isenabled()
