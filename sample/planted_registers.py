"""Planted cases of the rules on household registration and on the own registers."""

from __future__ import annotations

from sample.households import DIBAO, EXITED, MARGIN, TEKUN, WATCHED
from sample.nursery import Nursery
from sample.registers import CANCELLED, DEAD, MOVED, NORMAL


def plant_deceased(made: Nursery) -> None:
    """`deceased_member`: on the check date and without a date it holds, a day later or after leaving it does not."""
    rule = "deceased_member"
    for day, hit, why in (
        (made.today, True, "status_date is as_of"),
        (None, True, "status_date is empty"),
        (made.ago(95), True, "died some months ago"),
        (made.ago(-1), False, "status_date is the day after as_of"),
    ):
        dead = made.person(70, status=DEAD, status_date=day)
        made.expect(made.family(made.person(), dead), rule, hit, why, dead)
    dead = made.person(70, status=DEAD, status_date=made.ago(60))
    household = made.family(made.person(), dead, left=made.today)
    made.expect(household, rule, False, "the dead member left on as_of", dead)
    dead = made.person(70, status=DEAD, status_date=made.ago(60))
    household = made.family(made.person(), dead, left=made.ago(-1), covered=2)
    made.expect(household, rule, True, "the dead member leaves the day after as_of", dead)
    dead = made.person(70, status=DEAD, status_date=made.ago(60))
    household = made.family(made.person(), dead, signed=False)
    made.expect_gap(household, "authorisation_missing", True, "nobody signed; registration needs no consent")
    made.expect(household, rule, True, "not admitted, but the rule is not economic", dead)


def plant_cancelled(made: Nursery) -> None:
    """`registration_cancelled`: moved away or cancelled by the check date."""
    rule = "registration_cancelled"
    for status, day, hit, why in (
        (MOVED, made.today, True, "moved away on as_of"),
        (CANCELLED, None, True, "cancelled without a date"),
        (MOVED, made.ago(-1), False, "moves the day after as_of"),
        (NORMAL, made.ago(30), False, "status is normal although a date is given"),
    ):
        gone = made.person(35, status=status, status_date=day)
        made.expect(made.family(made.person(), gone), rule, hit, why, gone)


def plant_identity(made: Nursery) -> None:
    """`identity_mismatch`: one character differs; dots, spaces, full width and empty names are no difference."""
    rule = "identity_mismatch"
    for name, registered, hit, why in (
        ("顾长卿", "顾长青", True, "one character differs"),
        ("那仁•巴雅尔", "那仁·巴雅尔", False, "only the kind of middle dot differs"),
        ("顾 长\u3000青", "顾长青", False, "only spaces differ"),
        ("ＡＬＩ木", "ALI木", False, "full width against half width"),
        ("", "顾长青", False, "the register has no name"),
    ):
        other = made.person(50, name=name, registered_name=registered)
        made.expect(made.family(made.person(), other), rule, hit, why, other)


def plant_no_record(made: Nursery) -> None:
    """A member who is in no household registration file."""
    unknown = made.person(50, status=None)
    household = made.family(made.person(), unknown)
    for rule in ("deceased_member", "registration_cancelled", "identity_mismatch"):
        made.expect(household, rule, None, "no_record: a member is not in the feed", unknown)
    unknown, dead = made.person(50, status=None), made.person(80, status=DEAD, status_date=made.ago(3))
    household = made.family(made.person(), unknown, dead)
    made.expect(household, "deceased_member", True, "a hit on another member; the missing record is listed", dead)
    for rule in ("registration_cancelled", "identity_mismatch"):
        made.expect(household, rule, None, "no_record: a member is not in the feed", unknown)


def plant_twice(made: Nursery) -> None:
    """`enrolled_twice`: active in two active households with one of the four programmes."""
    rule = "enrolled_twice"
    for first, second, hit, why in (
        (DIBAO, MARGIN, True, "active member of a dibao and of a margin household"),
        (TEKUN, DIBAO, True, "active member of a tekun and of a dibao household"),
        (DIBAO, WATCHED, False, "the other household is only watched"),
        (EXITED, WATCHED, False, "neither household has one of the four programmes"),
    ):
        shared = made.person(40)
        for programme in (first, second):
            household = made.family(made.person(), shared, programme=programme, transfer=1_000)
            made.expect(household, rule, hit, why, shared)
    shared = made.person(40)
    made.expect(made.family(made.person(), shared), rule, False, "left the other household on as_of", shared)
    household = made.family(made.person(), shared, left=made.today)
    made.expect(household, rule, False, "left this household on as_of", shared)
    shared = made.person(40)
    made.expect(made.family(made.person(), shared), rule, False, "the other household ended on as_of", shared)
    made.not_looked_at.append(made.family(made.person(), shared, ended=made.today))
    shared = made.person(40)
    made.expect(made.family(made.person(), shared), rule, True, "the other household is not admitted", shared)
    household = made.family(made.person(), shared, declared=False)
    made.expect_gap(household, "declaration_missing", True, "nothing was ever declared")
    made.expect(household, rule, True, "not admitted itself; admission does not matter", shared)


def plant_not_looked_at(made: Nursery) -> None:
    """Households outside the check although a member died: no result, no ticket."""
    for started, ended in ((None, made.today), (made.ago(-1), None)):
        dead = made.person(70, status=DEAD, status_date=made.ago(40))
        made.not_looked_at.append(made.family(dead, started=started, ended=ended))
    dead = made.person(70, status=DEAD, status_date=made.ago(40))
    made.expect(made.family(dead, ended=made.ago(-1)), "deceased_member", True, "ends the day after as_of", dead)
