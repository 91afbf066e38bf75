"""`shouwang doctor` names what is wrong with an installation, each thing by itself, and nothing where nothing is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets import audit, rights
from assets.home import Home
from pipelines.cli import main


def codes(root: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    code = main(["doctor", "--home", str(root), "--json"])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    found = [problem["code"] for problem in answer["problems"] if problem["code"] not in OF_THE_MACHINE]
    assert code == (1 if answer["problems"] else 0)
    return found


OF_THE_MACHINE = {"disk", "versions", "clock"}
"""May be true of the machine that runs the tests; the fixed clock of the kit is one of another day."""


@pytest.fixture
def sound(copy: Path) -> Path:
    rights.close(Home(copy), None)
    return copy


def foreign_county(home: Home) -> None:
    (home.landing / "assistance_roster" / "110101_20261120.csv").write_text("x\n", encoding="utf-8")


def wrong_name(home: Home) -> None:
    (home.landing / "assistance_roster" / "名册.csv").write_text("x\n", encoding="utf-8")


def open_landing(home: Home) -> None:
    (home.landing / "assistance_roster").chmod(0o777)


def wrong_policy(home: Home) -> None:
    home.policy.mkdir(mode=0o700)
    (home.policy / "a.yaml").write_text("area: 3\n", encoding="utf-8")
    (home.policy / "a.yaml").chmod(0o600)


def open_file(home: Home) -> None:
    (home.lake / "ledger" / "deliveries.jsonl").chmod(0o644)


def changed_audit(home: Home) -> None:
    home.audit.write_bytes(home.audit.read_bytes().replace(b"shouwang", b"someone.", 1))


def changed_deliveries(home: Home) -> None:
    home.ledger.write_bytes(home.ledger.read_bytes().replace(b"accepted", b"rejected", 1))


def lost_key(home: Home) -> None:
    (home.lake / "secret" / "pseudonym.key").unlink()


def killed_check(home: Home) -> None:
    (home.lake / "checks" / ".2026-11-28.part").mkdir(mode=0o700)


def other_dagster(home: Home) -> None:
    home.dagster.mkdir(mode=0o700)
    (home.dagster / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    (home.dagster / "dagster.yaml").chmod(0o600)


TROUBLES: list[tuple[Callable[[Home], None], set[str]]] = [
    (foreign_county, {"no_policy"}),
    (wrong_name, {"landing_names"}),
    (open_landing, {"landing_open"}),
    (wrong_policy, {"policy"}),
    (open_file, {"open"}),
    (changed_audit, {"audit_line"}),
    (changed_deliveries, {"ledger_line"}),
    (lost_key, {"key_missing"}),
    (killed_check, {"leftovers"}),
    (other_dagster, {"dagster_yaml"}),
]


@pytest.mark.parametrize(("break_it", "said"), TROUBLES, ids=lambda value: getattr(value, "__name__", ""))
def test_each_trouble_is_named_and_no_other(
    sound: Path, capsys: pytest.CaptureFixture[str], break_it: Callable[[Home], None], said: set[str]
) -> None:
    assert codes(sound, capsys) == []
    break_it(Home(sound))
    assert set(codes(sound, capsys)) == said


def test_a_clock_behind_the_newest_entry_is_named(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit.append(Home(sound), "test", "shouwang", "2999-01-01T00:00:00+08:00", {})
    main(["doctor", "--home", str(sound)])
    assert "[clock]" in capsys.readouterr().out


def test_a_home_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    assert main(["doctor", "--home", str(tmp_path / "nowhere")]) == 2
