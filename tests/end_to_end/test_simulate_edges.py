"""What a simulation rests on, what it refuses, and what it leaves alone: late files, changed policies, interruptions, words."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from end_to_end.reports import Clerks
from end_to_end.test_shadow_and_brake import version
from end_to_end.two_runs import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    Kept,
    claimed,
    difference,
    every_byte,
    lively,
    repeated_with,
    standard,
    untouched,
    vehicles,
    write_policy,
)

from assets.errors import CheckStoppedError, WrongUseError
from assets.home import Home
from assets.lake import read_table
from assets.landing import scan
from assets.publication.publish import read_manifest
from pipelines.check import run_check
from pipelines.cli import main
from pipelines.engines.scratch import clear_scratch, scratch
from pipelines.lock import locked
from pipelines.simulate.run import PUBLISHED, SIMULATED, simulate
from rules.findings import BY_CODE
from sample.generate import generate

DATES = [SEPTEMBER, OCTOBER, NOVEMBER]
PERIOD = DATES[1:]
AREA = "360202"
RAISED = standard("2026-09-01", 1700, 1400)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Clerks of every kind: some files arrive with a date long past, after the check that date belongs to."""
    return lively(tmp_path_factory.mktemp("edges") / "home", 42, Clerks, DATES)


@pytest.fixture(scope="module")
def plain(home: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Kept]:
    """The simulation most tests compare with, and what its runs left."""
    policy = write_policy(tmp_path_factory.mktemp("plain") / "raised.yaml", AREA, RAISED)
    kept = Kept()
    with untouched(home):
        return run(home, policy, watch=kept), kept


@pytest.fixture
def copy(home: Home, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(home.root, tmp_path / "copy")))


@pytest.fixture
def raised(tmp_path: Path) -> Path:
    return write_policy(tmp_path / "raised.yaml", AREA, RAISED)


def run(home: Home, policy: Path, **options: Any) -> dict[str, Any]:
    options = {"engine": "polars", **options}
    return simulate(home, policy, options.pop("first", PERIOD[0]), PERIOD[-1], **options)


def ask(home: Home, policy: Path, *words: str, first: str = "2026-11-01", last: str = "2026-11-20") -> int:
    said = ["simulate", "--policy", str(policy), "--from", first, "--to", last, "--home", str(home.root)]
    return main([*said, "--engine", "polars", *words])


def counted(result: dict[str, Any]) -> list[Any]:
    """All that a simulation says about households and findings."""
    names = ("households", "opened", "rules", "groups", "list", "kept_by_people")
    return [[period[name] for name in names] for period in (*result["dates"], result["total"])]


# --- What was known ----------------------------------------------------------------------------------------------------


def test_every_date_is_done_with_what_was_known_when_it_was_published(
    home: Home, plain: tuple[dict[str, Any], Kept]
) -> None:
    result, kept = plain
    assert kept.differing(PUBLISHED, home, PERIOD) == []
    assert result["is_different"]
    late = 0
    for day in PERIOD:
        known = {entry["file"] for entry in read_manifest(home.publication(day))["deliveries"]}
        late += sum(file.data_on <= day and file.shown not in known for file in scan(home.landing)[0])
    assert late > 0, "the seed must show files that came late"


def test_late_data_files_put_away_and_rows_lost_change_nothing(
    copy: Home, raised: Path, plain: tuple[dict[str, Any], Kept]
) -> None:
    """A correction of a month's vehicles that came when all was published is not known then; a roster that a later one
    had replaced is not needed, and the others keep their numbers; rows gone from the lake are read from the files."""
    day, later = PERIOD
    (copy.landing / "vehicles" / f"150626_{day:%Y%m%d}_9.csv").write_text(
        "公民身份号码,号牌号码,号牌种类,车辆类型,使用性质,初次登记日期,机动车状态\n", encoding="utf-8"
    )
    old = [path for path in (copy.landing / "assistance_roster").iterdir() if f"_{SEPTEMBER:%Y%m}" in path.name]
    assert old
    for path in old:
        path.unlink()
    shutil.rmtree(copy.check(later) / "rows")
    kept = Kept()
    result = run(copy, raised, watch=kept)
    assert [day["baseline"]["is_as_published"] for day in result["dates"]] == [True, True]
    assert counted(result) == counted(plain[0])
    assert kept.rows_from_lake == {day: True, later: False}


