"""Counties and townships."""

from __future__ import annotations

from pathlib import Path

import pytest

from sample import generate
from sample.areas import county, known_counties, spare_birth_codes


@pytest.mark.parametrize("code", [*known_counties(), "990101"])
def test_townships_have_twelve_digits_and_lie_in_their_county(code: str) -> None:
    place = county(code)
    assert len(place.townships) >= 4
    assert all(len(t.code) == 12 and t.code.isdigit() and t.code.startswith(code) for t in place.townships)
    assert len({t.code for t in place.townships}) == len(place.townships)


def test_the_seed_counties_carry_their_names() -> None:
    names = {county(code).name for code in known_counties()}
    assert names == {"乌审旗", "扎赉诺尔区", "阿拉善左旗", "昌江区", "盐湖区"}


def test_spare_birth_codes_are_distinct_and_avoid_taken_ones() -> None:
    taken = frozenset({"150102", "140103"})
    spares = spare_birth_codes(taken)
    assert len(spares) == len(set(spares)) > 900
    assert not taken & set(spares)


@pytest.mark.parametrize("area", ["1506", "15062a", "", "150626,150626"])
def test_a_wrong_area_is_refused(area: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="county"):
        generate(tmp_path / "landing", 10, area=area)


def test_every_county_of_a_list_gets_its_own_files(tmp_path: Path) -> None:
    summary = generate(tmp_path / "landing", 1_000, area="150626,360202", form="csv")
    areas = {file.feed: set() for file in summary.files}
    for file in summary.files:
        areas[file.feed].add(file.area)
    assert all(found == {"150626", "360202"} for found in areas.values())
    assert {case.county for case in summary.planted} == {"150626", "360202"}
    assert summary.persons == 1_000


def test_a_folder_with_files_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "keep.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        generate(tmp_path / "landing", 10)
