"""The numbers on the page are those of the published database, asked in other words than the page asks."""

from __future__ import annotations

from collections.abc import Callable

from page_reader import Published, Seen

from policy.parameters import RULES
from rules.tickets.precision import wilson

Number = Callable[[str], int]


def _column(rows: list[list[str]], title: str) -> dict[str, str]:
    """First cell -> the cell under a heading."""
    at = rows[0].index(title)
    return {row[0]: row[at] for row in rows[1:]}


def _numbers(rows: list[list[str]], title: str, number: Number) -> dict[str, int]:
    return {name: number(cell) for name, cell in _column(rows, title).items() if name != "合计"}


def _tile(seen: Seen, words: str) -> str:
    return next(tile[0] for tile in seen.tiles if words in tile[1])


def test_the_tiles(published: Published, seen: Seen, number: Number) -> None:
    asked = {
        "在册家庭": "SELECT count(*) FROM households",
        "符合静默核对条件": "SELECT count(*) FROM household_profile JOIN households USING (household_id) WHERE is_admitted",
        "有疑点的家庭": "SELECT count(*) FROM household_profile WHERE findings_verify + findings_help > 0",
        "在办预警单据": "SELECT count(*) FROM tickets WHERE closed_on IS NULL",
        "已超期": "SELECT count(*) FROM supervision WHERE kind = 'overdue'",
        "出单后尚未办理": "SELECT count(*) FROM supervision WHERE kind = 'untouched'",
    }
    for words, query in asked.items():
        assert number(_tile(seen, words)) == published.ask(query)[0][0], words
    assert number(_tile(seen, "临近到期")) == published.ask(
        "SELECT count(*) FROM tickets WHERE status <> 'closed' AND due_on BETWEEN as_of AND as_of + 5"
    )[0][0]  # fmt: skip


def test_findings_by_rule(published: Published, seen: Seen, number: Number) -> None:
    rows = seen.tables["各规则的疑点（户）"]
    for title, result in (("疑点", "hit"), ("已核实", "suppressed")):
        asked = published.ask(f"SELECT label_zh, count(*) FROM findings WHERE result = '{result}' GROUP BY ALL")
        shown = _numbers(rows, title, number)
        assert {name: n for name, n in shown.items() if n} == dict(asked)
        assert set(shown) == set(RULES.values())


def test_who_was_checked(published: Published, seen: Seen, number: Number) -> None:
    rows = seen.tables["各规则已核对和未核对的家庭"]
    asked = published.ask(
        "SELECT rule_zh, sum(households)::INT FROM rule_results WHERE result = 'not_checked' "
        "AND as_of = (SELECT max(as_of) FROM rule_results) GROUP BY ALL"
    )
    assert {name: n for name, n in _numbers(rows, "未核对", number).items() if n} == dict(asked)
    households = published.ask("SELECT count(*) FROM households")[0][0]
    checked, missed = (_numbers(rows, title, number) for title in ("已核对", "未核对"))
    assert {checked[name] + missed[name] for name in checked} == {households}, "nobody is forgotten"


def test_the_trend_reaches_back(published: Published, seen: Seen, number: Number) -> None:
    rows = seen.tables["各期有疑点的家庭（户；– 为未核对）"]
    assert rows[0][1:] == ["2026-10-20", "2026-11-20"]
    for day in rows[0][1:]:
        asked = published.ask(
            f"SELECT rule_zh, sum(households)::INT FROM rule_results WHERE result = 'hit' AND as_of = DATE '{day}' GROUP BY ALL"
        )
        assert {name: n for name, n in _numbers(rows, day, number).items() if n} == dict(asked)


