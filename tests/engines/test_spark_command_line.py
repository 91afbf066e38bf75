"""`shouwang check --engine spark`: alone, through Spark Connect, and where something is missing."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from end_to_end.counties import make_home
from engines.homes import copied, database_rows, published_files
from engines.spark_here import connect_server, missing, needs_spark, quick

from pipelines.cli import main
from pipelines.spark_session import MASTER, REMOTE

ROOT = Path(__file__).resolve().parents[2]
NOVEMBER = dt.date(2026, 11, 20)
PERSONS = 500


def check(root: Path, engine: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipelines.cli", "check", "--as-of", str(NOVEMBER), "--home", str(root), "--json"]
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


@needs_spark
def test_the_command_line_publishes_the_same_bytes_with_a_driver_of_its_own_and_through_connect(tmp_path: Path) -> None:
    duckdb = make_home(tmp_path / "duckdb", persons=PERSONS, seed=42)
    alone, connected = copied(duckdb, tmp_path / "alone"), copied(duckdb, tmp_path / "connected")
    assert check(duckdb, "duckdb").returncode == 0
    conf = quick(tmp_path / "conf")
    done = {alone: check(alone, "spark", SPARK_CONF_DIR=str(conf), **{MASTER: "local[2]"})}
    (tmp_path / "server").mkdir()
    with connect_server(tmp_path / "server") as address:
        done[connected] = check(connected, "spark", **{REMOTE: address})
    for root, run in done.items():
        assert (run.returncode, run.stderr) == (0, "")
        assert json.loads(run.stdout)["engine"] == "spark"
        assert without_times(published_files(root)) == without_times(published_files(duckdb))
        rows, expected = database_rows(root), database_rows(duckdb)
        different = [name for name in expected if rows[name] != expected[name]]
        assert set(different) <= {"about"}, different
        assert not (root / "lake" / "tmp").exists()


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
