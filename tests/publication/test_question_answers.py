"""What the ready questions answer, on hand-made rows."""

from __future__ import annotations

import datetime as dt

import pytest

from assets.publication.questions import sql_of
from data_contracts.publications import labels
from tests.publication.asked import AS_OF, ask, picked

DAY = dt.timedelta(days=1)


# --- Deadlines ---------------------------------------------------------------------------------------------------------

PLACE = {"county_code": "150626", "township_code": "150626100000"}


def _ticket(number: str, due: dt.date, **fields: object) -> dict[str, object]:
    overdue = max((AS_OF - due).days, 0) if fields.get("status") != "closed" else 0
    row = {
        "ticket_id": number,
        "household_id": f"H{number}",
        "direction": "verify",
        "severity": "orange",
        "status": "opened",
    }
    return {**row, **PLACE, "opened_on": due - 20 * DAY, "due_on": due, "overdue_days": overdue, **fields}


TICKETS = [
    _ticket("a", AS_OF - 3 * DAY),
    _ticket("b", AS_OF - 30 * DAY, direction="help", status="visited"),
    _ticket("c", AS_OF),
    _ticket("d", AS_OF + DAY, severity="red", status="received"),
    _ticket("e", AS_OF - 9 * DAY, status="closed", closed_on=AS_OF - DAY, outcome="no_issue"),
    _ticket("f", AS_OF + DAY, township_code="150626101000", direction="help", deadline_provisional=True),
]


def test_overdue_by_township() -> None:
    supervision = [
        {"ticket_id": "a", "kind": "overdue", "escalated_to": None},
        {"ticket_id": "b", "kind": "overdue", "escalated_to": "city"},
        {"ticket_id": "a", "kind": "untouched"},
    ]
    rows = ask("overdue_by_township", tickets=TICKETS, supervision=supervision)
    names = (
        "township_code",
        "open_tickets",
        "overdue_tickets",
        "overdue_share",
        "longest_overdue_days",
        "overdue_help",
    )
    assert picked(rows, *names) == [("150626100000", 4, 2, 0.5, 30, 1), ("150626101000", 1, 0, 0.0, 0, 0)]
    assert picked(rows, "overdue_untouched", "escalated_to_county", "escalated_to_city") == [(1, 0, 1), (0, 0, 0)]


def test_deadlines_by_township_leaves_out_what_is_overdue() -> None:
    rows = ask("deadlines_by_township", tickets=TICKETS)
    names = ("township_code", "days_left", "tickets", "red_or_orange", "help_tickets", "untouched", "is_provisional")
    assert picked(rows, *names) == [
        ("150626100000", 0, 1, 1, 0, 1, False),
        ("150626100000", 1, 1, 1, 0, 0, False),
        ("150626101000", 1, 1, 1, 1, 1, True),
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [(AS_OF - 9 * DAY, [("b", 21)]), (AS_OF - 2 * DAY, [("b", 28), ("e", 7), ("a", 1)]),
     (AS_OF - DAY, [("b", 29), ("a", 2)]), (AS_OF + 2 * DAY, [("b", 32), ("a", 5), ("c", 2), ("d", 1), ("f", 1)])],
)  # fmt: skip
def test_overdue_on_a_day_counts_what_was_open_then(day: dt.date, expected: list[tuple[str, int]]) -> None:
    assert picked(ask(f"overdue_on(DATE '{day}')", tickets=TICKETS), "ticket_id", "overdue_days") == expected
    assert picked(ask(f"overdue_on('{day}')", tickets=TICKETS), "ticket_id", "overdue_days") == expected


def test_tickets_in_a_place_the_most_urgent_first() -> None:
    findings = [
        {"household_id": "Hd", "rule": "z", "label_zh": "乙", "ticket_id": "d"},
        {"household_id": "Hd", "rule": "a", "label_zh": "甲", "ticket_id": "d"},
        {"household_id": "Hx", "rule": "a", "label_zh": "甲", "ticket_id": None},
    ]
    rows = ask("tickets_in('150626')", tickets=TICKETS, findings=findings)
    assert [row["ticket_id"] for row in rows] == ["b", "a", "c", "d", "f"]
    assert picked(rows, "days_left", "rules_zh")[3] == (1, ["甲", "乙"])
    assert [row["ticket_id"] for row in ask("tickets_in('150626101000')", tickets=TICKETS)] == ["f"]


# --- Results over time -------------------------------------------------------------------------------------------------

