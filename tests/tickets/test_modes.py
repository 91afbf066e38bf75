"""Shadow and brake from counts: each boundary on both sides, and against a second calculation."""

from __future__ import annotations

import datetime as dt
import statistics
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.tickets.modes import Decision, EarlierCheck, Evidence, ModePolicy, Volume, decide, usual_share
from rules.tickets.precision import wilson

POLICY = ModePolicy(
    times_usual=Decimal(5), min_checks=3, min_hits=30, floor=Decimal("0.2"), min_cases=30, window_months=24
)


def month(number: int) -> dt.date:
    return dt.date(2020 + number // 12, number % 12 + 1, 20)


def past(*hits: int, checked: int = 1000) -> list[EarlierCheck]:
    """Earlier check dates with so many hits, oldest first."""
    return [EarlierCheck(month(number), Volume(count, checked)) for number, count in enumerate(hits)]


def evidence(
    hits: int = 10,
    checked: int = 1000,
    earlier: list[EarlierCheck] | None = None,
    cases: int = 0,
    confirmed: int = 0,
    is_signed_off: bool = False,
) -> Evidence:
    known = past(10, 10, 10) if earlier is None else earlier
    return Evidence(cases, confirmed, Volume(hits, checked), known, is_signed_off)


def test_nothing_out_of_the_ordinary_is_normal() -> None:
    found = decide(evidence(), POLICY)
    assert found == Decision("normal", None, None, 0.2, 0.01, 0.01, None, False)


# --- Brake -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hits", "mode"), [(50, "normal"), (51, "held")])
def test_more_than_so_many_times_the_usual_share_is_held(hits: int, mode: str) -> None:
    found = decide(evidence(hits), POLICY)
    assert (found.mode, found.usual_share, found.limit_share) == (mode, 0.01, 0.05)


@pytest.mark.parametrize(("hits", "mode"), [(29, "normal"), (30, "held")])
def test_few_hits_are_never_held(hits: int, mode: str) -> None:
    assert decide(evidence(hits, earlier=past(0, 0, 0)), POLICY).mode == mode


@pytest.mark.parametrize(("dates", "mode"), [(2, "normal"), (3, "held")])
def test_too_few_earlier_check_dates_say_nothing_of_what_is_usual(dates: int, mode: str) -> None:
    assert decide(evidence(500, earlier=past(*[1] * dates)), POLICY).mode == mode


def test_dates_on_which_it_was_held_or_not_checked_do_not_count() -> None:
    earlier = past(1, 1, 1, 500)
    held = [*earlier[:3], replace(earlier[3], is_held=True)]
    assert usual_share(held) == Fraction(1, 1000)
    assert decide(evidence(500, earlier=held), POLICY).mode == "held"
    assert decide(evidence(500, earlier=held[1:]), POLICY).mode == "normal"
    blind = [*earlier[:2], EarlierCheck(month(9), Volume(0, 0))]
    assert decide(evidence(500, earlier=blind), POLICY).mode == "normal"


def test_the_median_reaches_back_over_twelve_dates() -> None:
    """Of thirteen dates the median would be 9, of the newest eleven too."""
    assert usual_share(past(900, *[1] * 6, *[9] * 6)) == Fraction(5, 1000)
    assert usual_share(past(1, 2, 9)) == Fraction(2, 1000)
    assert usual_share([]) is None


def test_the_order_of_earlier_dates_plays_no_part() -> None:
    earlier = past(*range(1, 20))
    assert usual_share(earlier[::-1]) == usual_share(earlier) == Fraction(27, 2000)


def test_a_share_that_was_signed_off_is_usual_from_then_on() -> None:
    earlier = past(10, 10, 10, 500, 480)
    signed = [*earlier[:3], replace(earlier[3], is_signed_off=True), earlier[4]]
    assert usual_share(earlier) == Fraction(10, 1000)
    assert usual_share(signed) == Fraction(500, 1000)
    assert decide(evidence(500, earlier=earlier), POLICY).mode == "held"
    assert decide(evidence(500, earlier=signed), POLICY).mode == "normal"


def test_the_newest_signed_off_share_counts_and_never_lowers_what_is_usual() -> None:
    earlier = [replace(check, is_signed_off=True) for check in past(500, 5)] + past(10, 10, 10)[2:]
    assert usual_share(earlier) == Fraction(10, 1000)


def test_a_sign_off_releases_what_is_over_the_limit_and_nothing_else() -> None:
    assert decide(evidence(51, is_signed_off=True), POLICY).mode == "signed_off"
    assert decide(evidence(51, is_signed_off=True), POLICY).is_signed_off
    assert decide(evidence(50, is_signed_off=True), POLICY).mode == "normal"
    assert not decide(evidence(50, is_signed_off=True), POLICY).is_signed_off


def test_a_rule_checked_for_nobody_is_not_held() -> None:
    found = decide(evidence(0, 0), POLICY)
    assert (found.mode, found.share) == ("normal", None)


# --- Shadow ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cases", "mode"), [(29, "normal"), (30, "shadow")])
def test_too_few_cases_prove_nothing(cases: int, mode: str) -> None:
    assert decide(evidence(cases=cases), POLICY).mode == mode


@pytest.mark.parametrize(("above", "mode"), [("0", "normal"), ("0.000001", "shadow")])
def test_the_upper_bound_must_lie_below_the_floor(above: str, mode: str) -> None:
    _, high = wilson(3, 60)
    at = replace(POLICY, floor=Decimal(repr(high)) + Decimal(above))
    assert decide(evidence(cases=60, confirmed=3), at).mode == mode


def test_a_share_below_the_floor_that_may_be_chance_is_no_reason() -> None:
    found = decide(evidence(cases=30, confirmed=3), POLICY)
    assert found.precision == 0.1
    assert found.precision_high == 0.256211
    assert found.mode == "normal"


def test_without_a_floor_there_is_no_shadow() -> None:
    assert decide(evidence(cases=10_000), replace(POLICY, floor=None)).mode == "normal"
    assert decide(evidence(cases=10_000), replace(POLICY, floor=Decimal(0))).mode == "normal"


def test_held_goes_before_shadow_and_a_sign_off_leaves_the_shadow() -> None:
    assert decide(evidence(51, cases=60), POLICY).mode == "held"
    signed = decide(evidence(51, cases=60, is_signed_off=True), POLICY)
    assert (signed.mode, signed.is_signed_off) == ("shadow", True)


# --- A second calculation ----------------------------------------------------------------------------------------------


def naive(evidence: Evidence, policy: ModePolicy) -> str:
    """The mode from the words of the decision, with other means: lists, statistics, fifty digits."""
    days = [c for c in evidence.earlier if c.volume.checked > 0 and not c.is_held]
    days = sorted(days, key=lambda c: c.as_of)
    last = [Fraction(c.volume.hits, c.volume.checked) for c in days[-12:]]
    jump = False
    if len(last) >= policy.min_checks and evidence.today.hits >= policy.min_hits and evidence.today.checked:
        signed = [Fraction(c.volume.hits, c.volume.checked) for c in days if c.is_signed_off]
        usual = max([statistics.median(last), *signed[-1:]])
        jump = evidence.today.hits > usual * Fraction(policy.times_usual) * evidence.today.checked
    if jump and not evidence.is_signed_off:
        return "held"
    if policy.floor is not None and evidence.cases >= policy.min_cases and evidence.cases > 0:
        with localcontext() as context:
            context.prec = 50
            n, share, z = evidence.cases, Decimal(evidence.confirmed) / evidence.cases, Decimal("1.959963984540054")
            high = (share + z * z / (2 * n) + z * (share * (1 - share) / n + z * z / (4 * n * n)).sqrt()) / (
                1 + z * z / n
            )
            rounded = min(high, Decimal(1)).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
        if rounded < policy.floor:
            return "shadow"
    return "signed_off" if jump else "normal"


@st.composite
def situations(draw: st.DrawFn) -> tuple[Evidence, ModePolicy]:
    """Small numbers, so that values meet their limits often."""
    volumes = st.integers(0, 40).flatmap(lambda n: st.builds(Volume, st.integers(0, n), st.just(n)))
    dates = draw(st.lists(st.integers(0, 40), unique=True, max_size=16))
    earlier = [EarlierCheck(month(d), draw(volumes), draw(st.booleans()), draw(st.booleans())) for d in dates]
    cases = draw(st.integers(0, 80))
    policy = ModePolicy(
        times_usual=Decimal(draw(st.integers(100, 400))).scaleb(-2),
        min_checks=draw(st.integers(1, 12)),
        min_hits=draw(st.integers(1, 20)),
        floor=draw(st.none() | st.integers(0, 100).map(lambda n: Decimal(n).scaleb(-2))),
        min_cases=draw(st.integers(1, 60)),
        window_months=24,
    )
    confirmed = draw(st.integers(0, cases))
    return Evidence(cases, confirmed, draw(volumes), earlier, draw(st.booleans())), policy


@settings(max_examples=500, deadline=None)
@given(situations())
def test_the_mode_is_that_of_a_second_calculation(situation: tuple[Evidence, ModePolicy]) -> None:
    assert decide(*situation).mode == naive(*situation)
