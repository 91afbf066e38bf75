"""Needs in pandas: labour, housing, water, the label of returning poverty, and the five rules that offer help."""

from __future__ import annotations

import pandas as pd

from bench.constants import Constants
from bench.pandas_income import Income
from bench.pandas_rows import HOME, MILLION, PERSON, Frame, Rows, without


def labour(given: Constants, rows: Rows, people: Frame) -> Frame:
    """Members with certificate, capacity and is_willing."""
    cards = rows.read("disability", ["person_id", "category", "grade"], ["issued_on", "valid_until"])
    valid = cards["valid_until"].isna() | (cards["valid_until"] >= rows.today)
    cards = cards.loc[rows.began(cards["issued_on"]) & valid, ["person_id", "category", "grade"]]
    cards = cards.assign(category=cards["category"].astype("int64"), grade=cards["grade"].astype("int64"))
    said = rows.read("person_surveys", ["person_id", "labour_willingness"], ["surveyed_on"])
    said = said[said["surveyed_on"] <= rows.today].sort_values("surveyed_on").drop_duplicates("person_id", keep="last")
    found = people.merge(cards, on="person_id", how="left").merge(said, on="person_id", how="left")
    category, grade = found["category"].fillna(0), found["grade"].fillna(9)
    age = (int(f"{given.as_of:%Y%m%d}") - found["person_id"] // 1000 % 100_000_000) // 10_000
    by_age = (age < given.scalars["p_minor_age"]) | (age >= given.scalars["p_retirement_age"])
    mind = category.isin([5, 6]) & (grade <= 3)
    incapable = mind | ((category == 4) & (grade <= 2)) | ((category == 1) & (grade == 1))
    found["has_capacity"] = ~by_age & ~incapable
    found["is_full"] = found["has_capacity"] & (category == 0)
    found["is_severe"] = (grade <= 2) | ((grade == 3) & category.isin([5, 6]))
    recent = found["surveyed_on"] >= pd.Timestamp(given.scalars["p_survey_from"])
    found["is_willing"] = found["has_capacity"] & recent & (found["labour_willingness"] == "有").fillna(False)
    return found


def safety(given: Constants, rows: Rows) -> tuple[Frame, Frame]:
    """Households whose newest recent survey finds the housing unsafe, and those where it is the water."""
    every = rows.read("household_surveys", ["household_id", "housing_grade", "water_safe"], ["surveyed_on"])
    every = every[every["surveyed_on"] <= rows.today].sort_values("surveyed_on")
    found = []
    for value, bad in (("housing_grade", ["C", "D"]), ("water_safe", ["否"])):
        newest = every[every[value].notna()].drop_duplicates("household_id", keep="last")
        recent = newest["surveyed_on"] >= pd.Timestamp(given.scalars["p_survey_from"])
        found.append(newest[recent & newest[value].isin(bad)])
    return found[0], found[1]


def poverty_return(given: Constants, home: Frame, hands: Frame, unsafe: tuple[Frame, Frame], earned: Income) -> Frame:
    """Households without basic support with enough factors at once, and the factors' names."""
    homes = home.loc[home["is_valid"] & ~home["has_basic"], HOME].copy()
    full = hands.groupby("household_id")["is_full"].any()
    poor = earned.homes["countable"] < earned.homes["standard"] * earned.homes["heads"] * 12 * MILLION
    factors = {
        "housing_safety": unsafe[0]["household_id"],
        "income_below_standard": earned.homes.loc[poor, "household_id"],
        "labour_capacity": full[~full].index,
        "water_safety": unsafe[1]["household_id"],
    }
    flags = {name: homes["household_id"].isin(list(found)) for name, found in factors.items()}
    homes["factors"] = ""
    for name, flag in flags.items():
        homes["factors"] += flag.map({True: f",{name}", False: ""})
    number = sum(flag.astype("int64") for flag in flags.values())
    return homes[number >= given.scalars["p_min_factors"]]


def on_needs(
    given: Constants, rows: Rows, people: Frame, home: Frame, earned: Income
) -> list[tuple[str, Frame, Frame]]:
    """unsafe_housing, unsafe_water, severe_disability_uncovered, willing_without_work, poverty_return_risk."""
    hands = labour(given, rows, people)
    unsafe = safety(given, rows)
    housing, water = (frame.merge(home.loc[home["is_valid"], HOME], on=HOME) for frame in unsafe)
    severe = hands[hands["is_severe"] & ~hands["has_basic"] & hands["is_valid"]]
    tax, anchor = earned.tax, given.anchor
    works = tax.loc[(tax["period_index"] <= anchor - 1) & (tax["last"] >= anchor - 3), PERSON]
    idle = without(hands.loc[hands["is_willing"] & hands["is_admitted"], PERSON], works, PERSON)
    risk = poverty_return(given, home, hands, unsafe, earned)
    return [
        ("unsafe_housing", housing, housing["housing_grade"]),
        ("unsafe_water", water, water["water_safe"]),
        ("severe_disability_uncovered", severe, severe["person_id"].astype("str")),
        ("willing_without_work", idle, idle["person_id"].astype("str")),
        ("poverty_return_risk", risk, risk["factors"].str.slice(1)),
    ]
