"""Departments' feeds about persons: read only for people the pipeline may look at (spec page 1, Consent first)."""

from __future__ import annotations

from assets.deliveries import Stock, read_feed
from assets.engine import Engine
from assets.households import PERSON_FEEDS, Registers
from assets.reading.people_set import PeopleSet
from data_contracts import feed_contract


def read_people(stock: Stock, registers: Registers, engine: Engine) -> None:
    """Read the person feeds: economic ones for members of admitted households, the others for active members."""
    members = engine.collect(registers.members.select("person_id", "is_admitted"))
    everyone = PeopleSet(members["person_id"])
    consented = PeopleSet(members.filter("is_admitted")["person_id"])
    for feed in PERSON_FEEDS:
        keep = consented if feed_contract(feed).is_economic else everyone
        read_feed(stock, feed, keep, set(registers.coverages))
