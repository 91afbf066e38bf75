"""The truth file: what it holds, and that planted rows are really in the files."""

from __future__ import annotations

import json
from collections import defaultdict

import polars as pl

from sample import SampleSummary

RULES = {
    "deceased_member", "registration_cancelled", "identity_mismatch", "enrolled_twice", "undeclared_vehicle",
    "undeclared_property", "dwellings_over_limit", "undeclared_earnings", "undeclared_pension", "income_over_standard",
    "unsafe_housing", "unsafe_water", "severe_disability_uncovered", "willing_without_work", "poverty_return_risk",
}  # fmt: skip
GAPS = {
    "no_members", "members_incomplete", "applicant_missing", "authorisation_missing", "declaration_missing",
    "township_invalid",
}  # fmt: skip


def test_every_rule_has_a_household_that_hits_and_one_that_nearly_does(mixed: SampleSummary) -> None:
    results = defaultdict(set)
    for case in mixed.planted:
        results[case.rule].add(case.result)
    assert set(results) == RULES
    assert all({"hit", "no_hit"} <= found for found in results.values())


def test_a_household_has_one_expectation_per_rule(mixed: SampleSummary) -> None:
    pairs = [(case.household_id, case.rule) for case in mixed.planted]
    assert len(pairs) == len(set(pairs))


def test_every_gap_is_planted_and_narrowly_missed_where_it_can_be(mixed: SampleSummary) -> None:
    assert {gap.gap for gap in mixed.gaps if gap.holds} == GAPS
    narrow = {gap.gap for gap in mixed.gaps if not gap.holds}
    assert narrow == {"members_incomplete", "authorisation_missing", "declaration_missing"}


def test_the_truth_file_lies_beside_the_folder_and_says_the_same(mixed: SampleSummary) -> None:
    assert mixed.truth == mixed.out.parent / "landing-truth.json"
    document = json.loads(mixed.truth.read_text(encoding="utf-8"))
    assert document["as_of"] == "2026-11-20"
    assert document["persons"] == mixed.persons == 3_000
    assert document["rows"] == mixed.rows
    assert [(c["household_id"], c["rule"], c["hit"]) for c in document["cases"]] == [
        (c.household_id, c.rule, c.hit) for c in mixed.planted
    ]
    assert {"path", "rows", "damaged", "expect", "why"} <= set(document["files"][0])


def test_planted_households_are_never_damaged(clean: SampleSummary) -> None:
    path = next(file.path for file in clean.files if file.feed == "assistance_roster")
    roster = pl.read_parquet(clean.out / path)
    ids = {case.household_id for case in clean.planted}
    # Two programmes make two rows; everybody else exactly one.
    assert roster.filter(pl.col("household_id").is_in(list(ids)))["household_id"].n_unique() == len(ids)


def test_cars_of_people_without_consent_were_sent_by_the_department(clean: SampleSummary) -> None:
    path = sorted(file.path for file in clean.files if file.feed == "vehicles")[-1]
    sent = set(pl.read_parquet(clean.out / path)["plate_no"])
    assert len(clean.not_consented) >= 6
    assert {item.plate_no for item in clean.not_consented} <= sent


def test_households_outside_the_check_are_listed_and_have_no_case(mixed: SampleSummary) -> None:
    assert mixed.not_looked_at
    assert not set(mixed.not_looked_at) & {case.household_id for case in mixed.planted}
