"""Planted cases of vehicles and homes."""

from __future__ import annotations

from sample.nursery import Nursery
from sample.possessions import (
    AREA,
    CAR,
    CURRENT,
    DWELLING,
    HOME,
    HOMESTEAD,
    MOTORCYCLE,
    PARKING,
    PAST,
    REGISTERED,
    SHARE,
    SHOP,
    SIGNED_ONLINE,
    TRACTOR,
    TRICYCLE,
)


def plant_vehicles(made: Nursery) -> None:
    """`undeclared_vehicle`: kind, state and declaration decide."""
    rule = "undeclared_vehicle"
    for kind, status, hit, why in (
        (CAR, "A", True, "car not declared"),
        (CAR, "GQ", True, "fines and no inspection, but still owned"),
        (CAR, "GE", False, "deregistered although G comes first"),
        (CAR, "B", False, "transferred away"),
        (CAR, "MP", False, "scrapped"),
        (MOTORCYCLE, "A", False, "exempt type M"),
        (TRICYCLE, "A", False, "exempt type N"),
        (TRACTOR, "A", False, "exempt type T"),
    ):
        owner = made.person()
        made.vehicle(owner, kind, status)
        made.expect(made.family(owner), rule, hit, why, owner)
    _declared_plates(made, rule)


def _declared_plates(made: Nursery, rule: str) -> None:
    for declared_days, asset_days, hit, why in (
        (200, 200, False, "declared in other spelling: small letters and a dot"),
        (200, 150, False, "listed after the newest declaration"),
        (100, 200, True, "listed only before the newest declaration"),
    ):
        owner = made.person()
        plate = made.vehicle(owner)
        household = made.family(owner, declared=False)
        made.declare(household, declared_days, transfer_income=4_000_000)
        made.declare_asset(household, f"{plate[:2]}·{plate[2:].lower()}", asset_days)
        made.expect(household, rule, hit, why, owner)
    owner = made.person()
    household = made.family(owner)
    made.declare_asset(household, made.vehicle(owner), 200)
    made.declare_asset(household, made.vehicle(owner), 150)
    made.expect(household, rule, True, "the newest list of assets no longer names the first car", owner)
    owner, left = made.person(), made.person()
    made.vehicle(left)
    made.expect(made.family(owner, left, left=made.today), rule, False, "the owner left on as_of", left)
    owner = made.person()
    made.vehicle(owner)
    household = made.family(owner, signed=False)
    made.expect_gap(household, "authorisation_missing", True, "owner of a car never signed")
    made.expect(household, rule, None, "not_admitted", owner)


def plant_property(made: Nursery) -> None:
    """`undeclared_property`: usage, status and declaration decide; online contracts count."""
    rule = "undeclared_property"
    for usage, kind, status, hit, why in (
        (DWELLING, REGISTERED, CURRENT, True, "dwelling not declared"),
        (DWELLING, SIGNED_ONLINE, CURRENT, True, "signed online, not declared"),
        (SHOP, REGISTERED, CURRENT, True, "shop not declared"),
        (PARKING, REGISTERED, CURRENT, False, "a parking space is no counted usage"),
        (HOMESTEAD, REGISTERED, CURRENT, False, "a rural homestead is no counted usage"),
        (DWELLING, REGISTERED, PAST, False, "sold: status is past"),
    ):
        owner = made.person()
        made.home(owner, usage=usage, kind=kind, status=status)
        made.expect(made.family(owner), rule, hit, why, owner)
    owner = made.person()
    unit = made.home(owner)
    household = made.family(owner)
    made.declare_asset(household, f"{unit[:12].lower()} {unit[12:19]} {unit[19:].lower()}", kind=HOME)
    made.expect(household, rule, False, "declared with spaces and small letters", owner)
    owner, partner = made.person(), made.person(male=False)
    unit = made.home(owner, share=SHARE // 2)
    made.home(partner, share=SHARE // 2, unit=unit)
    made.expect(made.family(owner, partner), rule, True, "one unit of a couple: one item", owner, partner)


def plant_dwellings(made: Nursery) -> None:
    """`dwellings_over_limit`: two dwellings and more than 40 m² per head; everything is declared."""
    rule = "dwellings_over_limit"
    for areas, hit, why in (
        ((500_000, 300_100), True, "two homes, 80.01 m² for two: 40.005 per head"),
        ((500_000, 300_000), False, "two homes, 80.00 m² for two: exactly 40 per head"),
        ((3_000_000,), False, "one home however large"),
    ):
        owner, partner = made.person(), made.person(male=False)
        household = made.family(owner, partner)
        for area in areas:
            made.declare_asset(household, made.home(owner, area), kind=HOME)
        made.expect(household, rule, hit, why, owner)
    for share, hit, why in (
        (SHARE // 2, True, "halves of a couple make the whole: 60 + 30 m² for two"),
        (SHARE // 4, False, "quarters make half of it: 30 + 30 m² for two"),
    ):
        owner, partner = made.person(), made.person(male=False)
        household = made.family(owner, partner)
        unit = made.home(owner, 60 * AREA, share=share)
        made.home(partner, 60 * AREA, share=share, unit=unit)
        for number in (unit, made.home(owner, 30 * AREA)):
            made.declare_asset(household, number, kind=HOME)
        made.expect(household, rule, hit, why, owner, partner)
    owner = made.person()
    household = made.family(owner)
    for usage in (DWELLING, SHOP):
        made.declare_asset(household, made.home(owner, usage=usage), kind=HOME)
    made.expect(household, rule, False, "a home and a shop are one dwelling", owner)
