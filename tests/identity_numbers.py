"""Finds identity numbers in what must hold none. Eighteen digits in a row also occur by chance, in a file of floating
point instants for example: only what a person could have counts, with a date of birth and a matching check character."""

from __future__ import annotations

import datetime as dt
import re

CANDIDATE = re.compile(r"(?<![0-9A-Za-z.])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_character(first: str) -> str:
    """The eighteenth character of GB 11643 for the seventeen digits before it."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(first, WEIGHTS, strict=True)) % 11]


def identity_numbers(text: str | bytes) -> list[str]:
    """Every number in `text` that could be a person's."""
    shown = text.decode("latin-1") if isinstance(text, bytes) else text
    return [number for number in CANDIDATE.findall(shown) if _could_be_a_persons(number)]


def _could_be_a_persons(number: str) -> bool:
    try:
        born_on = dt.date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return False
    return 1900 <= born_on.year <= 2100 and check_character(number[:17]) == number[17].upper()
