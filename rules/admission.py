"""Admission to the silent check: the gaps of a household, each its own function (spec page 3; 景德镇 三(三)2).

Admitted means complete base data and consent. It says nothing about eligibility. Each function returns household_id
and, where single people lack something, person_id (null where the household as a whole does).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import narwhals as nw

from rules.expressions import Lazy, empty_or_after, empty_or_on_or_after, on_or_before

GAPS: Final[dict[str, tuple[str, str]]] = {
    "no_members": ("没有登记家庭成员", "no members are registered"),
    "members_incomplete": ("登记成员少于保障人数", "fewer members than persons covered"),
    "applicant_missing": ("申请人不在家庭成员中", "the applicant is no active member"),
    "authorisation_missing": ("成员缺少有效核对授权书", "a member has no valid authorisation"),
    "declaration_missing": ("没有家庭经济状况申报", "there is no declaration"),
    "township_invalid": ("乡镇区划代码无效", "the township code is not valid"),
}
"""Codes with their labels (Chinese, English), in the order they are listed."""


def no_members(households: Lazy) -> Lazy:
    """No active member; replaces members_incomplete and applicant_missing."""
    return households.filter(nw.col("active_members") == 0).select("household_id")


def members_incomplete(households: Lazy) -> Lazy:
    """Fewer active members than persons_covered."""
    some = nw.col("active_members") > 0
    return households.filter(some & (nw.col("active_members") < nw.col("persons_covered"))).select("household_id")


def applicant_missing(households: Lazy) -> Lazy:
    """The applicant is no active member of the household."""
    missing = households.filter((nw.col("active_members") > 0) & ~nw.col("has_applicant"))
    return missing.select("household_id", nw.col("applicant_id").alias("person_id"))


def valid_authorisations(authorisations: Lazy, as_of: dt.date) -> Lazy:
    """household_id, person_id with consent on the check date, one row per authorisation that stands.

    A revocation also ends every authorisation of that person and household signed on or before its day.
    """
    key = ["household_id", "person_id"]
    revocations = (
        authorisations.filter(on_or_before("revoked_on", as_of))
        .group_by(key)
        .agg(nw.col("revoked_on").max().alias("last_revoked_on"))
    )
    current = authorisations.filter(
        on_or_before("signed_on", as_of)
        & empty_or_on_or_after("valid_until", as_of)
        & empty_or_after("revoked_on", as_of)
    )
    joined = current.join(revocations, on=key, how="left")
    stands = (nw.col("signed_on") > nw.col("last_revoked_on")).fill_null(True)
    return joined.filter(stands).select(*key)


def authorisation_missing(members: Lazy, authorisations: Lazy, as_of: dt.date) -> Lazy:
    """Active members without a valid authorisation for this household (阿拉善 §22: consent first)."""
    valid = valid_authorisations(authorisations, as_of)
    return members.select("household_id", "person_id").join(valid, on=["household_id", "person_id"], how="anti")


def declaration_missing(households: Lazy) -> Lazy:
    """No declaration on or before the check date."""
    return households.filter(nw.col("declared_on").is_null()).select("household_id")


def township_invalid(households: Lazy) -> Lazy:
    """Not 12 digits, or no policy of its county, prefecture or province is in force."""
    return households.filter(~nw.col("is_township_valid")).select("household_id")
