"""Planted gaps of admission, and people whose consent is missing although departments sent their cars."""

from __future__ import annotations

from datetime import date

from sample.nursery import Nursery

GAP = "authorisation_missing"


def plant_members(made: Nursery) -> None:
    """Gaps of membership, declaration and township."""
    alone = made.person()
    household = made.family(alone, listed=False)
    made.expect_gap(household, "no_members", True, "no member row at all")
    household = made.family(made.person(), made.person(), covered=3)
    made.expect_gap(household, "members_incomplete", True, "three covered, two members")
    household = made.family(made.person(), made.person(), covered=2)
    made.expect_gap(household, "members_incomplete", False, "two covered, two members")
    for joined, holds in ((made.today, False), (made.ago(-1), True)):
        household = made.family(made.person(), made.person(), covered=2, joined=joined)
        made.expect_gap(household, "members_incomplete", holds, f"the second member joins on {joined}")
    household = made.family(made.person(), applicant=made.person())
    made.expect_gap(household, "applicant_missing", True, "the applicant is no member")
    household = made.family(made.person(), made.person(), declared=False)
    made.expect_gap(household, "declaration_missing", True, "never declared")
    household = made.family(made.person(), declared=False)
    made.declare(household, 0)
    made.expect_gap(household, "declaration_missing", False, "declared on as_of")
    for township, why in ((made.scope.county.townships[0].code[:11], "11 digits"), ("", "empty")):
        household = made.family(made.person(), township=township)
        made.expect_gap(household, "township_invalid", True, why)


def plant_signatures(made: Nursery) -> None:
    """Every way a signature can count or not; the car of each household must stay unseen where it does not."""
    day = made.today
    for signatures, holds, why in (
        ((), True, "never signed"),
        (((300, day, None),), False, "valid until as_of"),
        (((300, made.ago(1), None),), True, "expired the day before as_of"),
        (((300, None, day),), True, "revoked on as_of"),
        (((300, None, made.ago(-1)),), False, "revoked the day after as_of"),
        (((0, None, None),), False, "signed on as_of"),
        (((-1, None, None),), True, "signed the day after as_of"),
        (((300, None, None), (100, None, made.ago(50))), True, "a later revocation ends the earlier signature too"),
        (((300, None, made.ago(50)), (40, None, None)), False, "signed again after the revocation"),
        (((300, None, made.ago(50)), (50, None, None)), True, "signed again on the day of the revocation"),
    ):
        _signed(made, signatures, holds, why)
    owner = made.person()
    made.wages(owner, 9_000_000)
    plate = made.vehicle(owner)
    household = made.family(owner, made.person(), signed=False)
    made.expect_gap(household, GAP, True, "one of two members never signed")
    made.sign(household, owner)
    made.not_consented.append(made.unseen(household, owner, plate, "signed, but in a household that is not admitted"))
    stranger = made.person()
    made.not_consented.append(made.unseen(None, stranger, made.vehicle(stranger), "on no roster"))


def _signed(made: Nursery, signatures: tuple[tuple[int, date | None, date | None], ...], holds: bool, why: str) -> None:
    owner = made.person()
    plate = made.vehicle(owner)
    household = made.family(owner, signed=False)
    for days, until, revoked in signatures:
        made.sign(household, owner, days, until, revoked)
    made.expect_gap(household, GAP, holds, why)
    if holds:
        made.expect(household, "undeclared_vehicle", None, "not_admitted", owner)
        made.not_consented.append(made.unseen(household, owner, plate, why))
    else:
        made.expect(household, "undeclared_vehicle", True, f"admitted: {why}", owner)
