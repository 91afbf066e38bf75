"""After a loss: every recorded check date made again as it was, and the newest one taken back as a deliberate act.

Docs: docs/decisions/0035-replay-all-or-nothing.md, 0036-withdrawal.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from assets import audit
from assets.errors import ShouwangError, WrongUseError
from assets.home import Home, sha256
from assets.publication.commit import UNFINISHED, Withdrawal, announce, finish
from assets.publication.publish import MANIFEST, read_manifest
from assets.publication.records import known_when_published, newest_records
from pipelines.check import CheckRun, all_or_nothing
from pipelines.lock import locked
from pipelines.recovery import recover
from pipelines.responsible import require_said
from pipelines.storage import storage_errors

LOCK_SECONDS: Final = 30


def replay_all(
    home: Home,
    newest: dt.date | None,
    *,
    engine: str,
    without_rejected: bool,
    wait: float,
    progress: Callable[[str], None],
    say: Callable[[str], None],
    now: Callable[[], str],
    published: Callable[[list[dt.date]], None],
) -> CheckRun:
    """Make every date of the audit ledger again, of the files that each one knew when it was published; the newest run.

    Nothing that lies in `published/` or `lake/checks/` is needed. WrongUseError when nothing is recorded, or `newest` is
    not the newest recorded date; else as run_check: all dates, or none.
    """
    with storage_errors(), locked(home, wait, say):
        if completed := recover(home, now()):
            published(completed)
        known, before = known_when_published(home), newest_records(audit.entries(home))
        days = sorted({*known, *home.published_dates()})
        if not days or newest not in (None, days[-1]):
            last = days[-1] if days else "-"
            raise WrongUseError(
                "replay_all",
                f"审计台账所记最新的核对日期是 {last}; --replay-all 重建全部已记录的日期, 不接受别的 --as-of。",
                f"The newest check date of the audit ledger is {last}; --replay-all makes every recorded date again and "
                "takes no other --as-of.",
            )
        asked = CheckRun(home, days[-1], engine, without_rejected, "asked", now=now, progress=progress)
        run = all_or_nothing(asked, days, say, known)
        published(days)
        made = {day: read_manifest(home.publication(day))["digest"] for day in days}
        other = [str(day) for day in days if day in before and before[day].fields["digest"] != made[day]]
        _say_what_is_equal(len(days), other, say)
        return run


def _say_what_is_equal(dates: int, other: list[str], say: Callable[[str], None]) -> None:
    same = dates - len(other)
    say(f"已重建 {dates} 期, 其中 {same} 期摘要与台账相同 / {dates} dates made again, {same} with equal digests")
    if other:
        say(
            f"摘要不同: {', '.join(other)}(政策、规则、程序或落地文件在发布之后有过变化) / other digests: policy, rules, "
            "the program or landed files have changed since they were published"
        )


def withdraw(
    home: Home, day: dt.date, by: str, reason: str, *, engine: str, say: Callable[[str], None], now: Callable[[], str]
) -> str:
    """Take the newest publication back; what was done, in words.

    Its entry in the audit ledger comes first and names who and why; then the folder leaves `published/`, the partition goes
    and the database shows the date before. WrongUseError: no name or reason, not published, not the newest.
    """
    by, reason = by.strip(), reason.strip()
    require_said(by, reason)
    with storage_errors(), locked(home, LOCK_SECONDS, say):
        recover(home, now())
        dates = _require_newest(home, day)
        manifest = read_manifest(home.publication(day))
        manifest_sha256 = sha256(home.publication(day) / MANIFEST)
        published = {"batch": manifest["batch"], "digest": manifest["digest"], "manifest_sha256": manifest_sha256}
        withdrawal = Withdrawal(day, by, reason, published)
        is_shown = False
        if dates[:-1]:
            run = CheckRun(home, dates[-2], engine, now=now)
            is_shown = _shows_the_date_before(run, known_when_published(home), withdrawal, say)
        if not is_shown:
            finish(home, announce(home, (), now(), withdrawal), now())
    return _done(home, day, dates[:-1], is_shown)


def _require_newest(home: Home, day: dt.date) -> list[dt.date]:
    dates = home.published_dates()
    if dates and day == dates[-1]:
        return dates
    last = dates[-1] if dates else "-"
    raise WrongUseError(
        "not_newest",
        f"只能撤回最新的一期; 最新已发布的是 {last}。较早的一期用 check --as-of 日期 --replay 重做。",
        f"Only the newest publication can be withdrawn; that is {last}. An older date is redone with check --as-of DATE "
        "--replay.",
    )


def _shows_the_date_before(
    run: CheckRun, known: Mapping[dt.date, str], withdrawal: Withdrawal, say: Callable[[str], None]
) -> bool:
    """Withdraw together with a database of the date before, made of what that date knew. False when it cannot be made: what
    was published by mistake must go all the same."""
    try:
        all_or_nothing(run, [run.as_of], say, known, withdrawal)
    except ShouwangError as stopped:
        if stopped.code == UNFINISHED:
            raise
        say(
            f"{run.as_of} 的分析库未能重建 / the database of {run.as_of} could not be made: [{stopped.code}] {stopped.zh}"
        )
        return False
    return True


def _done(home: Home, day: dt.date, earlier: list[dt.date], is_shown: bool) -> str:
    if is_shown:
        zh, en = f"分析库已回到 {earlier[-1]}", f"the database shows {earlier[-1]} again"
    else:
        zh, en = "分析库已撤下, 下次核对时重建", "the database is gone; the next check makes it again"
    return (
        f"已撤回 {day} 的发布, 审计台账已记录: 何人、何时、何故。{zh}。已发出的文件请另行通知收件人停用。\n"
        f"  留存(仅本账户可读): {home.lake / 'withdrawn'}。可重新核对该日: shouwang check --as-of {day}\n"
        f"The publication of {day} was withdrawn and the audit ledger says who, when and why; {en}. Tell those who have "
        f"its files already. What had been published is kept, for its owner alone, in lake/withdrawn; the date can be "
        "checked anew."
    )
