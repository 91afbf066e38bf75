"""What the rules are given and what they give back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .households import Household
from .in_force import InForce
from .labels import Labels
from .policy import Policy

Fingerprint = tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """One piece of evidence.  `fingerprint` = rule + item key, with whole identity numbers."""

    fingerprint: Fingerprint
    fields: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass
class RuleResult:
    """result: hit | no_hit | not_checked | suppressed."""

    result: str
    reason: str = ""
    items: list[Item] = field(default_factory=list)
    missing_records: list[str] = field(default_factory=list)


@dataclass
class Context:
    as_of: date
    in_force: InForce
    policy: Policy
    households: dict[str, Household]
    labels: dict[str, Labels]
    aided_of: dict[str, set[str]]  # person -> active households with one of the four programmes

    def value(self, household: Household, name: str) -> Any:
        return self.policy.value(household.county, name, self.as_of)


Judge = Callable[[Household, Context], RuleResult]


@dataclass(frozen=True)
class Rule:
    code: str
    feeds: tuple[str, ...]
    direction: str
    severity: str
    parameters: tuple[str, ...]
    judge: Judge


def decided(items: list[Item]) -> RuleResult:
    """A hit when there is evidence; items of one fingerprint are one item."""
    distinct = {item.fingerprint: item for item in reversed(items)}
    ordered = [distinct[fingerprint] for fingerprint in sorted(distinct)]
    return RuleResult("hit" if ordered else "no_hit", items=ordered)


def mask(person_id: str) -> str:
    """As published: first 6 digits, 8 asterisks, last 4."""
    return f"{person_id[:6]}********{person_id[-4:]}"


def masked(fingerprint: Fingerprint) -> Fingerprint:
    """The fingerprint as far as a published file can show it: identity numbers masked."""
    return tuple(mask(part) if re.fullmatch(r"[0-9]{17}[0-9X]", part) else part for part in fingerprint)
