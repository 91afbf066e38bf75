"""Findings as JSON. What many findings share, their sources and policy values, is most of their text: it is turned into
text once, and read once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")
PLAIN: Final = json.JSONEncoder(ensure_ascii=False).encode
SHARED: Final = ("feeds", "parameters")
_HOLES: Final = dict.fromkeys(SHARED, 0)
_HOLE: Final = json.dumps(_HOLES)[1:-1]
"""Stands for what is shared while the rest is encoded. Quotes inside a JSON string are escaped: no cell can say it."""
_BEFORE, _AFTER = '"feeds": ', ', "explanation_zh": '


class Once(Generic[T]):
    """What a function makes of an object, made once an object. It keeps the objects, so that no other gets their identity."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._made: dict[int, tuple[Any, T]] = {}

    def __call__(self, thing: Any) -> T:
        known = self._made.get(id(thing))
        if known is None:
            known = self._made[id(thing)] = (thing, self._make(thing))
        return known[1]


class FindingTexts:
    """To and from JSON. `encode`: of anything in a finding or ticket; the text is what it gives for the whole."""

    def __init__(self, encode: Callable[[Any], str] = PLAIN) -> None:
        self._encode, self._shared = encode, Once(encode)
        self._read: dict[str, dict[str, Any]] = {}

    def of_finding(self, finding: Mapping[str, Any]) -> str:
        return self._filled(finding, {**finding, **_HOLES}, [finding])

    def of_ticket(self, ticket: Mapping[str, Any]) -> str:
        """A ticket with its `findings`."""
        findings = ticket["findings"]
        return self._filled(ticket, {**ticket, "findings": [{**finding, **_HOLES} for finding in findings]}, findings)

    def _filled(
        self, whole: Mapping[str, Any], with_holes: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]
    ) -> str:
        if not all(name in finding for finding in findings for name in SHARED):
            return self._encode(whole)
        text = self._encode(with_holes)
        for finding in findings:
            text = text.replace(_HOLE, ", ".join(f'"{name}": {self._shared(finding[name])}' for name in SHARED), 1)
        return text

    def read(self, text: str) -> dict[str, Any]:
        """A finding; those that share sources and policy values share the objects."""
        head, before, rest = text.partition(_BEFORE)
        shared, after, tail = rest.rpartition(_AFTER)
        if not after:
            return dict(json.loads(text))
        if shared not in self._read:
            self._read[shared] = json.loads(f"{{{before}{shared}}}")
        return {**json.loads(f"{head}{_HOLE}{after}{tail}"), **self._read[shared]}