EARLIER = dt.date(2026, 10, 20)


def _result(day: dt.date, county: str, result: str, n: int, reason: str | None = None) -> dict[str, object]:
    names = {"as_of": day, "county_code": county, "rule": "unsafe_water", "rule_zh": "饮水不安全"}
    return {**names, "result": result, "reason": reason, "households": n}


RESULTS = [
    _result(EARLIER, "150626", "no_hit", 10), _result(AS_OF, "150626", "hit", 2),
    _result(AS_OF, "150626", "suppressed", 1), _result(AS_OF, "150626", "no_hit", 9),
    _result(AS_OF, "150626", "not_checked", 3, "feed_stale"), _result(AS_OF, "150626", "not_checked", 1, "not_admitted"),
    _result(AS_OF, "", "not_checked", 5, "not_admitted"),
]  # fmt: skip


def test_findings_trend_counts_every_result_and_has_no_share_where_nothing_was_checked() -> None:
    rows = ask("findings_trend", rule_results=RESULTS)
    names = ("as_of", "county_code", "hits", "suppressed", "no_hit", "not_checked", "share")
    assert picked(rows, *names) == [
        (AS_OF, "", 0, 0, 0, 5, None),
        (EARLIER, "150626", 0, 0, 10, 0, None),
        (AS_OF, "150626", 2, 1, 9, 4, 0.25),
    ]


def test_reasons_of_the_newest_check_date_alone() -> None:
    rows = ask(
        "not_checked_by_reason", rule_results=[*RESULTS, _result(EARLIER, "150626", "not_checked", 7, "feed_missing")]
    )
    assert picked(rows, "county_code", "reason_zh", "households") == [
        ("", "不符合静默核对条件", 5),
        ("150626", "数据过期", 3),
        ("150626", "不符合静默核对条件", 1),
    ]


def test_the_words_of_reasons_are_those_of_the_screen() -> None:
    for reason, zh in labels("not_checked_reason").items():
        rows = ask("not_checked_by_reason", rule_results=[_result(AS_OF, "150626", "not_checked", 1, reason)])
        assert picked(rows, "reason_zh") == [(zh,)]


