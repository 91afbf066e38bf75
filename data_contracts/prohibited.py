"""What may not enter any rule, label or score, and so may stand in no contract (spec page 1).

A department's file may carry such a column all the same: columns that no contract lists are kept out when it is read
(docs/decisions/0022-report.md). A contract that lists one is refused when it is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PROHIBITED: Final = "prohibited"
"""The classification of such a column: a contract may give it to no column."""


@dataclass(frozen=True)
class Attribute:
    """One attribute: its code, its name in both languages, the words by which columns name it."""

    code: str
    zh: str
    en: str
    words: str


ATTRIBUTES: Final = (
    Attribute("ethnicity", "民族", "ethnicity", r"ethnic|minorit|nationalit|民族"),
    Attribute("religion", "宗教信仰", "religion", r"religio|belief|faith|宗教|信仰"),
    # Where somebody is registered today is no birthplace; the first six digits of an identity number are one.
    Attribute("birthplace", "出生地、籍贯", "place of birth", r"birth_?place|place_of_birth|native_place|籍贯|出生地"),
    Attribute("political_status", "政治面貌", "political status", r"politic|party_member|政治面貌|党员"),
    Attribute(
        "criminal_history",
        "犯罪前科",
        "criminal history",
        r"criminal|crime|conviction|offender|prison|犯罪|前科|服刑|刑满",
    ),
)
_WORDS: Final = {attribute.code: re.compile(attribute.words, re.IGNORECASE) for attribute in ATTRIBUTES}


class ProhibitedAttributeError(ValueError):
    """A contract lists a column that no rule may ever see."""


def prohibited_attribute(words: Iterable[str]) -> str | None:
    """Code of the attribute that one of the words names, or None."""
    texts = list(words)
    return next((code for code, pattern in _WORDS.items() if any(map(pattern.search, texts))), None)


def refuse_prohibited(contract: str, column: str, words: Iterable[str], classification: str) -> None:
    """Raise ProhibitedAttributeError where a column is, or calls itself, one of them."""
    found = prohibited_attribute(words)
    if found is not None or classification == PROHIBITED:
        raise ProhibitedAttributeError(f"{contract}.{column}: {found or PROHIBITED} may not be used")
