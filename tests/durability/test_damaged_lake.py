"""What a power cut leaves of the last check's partition: the next check notices, computes everything, and says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from durability.tiny_county import SECOND, THIRD, check, command, run
from engines.homes import database_rows, published_files

from assets import incremental
from assets.home import Home

DAMAGES = {
    "empty": lambda content: content[:0],
    "of zeros": lambda content: bytes(len(content)),
    "cut off": lambda content: content[: len(content) // 2],
    "torn in the middle": lambda content: content[:4] + bytes(len(content) // 2) + content[4 + len(content) // 2 :],
}
FILES = ("facts/income.parquet", "households.parquet", "aid.parquet", "item_states.parquet", "rows/tax")


def damaged(root: Path, name: str, damage: str) -> None:
    path = Home(root).check(SECOND) / name
    path = max(path.iterdir()) if path.is_dir() else path
    content = path.read_bytes()
    path.unlink()  # it may have another name besides
    path.write_bytes(DAMAGES[damage](content))


@pytest.fixture(scope="module")
def in_full(two_dates: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    """What a full check of the third date publishes."""
    root = shutil.copytree(two_dates, tmp_path_factory.mktemp("in_full") / "home", symlinks=True)
    check(root, THIRD, full=True)
    return published(root)


def published(root: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Files and rows of the database."""
    return published_files(root), database_rows(root)


CASES = [(name, "torn in the middle") for name in FILES]
CASES += [(FILES[0], damage) for damage in ("empty", "of zeros", "cut off")]


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_a_damaged_table_is_computed_again_and_somebody_is_told(
    copy: Path, in_full: object, name: str, damage: str
) -> None:
    damaged(copy, name, damage)
    said: list[str] = []
    result = check(copy, THIRD, say=said.append)
    assert published(copy) == in_full
    assert (result.scope.why == "rows_gone") == any("rows of the earlier check" in line for line in said)
    assert said or name.startswith("rows/"), "rows of nobody who has changed need not be read"


def test_lost_tickets_stop_it_with_places_and_no_word_of_a_library_and_their_date_again_brings_them_back(
    copy: Path, in_full: object
) -> None:
    """Where tickets stand is in the last partition alone."""
    damaged(copy, "tickets.parquet", "torn in the middle")
    before = published(copy)
    done = run(command(copy))
    assert done.returncode == 1
    assert "[state_damaged]" in done.stderr
    assert f"lake/checks/{SECOND}/tickets.parquet" in done.stderr
    assert "Traceback" not in done.stderr
    assert published(copy) == before
    shutil.rmtree(Home(copy).check(SECOND))
    for day in (SECOND, THIRD):
        check(copy, day)
    assert published(copy) == in_full


def test_an_error_of_our_own_is_no_damaged_file(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says itself as Polars does of a file; every file of the earlier check can be read."""

    def fails(*_: object) -> None:
        raise pl.exceptions.ComputeError("ours")

    monkeypatch.setattr(incremental, "build_facts", fails)
    said: list[str] = []
    with pytest.raises(pl.exceptions.ComputeError, match="ours"):
        check(copy, THIRD, say=said.append)
    assert not any("rows of the earlier check" in line for line in said)
    damaged(copy, FILES[0], "torn in the middle")
    check(copy, THIRD, say=said.append)  # now one cannot, and everything is computed, for which it is not asked
    assert any("rows of the earlier check" in line for line in said)
