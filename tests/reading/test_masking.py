"""One masker for all text: an identity number in any spelling is masked, numbers of households and cases are not."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import masking
from tests.identity_numbers import check_character

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
GAPS = ["", " ", "-", "\u3000", " - ", "\u200b", "—", "\u00a0", "\n", "－"]
AROUND = st.text("张三 家住乌审旗,电话:。()/abcxyz", max_size=8)
BORN = st.dates(dt.date(1900, 1, 1), dt.date(2026, 11, 20))


def number_of(area: int, born: dt.date, serial: int) -> str:
    first = f"{area:06d}{born:%Y%m%d}{serial:03d}"
    return first + check_character(first)


NUMBERS = st.builds(number_of, st.integers(110000, 829999), BORN, st.integers(0, 999))


@settings(max_examples=300)
@given(
    number=NUMBERS,
    cuts=st.lists(st.tuples(st.integers(1, 17), st.sampled_from(GAPS)), max_size=4, unique_by=lambda cut: cut[0]),
    is_wide=st.booleans(),
    is_lower=st.booleans(),
    before=AROUND,
    after=AROUND,
)
def test_a_number_in_any_spelling_leaves_no_more_than_ten_characters(
    number: str, cuts: list[tuple[int, str]], is_wide: bool, is_lower: bool, before: str, after: str
) -> None:
    written = number
    for place, gap in sorted(cuts, reverse=True):
        written = written[:place] + gap + written[place:]
    written = written.lower() if is_lower else written
    written = written.translate(FULL_WIDTH) if is_wide else written
    before, after = before.rstrip("0123456789") + "号", "。" + after
    assert masking.text(before + written + after) == f"{before}{number[:6]}********{number[-4:]}{after}"
    assert masking.holds_number(written)


@settings(max_examples=200)
@given(number=NUMBERS.filter(lambda n: n[6:8] == "19"), gap=st.sampled_from(GAPS), is_wide=st.booleans())
def test_an_old_number_of_fifteen_digits_is_masked_alone_and_in_parts(number: str, gap: str, is_wide: bool) -> None:
    old = number[:6] + number[8:17]
    for written in (old, gap.join((old[:6], old[6:12], old[12:]))):
        shown = written.translate(FULL_WIDTH) if is_wide else written
        assert masking.text(f"身份证{shown},") == f"身份证{old[:6]}*****{old[-4:]},"


@settings(max_examples=200)
@given(cells=st.lists(st.one_of(st.none(), AROUND, NUMBERS, st.text(max_size=30)), max_size=12))
def test_a_column_is_masked_as_its_cells_are(cells: list[str | None]) -> None:
    shown = (
        pl.DataFrame({"a": pl.Series(cells, dtype=pl.String)}).lazy().select(masking.text_column(pl.col("a"))).collect()
    )
    assert shown["a"].to_list() == [None if cell is None else masking.text(cell) for cell in cells]


@settings(max_examples=200)
@given(written=st.text("0123456789 -xX。１９５０a", max_size=60))
def test_masking_twice_changes_nothing_and_nothing_but_digits_is_lost(written: str) -> None:
    once = masking.text(written)
    assert masking.text(once) == once
    assert [c for c in once if c in "。a"] == [c for c in written if c in "。a"]


@pytest.mark.parametrize(
    "number",
    [
        "1506260001234567",  # 16 digits
        "15062600012345678",
        "150626000123456789",  # 18, no day of birth, wrong check digit
        "1506260001234567891",
        "15062620261120000123",  # a case number with county and day, 20 digits
        "6222021234567890123",  # a bank card
        "13812345678 13987654321",
        "2026-10-20 2026-11-20 2026-12-20",
        "150626-20261120-0123456789",  # a ticket
        "150626-19800101-0011223344",
        "150626001001GB00001F00010001",
        "150626999901001",  # 15 digits, month 99
        "tax/150626_20261120_2.csv",
        "assistance_roster/150626_20111203_1234.xlsx",
        "1506001980010100",
    ],
)
def test_what_is_no_identity_number_stays_as_it_is(number: str) -> None:
    assert masking.text(number) == number
    assert masking.text(f"见{number}号") == f"见{number}号"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("150626198001010011", "150626********0011"),  # a wrong check digit, but a day of birth: still somebody's
        ("150626198013010011", "150626198013010011"),  # neither
        (f"{number_of(150626, dt.date(1980, 1, 1), 1)}13812345678", "150626********001" + "{}13812345678"),
        ("张三150626198001010011李四150626800101001", "张三150626********0011李四150626*****1001"),
    ],
)
def test_a_day_of_birth_or_the_check_character_is_enough_and_both_where_other_digits_touch_it(
    written: str, shown: str
) -> None:
    assert masking.text(written) == shown.format(number_of(150626, dt.date(1980, 1, 1), 1)[-1])


def test_a_file_name_with_a_number_hides_the_name_beside_it_and_others_stay() -> None:
    assert masking.file_name("张三丰150626198001010011.xlsx") == "张**150626********0011.xlsx"
    assert masking.file_name("授权书 150626 19800101 0011 欧阳小明.pdf") == "授** 150626********0011 欧***.pdf"
    assert masking.file_name("机动车2026年11月.xlsx") == "机动车2026年11月.xlsx"
    assert masking.file_name("150626_20261120.csv") == "150626_20261120.csv"