def test_history_by_check_date_and_county() -> None:
    events = [("a", "opened", EARLIER), ("b", "opened", EARLIER), ("a", "closed", AS_OF), ("a", "reopened", AS_OF),
              ("b", "overdue", AS_OF), ("b", "escalated", AS_OF), ("b", "closed", AS_OF), ("g", "opened", AS_OF)]  # fmt: skip
    rows = ask(
        "check_history",
        rule_results=RESULTS,
        tickets=[*TICKETS, _ticket("g", AS_OF, county_code="360202")],
        ticket_events=[
            {"ticket_id": ticket, "seq": seq, "event": event, "known_on": day}
            for seq, (ticket, event, day) in enumerate(events)
        ],
    )
    names = ("as_of", "county_code", "households", "findings", "not_checked", "tickets_opened", "tickets_closed",
             "tickets_reopened", "became_overdue", "escalated", "open_tickets")  # fmt: skip
    assert picked(rows, *names) == [
        (EARLIER, "", 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (EARLIER, "150626", 10, 0, 0, 2, 0, 0, 0, 0, 2),
        (EARLIER, "360202", 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (AS_OF, "", 5, 0, 5, 0, 0, 0, 0, 0, 0),
        (AS_OF, "150626", 16, 2, 4, 0, 2, 1, 1, 1, 1),
        (AS_OF, "360202", 0, 0, 0, 1, 0, 0, 0, 0, 1),
    ]


# --- Need and means ----------------------------------------------------------------------------------------------------


def _household(number: str, programme: str, *others: str, **fields: object) -> dict[str, object]:
    row = {"household_id": number, "programme": programme, "programmes": [programme, *others], "is_admitted": True}
    return {**row, **PLACE, "started_on": dt.date(2026, 1, 15), **fields}


def _finding(household: str, rule: str, direction: str, result: str = "hit") -> dict[str, object]:
    return {"household_id": household, "rule": rule, "label_zh": rule.upper(), "direction": direction, "result": result}


MEANS = {
    "households": [
        _household("H1", "低保边缘"),
        _household("H2", "低保", "防返贫监测"),
        _household("H3", "刚性支出困难", "低保"),
        _household("H4", "防返贫监测", is_admitted=False),
        _household("H5", "低保边缘", township_code=None, county_code=None, is_admitted=False),
    ],
    "findings": [
        _finding("H1", "unsafe_water", "help"),
        _finding("H1", "unsafe_housing", "help"),
        _finding("H1", "income_over_standard", "verify"),
        _finding("H1", "undeclared_vehicle", "verify", "suppressed"),
        _finding("H2", "unsafe_water", "help"),
        _finding("H2", "dwellings_over_limit", "verify"),
        _finding("H3", "unsafe_water", "help"),
        _finding("H3", "deceased_member", "verify"),
        _finding("H4", "poverty_return_risk", "help"),
        _finding("H4", "unsafe_water", "help", "suppressed"),
    ],
    "household_profile": [
        {"household_id": "H1", "income_per_head_month": 900, "standard_month": 600, "minors": 1, "dwellings": 2},
    ],
    "tickets": [
        _ticket("1", AS_OF, household_id="H1", direction="help"),
        _ticket("2", AS_OF, household_id="H1", direction="verify", status="closed"),
        _ticket("3", AS_OF, household_id="H2", direction="verify"),
    ],
}


def test_unmet_need_is_of_households_without_basic_support_that_a_help_finding_holds_for() -> None:
    rows = ask("unmet_need", **MEANS)
    assert picked(rows, "household_id", "needs", "rules", "ticket_id", "minors", "share_of_standard") == [
        ("H1", 2, ["unsafe_housing", "unsafe_water"], "1", 1, 1.5),
        ("H4", 1, ["poverty_return_risk"], None, None, None),
    ]


def test_signals_of_means_are_of_income_and_property_alone() -> None:
    rows = ask("above_standard_signals", **MEANS)
    assert picked(rows, "household_id", "signals", "rules", "ticket_id", "dwellings") == [
        ("H1", 1, ["income_over_standard"], None, 2),
        ("H2", 1, ["dwellings_over_limit"], "3", None),
    ]


def test_the_rules_about_means_are_the_economic_ones_to_be_verified() -> None:
    from rules.findings import ALL

    rules = {rule.code for rule in ALL if rule.is_economic and rule.direction == "verify"}
    assert all(f"'{rule}'" in sql_of("above_standard_signals") for rule in rules)
    assert len(rules) == 6


def test_need_stands_against_means_by_township() -> None:
    rows = ask("need_against_means", **MEANS)
    names = (
        "township_code",
        "households",
        "admitted",
        "in_basic_support",
        "with_unmet_need",
        "with_signals",
        "with_both",
    )
    assert picked(rows, *names) == [(None, 1, 0, 0, 0, 0, 0), ("150626100000", 4, 3, 2, 2, 2, 1)]


@pytest.mark.parametrize(
    ("category", "started", "declared", "due", "state", "late"),
    [
        ("A", dt.date(2025, 11, 20), None, dt.date(2026, 11, 20), "due_soon", None),
        ("A", dt.date(2025, 11, 19), None, dt.date(2026, 11, 19), "late", 1),
        ("A", dt.date(2020, 1, 1), dt.date(2026, 2, 28), dt.date(2027, 2, 28), "later", None),
        ("A", dt.date(2026, 2, 28), dt.date(2020, 1, 1), dt.date(2027, 2, 28), "later", None),
        ("B", dt.date(2026, 8, 31), None, dt.date(2027, 2, 28), "later", None),
        ("B", dt.date(2026, 6, 20), None, dt.date(2026, 12, 20), "due_soon", None),
        ("B", dt.date(2026, 6, 21), None, dt.date(2026, 12, 21), "later", None),
        (None, dt.date(2020, 1, 1), None, None, "no_category", None),
    ],
)
def test_who_is_due_for_review(
    category: str | None, started: dt.date, declared: dt.date | None, due: dt.date | None, state: str, late: int | None
) -> None:
    household = _household("H1", "低保", category=category, started_on=started, declared_on=declared)
    rows = ask("review_due", households=[household])
    assert picked(rows, "review_due_on", "state", "days_late") == [(due, state, late)]


def test_review_is_for_those_who_receive_aid() -> None:
    households = [
        _household(programme, programme) for programme in ("特困", "刚性支出困难", "防返贫监测", "退出未满两年")
    ]
    assert {row["programme"] for row in ask("review_due", households=households)} == {"特困", "刚性支出困难"}


def test_readiness_counts_households_once_and_people_once() -> None:
    households = [_household("H1", "低保"), _household("H2", "低保"), _household("H5", "低保", township_code=None)]
    gap = {**PLACE, "gap": "authorisation_missing", "gap_zh": "缺", "gap_en": "missing"}
    gaps = [
        {**gap, "household_id": "H1", "person_key": "p"},
        {**gap, "household_id": "H1", "person_key": "q"},
        {**gap, "household_id": "H5", "gap": "township_invalid", "township_code": None},
    ]
    rows = ask("readiness_by_gap", households=households, silent_check_readiness=gaps)
    assert picked(rows, "township_code", "gap", "households", "persons", "households_listed", "share") == [
        ("150626100000", "authorisation_missing", 1, 2, 2, 0.5),
        (None, "township_invalid", 1, 0, 1, 1.0),
    ]


# --- Departments -------------------------------------------------------------------------------------------------------


def _delivery(
    file: str, area: str, on: dt.date, status: str, read: int, aside: int, **fields: object
) -> dict[str, object]:
    row = {"file": file, "feed": "tax", "feed_zh": "税务", "department_zh": "税务", "area": area, "data_date": on}
    counts = {"read": read, "set_aside": aside, "accepted": read - aside}
    return {**row, "status": status, **counts, **fields}


DELIVERIES = [
    _delivery("a", "150626", AS_OF - 40 * DAY, "accepted", 100, 0, is_in_force=True, of_which_not_consented=5),
    _delivery(
        "b", "150626", AS_OF - 10 * DAY, "accepted_with_errors", 100, 10, is_in_force=True, of_which_not_consented=7
    ),
    _delivery("c", "360202", AS_OF - 20 * DAY, "accepted", 200, 0, is_in_force=True),
    _delivery("d", "360202", AS_OF - DAY, "rejected", 50, 50),
    _delivery("e", "", AS_OF, "unusable", 0, 0, feed=None),
    _delivery("f", "360202", AS_OF - DAY, "rejected", 0, 0, feed="pensions"),
]


def test_quality_of_deliveries_by_feed() -> None:
    tax, pensions = ask("delivery_quality", deliveries=DELIVERIES)
    names = ("files", "files_not_taken", "files_in_force", "rows_read", "rows_accepted", "rows_set_aside",
             "set_aside_share", "oldest_data_date", "oldest_days", "rows_not_consented")  # fmt: skip
    assert picked([tax], *names) == [(4, 1, 3, 450, 390, 60, 0.133333, AS_OF - 20 * DAY, 20, 12)]
    assert picked([pensions], *names) == [(1, 1, 0, 0, 0, 0, None, None, None, None)]


def test_reasons_for_setting_rows_aside() -> None:
    row = {"feed": "tax", "reason_zh": "错", "reason_en": "wrong"}
    rejected = [
        {**row, "file": "b", "column_name": "person_id", "code": "id_check_digit"},
        {**row, "file": "d", "column_name": "person_id", "code": "id_check_digit"},
        {**row, "file": "d", "column_name": None, "code": "duplicate_key"},
    ]
    rows = ask("rejected_by_reason", deliveries=DELIVERIES, rejected_rows=rejected)
    assert picked(rows, "department_zh", "column_name", "code", "rows", "files") == [
        ("税务", "person_id", "id_check_digit", 2, 2),
        ("税务", "", "duplicate_key", 1, 1),
    ]


def test_referrals_that_wait() -> None:
    waits = {"ticket_id": "a", "responsible_zh": "住建", **PLACE}
    rows = ask(
        "referrals_waiting",
        supervision=[
            {**waits, "kind": "referral", "matter_key": "housing", "waiting_days": 4},
            {**waits, "kind": "referred_nowhere", "waiting_days": 9},
            {**waits, "kind": "overdue", "waiting_days": 30},
        ],
        ticket_matters=[
            {"ticket_id": "a", "kind": "referral", "matter_key": "housing", "text": "修缮"},
            {"ticket_id": "a", "kind": "objection", "matter_key": "housing", "text": "别的"},
        ],
    )
    assert picked(rows, "kind", "responsible_zh", "need", "waiting_days") == [
        ("referred_nowhere", "住建", None, 9),
        ("referral", "住建", "修缮", 4),
    ]


def test_rules_that_are_not_normal_today() -> None:
    modes = [
        {"rule": "a", "mode": "held"},
        {"rule": "b", "mode": "normal"},
        {"rule": "c", "mode": "shadow", "as_of": EARLIER},
    ]
    assert picked(ask("rules_not_normal", rule_modes=modes), "rule", "mode") == [("a", "held")]
