"""What a household earns: tax rows, pension rows, and the declarations that mostly agree with them.

Top down: the household's yearly budget is split into pensions, transfers and earnings, so that incomes stay below the
limit of the programme except where `households` drew a budget above it. Amounts are fen, months counted from year 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from sample.columns import code_values, feed_frame
from sample.households import APPLICANT, DIBAO, EXITED, MARGIN, RIGID, TEKUN, WATCHED, Block, Bools, Scope
from sample.identity import Days, Ints

WAGES, SERVICES, BUSINESS, _, _, INTEREST, _, TRANSFER, WINDFALL = code_values("tax", "income_item")
EMPLOYEE_PENSION, OFFICIAL_PENSION, RURAL_PENSION = code_values("pensions", "insurance_type")
MONTH, QUARTER, YEAR = (int(code) for code in code_values("tax", "period_months"))

_PAYER_WORDS = ("宏达", "恒通", "瑞丰", "鑫源", "众合", "广源", "天和", "永盛", "金牧", "绿野", "安泰", "富民")
_PAYER_TRADES = ("建筑劳务公司", "物业服务公司", "农牧业合作社", "保洁服务公司", "餐饮店", "煤业公司")
_WORK_SHARE = {DIBAO: 0.25, TEKUN: 0.0, MARGIN: 0.5, RIGID: 0.5, WATCHED: 0.45, EXITED: 0.6}
HISTORY_MONTHS = 14


@dataclass(frozen=True)
class Income:
    """Who earns what. Shape (p,) for persons, (h,) for `transfer`, `farming` and `declared_share`."""

    works: Bools
    trades: Bools
    monthly_wage: Ints
    pension: Ints
    pension_basic: Ints
    employee_pension: Bools
    transfer: Ints
    farming: Ints
    declared_share: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    hides_pension: Bools


def month_index(days: Days) -> Ints:
    """Months since year 0 of a date: 12 × year + month − 1."""
    result: Ints = days.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return result


def yyyymm(months: Ints) -> Ints:
    """202610 from a month index."""
    return months // 12 * 100 + months % 12 + 1


def first_day(months: Ints) -> Days:
    """The first day of each month."""
    result: Days = (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    return result


def payers(scope: Scope) -> pl.Series:
    """Invented employers of the county."""
    names = [f"{scope.county.name}{word}{trade}" for word in _PAYER_WORDS for trade in _PAYER_TRADES]
    return pl.Series("withholding_agent", names, dtype=pl.String)


def draw_income(block: Block) -> Income:
    """Split every household's budget into what its members receive."""
    rng = block.scope.rng(1)
    age = block.age
    work_share = np.array([_WORK_SHARE[code] for code in range(len(_WORK_SHARE))])[block.programme]
    able = (age >= 18) & (age < 62)
    works = able & (rng.random(block.persons) < work_share[block.household])
    trades = works & (rng.random(block.persons) < 0.08)
    pension, basic, employee = _pensions(block, rng)
    budget = block.budget_fen.astype(np.float64)
    transfer = budget * rng.uniform(0, 0.15, block.households)
    left = np.maximum(budget - transfer - block.of_household((pension - basic) * 12), 0)
    workers = block.of_household(works.astype(np.float64))
    wage = (left / 12 / np.maximum(workers, 1))[block.household] * rng.uniform(0.95, 1.0, block.persons)
    understates = rng.random(block.households) < 0.075
    share = np.where(understates, rng.uniform(0, 0.6, block.households), rng.uniform(0.98, 1.04, block.households))
    return Income(
        works=works, trades=trades, monthly_wage=np.where(works, wage, 0).astype(np.int64), pension=pension,
        pension_basic=basic, employee_pension=employee, transfer=transfer.astype(np.int64),
        farming=np.where(workers == 0, left, 0).astype(np.int64), declared_share=share,
        hides_pension=rng.random(block.households) < 0.25,
    )  # fmt: skip


def _pensions(block: Block, rng: np.random.Generator) -> tuple[Ints, Ints, Bools]:
    """Monthly pension, the basic part of it, and whether it is an employee's. Zero for most people under 60."""
    old = block.age >= 60
    receives = old & (rng.random(block.persons) < 0.85)
    wealthier = np.isin(block.programme, (RIGID, EXITED))[block.household]
    employee = receives & wealthier & (rng.random(block.persons) < 0.22)
    basic = np.where(receives & ~employee, 18_000, 0)
    own = rng.integers(1_500, 11_000, block.persons)
    amount = np.where(employee, rng.integers(130_000, 240_000, block.persons), basic + own)
    return np.where(receives, amount, 0).astype(np.int64), basic.astype(np.int64), employee


