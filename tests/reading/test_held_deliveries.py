"""A snapshot that shrank: held, named, signed off; its verdict in the ledger stays a fact about its bytes."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from files_kit import as_csv, sound_rows

from assets.audit import entries
from assets.deliveries import Delivery, Stock, read_feed, take_stock, write_ledger
from assets.errors import CheckStoppedError, WrongUseError
from assets.fallback import require_fallback
from assets.home import Home
from pipelines.cli import main
from pipelines.commands.sign_off_delivery import sign_off_delivery

AS_OF = dt.date(2026, 11, 20)
FEED = "disability"
NOW = "2026-11-21T09:30:00+08:00"
OLD, NEW = "150626_20261001.csv", "150626_20261101.csv"
NUMBER = "150626197003040021"  # made up


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def land(home: Home, name: str, rows: int, feed: str = FEED, bad: int = 0) -> Path:
    path = home.landing / feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [*sound_rows(feed, rows), *({**sound_rows(feed, 1)[0], "person_id": "1"} for _ in range(bad))]
    path.write_text(as_csv(lines) if lines else as_csv(sound_rows(feed, 1)).splitlines()[0] + "\n", encoding="utf-8")
    return path


def check(home: Home, feed: str = FEED, as_of: dt.date = AS_OF) -> dict[str, Delivery]:
    folder = home.check(as_of)
    folder.mkdir(parents=True, exist_ok=True)
    stock = take_stock(home, as_of, folder, lambda: NOW)
    read_feed(stock, feed, None, {"150626"})
    write_ledger(stock)
    require_fallback(stock, {"150626"})
    assert {d.file.name for d in stock.of_feed(feed) if d.rows_path is not None} == in_force(stock, feed)
    return {delivery.file.name: delivery for delivery in stock.of_feed(feed)}


def in_force(stock: Stock, feed: str) -> set[str]:
    return {stock.delivery(one).file.name for one in stock.in_force(feed, "150626")}


def used(found: dict[str, Delivery]) -> set[str]:
    return {name for name, delivery in found.items() if delivery.rows_path is not None}


def verdicts(home: Home) -> dict[str, str]:
    lines = [json.loads(line) for line in home.ledger.read_text(encoding="utf-8").splitlines()]
    return {line["file"]: line["status"] for line in lines}


@pytest.mark.parametrize(
    ("rows", "bad", "status"), [(19, 1, "held"), (20, 1, "accepted_with_errors"), (20, 0, "accepted")]
)
def test_rows_set_aside_do_not_count_and_the_one_before_stays_in_force(
    home: Home, rows: int, bad: int, status: str
) -> None:
    land(home, OLD, 40)
    land(home, NEW, rows, bad=bad)
    for _ in range(3):
        found = check(home)
        assert (found[NEW].status, found[OLD].status) == (status, "accepted")
        assert used(found) == {OLD if status == "held" else NEW}
    if status == "held":
        for words in (found[NEW].detail_zh, found[NEW].detail_en):
            assert f"19 {'行' if words is found[NEW].detail_zh else 'rows'}" in words and "40" in words
            assert f"{FEED}/{OLD}" in words and f"shouwang sign-off --delivery {FEED}/{NEW} --by" in words
    assert verdicts(home)[f"{FEED}/{NEW}"] == ("accepted_with_errors" if bad else "accepted")
    assert len(home.ledger.read_bytes().splitlines()) == 2


def test_a_file_without_any_row_is_held(home: Home) -> None:
    land(home, OLD, 3)
    land(home, NEW, 0)
    assert check(home)[NEW].status == "held"


def test_increments_and_first_deliveries_never_are(home: Home) -> None:
    for day in ("20261001", "20261101"):
        land(home, f"150626_{day}.csv", 40 if day == "20261001" else 1, feed="person_surveys")
    found = check(home, "person_surveys")
    assert {d.status for d in found.values()} == {"accepted"} and used(found) == set(found)
    land(home, NEW, 1)
    assert check(home)[NEW].status == "accepted"


def test_the_county_decides_how_much_is_too_few_on_the_data_date(home: Home) -> None:
    home.policy.mkdir()
    (home.policy / "150626.yaml").write_text(
        'area: "150626"\nlabel: 乌审旗\nparameters:\n  delivery.min_share:\n'
        '    - {from: 2026-01-01, value: 0.25, basis: "测试", status: local}\n'
        '    - {from: 2026-11-02, value: 0.9, basis: "测试", status: local}\n',
        encoding="utf-8",
    )
    land(home, OLD, 40)
    land(home, NEW, 10)
    land(home, "150626_20261102.csv", 8)
    found = check(home)
    assert [found[name].status for name in sorted(found)] == ["accepted", "accepted", "held"]


def test_signing_off_is_written_down_for_these_bytes_and_used_from_then_on(home: Home) -> None:
    land(home, OLD, 40)
    path = land(home, NEW, 10)
    check(home)
    said = sign_off_delivery(home, f"{FEED}/{NEW}", " 某负责人 ", "已电话核实", NOW)
    assert "已签认" in said and "Signed off" in said
    intent, entry = entries(home)
    assert intent.kind == "delivery_signed_off_intended" and intent.fields == entry.fields
    assert (entry.kind, entry.by, entry.at) == ("delivery_signed_off", "某负责人", NOW)
    assert (entry.fields["file"], entry.fields["rows"], entry.fields["reason"]) == (f"{FEED}/{NEW}", 10, "已电话核实")
    for again in (NEW, str(path), f"{FEED}/{NEW}"):
        assert "未重复记录" in sign_off_delivery(home, again, "另一人", "", NOW)
    assert len(entries(home)) == 2
    found = check(home)
    assert (found[NEW].status, found[NEW].code, found[NEW].detail_zh) == ("accepted", None, "")
    assert used(found) == {NEW}
    assert len(home.ledger.read_bytes().splitlines()) == 2


def test_other_bytes_of_the_same_name_are_not_signed_off_with_it(home: Home) -> None:
    """Nothing was accepted under the name yet that would refuse them: the first ones were signed off before any check."""
    land(home, OLD, 40)
    land(home, NEW, 10)
    check(home)
    sign_off_delivery(home, NEW, "某负责人", "", NOW)
    home.ledger.unlink()
    land(home, NEW, 9)
    assert check(home)[NEW].status == "held"


def test_a_held_file_may_be_taken_away_and_the_one_it_would_have_replaced_may_not(home: Home) -> None:
    old, new = land(home, OLD, 40), land(home, NEW, 10)
    check(home)
    content = new.read_bytes()
    new.unlink()
    assert used(check(home)) == {OLD}
    new.write_bytes(content)
    old.unlink()
    with pytest.raises(CheckStoppedError) as stopped:
        check(home)
    assert stopped.value.code == "delivery_gone" and OLD in stopped.value.zh


def test_a_correction_under_a_higher_number_puts_it_right_without_a_word(home: Home) -> None:
    land(home, OLD, 40)
    land(home, NEW, 10)
    land(home, "150626_20261101_2.csv", 38)
    found = check(home)
    assert used(found) == {"150626_20261101_2.csv"}
    assert found[NEW].status == "held" and "无需处理" in found[NEW].detail_zh


@pytest.mark.parametrize(
    ("file", "code", "word"),
    [
        (f"{FEED}/{OLD}", "not_held", "无需签认"),
        (f"{FEED}/150626_20261102.csv", "not_held", "整批退回"),
        (f"{FEED}/150626_20261103.csv", "not_held", "尚未核对"),
        (f"vehicles/{NEW}", "delivery_unknown", f"{FEED}/{NEW}"),
        ("张三150626197003040021.xlsx", "delivery_unknown", "张*150626********0021"),
    ],
)
def test_signing_off_anything_else_is_wrong_use_and_says_why(home: Home, file: str, code: str, word: str) -> None:
    land(home, OLD, 40)
    land(home, NEW, 10)
    (home.landing / FEED / "150626_20261102.csv").write_bytes(b"broken\n")
    check(home)
    land(home, "150626_20261103.csv", 5)
    with pytest.raises(WrongUseError) as wrong:
        sign_off_delivery(home, file, "某负责人", "", NOW)
    assert wrong.value.code == code and word in wrong.value.zh
    assert NUMBER not in str(wrong.value)
    assert entries(home) == []


@pytest.mark.parametrize("by", ["", "1", f"张{NUMBER}", "张 150626 19700304 0021"])
def test_a_name_there_must_be_and_no_number_in_it(home: Home, by: str) -> None:
    land(home, OLD, 40)
    land(home, NEW, 10)
    check(home)
    with pytest.raises(WrongUseError):
        sign_off_delivery(home, NEW, by, "", NOW)
    assert entries(home) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--by", "某人"],
        ["undeclared_vehicle", "--by", "某人"],
        ["undeclared_vehicle", "--area", "150626", "--by", "某人"],
        ["undeclared_vehicle", "--area", "150626", "--as-of", "2026-11-20", "--delivery", NEW, "--by", "某人"],
    ],
)
def test_the_command_takes_a_rule_or_a_file(
    home: Home, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sign-off", *arguments, "--home", str(home.root)]) == 2
    assert "[sign_off]" in capsys.readouterr().err
