"""The population: typed Parquet, families, a time line over months, determinism, streaming."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data_contracts import feed_contract
from sample import SampleSummary, generate, households
from sample.generate import OpenFile
from sample.plan import FEEDS, Form, check_dates


def digests(out: Path) -> dict[str, str]:
    """SHA-256 of every file of a landing folder and of its truth file."""
    paths = [*sorted(out.rglob("*.*")), out.parent / f"{out.name}-truth.json"]
    return {os.path.relpath(path, out): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.mark.parametrize(("form", "months"), [("mixed", 2), ("parquet", 1), ("csv", 1)])
def test_the_same_arguments_give_the_same_bytes(form: Form, months: int, tmp_path: Path) -> None:
    for name in ("a", "b"):
        generate(tmp_path / name / "landing", 800, seed=7, months=months, form=form)
    assert digests(tmp_path / "a" / "landing") == digests(tmp_path / "b" / "landing")


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(tmp_path / str(seed), 800, seed=seed, form="csv")
    first, second = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert all(first[name] != second[name] for name in first if name.startswith("household_registration"))


def test_parquet_columns_are_typed(clean: SampleSummary) -> None:
    types = {"date": pl.Date, "money": pl.Decimal(14, 2), "period": pl.Int32, "integer": pl.Int32}
    for file in clean.files:
        schema = pl.read_parquet_schema(clean.out / file.path)
        columns = feed_contract(file.feed).columns
        assert list(schema) == [column.name for column in columns]
        for column in columns:
            scaled = pl.Decimal(12, column.scale) if column.parse == "scaled" else pl.String
            assert schema[column.name] == types.get(column.parse, scaled), (file.feed, column.name)


def test_families_have_one_to_six_members_and_all_programmes_occur(clean: SampleSummary) -> None:
    members = pl.read_parquet(clean.out / newest(clean, "household_members"))
    sizes = members.group_by("household_id").len()["len"]
    assert sizes.min() == 1
    assert 6 <= sizes.max() <= 7  # a neighbour's member may be enrolled here as well
    roster = pl.read_parquet(clean.out / newest(clean, "assistance_roster"))
    programmes = {code.value for code in feed_contract("assistance_roster").column("program").codes}
    assert programmes <= set(roster["program"])
    assert 0.35 < (roster["program"] == "低保").mean() < 0.55


def test_departments_send_people_who_are_on_no_roster(clean: SampleSummary) -> None:
    members = pl.read_parquet(clean.out / newest(clean, "household_members"))["person_id"]
    for feed in ("household_registration", "vehicles", "property", "tax", "pensions", "disability"):
        people = pl.read_parquet(clean.out / newest(clean, feed))["person_id"]
        assert (~people.is_in(members.implode())).mean() > 0.1, feed


def newest(summary: SampleSummary, feed: str) -> str:
    """The newest file of a feed."""
    return max((file.data_date, file.path) for file in summary.files if file.feed == feed)[1]


def test_three_months_are_three_deliveries_and_increments_bring_new_rows(clean: SampleSummary) -> None:
    assert check_dates(date(2026, 11, 20), 3) == [date(2026, 9, 20), date(2026, 10, 20), date(2026, 11, 20)]
    assert check_dates(date(2026, 3, 31), 2) == [date(2026, 2, 28), date(2026, 3, 31)]
    for feed in FEEDS:
        files = sorted((f.data_date, f.path) for f in clean.files if f.feed == feed)
        assert len(files) == 3
        first, second, third = (pl.read_parquet(clean.out / path) for _, path in files)
        if feed_contract(feed).kind == "increment":
            assert first.height > second.height > 0 < third.height, feed
        else:
            assert not first.equals(third), feed
    periods = pl.read_parquet(clean.out / newest(clean, "tax"))["period"]
    assert (periods == 202610).mean() > 0.9  # beside planted yearly rows and one of the check month itself


def test_earlier_dates_do_not_depend_on_how_many_months_follow(tmp_path: Path) -> None:
    for months in (1, 2):
        generate(tmp_path / str(months), 900, months=months, form="parquet")
    registers = [pl.read_parquet(tmp_path / m / "household_members" / "150626_20261118.parquet") for m in ("1", "2")]
    sets = [set(frame.drop_nulls("name").select("household_id", "person_id").rows()) for frame in registers]
    assert len(sets[0] ^ sets[1]) <= 6  # a few rows are damaged differently


def test_memory_does_not_grow_with_the_number_of_persons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(households, "BLOCK_HOUSEHOLDS", 200)
    tallest: dict[int, int] = {}
    original = OpenFile.append
    for persons in (2_000, 8_000):
        heights: list[int] = []

        def append(self: OpenFile, frame: pl.DataFrame, planted: bool, seen: list[int] = heights) -> None:
            seen.append(frame.height)
            original(self, frame, planted)

        monkeypatch.setattr(OpenFile, "append", append)
        summary = generate(tmp_path / str(persons), persons, form="parquet")
        assert summary.persons == persons
        tallest[persons] = max(heights)
    assert tallest[8_000] < 1.5 * tallest[2_000]


def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    generate(tmp_path / "landing", 700, form="csv", progress=lambda *step: told.append(step))
    assert told[-1] == ("persons", 700, 700)
    assert [step[1] for step in told] == sorted(step[1] for step in told)
