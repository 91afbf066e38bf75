-- 历次核对:各县每个核对日期的家庭数、疑点户次、未核对户次,以及单据新开、办结、重办、超期、督办与期末未办结张数
-- History by check date and county: households, findings, not checked; tickets opened, closed, reopened, overdue, open.
CREATE VIEW check_history AS
WITH checked AS (
    SELECT
        as_of,
        county_code,
        coalesce(sum(households) FILTER (result = 'hit'), 0)::BIGINT         AS findings,
        coalesce(sum(households) FILTER (result = 'not_checked'), 0)::BIGINT AS not_checked,
        (sum(households) / count(DISTINCT rule))::BIGINT                     AS households
    FROM rule_results
    GROUP BY as_of, county_code
),
events AS (
    SELECT e.known_on, t.county_code, e.event
    FROM ticket_events AS e
    JOIN tickets AS t ON t.ticket_id = e.ticket_id
),
places AS (  -- 无家庭在册、仍有单据的县也列出 / a county may have tickets and no household any more
    SELECT d.as_of, c.county_code
    FROM (SELECT DISTINCT as_of FROM rule_results) AS d
    CROSS JOIN (SELECT county_code FROM checked UNION SELECT county_code FROM events) AS c
)
SELECT
    p.as_of,
    p.county_code,
    coalesce(any_value(c.households), 0)                                     AS households,
    coalesce(any_value(c.findings), 0)                                       AS findings,
    coalesce(any_value(c.not_checked), 0)                                    AS not_checked,
    count(*) FILTER (e.event = 'opened' AND e.known_on = p.as_of)            AS tickets_opened,
    count(*) FILTER (e.event = 'closed' AND e.known_on = p.as_of)            AS tickets_closed,
    count(*) FILTER (e.event = 'reopened' AND e.known_on = p.as_of)          AS tickets_reopened,
    count(*) FILTER (e.event = 'overdue' AND e.known_on = p.as_of)           AS became_overdue,
    count(*) FILTER (e.event = 'escalated' AND e.known_on = p.as_of)         AS escalated,
    count(*) FILTER (e.event IN ('opened', 'reopened'))
        - count(*) FILTER (e.event = 'closed')                               AS open_tickets
FROM places AS p
LEFT JOIN checked AS c ON c.as_of = p.as_of AND c.county_code = p.county_code
LEFT JOIN events AS e ON e.county_code = p.county_code AND e.known_on <= p.as_of
GROUP BY p.as_of, p.county_code
ORDER BY p.as_of, p.county_code;
