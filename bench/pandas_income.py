"""Income in pandas: tax and pensions in the window, sums per household, the three rules on income."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bench.constants import Constants
from bench.pandas_rows import HOME, MILLION, PAYER, PERSON, Frame, Rows, without


@dataclass
class Income:
    """tax: counted rows of consenting members; earned, paid: sums in W; homes: amounts per admitted household."""

    tax: Frame
    earned: Frame
    paid: Frame
    homes: Frame


def income(given: Constants, rows: Rows, consented: Frame, home: Frame) -> Income:
    """Everything the rules on income need."""
    columns = ["person_id", "withholding_agent", "income_item", "period_index", "period_months", "income_fen"]
    tax = rows.read("tax", columns)
    tax = tax[tax["income_item"].isin(given.counted_items)].merge(consented, on="person_id")
    tax["last"] = tax["period_index"] + tax["period_months"] - 1
    earned = _earned(tax[(tax["period_index"] >= given.month - 12) & (tax["last"] < given.month)])
    paid = _paid(given, rows, consented)
    return Income(tax, earned, paid, _homes(given, earned, paid, home[home["is_admitted"]]))


def _earned(rows: Frame) -> Frame:
    """Sums per person, payer and item; of overlapping periods the longest."""
    taken: list[Frame] = []
    for length in (12, 3, 1):
        one = rows[rows["period_months"] == length]
        for longer in taken:
            one = _not_inside(one, longer)
        taken.append(one)
    kept = [frame[[*PAYER, "income_fen"]] for frame in taken]
    return pd.concat(kept).groupby(PAYER, as_index=False)["income_fen"].sum()


def _not_inside(short: Frame, longer: Frame) -> Frame:
    """Rows of `short` that do not overlap a longer row of the same person, payer and item."""
    key = [*PAYER, "period_index"]
    spans = longer[[*PAYER, "period_index", "last"]].rename(columns={"period_index": "from", "last": "until"})
    both = short[[*key, "last"]].merge(spans, on=PAYER)
    inside = both[(both["period_index"] <= both["until"]) & (both["last"] >= both["from"])]
    return without(short, inside, key) if len(inside) else short


def _paid(given: Constants, rows: Rows, consented: Frame) -> Frame:
    pensions = rows.read("pensions", ["person_id", "insurance_type", "period_index", "amount_fen", "basic_amount_fen"])
    pensions = pensions[pensions["period_index"].between(given.month - 12, given.month - 1)]
    pensions = pensions.merge(consented, on="person_id")
    if given.scalars["p_exclude_basic_pension"]:
        resident = pensions["insurance_type"] == "城乡居民"
        pensions["amount_fen"] -= pensions["basic_amount_fen"].where(resident, 0)
    return pensions.groupby([*PERSON, "insurance_type"], as_index=False)["amount_fen"].sum()


def _homes(given: Constants, earned: Frame, paid: Frame, home: Frame) -> Frame:
    deductible = earned["income_fen"].where(earned["income_item"].isin(given.deductible_items), 0)
    sums = (
        earned.assign(deductible=deductible).groupby("household_id", as_index=False)[["income_fen", "deductible"]].sum()
    )
    homes = home.merge(sums, on=HOME, how="left")
    homes = homes.merge(paid.groupby("household_id", as_index=False)["amount_fen"].sum(), on=HOME, how="left")
    for name in ("income_fen", "deductible", "amount_fen", "earnings", "pension", "transfer"):
        homes[name] = homes[name].fillna(0).astype("int64")
    net = homes["income_fen"] * MILLION - given.scalars["p_job_cost_ppm"] * homes["deductible"]
    earnings = (homes["earnings"] * MILLION).where(homes["earnings"] * MILLION > net, net)
    pension = homes["pension"].where(homes["pension"] > homes["amount_fen"], homes["amount_fen"])
    homes["countable"] = earnings + (pension + homes["transfer"]) * MILLION
    month, ratio = homes["standard"] * MILLION, given.scalars["p_tolerance_ppm"]
    for name in ("earnings", "pension"):
        share = homes[name] * ratio
        homes[f"{name}_limit"] = homes[name] * MILLION + share.where(share > month, month)
    factor = homes["program"].map(given.limit_factors).fillna(0).astype("int64")
    homes["standard_limit"] = factor * homes["standard"] * 12 * homes["heads"]
    return homes


def on_income(given: Income) -> list[tuple[str, Frame, Frame]]:
    """undeclared_earnings, undeclared_pension, income_over_standard."""
    homes = given.homes
    much = homes.loc[homes["income_fen"] * MILLION > homes["earnings_limit"], HOME]
    old = homes.loc[homes["amount_fen"] * MILLION > homes["pension_limit"], HOME]
    over = homes[(homes["standard_limit"] > 0) & (homes["countable"] > homes["standard_limit"])]
    earned, paid = given.earned.merge(much, on=HOME), given.paid.merge(old, on=HOME)
    tenths = (over["countable"] * 10 // over["standard_limit"]).astype(str)
    payer = earned["person_id"].astype("str") + "|" + earned["withholding_agent"] + "|" + earned["income_item"]
    return [
        ("undeclared_earnings", earned, payer),
        ("undeclared_pension", paid, paid["person_id"].astype("str") + "|" + paid["insurance_type"]),
        ("income_over_standard", over, over["program"] + "|" + tenths),
    ]
