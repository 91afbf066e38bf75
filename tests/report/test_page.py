"""The page as a file: in the manifest, the same for the same inputs, from nowhere else, about nobody, in both languages."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import Counter
from itertools import chain
from pathlib import Path

import polars as pl
import pytest
from page_reader import SECOND, Published, Seen, read_page

from assets.home import Home
from assets.publication.report.opening import SECTIONS
from checks.expectations import LOADED_WORDS
from data_contracts import feed_contracts
from data_contracts.publications import published as contract
from pipelines.check import run_check
from policy.policy import PolicyBook
from tests.identity_numbers import identity_numbers


def test_it_is_in_the_manifest(published: Published) -> None:
    manifest = json.loads((published.home.publication(SECOND) / "manifest.json").read_text(encoding="utf-8"))
    (entry,) = [file for file in manifest["files"] if file["contract"] == "report_page"]
    assert entry["path"] == "report/index.html"
    assert entry["rows"] == len(SECTIONS)
    assert entry["sha256"] == hashlib.sha256(published.path.read_bytes()).hexdigest()


def test_its_sections_are_those_of_the_contract(published: Published) -> None:
    columns = contract("report_page").columns
    assert [(name, title.zh) for name, title in SECTIONS] == [(column.name, column.header_zh) for column in columns]
    assert re.findall(r'<section id="(\w+)"', published.page) == [name for name, _ in SECTIONS]


def test_the_same_inputs_give_the_same_bytes_in_another_home(published: Published, tmp_path: Path) -> None:
    """Another folder, another key for pseudonyms, another time of the day, another engine."""
    home = Home(tmp_path / "elsewhere")
    for name in ("landing", "policy"):
        shutil.copytree(published.home.root / name, home.root / name)
    for day in published.home.published_dates():
        run_check(home, day, engine="polars", without_rejected=True, now=lambda: "2030-01-01T00:00:00+08:00")
    assert Published(home, SECOND).page == published.page


def test_it_needs_nothing_from_outside(published: Published) -> None:
    page = published.page
    assert not re.search(r"https?:|src=|@import|<script|<link|<iframe|<img|javascript:|\son\w+=", page)
    assert set(re.findall(r"url\(([^)]*)\)", page)) <= {f"#hatch-{letter}" for letter in "abcde"}
    assert {target[0] for target in re.findall(r'href="([^"]*)"', page)} == {"#"}
    assert "default-src 'none'" in page


def test_no_markup_is_shown_as_text(seen: Seen) -> None:
    assert re.findall(r"</?\w+", seen.text) == []


def test_every_anchor_and_name_on_the_page_exists_once(published: Published) -> None:
    ids = Counter(re.findall(r'\bid="([^"]+)"', published.page))
    assert [name for name, times in ids.items() if times > 1] == []
    pointed = re.findall(r'(?:href="#|for="|url\(#)([\w-]+)', published.page)
    pointed += " ".join(re.findall(r'aria-labelledby="([^"]+)"', published.page)).split()
    assert set(pointed) <= set(ids)


def test_it_names_nobody(published: Published) -> None:
    page = published.page
    assert identity_numbers(page) == [] and not re.search(r"[0-9]{6}\*{4}", page), "no identity number, masked or whole"
    folder = published.home.check(SECOND)
    members = pl.read_parquet(folder / "members.parquet")
    names = {name for name in members["name"].to_list() if name and len(name) > 1}
    assert len(names) > 100
    assert [name for name in names if name in page] == []
    for query in (
        "SELECT household_id FROM households UNION SELECT household_id FROM tickets",
        "SELECT ticket_id FROM tickets",
        "SELECT applicant_key FROM households",
        "SELECT DISTINCT opened_by FROM ticket_matters WHERE opened_by NOT IN ('', 'township', 'county')",
    ):
        assert [value for (value,) in published.ask(query) if value and value in page] == []


def test_words_are_neutral(seen: Seen, published: Published) -> None:
    both = seen.text + read_page(published.page, "en").text
    assert re.findall(LOADED_WORDS, both) == []


def test_it_says_that_the_check_decides_nothing(seen: Seen, published: Published) -> None:
    assert "核对只提供线索，不作认定" in seen.text
    assert "never decides" in read_page(published.page, "en").text
    assert "“未核对”不等于“没有疑点”" in seen.text


def test_it_names_the_law_under_which_it_compares(seen: Seen, published: Published) -> None:
    assert "依据：社会救助法 第十条；乌民政发〔2025〕23号 二（二）6；景民字" in seen.text
    assert "Legal basis: 社会救助法 第十条; " in read_page(published.page, "en").text


def test_everything_is_said_in_both_languages(published: Published) -> None:
    page = published.page
    assert page.count('<span class="zh">') == page.count('<span class="en" lang="en">')
    english = read_page(page, "en").text
    # Names of places and documents stay as they are; a value of the policy may be a Chinese code.
    book = PolicyBook.load()
    documents = (book.rule_basis(area, "silent_check", SECOND).split("; ") for area in ("150626", "360202"))
    places = ("乌审旗", "昌江区", "守望", "中文", *chain.from_iterable(documents))
    values = {code.value for feed in feed_contracts().values() for column in feed.columns for code in column.codes}
    rest = english
    for known in sorted({*places, *values}, key=len, reverse=True):
        rest = rest.replace(known, "")
    assert re.findall(r"[\u4e00-\u9fff]+", rest) == []


def test_chinese_is_set_with_chinese_punctuation(seen: Seen) -> None:
    assert re.findall(r"[\u4e00-\u9fff][,:;(]|[,;)][\u4e00-\u9fff]", seen.text) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tables_are_whole(published: Published, language: str) -> None:
    for caption, rows in read_page(published.page, language).tables.items():
        assert caption
        assert len({len(row) for row in rows}) == 1, caption


def test_a_home_without_households_has_a_page_too(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ended = {"household_id": "H1", "program": "低保", "applicant_id": "150626197003040026", "category": "A",
             "urban_rural": "城市", "township_code": "150626100000", "started_on": "2024-01-01",
             "ended_on": "2025-01-01", "monthly_amount": "1", "persons_covered": "1"}  # fmt: skip
    person = {"household_id": "H1", "person_id": ended["applicant_id"], "name": "甲某"}
    for feed, row in {"assistance_roster": ended, "household_members": person}.items():
        columns = [column.name for column in feed_contracts()[feed].columns]
        path = home.landing / feed / "150626_20261115.csv"
        path.parent.mkdir(parents=True)
        cells = ",".join(row.get(name, "") for name in columns)
        path.write_text(f"{','.join(columns)}\n{cells}\n", encoding="utf-8")
    run_check(home, SECOND)
    page = read_page(Published(home, SECOND).page)
    assert "首次核对" in page.text
    assert [tile[0] for tile in page.tiles][:3] == ["0", "0", "0"]
