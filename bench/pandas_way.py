"""The same rules as a competent analyst would write them in pandas: whole columns, merges and group-bys, no loops over rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from bench.constants import Constants
from bench.pandas_income import income, on_income
from bench.pandas_needs import on_needs
from bench.pandas_rows import HOME, MILLION, PERSON, Frame, Rows, without

PROGRAMMES = ["低保", "特困", "低保边缘", "刚性支出困难", "防返贫监测", "退出未满两年"]


def households(given: Constants, rows: Rows) -> Frame:
    """Active households with their main programme's row."""
    columns = ["household_id", "program", "applicant_id", "urban_rural", "persons_covered", "township_code"]
    roster = rows.read("assistance_roster", columns, ["started_on", "ended_on"])
    roster = roster[(roster["started_on"] <= rows.today) & rows.lasts(roster["ended_on"])].copy()
    township = roster["township_code"].fillna("")
    known = township.str.startswith(given.known_areas)
    roster["is_valid"] = township.str.fullmatch(r"[0-9]{12}") & known
    inside = township.str.match(r"[1-9][0-9]{5}") & township.str.startswith(given.area)
    roster = roster[inside | ~roster["is_valid"]]
    roster["rank"] = roster["program"].map({name: place for place, name in enumerate(PROGRAMMES)}).astype("int64")
    main = roster.sort_values("rank", kind="stable").drop_duplicates("household_id")
    main = main.assign(has_basic=main["rank"] < 2, has_enrolment=main["rank"] < 4)
    return main.assign(standard=main["urban_rural"].map(given.standards).astype("int64"))


def active_members(rows: Rows, home: Frame) -> Frame:
    """Active members of active households."""
    listed = rows.read("household_members", ["household_id", "person_id", "name_key"], ["joined_on", "left_on"])
    listed = listed[rows.began(listed["joined_on"]) & rows.lasts(listed["left_on"])]
    return listed[["household_id", "person_id", "name_key"]].merge(home[HOME], on=HOME)


def consent(rows: Rows) -> Frame:
    """household_id, person_id with an authorisation that stands."""
    every = rows.read("authorisations", PERSON, ["signed_on", "valid_until", "revoked_on"])
    revoked = every[every["revoked_on"] <= rows.today].groupby(PERSON, as_index=False)["revoked_on"].max()
    current = every[
        (every["signed_on"] <= rows.today)
        & (every["valid_until"].isna() | (every["valid_until"] >= rows.today))
        & rows.lasts(every["revoked_on"])
    ].merge(revoked, on=PERSON, how="left", suffixes=("", "_last"))
    stands = current["revoked_on_last"].isna() | (current["signed_on"] > current["revoked_on_last"])
    return current.loc[stands, PERSON].drop_duplicates()


def declarations(rows: Rows) -> Frame:
    """The newest declaration per household."""
    money = [f"{kind}_income_fen" for kind in ("wage", "business", "property", "pension", "transfer")]
    every = rows.read("declarations", ["household_id", *money], ["declared_on"])
    every = every[every["declared_on"] <= rows.today].sort_values("declared_on").drop_duplicates(HOME, keep="last")
    return every.assign(earnings=every[money[:3]].sum(axis=1)).rename(
        columns={money[3]: "pension", money[4]: "transfer"}
    )[["household_id", "declared_on", "earnings", "pension", "transfer"]]


def admission(home: Frame, people: Frame, standing: Frame, declared: Frame) -> Frame:
    """Households with members counted, the declaration in force and is_admitted."""
    marked = people.merge(standing.assign(consents=True), on=PERSON, how="left")
    marked = marked.merge(home[["household_id", "applicant_id"]], on=HOME)
    marked["consents"] = marked["consents"].notna()
    marked["applies"] = marked["person_id"] == marked["applicant_id"]
    counted = marked.groupby("household_id", as_index=False).agg(
        heads=("person_id", "size"), consenting=("consents", "sum"), has_applicant=("applies", "any")
    )
    home = home.merge(counted, on=HOME, how="left").merge(declared, on=HOME, how="left")
    home["heads"] = home["heads"].fillna(0).astype("int64")
    complete = (home["heads"] >= home["persons_covered"]) & (home["consenting"] == home["heads"])
    applies = home["has_applicant"].eq(True).fillna(False)
    home["is_admitted"] = (
        home["is_valid"] & home["declared_on"].notna() & complete & applies & (home["heads"] > 0)
    ).astype(bool)
    return home


def on_registration(rows: Rows, people: Frame) -> list[tuple[str, Frame, Frame]]:
    """deceased_member, registration_cancelled, identity_mismatch."""
    register = rows.read("household_registration", ["person_id", "name_key", "status"], ["status_date"])
    found = people[people["is_valid"]].merge(register, on="person_id", suffixes=("", "_registered"))
    ours, theirs = found["name_key"].fillna(""), found["name_key_registered"].fillna("")
    other = found[(ours != "") & (theirs != "") & (ours != theirs)]
    ended = found[(found["status"] != "正常") & rows.began(found["status_date"])]
    key = ended["person_id"].astype("str") + "|" + ended["status_date"].dt.strftime("%Y-%m-%d").fillna("")
    dead, gone = ended["status"] == "死亡注销", ended["status"].isin(["迁出", "其他注销"])
    return [
        ("deceased_member", ended[dead], key[dead]),
        ("registration_cancelled", ended[gone], key[gone]),
        ("identity_mismatch", other, other["person_id"].astype("str")),
    ]


