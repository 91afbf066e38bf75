"""`shouwang sign-off --delivery`: a named person answers for a snapshot that shrank, and it is used from then on.

The word goes into the audit ledger for this file and these bytes. Every later check finds it there, also one that does
a date again that was published before (docs/decisions/0033-held-snapshots.md).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from assets.audit import append
from assets.deliveries import Delivery, Stock, take_stock
from assets.errors import WrongUseError
from assets.held import HELD, SIGNED
from assets.home import Home
from assets.landing import readable
from data_contracts import feed_contract
from pipelines.commands.sign_off import require_words, sign_off

STATUS_WORDS = {
    "pending": ("尚未核对过, 请先运行 shouwang check", "has not been looked at yet: run `shouwang check` first"),
    "rejected": ("已整批退回, 签认不能使其可用", "was rejected as a whole; signing it off does not change that"),
    "duplicate": ("与另一文件内容相同", "has the same bytes as another file"),
    "refused": ("名称已占用, 已拒收", "was refused because its name is taken"),
}


def sign_off_command(
    home: Home,
    of_rule: tuple[str | None, str | None, dt.date | None],
    file: str | None,
    by: str,
    reason: str,
    now: str,
) -> str:
    """Sign off a rule in an area on a check date, or a file; WrongUseError for neither and for both."""
    rule, area, as_of = of_rule
    if file is not None and not any(of_rule):
        return sign_off_delivery(home, file, by, reason, now)
    if file is None and rule and area and as_of:
        return sign_off(home, rule, area, as_of, by, reason, now)
    raise WrongUseError(
        "sign_off",
        "请写明签认什么: 规则代码加 --area 与 --as-of, 或单独用 --delivery 文件。",
        "Say what is signed off: a rule with --area and --as-of, or --delivery FILE alone.",
    )


def sign_off_delivery(home: Home, file: str, by: str, reason: str, now: str) -> str:
    """Record the sign-off and say what comes next. `file`: feed/name, or a path to it; `now`: a time with zone.

    Saying it twice records it once. WrongUseError for a file that is not there or not held, no name; CheckStoppedError when
    a ledger is damaged.
    """
    by, reason = by.strip(), reason.strip()
    require_words(by, reason)
    stock = take_stock(home, dt.date.max, home.lake, lambda: now)
    delivery = _named(stock, file)
    shown, title = delivery.file.shown, feed_contract(delivery.file.feed).title_zh
    if (shown, delivery.sha256) in stock.signed_off:
        zh, en = f"{shown} 此前已签认, 未重复记录。", f"{shown} was signed off before; nothing was recorded twice."
    elif delivery.status != HELD:
        raise _not_held(delivery)
    else:
        fields = {"file": shown, "sha256": delivery.sha256, "rows": delivery.accepted, "reason": reason}
        append(home, f"{SIGNED}_intended", by, now, fields)
        append(home, SIGNED, by, now, fields)
        zh = f"已签认: {shown}({title}), {delivery.accepted} 行, 下一次核对起采用。"
        en = f"Signed off: {shown}, {delivery.accepted} rows; it is used from the next check on."
    again = [day for day in home.published_dates() if day >= delivery.file.data_on]
    if not again:
        return f"{zh}\n{en}"
    command = f"shouwang check --as-of {again[0]}" + (" --replay" if len(again) > 1 else "")
    return f"{zh}\n{en}\n已发布的日期也采用, 请重做 / to use it for dates already published, do them again: {command}"


def _named(stock: Stock, file: str) -> Delivery:
    """The delivery somebody means; of several with this name the one that is held."""
    parts = Path(file).parts[-2:]
    found = [
        d
        for d in stock.deliveries.values()
        if d.file.name == "".join(parts[-1:]) and (len(parts) < 2 or parts[0] == d.file.feed)
    ]
    held = [d for d in found if d.status == HELD]
    if len(held) == 1 or len(found) == 1:
        return (held or found)[0]
    choices = [d.file.shown for d in (found or stock.deliveries.values()) if d.status == HELD]
    listed, listed_en = (", ".join(choices), ", ".join(choices)) if choices else ("无", "none")
    raise WrongUseError(
        "delivery_unknown",
        f"落地目录中没有文件 {readable(file)}, 或有多个同名, 请写成 数据/文件名。暂缓采用的文件: {listed}。",
        f"There is no file {readable(file)} in the landing folder, or more than one of this name: write feed/name. Held "
        f"files: {listed_en}.",
    )


def _not_held(delivery: Delivery) -> WrongUseError:
    zh, en = STATUS_WORDS.get(delivery.status, ("未被暂缓, 无需签认", "is not held: there is nothing to sign off"))
    return WrongUseError("not_held", f"{delivery.file.shown} {zh}。", f"{delivery.file.shown} {en}.")
