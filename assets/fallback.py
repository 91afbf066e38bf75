"""Checks that stop where a rejected or missing delivery leaves nothing to answer with; each names the file and what to do."""

from __future__ import annotations

from collections.abc import Iterable

from assets.deliveries import Delivery, Stock
from assets.errors import CheckStoppedError
from assets.reading.errors import DELIVERY_REASONS
from data_contracts import feed_contract

SHOWN = 5


def require_fallback(stock: Stock, counties: set[str]) -> None:
    """Contract check that blocks: a rejected delivery with nothing else in force for a county it should cover.

    `counties`: those of the households looked at; a file for any other is named and stops nobody. Where an earlier delivery
    is in force it stays so, ageing (spec page 2), and the check goes on. Reports about tickets never stop it: what
    departments know is complete without them, and the townships send them again.
    """
    bare: dict[str, set[str]] = {}
    for delivery in stock.deliveries.values():
        file = delivery.file
        if delivery.status == "rejected" and feed_contract(file.feed).subject != "ticket":
            covered = {c for c in counties if c.startswith(file.area)}
            bare[file.shown] = {c for c in covered if not stock.in_force(file.feed, c)}
    stopping = [d for d in stock.deliveries.values() if bare.get(d.file.shown)]
    if stopping:
        zh, en = _rejected(stopping)
        listed = _listed(set().union(*bare.values()))
        raise CheckStoppedError(
            "delivery_rejected",
            f"{zh} {listed} 没有其他可用批次。请部门重新提交; 如确需先行核对, 加 --without-rejected, 相关规则将标为“未核对”。",
            f"{en} Nothing else is in force for {listed}. Ask the department for a new file; to go on without it add "
            "--without-rejected (its rules are then reported as not checked).",
        )


def list_missing(stock: Stock, feed: str, code: str) -> CheckStoppedError:
    """Without this list of civil affairs nobody can be looked at: it was rejected, is dated later, or never came."""
    title = f"{feed_contract(feed).title_zh}({feed})"
    rejected = [d for d in stock.of_feed(feed) if d.status == "rejected"]
    later = [file.shown for file in stock.later if file.feed == feed]
    if rejected:
        zh, en = _rejected(rejected)
        zh += " 请按上述原因更正后, 以原文件名或更高的序号 _n 重新提交。"
        en += " Have what is named put right and the file sent again, under its name or a higher _n."
    elif later:
        zh = f"已有文件的数据日期晚于核对日期: {_listed(later)}。请核对文件名中的日期, 或改用更晚的核对日期。"
        en = f"What has arrived is dated after the check date: {_listed(later)}. Look at the date in the name, or check a later day."
    else:
        zh, en = "请先提交该文件。", "Deliver it first."
    return CheckStoppedError(
        code,
        f"没有可用的{title}, 无法确定核对对象。{zh}",
        f"There is no {feed} in force: nobody can be looked at. {en}",
    )


def _rejected(deliveries: Iterable[Delivery]) -> tuple[str, str]:
    """Which files were rejected as a whole, and why, in Chinese and English."""
    zh, en = [], []
    for delivery in deliveries:
        contract, reason = feed_contract(delivery.file.feed), DELIVERY_REASONS[delivery.code or "unreadable"]
        zh.append(
            f"{delivery.file.shown}({contract.title_zh}, {contract.department_zh})整批退回: {reason.zh} "
            f"{delivery.detail_zh}".rstrip()
            + "。"
        )
        en.append(f"{delivery.file.shown} was rejected as a whole: {reason.en} {delivery.detail_en}".rstrip() + ".")
    more = len(zh) - SHOWN
    rest = (f" 另有 {more} 个文件。", f" {more} more files.") if more > 0 else ("", "")
    return " ".join(zh[:SHOWN]) + rest[0], " ".join(en[:SHOWN]) + rest[1]


def _listed(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:SHOWN]) + (" …" if len(listed) > SHOWN else "")
