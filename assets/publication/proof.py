"""Where tickets stand is proven before anything is built on it: the state that the check before left is there, unharmed."""

from __future__ import annotations

import datetime as dt
from typing import Final

from assets.errors import CheckStoppedError
from assets.home import Home, sha256
from assets.publication.publish import read_mark

EVENTS: Final = "ticket_events.parquet"
STATE: Final = (
    *("tickets.parquet", "ticket_items.parquet", "ticket_findings.parquet"),
    *(EVENTS, "ticket_matters.parquet", "ticket_aliases.parquet"),
)


def require_state(home: Home, as_of: dt.date) -> None:
    """CheckStoppedError unless the state of the date before `as_of` and the events of all dates before are what they were.

    A file that is not there means damage, never that nothing happened. Partitions made before 0.6 do not say what their
    bytes were: there the files must exist. Those of 0.1 have no mark and fewer files.
    """
    days = [day for day in home.published_dates() if day < as_of]
    for day in days:
        mark = read_mark(home.check(day))
        for name in STATE if day == days[-1] else (EVENTS,):
            path = home.check(day) / name
            if not path.is_file():
                if mark is not None or name in (EVENTS, "tickets.parquet"):
                    raise _damaged(day, name, "不在了", "is gone")
            elif mark is not None and mark.files and mark.files.get(name) != sha256(path):
                raise _damaged(day, name, "已损坏或被改动", "is damaged or was changed")


def _damaged(day: dt.date, name: str, zh: str, en: str) -> CheckStoppedError:
    return CheckStoppedError(
        "state_damaged",
        f"{day} 核对所留的预警单状态 lake/checks/{day}/{name} {zh}, 不能据此继续。请从备份恢复 lake/checks/{day}; 没有备份时移走该文件夹, "
        f"再重做该日: check --as-of {day} --replay。未发布任何内容。",
        f"The state of tickets that the check of {day} left, lake/checks/{day}/{name}, {en}; nothing can be built on it. Restore "
        f"lake/checks/{day} from a backup; without one move that folder away and redo the date: check --as-of {day} --replay. "
        "Nothing was published.",
    )
