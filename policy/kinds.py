"""The kinds of value a policy parameter can have, and how each is read from YAML without loss.

A kind says in both languages what it expects; `read` raises `KindError` with the node that is wrong. Numbers become
`Decimal` from their written text (0.10 stays 0.10), never by way of a binary float.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from policy.source import members

ParameterValue = int | bool | Decimal | str | tuple[str, ...] | Mapping[str, Decimal]
"""Whole number · flag · exact number · one code · codes in written order · exact numbers by code."""

# YAML 1.1 would read 020 as octal 16 and 1:30 as 90; a policy number is written in plain decimal digits.
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


class KindError(Exception):
    """A value is not of its parameter's kind; `node` is the part that is wrong."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node


class Kind(Protocol):
    """How the values of a parameter look."""

    @property
    def expected(self) -> tuple[str, str]:
        """What must stand there, in Chinese and in English."""

    def read(self, node: Node) -> ParameterValue:
        """The value, or `KindError`."""


def _plain(node: Node, *tags: str) -> str:
    """The text of an unquoted scalar of one of the YAML types named, or `KindError`."""
    if isinstance(node, ScalarNode) and node.style is None and node.tag.rpartition(":")[2] in tags:
        return str(node.value)
    raise KindError(node)


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds, both included."""

    minimum: int
    maximum: int

    @property
    def expected(self) -> tuple[str, str]:
        return f"{self.minimum} 至 {self.maximum} 的整数", f"a whole number from {self.minimum} to {self.maximum}"

    def read(self, node: Node) -> int:
        text = _plain(node, "int")
        if not _WHOLE.fullmatch(text) or not self.minimum <= int(text) <= self.maximum:
            raise KindError(node)
        return int(text)


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    @property
    def expected(self) -> tuple[str, str]:
        return "true 或 false", "true or false"

    def read(self, node: Node) -> bool:
        text = _plain(node, "bool").lower()
        if text not in ("true", "false"):
            raise KindError(node)
        return text == "true"


@dataclass(frozen=True)
class Number:
    """An exact number between two bounds (the lower one excluded when `above` is set) with at most `places` decimals.

    The engines compute with whole fen and ten-thousandths, so more decimals than that could not be honoured.
    """

    minimum: Decimal
    maximum: Decimal
    places: int
    above: bool = False

    @property
    def expected(self) -> tuple[str, str]:
        low_zh, low_en = ("大于", "above") if self.above else ("不小于", "at least")
        kind_zh, kind_en = ("数", "number") if self.places else ("整数", "whole number")
        zh, en = (f",小数最多 {self.places} 位", f", up to {self.places} decimals") if self.places else ("", "")
        return (
            f"{low_zh} {self.minimum}、不超过 {self.maximum} 的{kind_zh}{zh},不加引号",
            f"a {kind_en} {low_en} {self.minimum} and at most {self.maximum}{en}, unquoted",
        )

    def read(self, node: Node) -> Decimal:
        text = _plain(node, "int", "float")
        if not _NUMBER.fullmatch(text) or len(text.partition(".")[2]) > self.places:
            raise KindError(node)
        number = Decimal(text)
        if not self.minimum <= number <= self.maximum or (self.above and number == self.minimum):
            raise KindError(node)
        return number


@dataclass(frozen=True)
class Choice:
    """One code out of a closed list."""

    choices: tuple[str, ...]

    @property
    def expected(self) -> tuple[str, str]:
        listed = ", ".join(self.choices)
        return f"其中之一:{listed}", f"one of: {listed}"

    def read(self, node: Node) -> str:
        if not isinstance(node, ScalarNode) or node.value not in self.choices:
            raise KindError(node)
        return str(node.value)


@dataclass(frozen=True)
class Name:
    """One name of a shape (`shape` says it in zh, en)."""

    pattern: str
    shape: tuple[str, str]

    @property
    def expected(self) -> tuple[str, str]:
        return self.shape

    def read(self, node: Node) -> str:
        if not isinstance(node, ScalarNode) or not re.fullmatch(self.pattern, node.value):
            raise KindError(node)
        return str(node.value)


@dataclass(frozen=True)
class Codes:
    """A list of codes, each once; of a closed list, or, with `pattern`, of a shape (`shape` says it in zh, en)."""

    choices: tuple[str, ...] = ()
    pattern: str = ""
    shape: tuple[str, str] = ("", "")

    @property
    def expected(self) -> tuple[str, str]:
        listed = ", ".join(self.choices)
        zh, en = (listed, listed) if self.choices else self.shape
        return f"不重复的列表,每项为:{zh}", f"a list without repeats, each: {en}"

    def read(self, node: Node) -> tuple[str, ...]:
        if not isinstance(node, SequenceNode):
            raise KindError(node)
        found: list[str] = []
        for item in node.value:
            if not isinstance(item, ScalarNode) or not self._known(item.value) or item.value in found:
                raise KindError(item)
            found.append(item.value)
        return tuple(found)

    def _known(self, code: str) -> bool:
        return bool(re.fullmatch(self.pattern, code)) if self.pattern else code in self.choices


@dataclass(frozen=True)
class Table:
    """Exact numbers by code. With `complete` every code must be there, otherwise any of them may be left out.

    With `rising` no number may be smaller than the one of the code before it, in the order of `keys`.
    """

    keys: tuple[str, ...]
    number: Number
    complete: bool = False
    rising: bool = False

    @property
    def expected(self) -> tuple[str, str]:
        listed = ", ".join(self.keys)
        zh, en = self.number.expected
        zh_extent, en_extent = ("全部列出", "all of") if self.complete else ("可不全", "any of")
        zh_order, en_order = (
            (",且后一级不小于前一级", ", none smaller than the one before it") if self.rising else ("", "")
        )
        return (
            f"键值表({zh_extent}:{listed}),每个值为{zh}{zh_order}",
            f"a mapping with {en_extent} {listed}, each value {en}{en_order}",
        )

    def read(self, node: Node) -> dict[str, Decimal]:
        if not isinstance(node, MappingNode):
            raise KindError(node)
        found: dict[str, Decimal] = {}
        for name, (key, value) in members(node).items():
            if name not in self.keys:
                raise KindError(key)
            found[name] = self.number.read(value)
        if self.complete and len(found) < len(self.keys):
            raise KindError(node)
        ordered = {key: found[key] for key in self.keys if key in found}
        if self.rising and list(ordered.values()) != sorted(ordered.values()):
            raise KindError(node)
        return ordered
