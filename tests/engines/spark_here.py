"""Whether Spark can run here, and small settings for it: short tests want little compilation and little memory."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.engines.spark_session import JAVA_NEEDED, MASTER, java_version, stop

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
DEFAULTS = f"""spark.driver.memory 1g
spark.driver.extraJavaOptions {QUICK}
spark.executor.extraJavaOptions {QUICK}
"""


def missing() -> str:
    """Why Spark cannot run here; empty where it can."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed (make spark)"
    version = java_version()
    return (
        "" if version is not None and version >= JAVA_NEEDED else f"no Java {JAVA_NEEDED} or newer (found: {version})"
    )


needs_spark = pytest.mark.skipif(bool(missing()), reason=missing())


def quick(folder: Path) -> Path:
    """A SPARK_CONF_DIR as an administrator would keep it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spark-defaults.conf").write_text(DEFAULTS, encoding="utf-8")
    return folder


@contextmanager
def session_on(master: str, folder: Path) -> Iterator[None]:
    """Spark starts anew on `master` inside the block; `folder`: for its small settings."""
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv(MASTER, master)
        surroundings.setenv("SPARK_CONF_DIR", str(quick(folder)))
        stop()
        yield
        stop()


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """A Spark Connect server of pyspark's own jars on the loopback address; its address."""
    import pyspark

    home = Path(pyspark.__file__).parent
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "spark.master": "local[2]",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.ui.enabled": "false",
        "spark.local.dir": folder / "local",
        "spark.sql.warehouse.dir": folder / "warehouse",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    command = [home / "bin" / "spark-submit", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_CONF_DIR": str(quick(folder / "conf"))}
    with (folder / "said.txt").open("wb") as said:
        server = subprocess.Popen(
            [*command, *words, "spark-internal"], cwd=folder, env=environment, stdout=said, stderr=said
        )
    try:
        _wait(server, port, folder / "said.txt")
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def _wait(server: subprocess.Popen[bytes], port: int, said: Path) -> None:
    for _ in range(1200):
        assert server.poll() is None, said.read_text(encoding="utf-8", errors="replace")[-2000:]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the Spark Connect server does not answer")
