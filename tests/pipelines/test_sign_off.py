"""`shouwang sign-off`: a named person releases a rule that is held, once, and nothing else."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.audit import entries, problems
from assets.errors import WrongUseError
from assets.home import Home
from assets.rule_modes import MODES, signed_off
from pipelines.cli import main
from pipelines.commands.sign_off import sign_off

AREA, AS_OF = "150626", dt.date(2026, 11, 20)
RULE = "undeclared_vehicle"
NOW = "2026-11-21T09:30:00+08:00"
NUMBER = "150626197003040021"  # made up


def publish(home: Home, day: dt.date, mode: str = "held") -> None:
    row = {"county": AREA, "rule_version": "1", "reason_zh": "命中突增", "reason_en": "many more hits than usual"}
    rows = [{**row, "rule": RULE, "mode": mode}, {**row, "rule": "unsafe_water", "mode": "shadow"}]
    home.check(day).mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame([{**dict.fromkeys(MODES), **row} for row in rows], schema=MODES)
    frame.write_parquet(home.check(day) / "rule_modes.parquet")
    home.publication(day).mkdir(parents=True, exist_ok=True)
    (home.publication(day) / "manifest.json").write_text("{}", encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    publish(made, AS_OF)
    return made


def test_the_word_is_written_down_with_name_reason_and_time(home: Home) -> None:
    said = sign_off(home, RULE, AREA, AS_OF, " 某负责人 ", "新接入数据", NOW)
    intent, entry = entries(home)
    assert (intent.kind, entry.kind, entry.by, entry.at) == ("sign_off_intended", "signed_off", "某负责人", NOW)
    assert intent.fields == entry.fields == {"rule": RULE, "area": AREA, "as_of": "2026-11-20", "reason": "新接入数据"}
    assert signed_off(home) == {(RULE, AREA, AS_OF)}
    assert problems(home) == []
    assert "已签认" in said
    assert "Signed off" in said
    assert said.endswith("shouwang check --as-of 2026-11-20")


def test_saying_it_twice_records_it_once_even_after_it_was_published(home: Home) -> None:
    sign_off(home, RULE, AREA, AS_OF, "某负责人", "", NOW)
    assert "未重复记录" in sign_off(home, RULE, AREA, AS_OF, "另一人", "", NOW)
    publish(home, AS_OF, "signed_off")
    assert "recorded twice" in sign_off(home, RULE, AREA, AS_OF, "某负责人", "", NOW)
    assert [entry.kind for entry in entries(home)] == ["sign_off_intended", "signed_off"]


def test_an_older_date_is_released_by_a_replay(home: Home) -> None:
    publish(home, dt.date(2026, 12, 20), "normal")
    assert sign_off(home, RULE, AREA, AS_OF, "某负责人", "", NOW).endswith("--as-of 2026-11-20 --replay")


REFUSED: dict[str, tuple[dict[str, object], str, str, str]] = {
    "a misspelt rule": ({"rule": "undeclared_vehicel"}, "rule_unknown", "undeclared_vehicle", "Did you mean undeclared_vehicle"),
    "a rule by its Chinese name": ({"rule": "名下有未申报机动车"}, "rule_unknown", "undeclared_vehicle", "Did you mean"),
    "no rule at all": ({"rule": "zzz"}, "rule_unknown", "规则代码", "Rules: deceased_member"),
    "a township": ({"area": "150626100000"}, "area", "6 位", "6 digits"),
    "a prefecture": ({"area": "1506"}, "area", "6 位", "6 digits"),
    "an area in full-width digits": ({"area": "１５０６２６"}, "area", "6 位", "6 digits"),
    "a county not checked": ({"area": "360202"}, "area_not_checked", "150626", "It covers: 150626"),
    "a date not checked": ({"as_of": dt.date(2026, 11, 21)}, "not_checked", "2026-11-20", "no published check"),
    "a rule in shadow": ({"rule": "unsafe_water"}, "not_held", "影子运行", "mode: shadow"),
    "nobody": ({"by": "  "}, "name_missing", "--by", "--by"),
    "a number for a name": ({"by": "007"}, "name_missing", "--by", "--by"),
    "a name of two lines": ({"by": "张\n三"}, "name_missing", "--by", "--by"),
    "a name without end": ({"by": "张" * 41}, "name_missing", "--by", "--by"),
    "a reason without end": ({"reason": "x" * 501}, "reason", "--reason", "--reason"),
    "an identity number as a reason": ({"reason": f"见 {NUMBER}"}, "number_in_words", "身份号码", "identity numbers"),
    "an identity number beside a name": ({"by": f"张三{NUMBER}"}, "number_in_words", "身份号码", "identity numbers"),
    "an identity number as a rule": ({"rule": NUMBER}, "rule_unknown", "规则代码", "Rules:"),
    "an identity number as an area": ({"area": NUMBER}, "area", "6 位", "6 digits"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_use_is_refused_with_what_to_do_and_nothing_is_written(home: Home, case: str) -> None:
    changed, code, zh, en = REFUSED[case]
    words: dict[str, Any] = {"rule": RULE, "area": AREA, "as_of": AS_OF, "by": "某负责人", "reason": ""} | changed
    with pytest.raises(WrongUseError) as refused:
        sign_off(home, now=NOW, **words)
    assert refused.value.code == code
    assert zh in refused.value.zh
    assert en in refused.value.en
    assert NUMBER not in str(refused.value)
    assert not home.audit.exists()


@pytest.mark.parametrize("mode", ["normal", "signed_off"])
def test_what_is_not_held_needs_no_word(home: Home, mode: str) -> None:
    publish(home, AS_OF, mode)
    with pytest.raises(WrongUseError, match="not_held"):
        sign_off(home, RULE, AREA, AS_OF, "某负责人", "", NOW)


def test_a_home_without_checks_says_so(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="Nothing has been checked yet"):
        sign_off(Home(tmp_path), RULE, AREA, AS_OF, "某负责人", "", NOW)


def test_the_command(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sign-off", RULE, "--area", AREA, "--as-of", "2026-11-20", "--home", str(home.root)]
    assert main([*words, "--by", "007"]) == 2
    assert "[name_missing]" in capsys.readouterr().err
    assert main([*words, "--by", "某负责人", "--reason", "已核实"]) == 0
    assert "重做该日核对后发布" in capsys.readouterr().out
    line = json.loads(home.audit.read_text(encoding="utf-8").splitlines()[-1])
    assert (line["kind"], line["by"], line["reason"]) == ("signed_off", "某负责人", "已核实")
    assert line["at"].endswith("+08:00")
    with pytest.raises(SystemExit):
        main(words)
