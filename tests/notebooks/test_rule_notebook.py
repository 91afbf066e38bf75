"""One rule: its trend, mode, share confirmed and groups are the database's, with intervals and without small groups."""

from __future__ import annotations

from pathlib import Path

import pytest
from notebook_kit import FIRST, SECOND, ask, one, run_notebook

from policy.parameters import RULES

HOUSING, VEHICLE = "unsafe_housing", "undeclared_vehicle"
DIMENSIONS = ["area", "age_band", "disability", "programme"]


def test_it_begins_with_the_rule_that_finds_most_and_offers_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("rule", home, monkeypatch)
    most = one(home, "SELECT max(hits) FROM findings_by_group WHERE area = 'all' AND dimension = 'all'")
    assert run["everybody"]["hits"] == most and run["everybody"]["rule"] == run["rule"]
    assert run["names"] == RULES
    assert {f"{zh} {code}" for code, zh in RULES.items()} == set(run["rule_picker"].options)


@pytest.mark.parametrize("area", ["all", "360202"])
@pytest.mark.parametrize("rule", [HOUSING, VEHICLE])
def test_its_trend_is_that_of_the_check_dates(
    home: Path, monkeypatch: pytest.MonkeyPatch, rule: str, area: str
) -> None:
    run = run_notebook("rule", home, monkeypatch, rule=rule, area=area)
    where = f"rule = '{rule}'" + ("" if area == "all" else f" AND county_code = '{area}'")
    assert [label for label, *_ in run["trend"]] == [str(SECOND), str(FIRST)]
    for label, words, (hits, suppressed) in run["trend"]:
        results = dict(
            ask(
                home,
                f"SELECT result, sum(households)::BIGINT FROM rule_results WHERE {where} AND as_of = '{label}' GROUP BY 1",
            )
        )
        checked = sum(results.get(one, 0) for one in ("hit", "suppressed", "no_hit"))
        assert (hits, suppressed) == (results.get("hit", 0), results.get("suppressed", 0))
        assert f"{hits + suppressed:,} 户, 占已核对 {checked:,} 户" in words
    for label, _, numbers in run["not_checked"]:
        ((not_checked,),) = ask(
            home, f"SELECT coalesce(sum(households), 0)::BIGINT FROM rule_results WHERE {where} AND as_of = '{label}' "
            "AND result = 'not_checked'",
        )  # fmt: skip
        assert sum(numbers) == not_checked > 0


def test_a_county_without_the_data_is_not_checked_rather_than_without_findings(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_notebook("rule", home, monkeypatch, rule=VEHICLE, area="360202")
    assert run["everybody"]["checked"] == 0 and run["everybody"]["share"] is None
    assert all(words.endswith("–") for _, words, _ in run["trend"])
    assert "没有覆盖本县的数据" in run.shown


def test_the_share_confirmed_comes_with_its_interval(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_notebook("rule", home, monkeypatch, rule=HOUSING, area="all")
    rows = ask(
        home, f"SELECT area, settled, confirmed, precision, precision_low, precision_high FROM rule_precision "
        f"WHERE rule = '{HOUSING}' ORDER BY area <> 'all', area",
    )  # fmt: skip
    assert [row[1:3] for row in run["precision"]] == [row[1:3] for row in rows]
    assert rows[0][1] >= 5
    _, _, _, share, low, high = rows[0]
    assert f"{100 * share:.0f} % <small>{100 * low:.0f}–{100 * high:.0f} %</small>" in run["precision"][0][-1]
    assert sum(numbers[0] for _, _, numbers in run["outcomes"]) == rows[0][1]


def test_modes_that_are_not_normal_are_shown_with_their_reason(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = ask(home, "SELECT rule, county_code, reason_zh FROM rule_modes WHERE mode = 'shadow' ORDER BY ALL")
    assert listed
    for rule, county, reason in listed:
        run = run_notebook("rule", home, monkeypatch, rule=rule, area=county)
        ((_, _, mode, *_, why),) = [row for row in run["modes"] if row[1] == county]
        assert "影子运行" in mode and why == reason


def test_groups_are_those_of_the_database_and_small_ones_are_not_drawn(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_notebook("rule", home, monkeypatch, rule=HOUSING, area="all")
    assert list(run["groups"]) == DIMENSIONS
    drawn = hidden = settled_shown = 0
    for dimension in DIMENSIONS:
        rows = ask(
            home, "SELECT checked, not_checked, confirmed, not_confirmed, share, share_low, share_high, settled, precision "
            f"FROM findings_by_group WHERE area = 'all' AND rule = '{HOUSING}' AND dimension = '{dimension}' "
            "ORDER BY group_code = 'unknown', group_code",
        )  # fmt: skip
        *lines, everybody = run["groups"][dimension]
        assert everybody[0] == "全部" and len(lines) == len(rows)
        for line, (checked, not_checked, yes, no, share, low, high, settled, precision) in zip(
            lines, rows, strict=True
        ):
            assert line[1:3] == (checked, not_checked) and line[5] == f"{yes} / {no}"
            if checked < 5:
                hidden += 1
                assert line[3:5] == ("不足 5", "")
            else:
                drawn += 1
                assert "<circle" in line[3]
                assert f"{100 * share:.1f} % <small>{100 * low:.1f}–{100 * high:.1f} %</small>" in line[4]
            if settled >= 5:
                settled_shown += 1
                assert f"{100 * precision:.0f} % <small>" in line[7]
            else:
                assert line[6:] == ("不足 5", "")
    assert drawn > 4 and hidden and settled_shown


def test_it_says_how_to_read_intervals(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run_notebook("rule", home, monkeypatch).shown
    for words in ("组越小, 区间越宽", "互相重叠的差别不说明什么", "同时比较好几组", "要去追问的问题"):
        assert words in shown


def test_after_one_check_nothing_is_concluded_and_it_says_what_to_do(
    first_date: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_notebook("rule", first_date, monkeypatch)
    assert "只有一次核对" in run.shown and "shouwang check" in run.shown
    assert "还没有人工办结的疑点" in run.shown and "ticket_outcomes" in run.shown
    assert run["outcomes"] == []
    assert "只有一次核对" not in run_notebook("rule", first_date.with_name("two"), monkeypatch).shown


def test_a_rule_nobody_concluded_anything_of_says_so_while_others_have_a_share(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((rule,),) = ask(home, "SELECT rule FROM rule_precision WHERE area = 'all' AND settled = 0 ORDER BY rule LIMIT 1")
    run = run_notebook("rule", home, monkeypatch, rule=rule, area="all")
    assert "还没有人工办结的疑点" in run.shown and len(run["trend"]) == 2
    assert "还没有人工办结的疑点" not in run_notebook("rule", home, monkeypatch, rule=HOUSING, area="all").shown
