"""The Spark engine in this process: errors without cells, frames of any size, partitions (whole counties: test_spark_command_line)."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
from engines.spark_here import needs_spark, session_on

from assets.errors import CheckStoppedError
from pipelines.engines import spark_engine
from pipelines.engines.choose import make_engine
from pipelines.engines.spark_engine import FEW_ROWS, PARTITIONS, SPARK_DEFAULT

NUMBER = "15062619800101123X"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with session_on("local[2]", tmp_path_factory.mktemp("conf")):
        yield


@needs_spark
@pytest.mark.usefixtures("session")
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
@pytest.mark.usefixtures("session")
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
@pytest.mark.usefixtures("session")
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
