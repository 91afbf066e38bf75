"""The life of a ticket as one table: which event may follow in which status, and where it leads (spec page 4, "Life").

Everything that reads or writes a status goes through this table; docs/ticket-life.md is drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from data_contracts.publications import codes

Source = Literal["check", "people"]

STATUSES: Final[dict[str, tuple[str, str]]] = {
    code.value: (code.label_zh, code.label_en) for code in codes("ticket_status")
}
"""Where a ticket can stand, in the order of its main line. All but `closed` count as open."""
CLOSED: Final = "closed"
OPEN: Final = tuple(status for status in STATUSES if status != CLOSED)
ANY: Final = tuple(STATUSES)


@dataclass(frozen=True)
class Transition:
    """One event: who records it, in which statuses it may come, the statuses it moves (all others stay)."""

    event: str
    zh: str
    source: Source
    allowed: tuple[str, ...]
    moves: Mapping[str, str]


def _to(status: str, *starts: str) -> dict[str, str]:
    return dict.fromkeys(starts, status)


_LISTED: Final = (
    Transition("opened", "出单", "check", (), {}),
    Transition("received", "接收", "people", OPEN, _to("received", "opened")),
    Transition("assigned", "派办", "people", OPEN, _to("assigned", "opened", "received")),
    Transition("visited", "入户", "people", OPEN, _to("visited", "opened", "received", "assigned")),
    Transition("noted", "办理记录", "people", OPEN, {}),
    Transition("concluded", "作出结论", "people", OPEN, _to("concluded", "opened", "received", "assigned", "visited")),
    Transition("closed", "办结", "people", ("concluded",), _to(CLOSED, "concluded")),
    Transition("finding_added", "增加疑点", "check", OPEN, {}),
    Transition("finding_withdrawn", "疑点不再成立", "check", OPEN, {}),
    Transition("deadline_settled", "期限确定", "check", OPEN, {}),
    Transition("reminded", "到期提醒", "check", OPEN, {}),
    Transition("overdue", "超期", "check", OPEN, {}),
    Transition("escalated", "督办", "check", OPEN, {}),
    Transition("clarification_requested", "申请点对点查看", "people", OPEN, {}),
    Transition("clarification_answered", "答复点对点查看", "people", ANY, {}),
    Transition("objection_raised", "提出异议", "people", ANY, {}),
    Transition("objection_rechecked", "异议重新核对", "check", ANY, {}),
    Transition("objection_answered", "答复异议", "people", ANY, {}),
    Transition("referred", "转办", "people", ANY, {}),
    Transition("referral_answered", "转办反馈", "people", ANY, {}),
    Transition("recheck_drawn", "抽中复查", "check", (CLOSED,), {}),
    Transition("rechecked", "抽检", "people", (CLOSED,), {}),
    Transition("reopened", "重新办理", "people", (CLOSED,), _to("opened", CLOSED)),
    # Followed at once by `concluded` and `closed` with the other outcome: both conclusions stay in the events.
    Transition("corrected", "更正结论", "people", (CLOSED,), _to("opened", CLOSED)),
)

TRANSITIONS: Final[dict[str, Transition]] = {transition.event: transition for transition in _LISTED}
"""By event. `opened` begins a ticket and follows nothing."""

TIME_EVENTS: Final = ("reminded", "overdue", "escalated", "recheck_drawn")
"""What the passing of time brings: it changes neither the ticket nor what is known of the household."""


def refusal(event: str, status: str) -> str | None:
    """Reason code why the event may not come in this status, or None."""
    allowed = TRANSITIONS[event].allowed
    if status in allowed:
        return None
    return "already_closed" if status == CLOSED else "not_closed"


def after(event: str, status: str) -> str:
    """The status an event leads to. ValueError where the table does not allow it: callers ask `refusal` first."""
    if status not in TRANSITIONS[event].allowed:
        raise ValueError(f"{event} may not follow in status {status}")
    return TRANSITIONS[event].moves.get(status, status)
