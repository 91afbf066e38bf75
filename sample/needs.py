"""Disability certificates, household surveys and willingness surveys of one block."""

from __future__ import annotations

import numpy as np
import polars as pl

from sample.columns import code_values, feed_frame
from sample.households import DIBAO, TEKUN, Block, days_before
from sample.income import Income
from sample.registers import NEVER

GRADES = pl.Series(code_values("household_surveys", "housing_grade"))
SAFE, UNSAFE = code_values("household_surveys", "water_safe")
WILLING, UNWILLING = code_values("person_surveys", "labour_willingness")
CATEGORIES = pl.Series(code_values("disability", "category"))
DISABILITY_GRADES = pl.Series(code_values("disability", "grade"))
_SURVEYORS = pl.Series(["王主任", "李网格员", "张专干", "刘社工", "包网格员"])


def disability_frame(block: Block, share: float = 0.12) -> pl.DataFrame:
    """Certificates of `share` of the persons; severe ones mostly in households already on dibao or tekun."""
    rng = block.scope.rng(12)
    who = np.flatnonzero(rng.random(block.persons) < share)
    covered = np.isin(block.programme, (DIBAO, TEKUN))[block.household[who]]
    covered |= block.second_programme[block.household[who]] >= 0
    severe, light = (rng.choice(4, len(who), p=shares) for shares in ((0.2, 0.3, 0.3, 0.2), (0.04, 0.06, 0.3, 0.6)))
    grade = np.where(covered, severe, light)
    category = rng.choice(7, len(who), p=(0.13, 0.15, 0.03, 0.48, 0.08, 0.09, 0.04))
    issued = np.maximum(days_before(block.scope, rng.integers(5, 3600, len(who))), block.birth[who] + 300)
    expires = rng.random(len(who)) < 0.85
    until = np.where(expires, np.maximum(issued + np.timedelta64(3650, "D"), block.scope.today), NEVER)
    until = np.where(rng.random(len(who)) < 0.04, days_before(block.scope, rng.integers(1, 300, len(who))), until)
    return feed_frame(
        "disability",
        {
            "person_id": block.person_id.gather(who),
            "category": CATEGORIES.gather(category),
            "grade": DISABILITY_GRADES.gather(grade),
            "issued_on": issued,
            "valid_until": until,
        },
        known_from=issued,
    )


def household_survey_frame(block: Block) -> pl.DataFrame:
    """One visit for most households, an older one for some; about two in a hundred live or drink unsafely."""
    rng = block.scope.rng(13)
    frames = []
    for share, youngest, oldest in ((0.85, 2, 420), (0.3, 421, 900)):
        rows = np.flatnonzero(rng.random(block.households) < share)
        surveyed = days_before(block.scope, rng.integers(youngest, oldest, len(rows)))
        grade = GRADES.gather(rng.choice(4, len(rows), p=(0.62, 0.36, 0.015, 0.005)))
        water = pl.Series([SAFE, UNSAFE]).gather((rng.random(len(rows)) < 0.018).astype(np.int64))
        frames.append(
            feed_frame(
                "household_surveys",
                {
                    "household_id": block.household_id.gather(rows),
                    "surveyed_on": surveyed,
                    "surveyor": _SURVEYORS.gather(rows % len(_SURVEYORS)),
                    "housing_grade": grade.set(pl.Series(rng.random(len(rows)) < 0.06), None),
                    "water_safe": water.set(pl.Series(rng.random(len(rows)) < 0.06), None),
                },
                known_from=surveyed,
            )
        )
    return pl.concat(frames)


def person_survey_frame(block: Block, income: Income) -> pl.DataFrame:
    """Willingness of adults of working age: those who work are willing, few of the others are."""
    rng = block.scope.rng(14)
    asked = (block.age >= 16) & (block.age < 62) & (rng.random(block.persons) < 0.7)
    who = np.flatnonzero(asked)
    surveyed = days_before(block.scope, rng.integers(3, 450, len(who)))
    willing = income.works[who] | (rng.random(len(who)) < 0.05)
    return feed_frame(
        "person_surveys",
        {
            "person_id": block.person_id.gather(who),
            "surveyed_on": surveyed,
            "labour_willingness": pl.Series([UNWILLING, WILLING]).gather(willing.astype(np.int64)),
        },
        known_from=surveyed,
    )