def test_tickets_by_township(published: Published, seen: Seen, number: Number) -> None:
    rows = [[row[0].split()[0], *row[1:]] for row in seen.tables["在办单据与期限，超期多的在前（件）"]]
    asked = {
        "在办": "SELECT township_code, count(*) FROM tickets WHERE status <> 'closed' GROUP BY ALL",
        "超期": "SELECT township_code, count(*) FROM tickets WHERE overdue_days > 0 GROUP BY ALL",
        "已督办": "SELECT township_code, count(*) FROM supervision WHERE escalated_to <> '' AND kind = 'overdue' GROUP BY ALL",
        "未接收": "SELECT township_code, count(*) FROM supervision WHERE kind = 'untouched' GROUP BY ALL",
    }
    for title, query in asked.items():
        assert {name: n for name, n in _numbers(rows, title, number).items() if n} == dict(published.ask(query)), title
    assert number(rows[-1][-1]) == published.ask("SELECT count(*) FROM tickets WHERE status <> 'closed'")[0][0]


def test_closed_in_time_and_outcomes(published: Published, seen: Seen, number: Number) -> None:
    rows = seen.tables["办结的单据（件）"]
    late, whole = published.ask(
        "SELECT count(*) FILTER (closed_on > due_on), count(*) FROM tickets WHERE closed_on IS NOT NULL"
    )[0]
    assert (number(rows[2][3]), number(rows[2][4])) == (late, whole)
    assert whole > 0
    outcomes = _numbers(seen.tables["工作人员核实后的结论（件）"], "累计", number)
    assert sum(outcomes.values()) == whole


def test_precision(published: Published, seen: Seen, number: Number) -> None:
    rows = seen.tables["已核实疑点的属实比例"]
    asked = published.ask(
        "SELECT rule_zh, sum(settled)::INT, sum(confirmed)::INT FROM rule_precision WHERE area <> 'all' GROUP BY ALL"
    )
    expected = {name: (settled, confirmed) for name, settled, confirmed in asked if settled}
    shown = {row[0]: row for row in rows[1:]}
    assert shown.keys() == expected.keys()
    for name, (settled, confirmed) in expected.items():
        low, high = wilson(confirmed, settled)
        assert low is not None and high is not None
        assert shown[name][2:4] == [f"{100 * confirmed / settled:.0f}%", f"{100 * low:.0f}%–{100 * high:.0f}%"], name
        assert (number(shown[name][4]), number(shown[name][5])) == (confirmed, settled)


def test_what_waits(published: Published, seen: Seen, number: Number) -> None:
    rows = seen.tables["待办事项（名单见 supervision 文件夹）"]
    asked = published.ask("SELECT kind_zh, count(*) FROM supervision GROUP BY ALL")
    assert _numbers(rows, "件数", number) == dict(asked)
    longest = published.ask("SELECT kind_zh, max(as_of - since_on) FROM supervision GROUP BY ALL")
    assert _numbers(rows, "最长等待天数", number) == dict(longest)


def test_arrivals(published: Published, seen: Seen, number: Number) -> None:
    rows = seen.tables["各部门在用数据（至核对日期）"]
    asked = published.ask(
        "SELECT feed_zh, sum(accepted)::INT FROM deliveries WHERE is_in_force AND NOT starts_with(feed, 'ticket_') GROUP BY ALL"
    )
    shown = _numbers(rows, "采用行", number)
    assert shown == {name: n for name, n in asked if name in shown}
    assert len(shown) == 13
    dropped = published.ask(
        "SELECT sum(of_which_not_consented)::INT FROM deliveries WHERE feed = 'tax' AND is_in_force"
    )
    assert _numbers(rows, "未授权", number)["个人所得税"] == dropped[0][0]
    assert _column(rows, "天数")["机动车"] == "3"


def test_values_to_confirm(published: Published, seen: Seen) -> None:
    rows = seen.tables["使用中的默认值，待确认"]
    asked = published.ask("SELECT DISTINCT parameter_zh FROM policy_parameters WHERE status = 'assumed'")
    assert {row[0] for row in rows[1:]} == {name.replace("(", "（").replace(")", "）") for (name,) in asked}


def test_everything_that_was_checked_before_publication_is_listed(seen: Seen) -> None:
    rows = seen.tables["发布内容的核验（只有计数，没有个人信息）"]
    assert len(rows) == 1 + 6 + 32
    assert {row[2] for row in rows[1:]} <= {"✓ 符合", "△ 请留意"}
