"""A change that breaks what was promised needs a new major version; each kind of such a change is noticed."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_contracts.compatibility import KINDS, RELEASED, breaking_changes, unannounced_changes
from data_contracts.contract import HERE, load_contract

Document = dict[str, Any]
Change = Callable[[Document], None]
FEED = "property"


def test_no_released_contract_was_broken_without_a_new_major_version() -> None:
    """If this fails: raise the major version, or keep the promise. Copy to released/ when a version is released."""
    assert unannounced_changes() == []


def test_every_feed_has_been_released() -> None:
    assert {p.name for p in (HERE / "feeds").glob("*.yaml")} == {p.name for p in (RELEASED / "feeds").glob("*.yaml")}


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


def changed(tmp_path: Path, kind: str, source: Document, change: Change) -> list[str]:
    """The breaking changes between a contract and its changed copy."""
    after = copy.deepcopy(source)
    change(after)
    contracts = []
    for name, doc in (("old", source), ("new", after)):
        path = tmp_path / name / kind / "contract.odcs.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(yaml.safe_dump(doc, allow_unicode=True, sort_keys=False), encoding="utf-8")
        contracts.append(load_contract(path))
    return breaking_changes(*contracts)


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
    found = changed(tmp_path, "feeds", feed_document(), change)
    assert any(expected in sentence for sentence in found), found


@pytest.mark.parametrize("name", HARMLESS)
def test_a_change_that_asks_for_nothing_more_is_harmless(tmp_path: Path, name: str) -> None:
    assert changed(tmp_path, "feeds", feed_document(), HARMLESS[name]) == []


def test_a_spelling_of_a_code_that_is_no_longer_understood_is_noticed(tmp_path: Path) -> None:
    source = yaml.safe_load((HERE / "feeds" / "household_registration.odcs.yaml").read_text(encoding="utf-8"))
    found = changed(tmp_path, "feeds", source, lambda d: custom(columns(d)["sex"], "codes")["value"][0].pop("aliases"))
    assert found == ["household_registration.sex: spelling 男 is no longer understood"]


# --- What downstream reads -------------------------------------------------------------------------------------------


def published_document() -> Document:
    """A small publication with a nested list."""
    doc = feed_document() | {"name": "tickets"}
    codes = [{"property": "codes", "value": [{"value": "red"}, {"value": "blue"}]}]
    item = {"name": "plate_no", "logicalType": "string", "required": True}
    doc["schema"][0]["properties"] = [
        {"name": "ticket_id", "logicalType": "string", "primaryKey": True, "required": True},
        {"name": "due_on", "logicalType": "date", "required": True},
        {"name": "severity", "logicalType": "string", "customProperties": codes},
        {"name": "items", "logicalType": "array", "items": {"logicalType": "object", "properties": [item]}},
    ]  # fmt: skip
    return doc


def _nested(doc: Document) -> dict[str, Any]:
    node: dict[str, Any] = columns(doc)["items"]["items"]["properties"][0]
    return node


BREAKING_A_PUBLICATION: dict[str, tuple[Change, str]] = {
    "a removed column": (_drop("due_on"), "tickets: column due_on was removed"),
    "another type": (lambda d: columns(d)["due_on"].update(logicalType="string"), "due_on: logical_type changed from date"),
    "a column that may now be empty": (lambda d: columns(d)["due_on"].update(required=False), "due_on: may now be empty"),
    "another key": (lambda d: columns(d)["ticket_id"].update(primaryKey=False), "the key changed from ticket_id to nothing"),
    "a code removed": (lambda d: custom(columns(d)["severity"], "codes")["value"].pop(), "code blue was removed"),
    "a nested column removed": (lambda d: columns(d)["items"]["items"].pop("properties"), "items: column plate_no was removed"),
    "a nested type": (lambda d: _nested(d).update(logicalType="integer"), "items.plate_no: logical_type changed"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKING_A_PUBLICATION)
def test_a_change_that_breaks_a_reader_is_noticed(tmp_path: Path, name: str) -> None:
    change, expected = BREAKING_A_PUBLICATION[name]
    found = changed(tmp_path, "published", published_document(), change)
    assert any(expected in sentence for sentence in found), found


def test_readers_are_not_broken_by_more_columns_more_codes_and_fuller_cells(tmp_path: Path) -> None:
    def more(doc: Document) -> None:
        _add(required=True)(doc)
        custom(columns(doc)["severity"], "codes")["value"].append({"value": "yellow"})
        columns(doc)["severity"]["required"] = True

    assert changed(tmp_path, "published", published_document(), more) == []


# --- Versions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "is_announced"), [("1.0.0", False), ("1.9.0", False), ("2.0.0", True), ("10.0.0", True)]
)
def test_only_a_new_major_version_announces_a_break(tmp_path: Path, version: str, is_announced: bool) -> None:
    for kind in KINDS:
        shutil.copytree(HERE / kind, tmp_path / kind)
    doc = feed_document() | {"version": version}
    _drop("location")(doc)
    (tmp_path / "feeds" / f"{FEED}.odcs.yaml").write_text(yaml.safe_dump(doc, allow_unicode=True), encoding="utf-8")
    found = unannounced_changes(tmp_path)
    assert found == ([] if is_announced else ["property: column location was removed"])


def test_a_contract_that_disappears_is_noticed(tmp_path: Path) -> None:
    for kind in KINDS:
        shutil.copytree(HERE / kind, tmp_path / kind)
    (tmp_path / "feeds" / f"{FEED}.odcs.yaml").unlink()
    assert unannounced_changes(tmp_path) == ["property: the contract was removed"]
