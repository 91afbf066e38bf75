"""What a rule is: a pure function from facts to items, and what must be known about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from policy.parameters import RULES
from rules.expressions import Lazy
from rules.facts.facts import Facts

Direction = Literal["verify", "help"]
RuleFunction = Callable[[Facts], Lazy]

ECONOMIC_FEEDS = ("vehicles", "property", "tax", "pensions")


@dataclass(frozen=True)
class Rule:
    """One rule.

    `find(facts)` returns one row per item: household_id, item_key, the item's fields and, for the finding as a whole,
    declared / observed / limit (Int64 in `unit`: fen, count or hundredths of m2; null where they do not apply).
    """

    code: str
    direction: Direction
    feeds: tuple[str, ...]
    parameters: tuple[str, ...]
    find: RuleFunction
    version: str = "1"
    unit: str = ""
    # Rules on household registration: a member who is not in the feed makes the household's result "not checked".
    needs_record_of_each_member: bool = False
    clause: str = ""

    @property
    def label_zh(self) -> str:
        return RULES[self.code]

    @property
    def is_economic(self) -> bool:
        """Runs on admitted households only (consent first)."""
        return any(feed in ECONOMIC_FEEDS for feed in self.feeds)

    @property
    def severity_parameter(self) -> str:
        return f"severity.{self.code}"

    @property
    def needed_parameters(self) -> tuple[str, ...]:
        """Parameters without which the rule is not checked (reason policy_missing)."""
        return (*self.parameters, self.severity_parameter)


def rule(
    *,
    direction: Direction,
    feeds: tuple[str, ...],
    parameters: tuple[str, ...] = (),
    unit: str = "",
    clause: str = "",
    needs_record_of_each_member: bool = False,
) -> Callable[[RuleFunction], Rule]:
    """Turn a function into a Rule whose code is the function's name."""

    def wrap(function: RuleFunction) -> Rule:
        return Rule(
            code=function.__name__,
            direction=direction,
            feeds=feeds,
            parameters=parameters,
            find=function,
            unit=unit,
            clause=clause,
            needs_record_of_each_member=needs_record_of_each_member,
        )

    return wrap
