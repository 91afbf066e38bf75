"""`shouwang due`: the deadline of a ticket issued on a date, and why."""

from __future__ import annotations

import datetime as dt
import json
from typing import Final

from assets.errors import WrongUseError
from assets.home import Home
from policy.policy import PolicyBook
from policy.values import NATIONAL
from rules.deadline import deadline_by_policy, explain_deadline

NO_POLICY: Final = (
    "注意: {area} 及其上级没有政策文件, 按全国默认值计算; 请核对区划代码。 "
    "Note: there is no policy file of {area} or above it; these are national values. Check the code."
)


def due(home: Home, day: dt.date, area: str, *, as_json: bool) -> str:
    """Text (or JSON) with the due date and the steps. WrongUseError for an area that is none."""
    book = PolicyBook.load(home.policy)
    try:
        result, values = deadline_by_policy(book, area, day)
    except (ValueError, LookupError, OverflowError) as error:  # the last one: a deadline after 9999
        raise WrongUseError(
            "area", f"无法确定 {area} 在 {day} 的期限: {error}", "Give --area as a code of 2, 4, 6 or 12 digits."
        ) from None
    words = explain_deadline(result, book.calendar, values)
    if as_json:
        return json.dumps(
            {
                "as_of": day.isoformat(),
                "area": area,
                "due_on": result.due_on.isoformat(),
                "deadline_provisional": result.provisional,
                "deadline_days": result.days,
                "deadline_unit": result.unit,
                "explanation_zh": list(words.zh),
                "explanation_en": list(words.en),
            },
            ensure_ascii=False,
            indent=1,
        )
    is_known = any(area.startswith(known) for known in book.areas() if known != NATIONAL)
    hint = [] if is_known else [NO_POLICY.format(area=area)]
    mark = "(暂定 provisional)" if result.provisional else ""
    return "\n".join([f"{result.due_on} {mark}".rstrip(), *hint, *words.zh, "", *words.en])