def enrolled_twice(people: Frame) -> tuple[str, Frame, Frame]:
    """Each pair of a household and another one of the same person."""
    enrolled = people[people["has_enrolment"]]
    several = enrolled[enrolled["person_id"].duplicated(keep=False)]
    pairs = several.merge(several[PERSON], on="person_id", suffixes=("", "_other"))
    pairs = pairs[(pairs["household_id"] != pairs["household_id_other"]) & pairs["is_valid"]]
    return "enrolled_twice", pairs, pairs["person_id"].astype("str") + "|" + pairs["household_id_other"]


def declared_assets(rows: Rows, declared: Frame) -> Frame:
    """Assets of the newest list that is not older than the declaration in force."""
    every = rows.read("declared_assets", ["household_id", "asset_kind", "asset_no"], ["declared_on"])
    every = every[every["declared_on"] <= rows.today]
    newest = every["declared_on"] == every.groupby("household_id")["declared_on"].transform("max")
    every = every[newest].merge(declared[["household_id", "declared_on"]], on=HOME, suffixes=("", "_in_force"))
    return every[every["declared_on"] >= every["declared_on_in_force"]]


def on_assets(given: Constants, rows: Rows, consented: Frame, home: Frame) -> list[tuple[str, Frame, Frame]]:
    """undeclared_vehicle, undeclared_property, dwellings_over_limit."""
    listed = declared_assets(rows, home[home["declared_on"].notna()])
    cars = rows.read("vehicles", ["person_id", "plate_no", "vehicle_type", "status"])
    cars = cars[~cars["status"].str.contains("[BEMP]") & ~cars["vehicle_type"].str.startswith(given.exempt_types)]
    cars = cars.merge(consented, on="person_id")[["household_id", "plate_no"]].drop_duplicates()
    plates = listed[listed["asset_kind"] == "机动车"].rename(columns={"asset_no": "plate_no"})
    cars = without(cars, plates, ["household_id", "plate_no"])
    units = rows.read("property", ["person_id", "unit_no", "usage", "area_m2_e4", "share_e6", "status"])
    units = units[units["status"] == "现势"].merge(consented, on="person_id")
    known = listed[listed["asset_kind"] == "房产"].rename(columns={"asset_no": "unit_no"})
    others = without(units[units["usage"].isin(given.counted_usages)], known, ["household_id", "unit_no"])
    others = others[["household_id", "unit_no"]].drop_duplicates()
    many = _dwellings(given, units[units["usage"] == "住宅"], home)
    return [
        ("undeclared_vehicle", cars, cars["plate_no"]),
        ("undeclared_property", others, others["unit_no"]),
        ("dwellings_over_limit", many, many["unit_no"]),
    ]


def _dwellings(given: Constants, units: Frame, home: Frame) -> Frame:
    unit = ["household_id", "unit_no"]
    each = units.groupby([*unit, "person_id"], as_index=False).agg(
        area=("area_m2_e4", "max"), share=("share_e6", "max")
    )
    held = each.groupby(unit, as_index=False).agg(area=("area", "max"), share=("share", "sum"))
    held["held"] = held["area"] * held["share"].clip(upper=MILLION)
    held = held.merge(home[["household_id", "heads"]], on=HOME)
    by_home = held.groupby("household_id")["held"]
    enough = by_home.transform("size") >= given.scalars["p_dwellings_limit"]
    return held[enough & (by_home.transform("sum") > given.scalars["p_area_per_head_e4"] * held["heads"] * MILLION)]


def hits(found: list[tuple[str, Frame, Frame]]) -> pl.DataFrame:
    """rule, household_id, item_key."""
    frames = [
        pl.DataFrame({
            "rule": [rule] * len(frame),
            "household_id": frame["household_id"].tolist(),
            "item_key": keys.tolist(),
        }, schema={"rule": pl.String, "household_id": pl.String, "item_key": pl.String})
        for rule, frame, keys in found
    ]  # fmt: skip
    return pl.concat(frames)


def find(given: Constants, rows: Mapping[str, Path]) -> pl.DataFrame:
    """rule, household_id, item_key of every hit."""
    lake = Rows(given, rows)
    home = households(given, lake)
    listed = active_members(lake, home)
    home = admission(home, listed, consent(lake), declarations(lake))
    people = listed.merge(home[["household_id", "is_admitted", "is_valid", "has_basic", "has_enrolment"]], on=HOME)
    consented = people.loc[people["is_admitted"], PERSON]
    found = [*on_registration(lake, people), enrolled_twice(people), *on_assets(given, lake, consented, home)]
    earned = income(given, lake, consented, home)
    found += on_income(earned)
    found += on_needs(given, lake, people, home, earned)
    return hits(found)
