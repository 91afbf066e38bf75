"""Reading files brings no Spark along where it is installed: no warning, no address set for what is started later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

READ = """
import os, sys
from pathlib import Path
from assets.landing import scan
from assets.reading.delivery import read_delivery
files, _ = scan(Path(sys.argv[1]))
readings = [read_delivery(file, None, Path(sys.argv[2]) / f"{at}.parquet") for at, file in enumerate(files)]
assert sum(reading.set_aside for reading in readings) > 0, "some row must have met pandera's errors"
print("pyspark.pandas" in sys.modules, "SPARK_LOCAL_IP" in os.environ)
"""


def test_a_file_is_read_without_importing_spark(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="without pyspark nothing can bring it along")
    rows = "".join(f"H{at:06d},2026-01-15,某甲,A,是,\n" for at in range(100))
    target = tmp_path / "landing" / "household_surveys" / "150626_20261101.csv"
    target.parent.mkdir(parents=True)
    head = "household_id,surveyed_on,surveyor,housing_grade,water_safe,note\n"
    target.write_text(f"{head}{rows}H999999,2026-01-15,某甲,Z,是,\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "SPARK_LOCAL_IP"}
    command = [sys.executable, "-c", READ, str(tmp_path / "landing"), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "False False"), done.stderr[-2000:]
