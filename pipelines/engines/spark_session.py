"""The Spark session of this process: one, started when it is first asked for, stopped when the process ends.

Where it runs is said by the surroundings (docs/operations.md): SHOUWANG_SPARK_MASTER or SHOUWANG_SPARK_REMOTE, and
whatever an administrator keeps in SPARK_CONF_DIR/spark-defaults.conf. Set here is only what equal results, privacy and
a closed network need.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from assets.errors import CheckStoppedError, WrongUseError

JAVA_NEEDED: Final = 17
MASTER: Final = "SHOUWANG_SPARK_MASTER"
REMOTE: Final = "SHOUWANG_SPARK_REMOTE"
LAST_LINES: Final = 12
STOP_SECONDS: Final = 20
FEW_TRIES: Final = 4

SAME_RESULTS: Final = {
    # An overflow or a text that is no number must stop the check here as it does in DuckDB.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    # Dates are formatted by way of an instant: in UTC every day has a midnight.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.adaptive.enabled": "true",
}
"""Settings of queries: they are made in a session of our own and on Spark Connect alike."""

PYTHON_LOGGERS: Final = ("DataFrameQueryContextLogger", "SQLQueryContextLogger", "pyspark.sql.connect.logging")
"""They print the text of every error on the screen, and that quotes cells."""
LOGGING: Final = "status = off\nrootLogger.level = off\n"
"""Nothing at all: the message of a failed cast quotes the cell. What went wrong comes back as an exception."""


@dataclass
class Spark:
    """A running session. `folder`: its files; None where Spark Connect keeps them on the server's side."""

    session: Any
    where: tuple[str, str]
    folder: Path | None = None
    _process: Any = field(default=None, repr=False)
    _handle: int = -1

    def is_usable(self, where: tuple[str, str]) -> bool:
        if self.where != where:
            return False
        return self.folder is None or (self.folder.is_dir() and self._process.poll() is None)

    def stop(self) -> None:
        """Stop it and leave nothing behind; a session that is gone already is no trouble."""
        with suppress(Exception):
            self.session.stop()
        if self.folder is None:  # Spark Connect
            return
        _end(self._process)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._handle)
        with suppress(OSError):
            self.folder.parent.rmdir()


_running: list[Spark] = []


def spark(scratch: Path) -> Spark:
    """The session, started if need be; its scratch files go below `scratch`.

    Raises WrongUseError where pyspark or Java is missing, CheckStoppedError where Spark does not start.
    """
    require_pyspark()
    _silence()
    remote = os.environ.get(REMOTE, "").strip()
    where = (remote, "" if remote else os.environ.get(MASTER, "").strip() or "local[*]")
    if _running and not _running[0].is_usable(where):
        stop()
    if not _running:
        _running.append(_connect(where) if remote else _start(where, scratch))
    return _running[0]


def stop() -> None:
    """Stop the session of this process, if there is one."""
    while _running:
        _running.pop().stop()


atexit.register(stop)


def _silence() -> None:
    from pyspark.logger import PySparkLogger

    for name in PYTHON_LOGGERS:
        PySparkLogger.getLogger(name).disabled = True


# --- What must be there ------------------------------------------------------------------------------------------------


def require_pyspark() -> None:
    """WrongUseError with what to do where the extra is not installed."""
    # Nothing of ours goes through pandas, of which pyspark complains.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    try:
        import_module("pyspark")
    except ImportError:
        raise WrongUseError(
            "spark_missing",
            "计算引擎 spark 需要 pyspark, 本环境没有安装。请在程序目录运行 make spark, 或改用 --engine duckdb。",
            "The spark engine needs pyspark, which is not installed here. Run `make spark` in the program's folder, or "
            "use --engine duckdb.",
        ) from None


def require_java() -> None:
    """WrongUseError with what to install where there is no Java of JAVA_NEEDED or newer."""
    found = java_version()
    if found is not None and found >= JAVA_NEEDED:
        return
    zh = "没有找到 java" if found is None else f"只找到 Java {found}"
    en = "no java was found" if found is None else f"only Java {found} was found"
    raise WrongUseError(
        "java_missing",
        f"Spark 需要 Java {JAVA_NEEDED} 或更新版本, {zh}。请安装 JRE(Debian/Ubuntu: openjdk-17-jre-headless; "
        f"openEuler/麒麟/RHEL: java-17-openjdk-headless)或设置 JAVA_HOME; 已有 Spark Connect 服务时只需设置 {REMOTE}。",
        f"Spark needs Java {JAVA_NEEDED} or newer; {en}. Install a JRE (Debian/Ubuntu: openjdk-17-jre-headless; "
        f"RHEL and kin: java-17-openjdk-headless) or set JAVA_HOME; with a Spark Connect server set {REMOTE} instead.",
    )


