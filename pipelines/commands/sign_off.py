"""`shouwang sign-off`: a named person lets a held rule be published in one county on one check date.

The word goes into the audit ledger and nowhere else; the check of that date, done again, finds it there.
"""

from __future__ import annotations

import datetime as dt
import difflib
from typing import Any

import polars as pl

from assets import masking
from assets.audit import append
from assets.county_policy import is_county
from assets.errors import WrongUseError
from assets.home import Home
from assets.rule_modes import signed_off
from pipelines.responsible import LONGEST_NAME, LONGEST_REASON, is_said, require_no_number
from policy.parameters import RULES
from rules.tickets.modes import MODE_WORDS


def sign_off(home: Home, rule: str, area: str, as_of: dt.date, by: str, reason: str, now: str) -> str:
    """Record the sign-off and say what comes next. `by`: the person's name; `now`: a time with zone.

    Saying it twice records it once. WrongUseError for an unknown rule or area, a date not checked, a rule that is not
    held there, no name; CheckStoppedError when the audit ledger is damaged.
    """
    by, reason = by.strip(), reason.strip()
    _require_rule(rule)
    _require_area(area)
    require_words(by, reason)
    row = _decision(home, rule, area, as_of)
    label = f"{RULES[rule]}({rule})"
    if (rule, area, as_of) in signed_off(home):
        zh, en = (
            f"{area} {as_of} 的 {label} 此前已签认, 未重复记录。",
            f"{rule} was signed off for {area} on {as_of} before; nothing was recorded twice.",
        )
    elif row["mode"] != "held":
        raise _not_held(row["mode"], rule, area, as_of)
    else:
        fields = {"rule": rule, "area": area, "as_of": as_of.isoformat(), "reason": reason}
        append(home, "sign_off_intended", by, now, fields)
        append(home, "signed_off", by, now, fields)
        zh, en = (
            f"已签认: {area} {as_of} 的 {label}。{row['reason_zh'] or ''}",
            f"Signed off: {rule} for {area} on {as_of}. {row['reason_en'] or ''}".rstrip(),
        )
    again = f"shouwang check --as-of {as_of}"
    if home.published_dates()[-1] > as_of:
        again += " --replay"
    return f"{zh}\n{en}\n重做该日核对后发布 / check that date again to publish it: {again}"


def _require_rule(rule: str) -> None:
    if rule in RULES:
        return
    by_name = {zh: code for code, zh in RULES.items()}
    close = difflib.get_close_matches(rule, [*RULES, *by_name], n=1)
    near = by_name.get(close[0], close[0]) if close else ""
    raise WrongUseError(
        "rule_unknown",
        f"没有规则 {_shown(rule)}。" + (f"是否应为 {near}?" if near else f"规则代码: {', '.join(RULES)}。"),
        f"There is no rule {_shown(rule)}. " + (f"Did you mean {near}?" if near else f"Rules: {', '.join(RULES)}."),
    )


def _require_area(area: str) -> None:
    if not is_county(area):
        raise WrongUseError(
            "area",
            f"--area 应为 6 位县级区划代码, 现为 {_shown(area)}。",
            f"--area must be a county code of 6 digits, found {_shown(area)}.",
        )


def require_words(by: str, reason: str) -> None:
    """A name there must be; numbers as long as an identity number have no place in the ledger (and none is quoted)."""
    if not is_said(by, LONGEST_NAME):
        raise WrongUseError(
            "name_missing",
            f"请用 --by 写明签认人姓名(至多 {LONGEST_NAME} 字)。",
            f"Name the person who signs off with --by (at most {LONGEST_NAME} characters).",
        )
    if len(reason) > LONGEST_REASON or (reason and not reason.isprintable()):
        raise WrongUseError(
            "reason",
            f"--reason 应为一行文字, 至多 {LONGEST_REASON} 字。",
            f"--reason is one line of at most {LONGEST_REASON} characters.",
        )
    require_no_number(by, reason, "理由")


def _decision(home: Home, rule: str, area: str, as_of: dt.date) -> dict[str, Any]:
    """The newest decision on the rule: mode, reason_zh, reason_en."""
    dates = home.published_dates()
    path = home.check(as_of) / "rule_modes.parquet"
    if as_of not in dates or not path.is_file():
        newest = f"最近的核对日期: {dates[-1]}。" if dates else "尚无核对。"
        newest_en = f"The newest check date is {dates[-1]}." if dates else "Nothing has been checked yet."
        raise WrongUseError(
            "not_checked", f"{as_of} 没有已发布的核对。{newest}", f"There is no published check of {as_of}. {newest_en}"
        )
    modes = pl.read_parquet(path).filter(county=area)
    if modes.is_empty():
        listed = ", ".join(pl.read_parquet(path, columns=["county"])["county"].unique().sort().to_list())
        raise WrongUseError(
            "area_not_checked",
            f"{as_of} 的核对不含 {area}。所含: {listed}。",
            f"The check of {as_of} does not cover {area}. It covers: {listed}.",
        )
    return modes.row(by_predicate=pl.col("rule") == rule, named=True)


def _not_held(mode: str, rule: str, area: str, as_of: dt.date) -> WrongUseError:
    zh, en = MODE_WORDS[mode]
    return WrongUseError(
        "not_held",
        f"{area} {as_of} 的 {rule} 未被暂停(运行方式: {zh}), 无需签认。暂停的规则见核对摘要或分析库 rule_modes。",
        f"{rule} is not held for {area} on {as_of} (mode: {en}); there is nothing to sign off. Held rules are in the "
        "summary of the check and in the database table rule_modes.",
    )


def _shown(text: str) -> str:
    """What somebody typed, short, and without a number that may be a person's."""
    return masking.text(text)[:40] or '""'
