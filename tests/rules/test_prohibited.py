"""Ethnicity, religion, place of birth, political status and criminal history enter no rule, label or score (spec page 1).

Three ways in are closed: no contract may list such a column, nothing in rules/ names one, and the beginning of an identity
number, which is a place of birth, changes no result.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from random import Random

import pytest
import yaml
from population import Maker
from stages import Run, run

from data_contracts import feed_contracts
from data_contracts.contract import HERE, load_contract
from data_contracts.prohibited import ATTRIBUTES, ProhibitedAttributeError, prohibited_attribute
from data_contracts.publications import FILES, TABLES, published
from policy.parameters import CATALOGUE
from rules.registry import FACTS, REGISTERS
from tests.identity_numbers import CANDIDATE, check_character

RULES = Path(__file__).resolve().parents[2] / "rules"
NAMES = {
    "ethnicity": ("民族", "ethnicity", "ethnic_group", "少数民族"),
    "religion": ("宗教", "宗教信仰", "religion", "belief"),
    "birthplace": ("籍贯", "出生地", "birth_place", "place_of_birth", "native_place"),
    "political_status": ("政治面貌", "党员", "political_status", "party_member"),
    "criminal_history": ("前科", "犯罪记录", "criminal_record", "prison"),
}


def test_every_prohibited_attribute_is_known_by_the_words_that_name_it() -> None:
    assert set(NAMES) == {attribute.code for attribute in ATTRIBUTES}
    for code, words in NAMES.items():
        assert {word: prohibited_attribute([word]) for word in words} == dict.fromkeys(words, code)
    assert prohibited_attribute(["birth_date", "出生日期", "户籍地区划代码", "vehicle_type"]) is None


def test_no_contract_lists_one() -> None:
    contracts = [*feed_contracts().values(), *(published(name) for name in (*FILES, *TABLES))]
    for contract in contracts:
        for column in contract.columns:
            assert prohibited_attribute(column.headers) is None, f"{contract.name}.{column.name}"
            assert column.classification != "prohibited"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "ethnicity"},
        {"businessName": "民族"},
        {"customProperties": [{"property": "headerAliases", "value": ["政治面貌"]}]},
        {"classification": "prohibited"},
    ],
    ids=["by name", "by Chinese header", "by another header", "by classification"],
)
def test_a_contract_that_lists_one_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    doc = yaml.safe_load((HERE / "feeds" / "disability.odcs.yaml").read_text(encoding="utf-8"))
    extra = {"name": "extra", "logicalType": "string", "classification": "internal", **change}
    doc["schema"][0]["properties"].append(extra)
    path = tmp_path / "disability.odcs.yaml"
    path.write_text(yaml.safe_dump(doc, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ProhibitedAttributeError):
        load_contract(path)


def test_no_fact_and_no_policy_parameter_is_one() -> None:
    assert (
        prohibited_attribute([*FACTS, *REGISTERS, *CATALOGUE, *(parameter.zh for parameter in CATALOGUE.values())])
        is None
    )


@pytest.mark.parametrize("path", sorted(RULES.rglob("*.py")), ids=lambda path: str(path.relative_to(RULES)))
def test_no_rule_label_or_fact_function_names_one(path: Path) -> None:
    assert prohibited_attribute([path.read_text(encoding="utf-8")]) is None


def test_of_an_identity_number_only_the_birth_date_is_read() -> None:
    reads = r'person_id"\) *((?:\.str|//|%|/|-|\*)[^)\n]*)'
    parts = [(p.name, found) for p in RULES.rglob("*.py") for found in re.findall(reads, p.read_text("utf-8"))]
    assert parts == [("labour_capacity.py", "% 100_000_000_000 // 1000")]


def test_where_somebody_is_registered_is_no_fact() -> None:
    assert not [
        path for path in RULES.rglob("*.py") if "area_code" in path.read_text("utf-8") and path.name != "deadline.py"
    ]


# --- The same people, born elsewhere -----------------------------------------------------------------------------------


def _born_elsewhere(number: str) -> str:
    """The number the same person would have with another beginning; the check digit is right again."""
    first = "54" + number[2:17]
    return first + check_character(first)


def _results(found: Run) -> dict[tuple[str, str], tuple[str, str, int, list[str]]]:
    """(household, rule) -> result, reason, number of items, members without a record as if born elsewhere."""
    return {
        key: (one.result, one.reason, len(one.items), sorted("54" + person[2:17] for person in one.missing))
        for key, one in found.outcomes.items()
    }


@pytest.mark.parametrize("seed", range(4))
def test_the_same_people_born_elsewhere_have_the_same_findings(tmp_path: Path, seed: int) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    maker = Maker(Random(seed))
    as_of = maker.population(14).as_of
    maker.write(here)
    shutil.copytree(here, there)
    numbers = 0
    for path in sorted((there / "landing").rglob("*.csv")):
        text, found = CANDIDATE.subn(lambda match: _born_elsewhere(match.group()), path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
        numbers += found
    assert numbers > 50
    results = _results(run(here, "polars", as_of))
    assert _results(run(there, "polars", as_of)) == results
    assert {result for result, *_ in results.values()} >= {"hit", "no_hit"}
