"""A change that breaks what was promised needs a new major version; each kind of such a change is noticed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_contracts.contract import HERE, Code, Column, Contract, load_contract
from data_contracts.signatures import (
    SIGNATURES,
    breaking_changes,
    contract_from,
    current_contracts,
    read_signatures,
    signature,
    unannounced_changes,
    written,
)

Document = dict[str, Any]
Change = Callable[[Document], None]
FEED = "property"


def test_nothing_promised_changed_without_a_version_that_says_so() -> None:
    """If this fails: raise the version (the major one where a promise is broken), then write it down with
    `python -m data_contracts.signatures`."""
    assert unannounced_changes(current_contracts(), read_signatures()) == []


def test_every_contract_is_written_down() -> None:
    now = {name: signature(contract) for name, contract in current_contracts().items()}
    assert SIGNATURES.read_text(encoding="utf-8") == written(now), "run: python -m data_contracts.signatures"


def columns(doc: Document) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in doc["schema"][0]["properties"]}


def custom(node: dict[str, Any], name: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = node.setdefault("customProperties", [])
    return next(entry for entry in entries if entry["property"] == name)


def put(node: dict[str, Any], name: str, value: object) -> None:
    entries = node.setdefault("customProperties", [])
    entries[:] = [entry for entry in entries if entry["property"] != name]
    if value is not None:
        entries.append({"property": name, "value": value})


def options(doc: Document, column: str, **values: object) -> None:
    columns(doc)[column].setdefault("logicalTypeOptions", {}).update(values)


def contract_of(folder: Path, doc: Document) -> Contract:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "contract.odcs.yaml"
    path.write_text(yaml.safe_dump(doc, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load_contract(path)


def changed(tmp_path: Path, source: Document, change: Change) -> list[str]:
    """The breaking changes between a contract and its changed copy."""
    after = copy.deepcopy(source)
    change(after)
    return breaking_changes(contract_of(tmp_path / "old", source), contract_of(tmp_path / "new", after))


def feed_document() -> Document:
    doc: Document = yaml.safe_load((HERE / "feeds" / f"{FEED}.odcs.yaml").read_text(encoding="utf-8"))
    return doc


def _rename(doc: Document) -> None:
    columns(doc)["location"]["name"] = "address"


def _add(**node: object) -> Change:
    return lambda doc: doc["schema"][0]["properties"].append(
        {"name": "floors", "businessName": "层数", "logicalType": "integer", "physicalType": "integer", **node}
    )


def _drop(name: str) -> Change:
    return lambda doc: doc["schema"][0]["properties"].remove(columns(doc)[name])


def _without_code(doc: Document) -> None:
    custom(columns(doc)["usage"], "codes")["value"].pop()


BREAKING_A_FEED: dict[str, tuple[Change, str]] = {
    "a removed column": (_drop("location"), "property: column location was removed"),
    "a renamed column": (_rename, "property: column location was renamed to address"),
    "another kind of parsing": (lambda d: columns(d)["location"].update(physicalType="date"), "parse changed from text"),
    "another logical type": (lambda d: columns(d)["share"].update(logicalType="string"), "logical_type changed"),
    "another scale": (lambda d: put(columns(d)["share"], "scale", 2), "scale changed from 6 to 2"),
    "another unit": (lambda d: put(columns(d)["area_m2"], "unit", "mu"), "unit changed from m2 to mu"),
    "a header newly required": (lambda d: put(columns(d)["location"], "headerOptional", None), "header is now required"),
    "a cell newly required": (lambda d: columns(d)["share"].update(required=True), "share: the cell may no longer be empty"),
    "a header no longer understood": (lambda d: columns(d)["usage"].update(businessName="房屋用途"), "header 用途 is no longer"),
    "a code removed": (_without_code, "property.usage: code 其他 was removed"),
    "an open list closed": (lambda d: put(columns(d)["location"], "codes", [{"value": "甲"}]), "open list of codes was closed"),
    "another default": (lambda d: put(columns(d)["share"], "default", "0.5"), "an empty cell means 0.5 instead of 1"),
    "a key with a column less": (lambda d: columns(d)["status"].update(primaryKey=False), "the key changed"),
    "a higher minimum": (lambda d: options(d, "area_m2", minimum=10), "minimum is 10 instead of 0"),
    "a lower maximum": (lambda d: options(d, "area_m2", maximum=500), "maximum is 500 instead of 1000000"),
    "a minimum where there was none": (lambda d: options(d, "share", minimum=0.1), "minimum is 0.1 instead of none"),
    "a higher open minimum": (lambda d: options(d, "share", exclusiveMinimum=0.01), "exclusive_minimum is 0.01"),
    "a shorter text": (lambda d: options(d, "location", maxLength=20), "max_length is 20 instead of none"),
    "a longer text": (lambda d: options(d, "unit_no", minLength=29), "min_length is 29 instead of 28"),
    "a new form": (lambda d: options(d, "location", pattern="^市"), "the form changed to ^市"),
    "a new column with a required header": (_add(required=False), "new column floors has a required header"),
    "a new column that may not be empty": (_add(required=True), "new column floors may not be empty"),
    "a shorter time until stale": (lambda d: d["slaProperties"][0].update(value=30), "stale after 30 days instead of 40"),
    "fewer bad rows allowed": (lambda d: put(d, "badRowShare", 0.01), "only 0.01 of the rows may be bad"),
    "a snapshot that becomes an increment": (lambda d: put(d, "feedKind", "increment"), "snapshot became increment"),
}  # fmt: skip

HARMLESS: dict[str, Change] = {
    "nothing": lambda _: None,
    "other words": lambda d: columns(d)["usage"].update(description="What the unit is used for."),
    "a new optional column": _add(required=False, customProperties=[{"property": "headerOptional", "value": True}]),
    "one more code": lambda d: custom(columns(d)["usage"], "codes")["value"].append({"value": "仓储"}),
    "one more spelling of a header": lambda d: put(columns(d)["usage"], "headerAliases", ["房屋用途"]),
    "a header no longer required": lambda d: put(columns(d)["registered_on"], "headerOptional", True),
    "a cell that may be empty now": lambda d: columns(d)["usage"].update(required=False),
    "a wider range": lambda d: options(d, "area_m2", maximum=2_000_000),
    "more time until stale": lambda d: d["slaProperties"][0].update(value=60),
    "never stale": lambda d: d.pop("slaProperties"),
}


@pytest.mark.parametrize("name", BREAKING_A_FEED)
def test_a_change_that_breaks_a_departments_file_is_noticed(tmp_path: Path, name: str) -> None:
    change, expected = BREAKING_A_FEED[name]
    found = changed(tmp_path, feed_document(), change)
    assert any(expected in sentence for sentence in found), found


@pytest.mark.parametrize("name", HARMLESS)
def test_a_change_that_asks_for_nothing_more_is_harmless(tmp_path: Path, name: str) -> None:
    assert changed(tmp_path, feed_document(), HARMLESS[name]) == []


def test_a_spelling_of_a_code_that_is_no_longer_understood_is_noticed(tmp_path: Path) -> None:
    source = yaml.safe_load((HERE / "feeds" / "household_registration.odcs.yaml").read_text(encoding="utf-8"))
    found = changed(tmp_path, source, lambda d: custom(columns(d)["sex"], "codes")["value"][0].pop("aliases"))
    assert found == ["household_registration.sex: spelling 男 is no longer understood"]


# --- What downstream reads -------------------------------------------------------------------------------------------


def publication() -> Contract:
    """A small publication with a nested list."""
    codes = (Code("red", "红", "red", (), "red"), Code("blue", "蓝", "blue", (), "blue"))
    item = Column("plate_no", "号牌号码", "string", "string", is_cell_required=True)
    columns = (
        Column("ticket_id", "单号", "string", "string", is_key=True, is_cell_required=True),
        Column("due_on", "期限", "date", "date", is_cell_required=True),
        Column("severity", "级别", "string", "string", codes=codes),
        Column("items", "要点", "array", "array", items=(item,)),
    )
    return Contract("tickets", "单据", "1.0.0", "", "", "", columns)


def but(name: str, **changes: Any) -> Contract:
    """The publication with one column changed."""
    contract = publication()
    return replace(contract, columns=tuple(replace(c, **changes) if c.name == name else c for c in contract.columns))


PLATE = Column("plate_no", "号牌号码", "integer", "integer", is_cell_required=True)
BREAKING_A_PUBLICATION: dict[str, tuple[Contract, str]] = {
    "a removed column": (
        replace(publication(), columns=tuple(c for c in publication().columns if c.name != "due_on")),
        "tickets: column due_on was removed",
    ),
    "another type": (but("due_on", logical_type="string"), "due_on: logical_type changed from date"),
    "a column that may now be empty": (but("due_on", is_cell_required=False), "due_on: may now be empty"),
    "another key": (but("ticket_id", is_key=False), "the key changed from ticket_id to nothing"),
    "a code removed": (but("severity", codes=publication().column("severity").codes[:1]), "code blue was removed"),
    "a nested column removed": (but("items", items=()), "items: column plate_no was removed"),
    "a nested type": (but("items", items=(PLATE,)), "items.plate_no: logical_type changed"),
}


@pytest.mark.parametrize("name", BREAKING_A_PUBLICATION)
def test_a_change_that_breaks_a_reader_is_noticed(name: str) -> None:
    after, expected = BREAKING_A_PUBLICATION[name]
    found = breaking_changes(publication(), after)
    assert any(expected in sentence for sentence in found), found


def test_readers_are_not_broken_by_more_columns_more_codes_and_fuller_cells() -> None:
    more = (*publication().column("severity").codes, Code("yellow", "黄", "yellow", (), "yellow"))
    after = but("severity", codes=more, is_cell_required=True)
    floors = Column("floors", "层数", "integer", "integer", is_cell_required=True)
    assert breaking_changes(publication(), replace(after, columns=(*after.columns, floors))) == []


# --- Versions ----------------------------------------------------------------------------------------------------------


def told(tmp_path: Path, change: Change, version: str) -> list[str]:
    """What is said about the property feed, changed and under this version."""
    before, doc = feed_document(), feed_document() | {"version": version}
    change(doc)
    signed = {"feeds/property": signature(contract_of(tmp_path / "old", before))}
    return unannounced_changes({"feeds/property": contract_of(tmp_path / "new", doc)}, signed)


@pytest.mark.parametrize(("version", "is_announced"), [("1.9.0", False), ("2.0.0", True), ("10.0.0", True)])
def test_only_a_new_major_version_announces_a_break(tmp_path: Path, version: str, is_announced: bool) -> None:
    assert told(tmp_path, _drop("location"), version) == (
        [] if is_announced else ["property: column location was removed"]
    )


@pytest.mark.parametrize(("version", "is_announced"), [("1.0.0", False), ("1.0.1", True), ("1.1.0", True)])
def test_a_column_added_without_a_new_version_is_noticed(tmp_path: Path, version: str, is_announced: bool) -> None:
    added = HARMLESS["a new optional column"]
    sentence = "feeds/property: floors changed, but the version is still 1.0.0"
    assert told(tmp_path, added, version) == ([] if is_announced else [sentence])


def test_other_words_need_no_version(tmp_path: Path) -> None:
    assert told(tmp_path, HARMLESS["other words"], "1.0.0") == []


def test_a_contract_that_disappears_is_noticed() -> None:
    contracts = current_contracts()
    del contracts["feeds/property"]
    assert unannounced_changes(contracts, read_signatures()) == ["feeds/property: the contract was removed"]


@pytest.mark.parametrize("name", sorted(current_contracts()))
def test_a_signature_is_read_back_as_the_promise_it_was(name: str) -> None:
    """Else a break would be looked for in something else than what was promised."""
    contract = current_contracts()[name]
    again = contract_from(name, signature(contract))
    assert signature(again) == signature(contract)
    assert breaking_changes(again, contract) == breaking_changes(contract, again) == []
