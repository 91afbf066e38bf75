"""What goes wrong with a policy or calendar file, said in Chinese and English with file and line.

Belongs here: the error types only. Reading is in `source`, meaning in `policy` and `calendar`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake: where it stands (`line` counts from 1) and what to do about it."""

    file: str
    line: int
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.zh} | {self.en}"


class PolicyError(Exception):
    """The policy cannot be used. Carries every mistake found, not only the first, so one round of repair is enough."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class LineError(Exception):
    """A mistake at a line, raised while one file is read; the reader adds the file and makes a `Problem` of it."""

    def __init__(self, line: int, zh: str, en: str) -> None:
        super().__init__(line, zh, en)
        self.line = line
        self.zh = zh
        self.en = en

    def at(self, file: str) -> Problem:
        """The same mistake with its file."""
        return Problem(file, self.line, self.zh, self.en)
