"""A code has one Chinese word, the one of codes.yaml: no screen, page, workbook or notebook keeps a list of its own that differs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from data_contracts.publications import labels

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("assets", "checks", "notebooks", "pipelines", "policy", "rules", "tools")
LISTS = (
    *("policy_status", "ticket_status", "delivery_status", "not_checked_reason", "severity", "direction"),
    *("owner", "rule_mode", "gap", "matter_kind", "ticket_event"),
)
SENTENCE = re.compile(r"[。:]|^请")


def text(node: ast.expr) -> str | None:
    """The Chinese text of a value: itself, or the first of a pair or a call."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) and re.search(r"[一-鿿]", node.value) else None
    inner = node.elts if isinstance(node, ast.Tuple) else node.args if isinstance(node, ast.Call) else []
    return text(inner[0]) if inner else None


def own_words(source: str) -> list[tuple[int, dict[str, str]]]:
    """Line and words by code of every dictionary in the source that gives codes words."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict) and len(node.keys) > 1:
            pairs = [
                (k.value, text(v)) for k, v in zip(node.keys, node.values, strict=True) if isinstance(k, ast.Constant)
            ]
            words = {str(code): word for code, word in pairs if word is not None}
            if len(words) == len(node.keys):
                found.append((node.lineno, words))
    return found


def differing(words: dict[str, str], name: str) -> dict[str, str]:
    """Words of codes of this list that are not its words; advice in whole sentences is something else."""
    said = labels(name)
    if not words.keys() <= said.keys() or any(SENTENCE.search(word) for word in words.values()):
        return {}
    return {code: word for code, word in words.items() if word != said[code]}


@pytest.mark.parametrize("name", LISTS)
def test_no_place_has_another_word_for_a_code(name: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)}:{line}": other
        for place in PLACES
        for path in sorted((ROOT / place).rglob("*.py"))
        for line, words in own_words(path.read_text(encoding="utf-8"))
        if (other := differing(words, name))
    }
    assert wrong == {}


def test_a_differing_word_would_be_found() -> None:
    ((line, words),) = own_words('A = {"official": ("官方", "x"), "local": Text("本地规定", "y")}')
    assert (line, differing(words, "policy_status")) == (1, {"official": "官方"})
