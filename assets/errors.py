"""What stops a check: always with words for the person who must act, in Chinese and English, without cell values."""

from __future__ import annotations


class ShouwangError(Exception):
    """Base: `code`, Chinese and English text, and what to do."""

    exit_code = 1

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code, self.zh, self.en = code, zh, en
        super().__init__(f"[{code}] {zh}\n{en}")


class CheckStoppedError(ShouwangError):
    """A blocking check failed or the data do not allow an answer. Nothing was published (exit code 1)."""


class WrongUseError(ShouwangError):
    """The command or the configuration is wrong (exit code 2)."""

    exit_code = 2
