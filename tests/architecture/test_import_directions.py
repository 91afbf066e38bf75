"""Imports point one way: pipelines → checks, assets → rules → policy, data_contracts (page 6)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from source_files import FOLDERS, PACKAGES, ROOT, all_imports, module_level_imports, python_files, shown, tree

from policy.parameters import RULES

MAY_IMPORT: dict[str, set[str]] = {
    "data_contracts": set(),
    "policy": {"data_contracts"},
    "rules": {"policy", "data_contracts"},
    "assets": {"rules", "policy", "data_contracts"},
    "checks": {"assets", "rules", "policy", "data_contracts"},
    "pipelines": {"assets", "checks", "rules", "policy", "data_contracts", "sample"},
    "sample": {"data_contracts"},
    "tools": {"assets", "checks", "rules", "policy", "data_contracts", "sample", "pipelines"},
    "notebooks": set(),
    "examples": set(),
    "bench": {"assets", "checks", "rules", "policy", "data_contracts", "sample", "pipelines"},
}
HEAVY = ("great_expectations", "pandera", "dagster")
LIGHT_PACKAGES = ("assets", "rules", "policy", "data_contracts")
NOT_IN_RULES = {
    *("dagster", "polars", "duckdb", "pandas", "pyarrow", "numpy", "pyspark", "pandera", "great_expectations"),
    *("os", "io", "sys", "pathlib", "shutil", "tempfile", "glob", "sqlite3", "socket", "urllib", "http", "subprocess"),
    *("time", "random", "secrets", "logging", "yaml", "csv"),
}
CLOCK = re.compile(r"^(dt|datetime|date)\b.*\.(today|now|utcnow)$|^time\.\w+$")


def test_the_packages_are_those_whose_directions_are_written_down() -> None:
    assert set(MAY_IMPORT) | {"tests"} == set(FOLDERS)
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py") if not path.parent.name.startswith(".")}
    assert ours <= set(FOLDERS)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package: str) -> None:
    forbidden = set(FOLDERS) - MAY_IMPORT[package] - {package}
    wrong = [
        f"{shown(path)}:{line} imports {module}"
        for path in python_files(package)
        for line, module in all_imports(path)
        if module.split(".")[0] in forbidden
    ]
    assert wrong == []


def test_the_directions_themselves_have_no_circle() -> None:
    done: set[str] = set()
    while len(done) < len(MAY_IMPORT):
        ready = {name for name, targets in MAY_IMPORT.items() if name not in done and targets <= done}
        assert ready, "a circle among the directions"
        done |= ready


def test_nothing_of_the_project_is_imported_relatively() -> None:
    relative = [shown(p) for p in python_files(*PACKAGES) for _, module in all_imports(p) if module == "."]
    assert relative == []


# --- Rules are pure ----------------------------------------------------------------------------------------------------


def test_rules_know_no_engine_no_files_and_no_surroundings() -> None:
    wrong = [
        f"{shown(path)}:{line} imports {module}"
        for path in python_files("rules")
        for line, module in all_imports(path)
        if module.split(".")[0] in NOT_IN_RULES
    ]
    assert wrong == []


def _calls(path: Path) -> list[tuple[int, str]]:
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return [(call.lineno, ast.unparse(call.func)) for call in calls]


@pytest.mark.parametrize("package", ["rules", "policy", "data_contracts", "assets", "checks"])
def test_only_the_pipeline_and_the_sample_read_the_clock(package: str) -> None:
    wrong = [
        f"{shown(path)}:{line} calls {name}"
        for path in python_files(package)
        for line, name in _calls(path)
        if CLOCK.match(name)
    ]
    assert wrong == []


def test_the_search_for_the_clock_finds_it() -> None:
    for name in ("dt.date.today", "date.today", "datetime.now", "dt.datetime.utcnow", "time.time", "time.monotonic"):
        assert CLOCK.match(name), name
    assert CLOCK.match("dt.time") is None


def test_rules_open_no_file_and_print_nothing() -> None:
    wrong = [
        f"{shown(path)}:{line} calls {name}"
        for path in python_files("rules")
        for line, name in _calls(path)
        if name in ("open", "print", "input", "exec", "eval") or name.endswith((".read_text", ".write_text", ".open"))
    ]
    assert wrong == []


def test_there_is_one_file_for_every_finding() -> None:
    files = {path.stem for path in python_files("rules/findings")} - {"__init__"}
    assert files == set(RULES)


# --- Starting is quick -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", LIGHT_PACKAGES)
def test_heavy_libraries_are_imported_where_they_are_needed_not_at_the_top(package: str) -> None:
    wrong = [
        f"{shown(path)}:{line} imports {module}"
        for path in python_files(package)
        for line, module in module_level_imports(path)
        if module.split(".")[0] in HEAVY
    ]
    assert wrong == []


def test_importing_everything_below_the_pipelines_really_loads_no_heavy_library() -> None:
    modules = [
        shown(p).removesuffix(".py").replace("/", ".").removesuffix(".__init__") for p in python_files(*LIGHT_PACKAGES)
    ]
    code = f"import sys, {', '.join(modules)}\nprint([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "[]"


def test_the_search_for_module_level_imports_tells_them_from_others(tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandera\n"
        "try:\n    import a.b\nexcept ImportError:\n    import c\n"
        "class D:\n    import d\n    def m(self):\n        import e\n"
        "def f():\n    import dagster\n",
        encoding="utf-8",
    )
    assert [module for _, module in module_level_imports(path)] == ["typing", "a.b", "c", "d"]
    assert {"pandera", "dagster", "e"} <= {module for _, module in all_imports(path)}
