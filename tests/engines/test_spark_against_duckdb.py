"""Whole counties on Spark with executor processes of its own, on DuckDB and on Polars: the same in every byte."""

from __future__ import annotations

import datetime as dt
import shutil
import traceback
from collections.abc import Iterator
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
from end_to_end.counties import make_home
from engines.homes import NOW, copied, database_rows, lake_frames, published_by, published_files
from engines.spark_here import needs_spark, session_on

from assets.errors import CheckStoppedError
from assets.home import Home
from data_contracts import feed_contracts
from pipelines import spark_engine
from pipelines.check import run_check
from pipelines.engines import make_engine
from pipelines.spark_engine import FEW_ROWS, PARTITIONS, SPARK_DEFAULT

OCTOBER, NOVEMBER, NEXT_WEEK = dt.date(2026, 10, 20), dt.date(2026, 11, 20), dt.date(2026, 11, 27)
NUMBER = "15062619800101123X"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two executors, one core and a gigabyte each."""
    import pyspark

    with session_on("local-cluster[2,1,1024]", tmp_path_factory.mktemp("conf")):
        yield
    # Only a local cluster keeps its executors' folders in Spark's own.
    shutil.rmtree(Path(pyspark.__file__).parent / "work", ignore_errors=True)


@needs_spark
@pytest.mark.usefixtures("cluster")
def test_two_counties_over_two_months_publish_the_same_bytes(tmp_path: Path) -> None:
    spark = make_home(tmp_path / "守望 数据", persons=2400, seed=41, months=2)
    others = {engine: copied(spark, tmp_path / engine) for engine in ("duckdb", "polars")}
    published_by(spark, "spark", [OCTOBER, NOVEMBER])
    on_top = run_check(Home(spark), NEXT_WEEK, engine="spark", now=lambda: NOW).scope
    assert on_top.households is not None, on_top.why
    assert len(on_top.households) > 0, "birthdays at least"
    assert keys_in_two_deliveries(spark, NOVEMBER) > 0, "without contested keys this says less"
    assert not (spark / "lake" / "tmp").is_dir() or not list((spark / "lake" / "tmp").glob("spark-????????"))
    for engine, root in others.items():
        published_by(root, engine, [OCTOBER, NOVEMBER, NEXT_WEEK])
        for day in (OCTOBER, NOVEMBER, NEXT_WEEK):
            frames, theirs = lake_frames(spark, day), lake_frames(root, day)
            assert engine == "polars" or frames.keys() == theirs.keys(), "Polars keeps more files beside"
            different = [name for name, frame in frames.items() if not frame.equals(theirs[name])]
            assert different == [], (engine, day)
            types = [name for name, frame in frames.items() if frame.schema != theirs[name].schema]
            assert types == [], (engine, day)
        assert published_files(spark) == published_files(root), engine
        assert database_rows(spark) == database_rows(root), engine


def keys_in_two_deliveries(root: Path, as_of: dt.date) -> int:
    count = 0
    for contract in feed_contracts().values():
        files = sorted((Home(root).check(as_of) / "rows" / contract.name).glob("*.parquet"))
        if contract.kind == "increment" and len(files) > 1:
            key = [column.stored_as for column in contract.key]
            rows = pl.scan_parquet(files).group_by(key).agg(pl.col("delivery_no").n_unique()).collect()
            count += rows.filter(pl.col("delivery_no") > 1).height
    return count


@needs_spark
@pytest.mark.usefixtures("cluster")
def test_a_failing_query_stops_the_check_without_quoting_a_cell(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    engine = make_engine("spark", tmp_path)
    people = engine.frame(pl.DataFrame({"person_id": [NUMBER]})).with_columns(nw.col("person_id").cast(nw.Int64))
    for run in (engine.collect, engine.hold):
        with pytest.raises(CheckStoppedError) as stopped:
            run(people)
        assert stopped.value.code == "spark_failed"
        assert "CAST_INVALID_INPUT" in stopped.value.zh
        assert NUMBER not in "".join(traceback.format_exception(stopped.value))
    said = capfd.readouterr()
    assert said.out + said.err == ""


@needs_spark
@pytest.mark.usefixtures("cluster")
def test_large_frames_travel_by_file_and_come_back_the_same(tmp_path: Path) -> None:
    engine = make_engine("spark", tmp_path)
    frame = pl.DataFrame({"n": range(FEW_ROWS + 1)}).with_columns(
        pl.format("{}号", "n").alias("text"),
        pl.date(1931, 2, 28).alias("day"),
        pl.col("n").cast(pl.Int32).alias("small"),
        (pl.col("n") % 2 == 0).alias("is_even"),
        pl.when(pl.col("n") > 5).then("n").alias("often"),
    )
    for few in (frame, frame.head(FEW_ROWS), frame.clear()):
        back = engine.collect(engine.materialise(engine.frame(few), tmp_path / "made.parquet"))
        assert back.sort("n").equals(few)
        assert back.schema == few.schema
        assert pl.read_parquet(tmp_path / "made.parquet").sort("n").equals(few)


@needs_spark
@pytest.mark.usefixtures("cluster")
def test_a_file_read_twice_counts_once_for_the_number_of_shuffle_partitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, few = tmp_path / "rows.parquet", pl.DataFrame({"n": [1, 2, 3]})
    few.write_parquet(file)
    settings = nw.to_native(make_engine("spark", tmp_path).frame(few)).sparkSession.conf
    before = settings.get(PARTITIONS)
    settings.set(PARTITIONS, SPARK_DEFAULT)
    monkeypatch.setattr(spark_engine, "PARTITION_BYTES", file.stat().st_size // 3)
    engine = make_engine("spark", tmp_path)
    for _ in range(2):
        engine.scan([file], few)
        assert settings.get(PARTITIONS) == "3"
        engine.close()
        assert settings.get(PARTITIONS) == SPARK_DEFAULT, "the next check counts its own"
    settings.set(PARTITIONS, before)
