"""No circle of files: whoever reads a file can read what it needs first."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from source_files import PACKAGES, ROOT, python_files, shown, tree

HOUSE = (*PACKAGES, "notebooks", "bench", "examples")


def _file_of(module: str) -> str | None:
    path = ROOT / module.replace(".", "/")
    return next((shown(p) for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


def _needed(path: Path) -> set[str]:
    """Files that a file imports anywhere, inside functions and for the type checker too: `from a import b` may be a/b.py."""
    found: set[str | None] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {_file_of(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {_file_of(f"{node.module}.{alias.name}") for alias in node.names}
            found |= inner if inner != {None} else {_file_of(node.module)}
    return {name for name in found if name} - {shown(path)}


def _circle(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        files: list[str] = error.args[1]
        return files
    return []


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {shown(path): _needed(path) for path in python_files(*HOUSE)}
    assert sum(map(len, graph.values())) > 500, "imports are found"
    assert _circle(graph) == []


@pytest.mark.parametrize("graph", [{"a": {"b"}, "b": {"a"}}, {"a": {"b"}, "b": {"c"}, "c": {"a"}}])
def test_the_search_finds_a_circle(graph: dict[str, set[str]]) -> None:
    assert set(_circle(graph)) == set(graph)
