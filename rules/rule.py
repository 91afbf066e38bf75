"""What a rule is: a pure function from facts to items, and what must be known about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from data_contracts import feed_contracts
from policy.parameters import RULES
from rules.clocks import Clock
from rules.expressions import Lazy
from rules.registry import Made, as_tuple, feeds_below, own_feeds_below, parameters_below

Direction = Literal["verify", "help"]
RuleFunction = Callable[..., Lazy]

UNIT_ZH = {
    "vehicle": "辆",
    "unit": "处",
    "m2_per_head_e10": "平方米/人",
    "yuan_per_year": "元/年",
    "yuan_per_head_month": "元/人·月",
    "factor": "项",
    "": "",
}
ECONOMIC_FEEDS = tuple(feed for feed, contract in feed_contracts().items() if contract.is_economic)


@dataclass(frozen=True, kw_only=True)
class Rule(Made):
    """One rule.

    Its function returns one row per item: household_id, item_key, the item's fields and, for the finding as a whole,
    declared / observed / limit (Int64 in `unit`: fen, count or hundredths of m2; null where they do not apply).
    Its arguments are the facts, registers and policy parameters it reads (rules/registry.py).
    """

    label_en: str
    direction: Direction
    version: str = "1"
    unit: str = ""
    # Rules on household registration: a member who is not in the feed makes the household's result "not checked".
    needs_record_of_each_member: bool = False
    # What the finding says to a clerk, and how one item reads in it; filled from the published fields.
    statement_zh: str = ""
    item_zh: str = ""
    # The department that can help with it, for tickets concluded as `referred`; "" where none is named.
    refer_to: str = ""
    # What that department is told. The finding's own words may speak of income: they stay with civil affairs.
    need_zh: str = ""

    @property
    def code(self) -> str:
        return self.name

    @property
    def find(self) -> RuleFunction:
        return self.function

    @property
    def unit_zh(self) -> str:
        """The unit of declared, observed and limit as people read it; empty where the items are just counted."""
        return UNIT_ZH[self.unit]

    @cached_property
    def feeds(self) -> tuple[str, ...]:
        """Feeds without which the rule is not checked; the registers' own where it reads nothing else."""
        return feeds_below(self, optional=False) if feeds_below(self) else own_feeds_below(self)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Feeds shown as its sources: those it needs, or those of which a missing one only makes something unknown."""
        return self.feeds or feeds_below(self)

    @property
    def label_zh(self) -> str:
        return RULES[self.code]

    @cached_property
    def is_economic(self) -> bool:
        """Runs on admitted households only (consent first)."""
        return any(feed in ECONOMIC_FEEDS for feed in self.feeds)

    @property
    def severity_parameter(self) -> str:
        return f"severity.{self.code}"

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Policy parameters that it or a fact it needs asks for."""
        return parameters_below(self)

    @property
    def needed_parameters(self) -> tuple[str, ...]:
        """Parameters without which the rule is not checked (reason policy_missing)."""
        return (*self.parameters, self.severity_parameter)


def rule(*, clock: Clock | tuple[Clock, ...] | None = None, **about: Any) -> Callable[[RuleFunction], Rule]:
    """Turn a function into a Rule whose code is the function's name. `about`: the other fields of Rule."""
    return lambda function: Rule(function, as_tuple(clock), **about)
