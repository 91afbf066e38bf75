"""The repository's own files and what their syntax trees say."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("data_contracts", "policy", "rules", "assets", "checks", "pipelines", "sample", "tools")
FOLDERS = (*PACKAGES, "notebooks", "bench", "examples", "tests")


def python_files(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts
    )


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(node: ast.AST) -> list[str]:
    """Modules an import statement names; a relative import names its own package."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or "."] if node.level == 0 else ["."]
    return []


def all_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and module of every import of a file, also of those inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for module in imported(node):
                yield node.lineno, module


def module_level_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Imports that run when the file is imported: not those inside functions or only for the type checker."""

    def visit(nodes: list[ast.stmt]) -> Iterator[tuple[int, str]]:
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                yield from visit(node.orelse)
                continue
            for module in imported(node):
                yield node.lineno, module
            for block in ("body", "orelse", "finalbody"):
                yield from visit(getattr(node, block, []))
            for handler in getattr(node, "handlers", []):
                yield from visit(handler.body)

    return visit(tree(path).body)


def tracked_files() -> list[Path]:
    """Files under version control; everything that is no cache where there is no git."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        hidden = {".venv", ".git", "data", "data-demo", "__pycache__"}
        paths = [p for p in ROOT.rglob("*") if p.is_file() and not hidden & set(p.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
