"""劳动能力: none, partial, full, unknown (spec page 3; grades from 阿盟 实施措施 五)."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rules.expressions import Lazy


def age(as_of: dt.date) -> nw.Expr:
    """Completed years on the check date, the birthday included; 29 February counts from 1 March in common years."""
    # digits 7 to 14; the remainder first, for an engine that divides by way of floating point (Spark) is exact below 2^53
    born = nw.col("person_id") % 100_000_000_000 // 1000
    today = as_of.year * 10_000 + as_of.month * 100 + as_of.day
    return ((nw.lit(today) - born) // 10_000).cast(nw.Int64)


def labour_capacity(members: Lazy, certificates: Lazy, as_of: dt.date) -> Lazy:
    """`members` with labour_capacity and the certificate's category and grade.

    `members` carries its county's p_minor_age and p_retirement_age and whether the disability feed is fresh there;
    `certificates` is per household_id and person_id or per person_id alone (rules/facts/certificates.py).
    With the disability feed missing or stale, whoever is not `none` by age is `unknown`.
    """
    names = certificates.collect_schema().names()
    key: list[str] = [name for name in ("household_id", "person_id") if name in names]
    people = members.join(certificates, on=key, how="left").with_columns(age(as_of).alias("age"))
    by_age = (nw.col("age") < nw.col("p_minor_age")) | (nw.col("age") >= nw.col("p_retirement_age"))
    category, grade = nw.col("category"), nw.col("grade")
    incapable = (
        ((category == 5) | (category == 6)) & (grade <= 3)
        | (category == 4) & (grade <= 2)
        | (category == 1) & (grade == 1)
    )
    label = (
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
    return people.with_columns(label.alias("labour_capacity"))
