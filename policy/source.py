"""YAML read as nodes that still know their line, so that every complaint can name one.

`yaml.safe_load` would lose the lines, turn 0.10 into a binary float and silently keep the last of two equal keys;
a policy may do none of these. Only scalars, lists and mappings of the shapes asked for are accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from policy.errors import LineError

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHOWN_CHARACTERS = 40


def line_of(node: Node) -> int:
    """The line a node starts on, counted from 1."""
    return int(node.start_mark.line) + 1


def read_root(path: Path) -> MappingNode:
    """The file's one top-level mapping. Raises `LineError` when it is not UTF-8, not YAML, empty or something else."""
    text = _decode(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise LineError(
            1 if mark is None else mark.line + 1,
            f"不是合法的 YAML({error.problem}):请检查缩进、冒号、引号和括号",
            f"not valid YAML ({error.problem}): check indentation, colons, quotes and brackets",
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        raise LineError(line, "含有控制字符:请删除", "contains a control character: delete it") from error
    if not isinstance(root, MappingNode):
        line = 1 if root is None else line_of(root)
        raise LineError(
            line,
            "应为“键: 值”的 YAML,文件为空或是别的内容:写法见 policy/national.yaml",
            "expected YAML of `key: value`, the file is empty or something else: see policy/national.yaml",
        )
    return root


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Windows editors save Chinese text as GB18030; guessing would risk a wrong clause on every ticket.
        line = raw.count(b"\n", 0, error.start) + 1
        raise LineError(line, "不是 UTF-8 编码:请另存为 UTF-8", "not UTF-8: save the file as UTF-8") from error


def members(node: Node) -> dict[str, tuple[ScalarNode, Node]]:
    """A mapping's members by key, each with its key node (for the line). Raises `LineError` on another kind of node,
    on a key that is no plain word, and on a key that appears twice."""
    if not isinstance(node, MappingNode):
        raise LineError(line_of(node), "此处应为“键: 值”", "expected `key: value` here")
    found: dict[str, tuple[ScalarNode, Node]] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            raise LineError(line_of(key), "键应为一个词", "a key must be one word")
        if key.value in found:
            first = line_of(found[key.value][0])
            raise LineError(
                line_of(key),
                f"“{key.value}”重复(第 {first} 行已有):请合并",
                f"{key.value!r} appears twice (first on line {first}): merge the two",
            )
        found[key.value] = (key, value)
    return found


def known_members(node: Node, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Node]:
    """A mapping's values by key, all of `required` present and nothing beyond `required` and `optional`."""
    found = members(node)
    for name, (key, _) in found.items():
        if name not in required + optional:
            allowed = ", ".join(required + optional)
            raise LineError(
                line_of(key),
                f"不认识“{name}”,此处只能有:{allowed}",
                f"unknown key {name!r}, expected only: {allowed}",
            )
    for name in required:
        if name not in found or is_null(found[name][1]):
            line = line_of(found[name][0]) if name in found else line_of(node)
            raise LineError(line, f"缺少“{name}”:请补上", f"{name!r} is missing: add it")
    return {name: value for name, (_, value) in found.items()}


def items(node: Node, zh: str, en: str) -> Iterator[Node]:
    """The members of a list; `zh` and `en` name what the list holds."""
    if not isinstance(node, SequenceNode):
        raise LineError(line_of(node), f"此处应为列表({zh})", f"expected a list here ({en})")
    yield from node.value


def is_null(node: Node) -> bool:
    """Whether nothing stands there: empty, `~` or `null`."""
    return isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def read_text(node: Node, name: str) -> str:
    """A scalar's text, not blank."""
    if not isinstance(node, ScalarNode) or is_null(node) or not node.value.strip():
        raise LineError(line_of(node), f"“{name}”应为文字,不能为空", f"{name!r} must be text and not blank")
    return str(node.value).strip()


def read_date(node: Node, name: str) -> date:
    """A calendar day written YYYY-MM-DD, quoted or not."""
    text = node.value if isinstance(node, ScalarNode) else ""
    try:
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise LineError(
        line_of(node),
        f"“{name}”应为存在的日期 YYYY-MM-DD,现为 {shown(node)}",
        f"{name!r} must be an existing day YYYY-MM-DD, found {shown(node)}",
    )


def shown(node: Node) -> str:
    """What stands there, short enough for one line of an error message."""
    if is_null(node):
        return "(空 / nothing)"
    if not isinstance(node, ScalarNode):
        return "(列表 / a list)" if isinstance(node, SequenceNode) else "(键值表 / a mapping)"
    text = str(node.value)
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")
