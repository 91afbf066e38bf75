"""`shouwang check --engine spark`: with executor processes of its own, through Spark Connect, and where something is missing."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import polars as pl
import pytest
from end_to_end.counties import make_home
from engines.homes import copied, database_rows, lake_frames, published_by, published_files
from engines.spark_here import connect_server, missing, needs_spark, quick

from assets.home import Home
from data_contracts import feed_contracts
from pipelines.cli import main
from pipelines.engines.spark_session import MASTER, REMOTE

ROOT = Path(__file__).resolve().parents[2]
NOVEMBER, NEXT_WEEK = dt.date(2026, 11, 20), dt.date(2026, 11, 27)


def check(root: Path, engine: str, day: dt.date = NOVEMBER, **surroundings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipelines.cli", "check", "--as-of", str(day), "--home", str(root), "--json"]
    return subprocess.run(
        [*command, "--engine", engine],
        cwd=ROOT,
        env=os.environ | surroundings,
        capture_output=True,
        text=True,
        check=False,
    )


def without_times(files: dict[str, str]) -> dict[str, str]:
    """The manifest says when it was made."""
    return {name: digest for name, digest in files.items() if not name.endswith("manifest.json")}


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same two counties on DuckDB, Polars, and untouched; rows of one key in several deliveries among theirs."""
    landed = make_home(tmp_path_factory.mktemp("landed") / "守望 数据", persons=2400, seed=41, months=2)
    homes = {name: copied(landed, tmp_path_factory.mktemp(name) / "守望 数据") for name in ("duckdb", "polars")}
    for engine, root in homes.items():
        published_by(root, engine, [NOVEMBER, NEXT_WEEK])
    assert keys_in_two_deliveries(homes["duckdb"]) > 0, "without contested keys this says less"
    return homes | {"landed": landed}


@contextmanager
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """Two executors, one core and a gigabyte each, for a driver of the command's own."""
    import pyspark

    try:
        yield {MASTER: "local-cluster[2,1,1024]", "SPARK_CONF_DIR": str(quick(folder))}
    finally:  # only a local cluster keeps its executors' folders in Spark's own
        shutil.rmtree(Path(pyspark.__file__).parent / "work", ignore_errors=True)


@contextmanager
def server(folder: Path) -> Iterator[dict[str, str]]:
    folder.mkdir()
    with connect_server(folder) as address:
        yield {REMOTE: address}


@needs_spark
@pytest.mark.parametrize("place", [cluster, server])
def test_two_counties_are_published_in_the_same_bytes_by_every_engine(
    place: Callable[[Path], AbstractContextManager[dict[str, str]]], others: dict[str, Path], tmp_path: Path
) -> None:
    spark = copied(others["landed"], tmp_path / "守望 数据")
    with place(tmp_path / "place") as surroundings:
        runs = [check(spark, "spark", day, **surroundings) for day in (NOVEMBER, NEXT_WEEK)]
    for run in runs:
        assert (run.returncode, run.stderr) == (0, "")
        assert json.loads(run.stdout)["engine"] == "spark"
    assert json.loads(runs[1].stdout)["computed"]["households"] is not None, "the second is made on top of the first"
    assert not (spark / "lake" / "tmp").exists()
    for engine in ("duckdb", "polars"):
        root = others[engine]
        for day in (NOVEMBER, NEXT_WEEK):
            frames, theirs = lake_frames(spark, day), lake_frames(root, day)
            assert engine == "polars" or frames.keys() == theirs.keys(), "Polars keeps more files beside"
            different = [name for name, frame in frames.items() if not frame.equals(theirs[name])]
            assert different == [], (engine, day)
            types = [name for name, frame in frames.items() if frame.schema != theirs[name].schema]
            assert types == [], (engine, day)
        assert without_times(published_files(spark)) == without_times(published_files(root)), engine
        rows, expected = database_rows(spark), database_rows(root)
        assert [name for name in expected if rows[name] != expected[name]] == [], engine


def keys_in_two_deliveries(root: Path) -> int:
    count = 0
    for contract in feed_contracts().values():
        files = sorted((Home(root).check(NOVEMBER) / "rows" / contract.name).glob("*.parquet"))
        if contract.kind == "increment" and len(files) > 1:
            key = [column.stored_as for column in contract.key]
            rows = pl.scan_parquet(files).group_by(key).agg(pl.col("delivery_no").n_unique()).collect()
            count += rows.filter(pl.col("delivery_no") > 1).height
    return count


def test_without_pyspark_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "landing").mkdir()
    monkeypatch.setitem(sys.modules, "pyspark", None)
    arguments = ["check", "--as-of", str(NOVEMBER), "--home", str(tmp_path), "--engine", "spark"]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "[spark_missing]" in said
    assert said.count("make spark") == 2, "in both languages"
    assert not (tmp_path / "published").exists()


@pytest.mark.skipif(missing().startswith("pyspark"), reason=missing())
@pytest.mark.parametrize(("version", "major"), [("", ""), ("1.8.0_392", "8"), ("11.0.21", "11")])
def test_without_java_17_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], version: str, major: str
) -> None:
    (tmp_path / "landing").mkdir()
    java = tmp_path / "jre" / "bin" / "java"
    if version:
        java.parent.mkdir(parents=True)
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-16' >&2\n", encoding="utf-8")
        java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jre"))
    monkeypatch.delenv(REMOTE, raising=False)
    arguments = ["check", "--as-of", str(NOVEMBER), "--home", str(tmp_path), "--engine", "spark"]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "[java_missing]" in said
    assert said.count("openjdk-17-jre-headless") == 2, "in both languages"
    assert not version or (f"Java {major}。" in said and f"Java {major} was" in said)


@needs_spark
def test_a_cluster_that_does_not_answer_stops_the_check_and_shows_no_token(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    run = check(tmp_path, "spark", **{REMOTE: "sc://127.0.0.1:1/;token=geheim", MASTER: ""})
    assert run.returncode == 1
    assert json.loads(run.stdout)["code"] == "spark_start"
    assert "sc://127.0.0.1:1" in run.stderr
    assert "geheim" not in run.stdout + run.stderr


@needs_spark
def test_a_master_that_cannot_be_started_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    run = check(tmp_path, "spark", **{MASTER: "nonsense://here", "SPARK_CONF_DIR": str(quick(tmp_path / "conf"))})
    assert run.returncode == 1
    assert json.loads(run.stdout)["code"] == "spark_start"
    assert "nonsense://here" in run.stderr
    assert not (tmp_path / "lake" / "tmp").exists()


PIN = re.compile(r"^([a-z0-9_.-]+)==(\S+?)(?: ;.*?)? \\$")


def test_the_extra_changes_no_version_of_the_main_lock() -> None:
    main_lock, extra = (
        {(found[1], found[2]) for line in (ROOT / name).read_text().splitlines() if (found := PIN.match(line))}
        for name in ("requirements.lock", "requirements-spark.lock")
    )
    known = {name for name, _ in main_lock}
    assert {pin for pin in extra if pin[0] in known} <= main_lock
    assert ("pyspark", "4.3.0") in extra
    assert "://" not in (ROOT / "requirements-spark.lock").read_text()
