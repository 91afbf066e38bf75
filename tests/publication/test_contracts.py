"""Published contracts: valid ODCS, every word there, one source for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from data_contracts import Column
from data_contracts.contract import HERE
from data_contracts.derive import dictionary
from data_contracts.derive.json_schema import json_schema
from data_contracts.publications import DATABASE, FILES, TABLES, UnknownWordsError, column_at, labels, published

ROOT = HERE.parent
PUBLISHED = (*FILES, *DATABASE)
OUTSIDE_WORDS = ("骗保", "违法", "欺诈", "fraud", "illegal", "cheat")


def _columns(columns: tuple[Column, ...]) -> Iterator[Column]:
    for column in columns:
        yield column
        yield from _columns(column.items)


def test_every_column_and_every_code_that_is_explained_is_published_somewhere() -> None:
    """A word nobody reads is a second list in the making."""
    listed = "\n".join(path.read_text(encoding="utf-8") for path in (HERE / "published").glob("*.yaml"))
    used = set(re.findall(r"[A-Za-z_][\w@]*", listed))
    columns = yaml.safe_load((HERE / "columns.yaml").read_text(encoding="utf-8"))
    assert [name for name in columns if name not in used] == []
    read = "".join(path.read_text(encoding="utf-8") for path in [*ROOT.glob("*/**/*.py"), HERE / "columns.yaml"])
    lists = yaml.safe_load((HERE / "codes.yaml").read_text(encoding="utf-8"))
    assert [name for name in lists if not re.search(rf"codes: {name}$|[\"']{name}[\"']", read, re.MULTILINE)] == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_column_has_words_in_both_languages(name: str) -> None:
    contract = published(name)
    assert contract.title_zh != name
    assert contract.purpose
    assert contract.usage_zh
    for column in _columns(contract.columns):
        assert column.description, column.name
        assert column.header_zh != column.name, column.name
        assert not column.description_zh.isascii(), column.name
        assert column.classification


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_a_key_unless_its_rows_have_none(name: str) -> None:
    assert bool(published(name).key) == (name != "rejected_rows")


def test_words_stay_neutral() -> None:
    """In what we publish; a feed may list a department's own code (G 违法未处理 of a vehicle)."""
    text = "".join(
        path.read_text(encoding="utf-8").lower() for path in HERE.rglob("*.yaml") if path.parent.name != "feeds"
    )
    assert not [word for word in OUTSIDE_WORDS if word in text]


def test_a_column_has_the_same_words_everywhere_but_its_own_place_in_the_key() -> None:
    number, there = published("tickets_csv").column("ticket_id"), published("tickets_jsonl").column("ticket_id")
    assert number == there
    assert published("findings").column("ticket_id").is_key is False


def test_a_word_is_found_by_its_code_in_both_languages() -> None:
    assert labels("direction") == {"verify": "核实", "help": "帮扶"}
    assert labels("direction", "en")["help"] == "help may be needed"
    with pytest.raises(UnknownWordsError):
        labels("no_such_list")


def test_the_csv_and_the_parquet_file_hold_the_same_columns() -> None:
    assert [c.name for c in published("tickets_csv").columns] == [c.name for c in published("tickets_parquet").columns]


def test_pointing_to_a_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UnknownWordsError):
        column_at("tickets_jsonl.no_such_column")


def test_the_workbook_ends_with_the_columns_of_ticket_outcomes_and_the_check_code() -> None:
    from data_contracts import feed_contract

    headers = [c.header_zh for c in feed_contract("ticket_outcomes").columns]
    assert [
        published("township_workbook").columns[0].header_zh,
        *(c.header_zh for c in published("township_workbook").columns[-7:-1]),
    ] == headers
    assert published("township_workbook").columns[-1].name == "row_check"


def test_the_json_schema_accepts_the_objects(objects: list[dict[str, Any]]) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for ticket in objects:
        jsonschema.Draft202012Validator(schema).validate(ticket)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "stopped"),
        (("ticket_id",), "1"),
        (("applicant_id_masked",), "150626197003040021"),
        (("due_on",), None),
        (("aid_stopped",), True),
        (("findings", 0, "items", 0, "person"), "150626197003040021"),
        (("findings", 0, "severity"), "black"),
        (("overdue_days",), -1),
    ],
)
def test_the_json_schema_refuses(objects: list[dict[str, Any]], path: tuple[Any, ...], value: object) -> None:
    ticket = objects[1]
    target: Any = ticket
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(ticket)


def test_the_data_dictionary_in_docs_is_current() -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    again = "run: python -m data_contracts.derive.dictionary"
    assert (docs / "data-dictionary.md").read_text(encoding="utf-8") == dictionary.markdown(), again
    assert (docs / "data-dictionary.html").read_text(encoding="utf-8") == dictionary.html_page(), again


def test_the_html_dictionary_needs_nothing_from_outside() -> None:
    page = dictionary.html_page()
    assert "http:" not in page
    assert "https:" not in page
    assert "<script" not in page