def tax_frames(block: Block, income: Income, months: Ints) -> Iterator[pl.DataFrame]:
    """Monthly wage rows, quarterly and yearly business rows, and a few odd items, for the month indices given."""
    rng = block.scope.rng(2)
    employed = np.flatnonzero(income.works & ~income.trades & (income.monthly_wage > 0))
    yield _monthly_rows(block, income, employed, months, rng)
    traders = np.flatnonzero(income.trades & (income.monthly_wage > 0))
    for length in (QUARTER, YEAR):
        yield _business_rows(block, income, traders, months, length=length, rng=rng)
    lucky = np.flatnonzero((block.role == APPLICANT) & (rng.random(block.persons) < 0.01))
    chosen = months[rng.integers(0, len(months), len(lucky))]
    items = pl.Series([WINDFALL, INTEREST, TRANSFER]).gather(rng.integers(0, 3, len(lucky)))
    amount = rng.integers(1_000, 80_000, len(lucky))
    agent = payers(block.scope).gather(lucky % 72)
    yield _tax_frame(block, lucky, chosen, length=MONTH, item=items, payer=agent, amount=amount)


def _monthly_rows(block: Block, income: Income, who: Ints, months: Ints, rng: np.random.Generator) -> pl.DataFrame:
    payer = rng.integers(0, 72, len(who))
    item = np.where(rng.random(len(who)) < 0.75, 0, 1)
    seasonal = rng.random(len(who)) < 0.12
    person = np.repeat(np.arange(len(who)), len(months))
    month = np.tile(months, len(who))
    # Seasonal workers: March to November, no rows in winter.
    kept = ~seasonal[person] | ((month % 12 >= 2) & (month % 12 <= 10))
    person, month = person[kept], month[kept]
    amount = (income.monthly_wage[who][person] * rng.uniform(0.94, 1.04, len(person))).astype(np.int64)
    items = pl.Series([WAGES, SERVICES]).gather(item[person])
    agent = payers(block.scope).gather(payer[person])
    return _tax_frame(block, who[person], month, length=MONTH, item=items, payer=agent, amount=amount)


def _business_rows(
    block: Block, income: Income, who: Ints, months: Ints, *, length: int, rng: np.random.Generator
) -> pl.DataFrame:
    reach = np.arange(months[0] - 12, months[-1] + 1)
    begins = reach[(reach % length == 0) & (reach + length - 1 <= months[-1])]
    person = np.repeat(who, len(begins))
    amount = (income.monthly_wage[person] * length * rng.uniform(0.9, 1.02, len(person))).astype(np.int64)
    shop = block.name.gather(person) + "个体工商户"
    return _tax_frame(block, person, np.tile(begins, len(who)), length=length, item=BUSINESS, payer=shop, amount=amount)


def _tax_frame(
    block: Block, who: Ints, month: Ints, *, length: int, item: pl.Series | str, payer: pl.Series, amount: Ints
) -> pl.DataFrame:
    return feed_frame(
        "tax",
        {
            "person_id": block.person_id.gather(who),
            "period": yyyymm(month),
            "period_months": length,
            "income_item": item,
            "withholding_agent": payer,
            "income": amount,
            "tax": np.where(amount > 500_000, (amount - 500_000) * 3 // 100, 0),
        },
        known_from=first_day(month + length),
    )


def pension_frame(block: Block, income: Income, months: Ints) -> pl.DataFrame:
    """One row per pensioner and month."""
    who = np.flatnonzero(income.pension > 0)
    person = np.repeat(who, len(months))
    month = np.tile(months, len(who))
    kind = pl.Series([RURAL_PENSION, EMPLOYEE_PENSION, OFFICIAL_PENSION])
    official = np.where(income.employee_pension & (np.arange(block.persons) % 7 == 0), 2, income.employee_pension)
    return feed_frame(
        "pensions",
        {
            "person_id": block.person_id.gather(person),
            "insurance_type": kind.gather(official[person].astype(np.int64)),
            "period": yyyymm(month),
            "amount": income.pension[person],
            "basic_amount": pl.Series(income.pension_basic[person]).replace(0, None),
        },
        known_from=first_day(month + 1),
    )


def declared_amounts(block: Block, income: Income) -> dict[str, Ints]:
    """What each household declares a year, in fen, by column of `declarations`."""
    yearly = income.monthly_wage * 12.0
    wages = block.of_household(np.where(income.trades, 0, yearly)) * income.declared_share
    trade = block.of_household(np.where(income.trades, yearly, 0)) * income.declared_share
    net = block.of_household((income.pension - income.pension_basic) * 12)
    employee = block.of_household(np.where(income.employee_pension, income.pension, 0) * 12)
    pension = np.where(income.hides_pension & (employee > 0), 0, net)
    return {
        "wage_income": _whole_yuan(wages),
        "business_income": _whole_yuan(trade + income.farming),
        "pension_income": _whole_yuan(pension),
        "transfer_income": _whole_yuan(income.transfer.astype(np.float64)),
    }


def _whole_yuan(fen: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Ints:
    return np.round(fen / 100).astype(np.int64) * 100
