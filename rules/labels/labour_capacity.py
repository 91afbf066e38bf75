"""劳动能力: none, partial, full, unknown (spec page 3; grades from 阿盟 实施措施 五)."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rules.clocks import Age, look
from rules.expressions import Lazy, owner
from rules.facts.freshness import Fresh
from rules.registry import fact, label


def age(as_of: dt.date) -> nw.Expr:
    """Completed years on the check date, the birthday included; 29 February counts from 1 March in common years."""
    # digits 7 to 14; the remainder first, for an engine that divides by way of floating point (Spark) is exact below 2^53
    born = nw.col("person_id") % 100_000_000_000 // 1000
    look(as_of, "Age")
    today = as_of.year * 10_000 + as_of.month * 100 + as_of.day
    return ((nw.lit(today) - born) // 10_000).cast(nw.Int64)


@label(none="无劳动能力", partial="部分劳动能力", full="有劳动能力")
@fact(clock=Age("labour.minor_age", "labour.retirement_age"))
def labour_capacity(
    members: Lazy,
    valid_certificates: Lazy,
    fresh: Fresh,
    survey_max_age_days: nw.Expr,
    labour_minor_age: nw.Expr,
    labour_retirement_age: nw.Expr,
    as_of: dt.date,
) -> Lazy:
    """household_id, person_id, labour_capacity of every member; and how old a survey may be, for whoever asks people with
    capacity: a member is then joined once.

    With the disability feed missing or stale, whoever is not `none` by age is `unknown`.
    """
    keep = ("household_id", "person_id", survey_max_age_days)
    people = members.select(*keep, "coverage", labour_minor_age, labour_retirement_age)
    people = people.join(fresh.rows.select("coverage", "fresh_disability"), on="coverage", how="left")
    people = people.join(valid_certificates, on=owner(valid_certificates), how="left")
    people = people.with_columns(age(as_of).alias("age"))
    by_age = (nw.col("age") < labour_minor_age) | (nw.col("age") >= labour_retirement_age)
    category, grade = nw.col("category"), nw.col("grade")
    incapable = (
        ((category == 5) | (category == 6)) & (grade <= 3)
        | (category == 4) & (grade <= 2)
        | (category == 1) & (grade == 1)
    )
    capacity = (
        nw.when(by_age)
        .then(nw.lit("none"))
        .when(~nw.col("fresh_disability"))
        .then(nw.lit("unknown"))
        .when(incapable.fill_null(False))
        .then(nw.lit("none"))
        .when(~category.is_null())
        .then(nw.lit("partial"))
        .otherwise(nw.lit("full"))
    )
    return people.select(*keep, capacity.alias("labour_capacity"))
