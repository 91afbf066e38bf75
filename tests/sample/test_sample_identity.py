"""Identity numbers: valid, unique, plausible. python-stdnum is the oracle of the check digit only."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from stdnum.cn import ric

from sample import SampleSummary
from sample.areas import county, known_counties
from sample.identity import PORTIONS_PER_GENERATION, RANKS_PER_PORTION, CodeBook, sequence_of, unique_numbers


def registration(summary: SampleSummary) -> pl.DataFrame:
    """The newest registration file of a Parquet sample."""
    path = sorted(file.path for file in summary.files if file.feed == "household_registration")[-1]
    return pl.read_parquet(summary.out / path)


def sound(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows not damaged on purpose: their number agrees with the birth date."""
    return frame.filter(pl.col("person_id").str.slice(6, 8) == pl.col("birth_date").dt.strftime("%Y%m%d"))


def test_check_digits_agree_with_stdnum(clean: SampleSummary) -> None:
    damaged = next(f for f in clean.files[::-1] if f.feed == "household_registration").damaged
    wrong = [n for n in registration(clean)["person_id"] if ric.calc_check_digit(n) != n[-1]]
    assert len(wrong) == damaged.get("wrong_check_digit", 0) + damaged.get("id_rounded_zeros", 0)


def test_numbers_say_the_registered_birth_date_and_sex(clean: SampleSummary) -> None:
    frame = registration(clean)
    agreeing = sound(frame)
    assert frame.height - agreeing.height <= 15
    odd = agreeing["person_id"].str.slice(16, 1).cast(pl.Int64) % 2
    assert (odd == (agreeing["sex"] == "1").cast(pl.Int64)).all()


def test_birth_codes_are_mostly_the_county_and_partly_older_or_elsewhere(clean: SampleSummary) -> None:
    codes = registration(clean)["person_id"].str.head(6).value_counts(sort=True)
    assert codes["person_id"][0] == "150626"
    assert "152727" in codes["person_id"]  # the banner's code before 2001


def test_sequence_numbers_never_repeat_within_a_generation_of_portions() -> None:
    day, male = np.array([9_000]), np.array([True])
    slots = [(rank, portion) for rank in range(RANKS_PER_PORTION) for portion in range(PORTIONS_PER_GENERATION)]
    numbers = {int(sequence_of(np.array([rank]), portion, day, male)[0]) for rank, portion in slots}
    assert len(numbers) == len(slots)
    assert min(numbers) >= 1
    assert max(numbers) <= 998


@pytest.mark.parametrize("code", ["150626", "990101"])
def test_numbers_stay_unique_when_many_share_a_birthday(code: str) -> None:
    book = CodeBook.of([county(code)])
    births = np.full(60, np.datetime64("1970-05-05"))
    male = np.ones(60, dtype=np.bool_)
    numbers: set[str] = set()
    for portion in range(2 * PORTIONS_PER_GENERATION):
        area = int(book.codes(code, portion)[0])
        numbers |= set(unique_numbers(book, np.full(60, area), births, male, portion))
    assert len(numbers) == 60 * 2 * PORTIONS_PER_GENERATION


def test_more_birthdays_than_numbers_are_refused_not_repeated() -> None:
    book = CodeBook.of([county(code) for code in known_counties()])
    with pytest.raises(ValueError, match="more persons than distinct"):
        book.codes("150626", 10**6)