# --- What has changed since --------------------------------------------------------------------------------------------


def test_a_policy_that_has_changed_since_changes_both_runs(copy: Home, raised: Path) -> None:
    """The home's own policy now says what is simulated: nothing differs, but it is not what was published."""
    shutil.copy(raised, copy.policy / "raised.yaml")
    result = run(copy, raised, first=NOVEMBER)
    (day,) = result["dates"]
    assert not result["is_different"]
    assert day["baseline"]["is_policy_changed"] and not day["baseline"]["is_as_published"]
    assert day["baseline"]["tickets_not_repeated"] > 0


def test_a_change_that_concerns_nobody_leaves_the_baseline_as_published(copy: Home, raised: Path) -> None:
    (copy.policy / "110101.yaml").write_text(
        raised.read_text(encoding="utf-8").replace(AREA, "110101"), encoding="utf-8"
    )
    (day,) = run(copy, raised, first=NOVEMBER)["dates"]
    assert day["baseline"]["is_policy_changed"] and day["baseline"]["is_as_published"]


def test_a_rule_released_anew_is_named(home: Home, raised: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with version("undeclared_vehicle", "2"):
        assert ask(home, raised) == 0
    said = capsys.readouterr().out
    assert "规则版本(undeclared_vehicle)已有变化" in said
    assert "以重算结果为基准" in said


@contextmanager
def finding_nothing(rule: str) -> Iterator[None]:
    """A new version of the rule that holds for nobody."""
    before = BY_CODE[rule].function
    nothing = wraps(before)(lambda **given: before(**given).filter(nw.col("household_id") == ""))
    object.__setattr__(BY_CODE[rule], "function", nothing)
    try:
        with version(rule, "2"):
            yield
    finally:
        object.__setattr__(BY_CODE[rule], "function", before)


def test_without_values_a_rule_s_new_version_is_compared_with_what_was_published(copy: Home, home: Home) -> None:
    """The same as doing the newest date again with it (no file has come late for that one)."""
    with finding_nothing("undeclared_vehicle"):
        with untouched(home):
            result = simulate(home, None, NOVEMBER, NOVEMBER, engine="polars")
        run_check(copy, NOVEMBER, engine="polars")
    assert result["compared_with"] == "publication"
    (said,) = result["dates"]
    assert said["baseline"]["rules_changed"] == ["undeclared_vehicle"]
    real = difference(home, copy, NOVEMBER)
    assert real
    assert claimed(said) == real


def test_without_values_and_changes_nothing_differs(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--from", "2026-10-01", "--to", "2026-11-20", "--home", str(home.root), "--engine", "polars"]
    with untouched(home):
        assert main(["simulate", *words]) == 0
    said = capsys.readouterr().out
    assert "基准:已发布的结果" in said and "没有差别" in said


# --- Admission ---------------------------------------------------------------------------------------------------------


def test_a_county_that_gets_its_first_policy_is_admitted_as_in_a_real_repeat(tmp_path: Path) -> None:
    """Its households were not admitted, their members' economic rows not kept: those files are read again."""
    county, home = "110101", Home(tmp_path / "home")
    generate(home.landing, 250, 43, f"150626,{county}", as_of=OCTOBER)
    run_check(home, OCTOBER, engine="polars")
    first = write_policy(tmp_path / "first.yaml", county, standard("2026-09-01", 900, 700))
    kept = Kept()
    with untouched(home):
        result = simulate(home, first, OCTOBER, OCTOBER, engine="polars", watch=kept)
    real = repeated_with(home, first, OCTOBER, tmp_path / "real", "polars")
    assert kept.differing(PUBLISHED, home, [OCTOBER]) == []
    assert kept.differing(SIMULATED, real, [OCTOBER]) == []
    assert kept.read_again == {(SIMULATED, OCTOBER)}
    new = {row["county"]: row["verify"]["new"] for row in result["total"]["groups"]["county"]}
    assert new[county] > 10
    assert new["150626"] == 0


# --- No effect, and wrong use ------------------------------------------------------------------------------------------


def test_no_difference_is_said_and_is_no_error(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another county's value, one of the distant future, one that a newer value of the same county covers."""
    folder = tmp_path / "policies"
    write_policy(folder / "other.yaml", AREA, standard("2030-01-01", 1, 1), vehicles("2024-01-01", "M"))
    text = (folder / "other.yaml").read_text(encoding="utf-8").replace(AREA, "110101")
    (folder / "elsewhere.yml").write_text(text, encoding="utf-8")
    assert ask(home, folder, "--html", str(tmp_path / "page.html")) == 0
    said = capsys.readouterr().out
    assert "没有差别" in said and "No difference" in said
    assert "other.yaml:4 未生效:自 2030-01-01 起生效, 晚于所选最后一期 2026-11-20" in said
    covered = re.search(r"other\.yaml:5 未生效:由 360202 自 2025-01-01 起的值生效\((.+?)\)", re.sub(r"\s+", " ", said))
    assert covered and covered[1].startswith("$SHOUWANG_HOME/policy/360202.yaml:")
    assert said.count("名册中没有 110101 的家庭") >= 1
    assert "没有差别" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_value_covered_on_later_dates_is_named_with_what_covers_it(copy: Home, raised: Path) -> None:
    write_policy(copy.policy / "newer.yaml", AREA, standard("2026-11-01", 950, 750))
    (entry,) = run(copy, raised)["policy"]
    assert {use["as_of"] for use in entry["in_force"]} == {"2026-10-20"}
    assert "newer.yaml:4" in entry["not_in_force"]["zh"] and "2026-11-01" in entry["not_in_force"]["zh"]


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [("2026-11-20", "2026-09-20", "dates_reversed"), ("2026-10-21", "2026-11-19", "no_check_date")],
)
def test_dates_without_a_publication_are_wrong_use(
    home: Home, raised: Path, capsys: pytest.CaptureFixture[str], first: str, last: str, code: str
) -> None:
    with untouched(home):
        assert ask(home, raised, "--json", first=first, last=last) == 2
    assert json.loads(capsys.readouterr().out)["code"] == code


def test_a_home_without_a_publication_stays_empty(tmp_path: Path, raised: Path) -> None:
    with pytest.raises(WrongUseError, match="无 / none"):
        simulate(Home(tmp_path / "nothing"), raised, SEPTEMBER, OCTOBER)
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(("make", "code"), [(lambda _: None, "policy_missing"), (Path.mkdir, "policy_empty")])
def test_a_policy_that_is_not_there_or_says_nothing_is_wrong_use(
    home: Home, tmp_path: Path, make: Any, code: str
) -> None:
    make(tmp_path / "policy")
    with pytest.raises(WrongUseError) as refused:
        run(home, tmp_path / "policy")
    assert refused.value.code == code


def test_mistakes_in_a_policy_file_are_told_with_file_and_line(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = write_policy(tmp_path / "wrong.yaml", AREA, RAISED.replace("standard.dibao", "standard.dibau"), RAISED)
    with untouched(home):
        assert ask(home, policy) == 2
    said = capsys.readouterr().err
    assert f"{policy}:4: " in said and "standard.dibao" in said


# --- Locks, interruptions ----------------------------------------------------------------------------------------------


def test_a_check_that_runs_is_not_read_in_the_middle(home: Home, raised: Path) -> None:
    with locked(home), pytest.raises(CheckStoppedError) as refused:
        run(home, raised)
    assert refused.value.code == "locked"


def test_a_check_may_run_during_a_simulation_and_neither_disturbs_the_other(
    copy: Home, raised: Path, plain: tuple[dict[str, Any], Kept]
) -> None:
    """The date that is simulated is done again and replaced, and with it everything in lake/tmp that nobody holds."""
    done: list[dt.date] = []

    def meanwhile(_: str, day: dt.date, stage: str) -> None:
        if stage == "facts" and not done:
            done.append(day)
            shutil.rmtree(copy.publication(NOVEMBER))
            run_check(copy, NOVEMBER, engine="polars", replay=True)

    assert counted(run(copy, raised, progress=meanwhile)) == counted(plain[0])
    assert done
    assert not (copy.lake / "tmp").exists()


def test_scratch_of_the_living_stays_that_of_the_dead_goes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with scratch(home, "simulate") as living:
        dead = living.with_name("simulate-dead")
        dead.mkdir()
        (dead / "half").write_text("x", encoding="ascii")
        (dead.parent / "file").write_text("x", encoding="ascii")
        clear_scratch(home)
        assert [path.name for path in dead.parent.iterdir()] == [living.name]
    assert not dead.parent.exists()


def test_an_interruption_leaves_nothing_behind(home: Home, raised: Path) -> None:
    def stop(world: str, day: dt.date, stage: str) -> None:
        if (world, day, stage) == (SIMULATED, OCTOBER, "tickets"):
            raise KeyboardInterrupt

    with untouched(home), pytest.raises(KeyboardInterrupt):
        run(home, raised, progress=stop)


def test_ctrl_c_leaves_nothing_behind_and_says_so(home: Home, raised: Path) -> None:
    before = every_byte(home.root)
    words = ["simulate", "--policy", str(raised), "--home", str(home.root)]
    words += ["--from", "2026-09-20", "--to", "2026-11-20"]
    # Whoever runs the tests in the background has told every child to ignore Ctrl-C.
    listen = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = [sys.executable, "-c", f"{listen}from pipelines.cli import main; sys.exit(main())", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "facts" in line:
            process.send_signal(signal.SIGINT)
            break
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "interrupted" in said
    assert every_byte(home.root) == before


def test_nothing_is_built_on_a_partition_that_is_not_whole(copy: Home, raised: Path) -> None:
    (copy.check(OCTOBER) / "tickets.parquet").unlink()
    with pytest.raises(CheckStoppedError) as refused:
        run(copy, raised)
    assert refused.value.code == "check_unfinished"
    assert str(OCTOBER) in refused.value.zh


# --- Words and people --------------------------------------------------------------------------------------------------


def test_page_and_screen_name_nobody(
    home: Home, raised: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "pages" / "page.html"
    assert ask(home, raised, "--html", str(page)) == 0
    screen, text = capsys.readouterr(), page.read_text(encoding="utf-8")
    households = set(pl.read_parquet(home.check(NOVEMBER) / "households.parquet")["household_id"])
    members = read_table(home.check(NOVEMBER), "members", ["person_id", "name"])
    names = {name for name in members["name"].drop_nulls() if len(name) > 2}
    for said in (text, screen.out, screen.err):
        assert not [word for word in households | set(members["person_id"]) | names if word in said]
        assert not re.search(r"\d{15,}", said)
    assert "政策试算" in text and "What if" in text and 'class="en"' in text
    assert not re.search(r"<script|https?://|src=|url\(|@import", text)
    assert "&lt;5" in text and "不足 5 户" in text
    assert "估计" in text


def test_json_is_for_machines_and_holds_exact_counts(
    home: Home, raised: Path, plain: tuple[dict[str, Any], Kept], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(home, raised, "--json", first="2026-10-01") == 0
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert said.err == ""
    assert counted(result) == counted(json.loads(json.dumps(plain[0])))
    rows = [row for day in result["dates"] for row in day["list"]]
    known = set(pl.read_parquet(home.check(NOVEMBER) / "households.parquet")["household_id"])
    assert rows and {row["household_id"] for row in rows} & known
    groups = [row for rows in result["total"]["groups"].values() for row in rows]
    assert all(isinstance(count, int) for row in groups for d in ("verify", "help") for count in row[d].values())
    assert not re.search(r"(?<![0-9-])\d{17}[0-9X]", said.out)
