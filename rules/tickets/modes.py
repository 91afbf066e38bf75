"""Whether a rule may open tickets in a county today: normal, shadow, held or signed off (shadow and volume brake).

Shadow: where people found too rarely that anything had changed, the rule is still computed and recorded, but opens no
ticket. Brake: where a rule suddenly hits many times its usual share of households, a person looks before anything of
it is published. Both are decided from counts alone, with exact numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from data_contracts.publications import codes
from rules.tickets.precision import PLACES, wilson

Mode = Literal["normal", "shadow", "held", "signed_off"]
MODE_WORDS: Final[dict[str, tuple[str, str]]] = {
    code.value: (code.label_zh, code.label_en) for code in codes("rule_mode")
}
USUAL_DATES: Final = 12
"""How many of the newest earlier check dates make the usual share."""


@dataclass(frozen=True)
class ModePolicy:
    """The county's values; `floor` None: the bureau has set none for the rule's direction, so there is no shadow."""

    times_usual: Decimal
    min_checks: int
    min_hits: int
    floor: Decimal | None
    min_cases: int
    window_months: int


@dataclass(frozen=True)
class Volume:
    """Households with a hit (suppressed ones included) and households checked, on one check date."""

    hits: int
    checked: int

    @property
    def share(self) -> Fraction | None:
        """hits / checked; None where nothing was checked."""
        return Fraction(self.hits, self.checked) if self.checked else None


@dataclass(frozen=True)
class EarlierCheck:
    """The rule in the county on an earlier check date."""

    as_of: dt.date
    volume: Volume
    is_held: bool = False
    is_signed_off: bool = False


@dataclass(frozen=True)
class Evidence:
    """What the decision rests on. `earlier`: in any order; `is_signed_off`: a named person signed off this date."""

    cases: int
    confirmed: int
    today: Volume
    earlier: Sequence[EarlierCheck]
    is_signed_off: bool


@dataclass(frozen=True)
class Decision:
    """The mode and the figures behind it.

    `limit_share` None: too few earlier check dates or hits for the brake. `is_signed_off`: over the limit and signed
    off (the mode may still be shadow).
    """

    mode: Mode
    precision: float | None
    precision_high: float | None
    floor: float | None
    share: float | None
    usual_share: float | None
    limit_share: float | None
    is_signed_off: bool


def decide(evidence: Evidence, policy: ModePolicy) -> Decision:
    """The mode of one rule in one county on one check date. Held goes before shadow: it publishes less."""
    usual = usual_share(evidence.earlier)
    limit = _limit(evidence, policy, usual)
    share = evidence.today.share
    is_over = limit is not None and share is not None and share > limit
    _, high = wilson(evidence.confirmed, evidence.cases)
    is_below = is_below_floor(evidence.cases, high, policy)
    mode: Mode = "normal"
    if is_over and not evidence.is_signed_off:
        mode = "held"
    elif is_below:
        mode = "shadow"
    elif is_over:
        mode = "signed_off"
    return Decision(
        mode=mode,
        precision=_shown(Fraction(evidence.confirmed, evidence.cases)) if evidence.cases else None,
        precision_high=high,
        floor=None if policy.floor is None else float(policy.floor),
        share=_shown(share),
        usual_share=_shown(usual),
        limit_share=_shown(limit),
        is_signed_off=is_over and evidence.is_signed_off,
    )


def reason(decision: Decision, evidence: Evidence, policy: ModePolicy) -> tuple[str, str]:
    """Why the rule is not simply normal, in Chinese and English; empty where it is."""
    hits, checked = evidence.today.hits, evidence.today.checked
    if decision.mode == "shadow":
        return (
            f"近 {policy.window_months} 个月按本规则现行版本办结 {evidence.cases} 件,属实 {evidence.confirmed} 件,"
            f"属实比例的 95% 区间上限 {_percent(decision.precision_high)} 低于下限 {_percent(decision.floor)}:"
            "照常计算并记录,不出预警单据。",
            f"Of {evidence.cases} cases closed in the last {policy.window_months} months under this version of the rule "
            f"{evidence.confirmed} were confirmed; the upper bound of the 95 % interval, "
            f"{_percent(decision.precision_high)}, is below the floor of {_percent(decision.floor)}: computed and "
            "recorded, no ticket opened.",
        )
    if decision.mode == "normal":
        return "", ""
    zh = (
        f"命中 {hits} 户,占已核对 {checked} 户的 {_percent(decision.share)},超过通常比例 "
        f"{_percent(decision.usual_share)} 的 {policy.times_usual} 倍:"
    )
    en = (
        f"{hits} of {checked} households checked ({_percent(decision.share)}) are more than {policy.times_usual} times "
        f"the usual {_percent(decision.usual_share)}: "
    )
    if decision.mode == "signed_off":
        return f"{zh}已由负责人签认。", f"{en}signed off by a named person."
    return f"{zh}签认前不发布。", f"{en}nothing of it is published before a named person signs it off."


def is_below_floor(cases: int, high: float | None, policy: ModePolicy) -> bool:
    """Whether enough cases show, with 95 % confidence, a confirmed share below the county's floor."""
    if policy.floor is None or high is None or cases < policy.min_cases:
        return False
    return Decimal(repr(high)) < policy.floor


def usual_share(earlier: Sequence[EarlierCheck]) -> Fraction | None:
    """The median over the newest earlier check dates, or the newest share that was signed off where that is larger.

    Dates on which the rule was held or checked for nobody do not count: a jump nobody has signed off must not become
    usual by being repeated. One that was signed off is taken as it is, or the next date would be held again.
    """
    known = _counted(earlier)
    if not known:
        return None
    signed = next((share for check, share in known if check.is_signed_off), Fraction(0))
    return max(_median([share for _, share in known[:USUAL_DATES]]), signed)


def _counted(earlier: Sequence[EarlierCheck]) -> list[tuple[EarlierCheck, Fraction]]:
    """Earlier check dates with their shares, newest first, without those that do not count."""
    newest = sorted(earlier, key=lambda check: check.as_of, reverse=True)
    shares = [(check, check.volume.share) for check in newest if not check.is_held]
    return [(check, share) for check, share in shares if share is not None]


def _limit(evidence: Evidence, policy: ModePolicy, usual: Fraction | None) -> Fraction | None:
    """The share above which the rule is held, or None where the brake does not act."""
    dates = min(len(_counted(evidence.earlier)), USUAL_DATES)
    if usual is None or dates < policy.min_checks or evidence.today.hits < policy.min_hits:
        return None
    return Fraction(policy.times_usual) * usual


def _median(shares: list[Fraction]) -> Fraction:
    ordered, middle = sorted(shares), len(shares) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _percent(number: float | None) -> str:
    return "" if number is None else f"{number:.2%}"


def _shown(number: Fraction | None) -> float | None:
    return None if number is None else round(float(number), PLACES)
