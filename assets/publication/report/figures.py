"""The figures of the page: queries on the finished analysts' database of this very publication.

The page counts nothing itself. Whoever has the database file gets the same numbers with the same words
(tests/report/test_figures.py asks them again in other words).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

SMALLEST_GROUP: Final = 5
"""Groups with fewer households are not shown: a share of so few could be traced to a family."""
NEWEST_DATES: Final = 12

QUERIES: Final[dict[str, str]] = {
    "about": "SELECT name, value FROM about ORDER BY name",
    "dates": "SELECT DISTINCT as_of FROM rule_results ORDER BY as_of",
    "counties": """
        SELECT county_code, count(*) AS households, sum(active_members)::BIGINT AS members,
               count(*) FILTER (is_admitted) AS admitted
        FROM households WHERE is_township_valid GROUP BY county_code ORDER BY county_code""",
    "programmes": """
        SELECT programme, count(*) AS households, sum(active_members)::BIGINT AS members,
               count(*) FILTER (is_admitted) AS admitted
        FROM households GROUP BY programme ORDER BY households DESC, programme""",
    "gaps": """
        SELECT gap, sum(households)::BIGINT AS households FROM readiness_by_gap
        GROUP BY gap ORDER BY households DESC, gap""",
    "deliveries": """
        SELECT feed, count(*) FILTER (is_in_force) AS files,
               sum(read) FILTER (is_in_force)::BIGINT AS read,
               sum(accepted) FILTER (is_in_force)::BIGINT AS accepted,
               sum(set_aside) FILTER (is_in_force)::BIGINT AS set_aside,
               sum(of_which_not_consented) FILTER (is_in_force)::BIGINT AS not_consented,
               count(*) FILTER (status IN ('rejected', 'refused')) AS sent_back,
               count(*) FILTER (status = 'held') AS held
        FROM deliveries WHERE feed IS NOT NULL GROUP BY feed ORDER BY feed""",
    "unusable": "SELECT count(*) AS files FROM deliveries WHERE status = 'unusable'",
    "reasons": """
        SELECT feed, reason_zh, reason_en, sum(rows)::BIGINT AS rows FROM rejected_by_reason
        GROUP BY feed, reason_zh, reason_en ORDER BY rows DESC, feed, reason_zh""",
    "results": """
        SELECT rule, result, reason, sum(households)::BIGINT AS households FROM rule_results
        WHERE as_of = $as_of GROUP BY ALL ORDER BY ALL""",
    "trend": """
        SELECT as_of, rule, sum(hits)::BIGINT AS hit, sum(hits + suppressed + no_hit)::BIGINT AS checked
        FROM findings_trend GROUP BY as_of, rule ORDER BY as_of, rule""",
    "with_findings": """
        SELECT count(DISTINCT household_id) AS households,
               count(DISTINCT household_id) FILTER (direction = 'verify') AS verify,
               count(DISTINCT household_id) FILTER (direction = 'help') AS help
        FROM findings WHERE result = 'hit'""",
    "on_tickets": """
        SELECT count(*) AS found, count(*) FILTER (ticket_id IN (SELECT ticket_id FROM tickets WHERE status <> 'closed'))
            AS waiting
        FROM findings WHERE result = 'hit'""",
    "modes": """
        SELECT county_code, rule, mode, reason_zh, reason_en FROM rules_not_normal ORDER BY county_code, rule""",
    "both_sides": """
        SELECT county_code, sum(households)::BIGINT AS households, sum(with_unmet_need)::BIGINT AS need,
               sum(with_signals)::BIGINT AS means, sum(with_both)::BIGINT AS both
        FROM need_against_means WHERE county_code IS NOT NULL GROUP BY county_code ORDER BY county_code""",
    "townships": """
        WITH days AS (
            SELECT county_code, value::INTEGER AS remind FROM policy_parameters
            WHERE parameter = 'supervision.remind_days'
        ), soon AS (
            SELECT township_code, sum(tickets) AS tickets
            FROM deadlines_by_township JOIN days USING (county_code) WHERE days_left <= remind GROUP BY township_code
        ), untouched AS (
            SELECT township_code, count(*) AS tickets FROM supervision WHERE kind = 'untouched' GROUP BY township_code
        )
        SELECT o.county_code, o.township_code, o.open_tickets AS open, o.overdue_tickets AS overdue,
               coalesce(soon.tickets, 0)::BIGINT AS due_soon,
               o.escalated_to_county + o.escalated_to_city AS escalated, coalesce(untouched.tickets, 0) AS untouched
        FROM overdue_by_township AS o LEFT JOIN soon USING (township_code) LEFT JOIN untouched USING (township_code)
        ORDER BY overdue DESC, open DESC, o.township_code""",
    "due": """
        SELECT due_on, any_value(days_left) AS days_left, sum(tickets)::BIGINT AS tickets,
               bool_or(is_provisional) AS provisional
        FROM deadlines_by_township GROUP BY due_on ORDER BY due_on""",
    "reviews": """
        SELECT programme, count(*) FILTER (state = 'late') AS late, count(*) FILTER (state = 'due_soon') AS due_soon,
               count(*) FILTER (state = 'later') AS later, count(*) FILTER (state = 'no_category') AS no_category
        FROM review_due GROUP BY programme ORDER BY programme""",
    "changes": "SELECT change, count(*) AS tickets FROM tickets GROUP BY change ORDER BY change",
    "closings": """
        SELECT change = 'closed' AS is_now, closed_on <= due_on AS in_time, count(*) AS tickets
        FROM tickets WHERE status = 'closed' GROUP BY ALL ORDER BY ALL""",
    "outcomes": """
        SELECT outcome, count(*) AS tickets, count(*) FILTER (change = 'closed') AS now
        FROM tickets WHERE status = 'closed' GROUP BY outcome ORDER BY tickets DESC, outcome""",
    "precision": """
        SELECT rule, settled, confirmed, precision, precision_low, precision_high FROM rule_precision
        WHERE area = 'all' ORDER BY rule""",
    "waiting": """
        SELECT kind, county_code, count(*) AS items, max(waiting_days) AS longest FROM supervision
        GROUP BY kind, county_code ORDER BY kind, county_code""",
    "matters": """
        SELECT kind, result, count(*) AS items FROM ticket_matters GROUP BY kind, result ORDER BY kind, result""",
    "parameters": """
        SELECT parameter, parameter_zh, value, unit, count(*) AS counties,
               string_agg(county_code, ' ' ORDER BY county_code) AS codes
        FROM policy_parameters WHERE status = 'assumed' GROUP BY ALL ORDER BY parameter, codes""",
    # Findings of all rules of a direction together: how many in a hundred looks at a household, one rule and household
    # a look. Areas are counties, or the townships of the only county.
    "groups": """
        SELECT dimension, group_code, any_value(group_zh) AS group_zh, direction,
               coalesce(min(checked) FILTER (checked > 0), 0) AS fewest,
               sum(hits + suppressed)::BIGINT AS found, sum(checked)::BIGINT AS checked,
               sum(settled)::BIGINT AS settled, sum(confirmed)::BIGINT AS confirmed
        FROM findings_by_group
        WHERE (dimension <> 'area' AND area = 'all') OR (dimension = 'area' AND area = $area)
        GROUP BY dimension, group_code, direction ORDER BY dimension, group_code, direction""",
    "apart": """
        WITH everybody AS (
            SELECT rule, hits + suppressed AS found, checked, share FROM findings_by_group
            WHERE area = 'all' AND dimension = 'all'
        )
        SELECT g.rule, g.dimension, g.group_code, g.group_zh, g.checked, g.share, g.share_low, g.share_high,
               e.share AS usual
        FROM findings_by_group AS g JOIN everybody AS e USING (rule)
        WHERE ((g.dimension NOT IN ('all', 'area') AND g.area = 'all') OR (g.dimension = 'area' AND g.area = $area))
            AND g.checked >= 5 AND g.hits + g.suppressed >= 5 AND e.found - g.hits - g.suppressed >= 0
            AND (g.share_low > e.share OR g.share_high < e.share)
        ORDER BY greatest(g.share_low / e.share, e.share / g.share_high) DESC, g.rule, g.dimension, g.group_code""",
    "legal_basis": """
        SELECT DISTINCT county_code, value->>'$' AS clauses FROM policy_parameters
        WHERE parameter = 'rule.basis.silent_check' ORDER BY county_code""",
    "settled_values": """
        SELECT status, count(DISTINCT parameter) AS parameters FROM policy_parameters
        WHERE parameter NOT LIKE 'rule.basis.%' GROUP BY status ORDER BY status""",
}


@dataclass(frozen=True)
class Figures:
    """Frames by the names in QUERIES."""

    as_of: dt.date
    frames: Mapping[str, pl.DataFrame]

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.frames[name]

    def rows(self, name: str) -> list[dict[str, Any]]:
        return self.frames[name].to_dicts()

    def one(self, name: str) -> dict[str, Any]:
        """The only row."""
        (row,) = self.rows(name)
        return row


def read_figures(database: Path, as_of: dt.date) -> Figures:
    """Every query on the database file; it is closed again before this returns."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        known = {"as_of": as_of, "area": _area(connection)}
        frames = {
            name: connection.sql(query, params={key: value for key, value in known.items() if f"${key}" in query}).pl()
            for name, query in QUERIES.items()
        }
    return Figures(as_of, frames)


def _area(connection: Any) -> str:
    """Whose parts are compared: all counties, or the townships of the only one."""
    codes = connection.sql("SELECT DISTINCT county_code FROM households WHERE is_township_valid").fetchall()
    return str(codes[0][0]) if len(codes) == 1 else "all"
