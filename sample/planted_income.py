"""Planted cases of earnings, pensions and the income limit.

Boundaries in yuan and fen: the declared amounts are so large that ten per cent of them is more than one month of any
standard, so they hold wherever a standard is set; the others are planted only where the standard is known exactly.
"""

from __future__ import annotations

from sample.households import DIBAO, MARGIN, WATCHED
from sample.income import BUSINESS, EMPLOYEE_PENSION, QUARTER, RURAL_PENSION, WINDFALL, YEAR
from sample.nursery import YUAN, Nursery, Person

DECLARED = 30_000 * YUAN
LIMIT = 33_000 * YUAN  # declared plus ten per cent
RULE = "undeclared_earnings"


def _worker(made: Nursery, declared: int = DECLARED) -> tuple[str, Person]:
    worker = made.person()
    household = made.family(worker, declared=False)
    made.declare(household, wage_income=declared, transfer_income=10_000 * YUAN)
    return household, worker


def _earnings(made: Nursery, household: str, hit: bool, why: str, worker: Person) -> None:
    made.expect(household, RULE, hit, why, worker, needs_standard=True)


def plant_earnings(made: Nursery) -> None:
    """`undeclared_earnings`: the tolerance to the fen, the window, the items and overlapping periods."""
    for observed, hit in ((LIMIT + 1, True), (LIMIT, False)):
        household, worker = _worker(made)
        made.wages(worker, observed)
        _earnings(made, household, hit, f"declared 30000.00, recorded {observed / 100:.2f}, tolerance 3000.00", worker)
    household, worker = _worker(made)
    made.wages(worker, LIMIT, months=11)
    made.tax(worker, 13, 5_000 * YUAN)
    made.tax(worker, 0, 5_000 * YUAN)
    made.tax(worker, 13, 5_000 * YUAN, QUARTER, BUSINESS)
    _earnings(made, household, False, "more lies before the window, in the check month and across its start", worker)
    household, worker = _worker(made)
    made.wages(worker, LIMIT)
    made.tax(worker, 4, 9_000 * YUAN, item=WINDFALL)
    _earnings(made, household, False, "a windfall is no counted item", worker)
    household, worker = _worker(made)
    made.wages(worker, LIMIT)
    made.tax(worker, 12, LIMIT, YEAR)
    _earnings(made, household, False, "months inside a yearly row of the same payer and item count once", worker)
    household, worker = _worker(made)
    made.wages(worker, 13_000 * YUAN + 1)
    made.tax(worker, 12, 20_000 * YUAN, YEAR, payer="守望样例二公司")
    _earnings(made, household, True, "another payer's yearly row counts beside the months", worker)
    worker, left = made.person(), made.person()
    made.wages(left, 2 * LIMIT)
    _earnings(made, made.family(worker, left, left=made.ago(10)), False, "whoever earned it has left", left)
    if made.scope.county.standards_known:
        month = made.scope.county.standards[1] * YUAN
        for extra, hit in ((1, True), (0, False)):
            household, worker = _worker(made, 1_000 * YUAN)
            made.wages(worker, 1_000 * YUAN + month + extra)
            why = f"one month of the rural standard is the larger tolerance; recorded {extra / 100:.2f} above it"
            _earnings(made, household, hit, why, worker)


def plant_pensions(made: Nursery) -> None:
    """`undeclared_pension`: tolerance to the fen, basic part left out."""
    rule = "undeclared_pension"
    limit = 26_400 * YUAN
    for observed, kind, basic, hit, why in (
        (limit + 1, EMPLOYEE_PENSION, 0, True, "declared 24000.00, recorded 26400.01"),
        (limit, EMPLOYEE_PENSION, 0, False, "declared 24000.00, recorded 26400.00"),
        (limit, RURAL_PENSION, 180 * YUAN, False, "above the limit only with the basic pension"),
        (limit + 1, RURAL_PENSION, 180 * YUAN, True, "above the limit without the basic pension"),
    ):
        retired = made.person(66)
        household = made.family(retired, declared=False)
        made.declare(household, pension_income=24_000 * YUAN, transfer_income=10_000 * YUAN)
        made.pensions(retired, observed, kind, basic)
        made.expect(household, rule, hit, why, retired, needs_standard=True)


def plant_limit(made: Nursery) -> None:
    """`income_over_standard`: per head and month against factor × standard, to the fen where the standard is known."""
    rule = "income_over_standard"
    rich = 60_000 * YUAN
    for programme, second, hit, why in (
        (DIBAO, None, True, "5000.00 a month on dibao"),
        (WATCHED, DIBAO, True, "dibao is the main programme though listed second"),
        (WATCHED, None, False, "the programme has no limit factor"),
    ):
        household = made.family(made.person(), programme=programme, second=second, transfer=rich)
        made.expect(household, rule, hit, why, needs_standard=True)
    if not made.scope.county.standards_known:
        return
    urban, rural = (standard * YUAN for standard in made.scope.county.standards)
    for programme, heads, is_urban, limit in (
        (DIBAO, 1, False, rural * 12),
        (DIBAO, 3, True, urban * 36),
        (MARGIN, 2, False, rural * 36),  # 1.5 × 12 months × 2 members
    ):
        for extra, hit in ((1, True), (0, False)):
            family = [made.person() for _ in range(heads)]
            household = made.family(*family, programme=programme, urban=is_urban, transfer=limit + extra)
            why = f"{extra} fen a year above the limit of {heads} member(s)"
            made.expect(household, rule, hit, why, needs_standard=True)
    worker = made.person()
    household = made.family(worker, programme=DIBAO, declared=False)
    made.declare(household, wage_income=rural * 12)
    made.wages(worker, rural * 12 + rural)
    why = "recorded wages are above the limit, less ten per cent job costs they are not"
    made.expect(household, rule, False, why, worker, needs_standard=True)
