"""Words of a named person that enter the audit ledger: who takes responsibility, and what for."""

from __future__ import annotations

import re
from typing import Final

from assets import masking
from assets.errors import WrongUseError

LONGEST_NAME: Final = 40
LONGEST_REASON: Final = 500
_LONG_NUMBER: Final = re.compile(r"\d{15,}")


def has_number(text: str) -> bool:
    """Whether there is something as long as an identity number in it: that has no place in the ledger."""
    return bool(_LONG_NUMBER.search(text)) or masking.holds_number(text)


def is_said(text: str, longest: int) -> bool:
    """One line with a letter or a Chinese character in it, not longer than `longest`."""
    return bool(re.search(r"[^\W\d_]", text)) and len(text) <= longest and text.isprintable()


def require_no_number(by: str, reason: str, reason_zh: str) -> None:
    """WrongUseError where the name or the reason holds what may be an identity number."""
    if has_number(by) or has_number(reason):
        raise WrongUseError(
            "number_in_words",
            f"姓名或{reason_zh}中有 15 位以上的数字; 审计台账不记身份号码, 请去掉。",
            "The name or the reason holds a number of 15 digits or more; the audit ledger takes no identity numbers.",
        )


def require_said(by: str, reason: str) -> None:
    """WrongUseError unless there are a name and a reason; numbers as long as an identity number have no place in either."""
    for option, text, longest in (("by", by, LONGEST_NAME), ("reason", reason, LONGEST_REASON)):
        if is_said(text, longest):
            continue
        zh = {"by": "何人", "reason": "何事由"}[option]
        raise WrongUseError(
            "words_missing",
            f"请用 --{option} 写明{zh}(一行文字, 至多 {longest} 字)。",
            f"Say with --{option} {'who' if option == 'by' else 'what for'}: one line of at most {longest} characters.",
        )
    require_no_number(by, reason, "事由")