def java_version() -> int | None:
    """The major version of the Java that Spark would use; None without one."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        return None
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True, timeout=60).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None


# --- Starting ----------------------------------------------------------------------------------------------------------


def _connect(where: tuple[str, str]) -> Spark:
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy

    with engine_errors(start=where[0].split("/;")[0]):  # what follows may be a token
        session = SparkSession.builder.remote(where[0]).create()
        patient = session.client.get_retry_policies()
        session.client.set_retry_policies([DefaultPolicy(max_retries=FEW_TRIES)])  # else ten minutes
        for name, value in SAME_RESULTS.items():
            session.conf.set(name, value)
        session.client.set_retry_policies(patient)
    return Spark(session, where)


def _start(where: tuple[str, str], scratch: Path) -> Spark:
    """A driver of our own. Its words go to a file: before logging is set up it would write to the screen."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    require_java()
    scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="spark-session-", dir=scratch))
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)  # so that no check clears it away while this process lives
    said = folder / "said.txt"
    process = None
    try:
        with engine_errors(start=where[1], said=said), said.open("wb") as words:
            settings = {**SAME_RESULTS, **_private(folder), **_sizes(where[1]), "spark.master": where[1]}
            conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
            with _loopback(where[1]):
                SparkContext._gateway = launch_gateway(conf, {"stderr": words, "stdout": words})
            SparkContext._jvm, process = SparkContext._gateway.jvm, SparkContext._gateway.proc
            session = SparkSession(SparkContext(conf=conf))
    except CheckStoppedError:
        Spark(None, where, folder, process, handle).stop()
        raise
    return Spark(session, where, folder, process, handle)


def _private(folder: Path) -> dict[str, str]:
    """Nothing leaves the home folder and the cluster: no page, no event log, no log lines, all files below `folder`."""
    logging = folder / "log4j2.properties"
    logging.write_text(LOGGING, encoding="utf-8")
    options = [f"-Dlog4j2.configurationFile=file:{logging}", f"-Djava.io.tmpdir={folder}", "-XX:-UsePerfData"]
    return {
        "spark.app.name": "shouwang",
        "spark.driver.defaultJavaOptions": " ".join(f'"{option}"' for option in options),
        "spark.log.level": "OFF",
        "spark.executor.syncLogLevel.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "false",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.artifact.isolation.enabled": "false",
        "spark.driver.maxResultSize": "0",
        "spark.python.sql.dataFrameDebugging.enabled": "false",
    }


def _sizes(master: str) -> dict[str, str]:
    """On this machine alone: a loopback address, and half of the memory. A cluster's sizes are its administrator's."""
    if not master.startswith("local"):
        return {}
    loopback = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if os.environ.get("SPARK_CONF_DIR") or master.startswith("local-cluster"):
        return loopback
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {**loopback, "spark.driver.memory": f"{max(1024, memory // 2**21)}m"}


@contextmanager
def _loopback(master: str) -> Iterator[None]:
    """On this machine alone Java need not find out what the machine's name means."""
    name = "SPARK_LOCAL_IP"
    is_ours = master.startswith("local") and name not in os.environ
    if is_ours:
        os.environ[name] = "127.0.0.1"
    try:
        yield
    finally:
        if is_ours:
            del os.environ[name]


def _end(process: Any) -> None:
    """The driver ends when its standard input does."""
    from pyspark import SparkContext

    with suppress(Exception):
        SparkContext._gateway.shutdown()
    SparkContext._gateway = SparkContext._jvm = None
    if process is None:
        return
    with suppress(OSError, subprocess.TimeoutExpired):
        process.stdin.close()
        process.wait(STOP_SECONDS)
    if process.poll() is None:
        process.kill()


# --- Errors ------------------------------------------------------------------------------------------------------------


@contextmanager
def engine_errors(start: str = "", said: Path | None = None) -> Iterator[None]:
    """Spark's errors as ours: their kind only, for their texts quote cells. `start`: the address that did not answer."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    kinds: tuple[type[Exception], ...] = (PySparkException, Py4JError)
    with suppress(ImportError):  # Spark Connect's
        from grpc import RpcError

        kinds = (*kinds, RpcError)
    try:
        yield
    except kinds as error:
        kind = _kind(error)
        told = _last_lines(said)
    else:
        return
    if not start:
        raise CheckStoppedError(
            "spark_failed",
            f"Spark 计算失败({kind})。常见原因: 内存或磁盘不足, 执行器看不到数据目录。未发布任何内容。",
            f"Spark failed ({kind}). Usual reasons: too little memory or disk space, executors that do not see the home "
            "folder. Nothing was published.",
        ) from None
    raise CheckStoppedError(
        "spark_start",
        f"Spark 没有启动({start}, {kind})。请检查 {MASTER} 或 {REMOTE} 及集群状态; 此前的发布未受影响。{told}",
        f"Spark did not start ({start}, {kind}). Check {MASTER} or {REMOTE} and the cluster; what was published before "
        "is untouched.",
    ) from None


def _kind(error: Exception) -> str:
    """The condition Spark gives an error, or the name of its class."""
    condition = getattr(error, "getCondition", None)
    if condition is not None:
        with suppress(Exception):
            if name := condition():
                return str(name)
    java = getattr(error, "java_exception", None)
    if java is not None:
        with suppress(Exception):
            return str(java.getClass().getName())
    return type(error).__name__


def _last_lines(said: Path | None) -> str:
    """What Java said while it started, when there was no data yet."""
    if said is None or not said.is_file():
        return ""
    lines = said.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
    return "\n" + "\n".join(lines) if lines else ""


if __name__ == "__main__":  # make spark: is what the engine needs there?
    try:
        require_pyspark()
        if not os.environ.get(REMOTE, "").strip():
            require_java()
    except WrongUseError as wrong:
        sys.exit(f"✗ [{wrong.code}] {wrong.zh}\n  {wrong.en}")
    print("可用 --engine spark / --engine spark is ready")
