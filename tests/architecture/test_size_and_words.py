"""Files and functions stay small enough to read; no word that judges people; no address of somebody else's server."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from source_files import FOLDERS, PACKAGES, python_files, shown, text_of, tracked_files, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 40

# Longer than that, with the reason why cutting them would not help a reader. The number is the most they may grow to.
LONG_FUNCTIONS: dict[str, tuple[int, str]] = {
    "assets/findings.py:_results": (45, "one query, read from top to bottom"),
    "assets/tickets.py:make_tickets": (55, "the steps of one check date in the order of page 4"),
    "pipelines/simulate/run.py:simulate": (45, "what it returns, one line for each field"),
    "pipelines/cli.py:_parser": (50, "a table of commands and options"),
    "pipelines/summary.py:deliveries": (45, "a table: one line for each column shown"),
    "tests/publication/conftest.py:_write_lake": (60, "example data"),
}


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    lengths = {shown(path): len(text_of(path).splitlines()) for path in python_files(*FOLDERS)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def _functions(path: Path) -> dict[str, int]:
    nodes = [n for n in ast.walk(tree(path)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return {f"{shown(path)}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1 for node in nodes}


def test_no_function_is_longer_than_a_screen_without_a_reason() -> None:
    lengths = {name: length for path in python_files(*FOLDERS) for name, length in _functions(path).items()}
    allowed = {name: most for name, (most, _) in LONG_FUNCTIONS.items()}
    assert {n: length for n, length in lengths.items() if length > allowed.get(n, LONGEST_FUNCTION)} == {}


def test_every_exception_is_still_there_and_has_its_reason() -> None:
    names = {name for path in python_files(*FOLDERS) for name in _functions(path)}
    assert [name for name in LONG_FUNCTIONS if name not in names] == []
    assert all(len(reason) > 10 for _, reason in LONG_FUNCTIONS.values())


@pytest.mark.parametrize("path", python_files(*PACKAGES), ids=shown)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path)), shown(path)


# --- Words -------------------------------------------------------------------------------------------------------------

JUDGING = re.compile(r"欺诈|骗保|违法|\bfraud|\billegal|\bdebts?\b|\bindebted", re.IGNORECASE)
# Where such a word may stand: the traffic police's own name of a status, and the list of words that are looked for.
NAMED = {
    "违法未处理": ("data_contracts/", "docs/", "rules/", "sample/"),
    None: ("checks/expectations.py", "tests/", "docs/decisions/"),
}
TEXTS = (".py", ".yaml", ".md", ".html", ".toml", ".json", ".sql")


def _may_name(name: str) -> bool:
    return name.startswith(NAMED[None])


@pytest.mark.parametrize("folder", [*PACKAGES, "notebooks", "docs"])
def test_no_code_label_or_document_uses_a_word_that_judges_people(folder: str) -> None:
    found = []
    for path in tracked_files():
        name = shown(path)
        if not name.startswith(f"{folder}/") or path.suffix not in TEXTS or _may_name(name):
            continue
        text = text_of(path)
        if name.startswith(NAMED["违法未处理"]):
            text = text.replace("违法未处理", "")
        found += [f"{name}: {word}" for word in JUDGING.findall(text)]
    assert found == []


def test_the_search_for_judging_words_finds_them() -> None:
    for text in ("涉嫌骗保", "欺诈行为", "违法", "Fraud", "fraudulent", "ILLEGAL", "a debt"):
        assert JUDGING.search(text), text
    assert JUDGING.search("待核实 to be verified, debtor-free") is None


# --- Addresses ---------------------------------------------------------------------------------------------------------

# Any host that serves packages: put together from its kinds, so that no host is named here either.
_KINDS = ("pyp" + "i", "python" + "hosted", "npm" + "js", "docker", "ghcr", "quay", "anaconda")
REGISTRIES = re.compile(
    rf"\b(files\.)?({'|'.join(_KINDS)})\.(org|com|io)\b|registry\.[a-z0-9-]+\.[a-z]{(2,)}|mirrors?\.[a-z]|artifactory|nexus\."
    r"|(--|^)(extra-)?index-url|trusted-host",
    re.IGNORECASE | re.MULTILINE,
)
ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+)")
# Names of vocabularies, never opened: the JSON schema dialects and the namespaces of SVG and Excel.
NAMES_NOT_PLACES = {"json-schema.org", "www.w3.org", "schemas.openxmlformats.org", "localhost", "127.0.0.1"}
NOT_OURS = {"data_contracts/odcs-json-schema-v3.1.0.json"}


def _ours() -> list[Path]:
    return [
        p
        for p in tracked_files()
        if shown(p) not in NOT_OURS and shown(p) != "tests/architecture/test_size_and_words.py"
    ]


def test_no_tracked_file_names_a_package_registry_or_a_mirror() -> None:
    found = [f"{shown(p)}: {m.group()}" for p in _ours() for m in REGISTRIES.finditer(text_of(p))]
    assert found == []


def test_no_code_or_contract_holds_an_address_of_somebody_elses_server() -> None:
    found = [
        f"{shown(path)}: {host}"
        for path in _ours()
        if shown(path).startswith((*PACKAGES, "notebooks", "Makefile", "docs/data-dictionary"))
        for host in ADDRESS.findall(text_of(path))
        if host not in NAMES_NOT_PLACES
    ]
    assert found == []
