-- 各乡镇超期情况:未办结、超期、最长超期天数、已督办到哪一级(超期不影响家庭待遇)
-- Overdue tickets by township: open, overdue, the longest, how far they were escalated. It changes nothing in aid.
CREATE VIEW overdue_by_township AS
SELECT
    t.as_of,
    t.county_code,
    t.township_code,
    count(*)                                                      AS open_tickets,
    count(*) FILTER (t.overdue_days > 0)                          AS overdue_tickets,
    round(count(*) FILTER (t.overdue_days > 0) / count(*), 4)     AS overdue_share,
    max(t.overdue_days)                                           AS longest_overdue_days,
    count(*) FILTER (t.overdue_days > 0 AND t.direction = 'help') AS overdue_help,
    count(*) FILTER (t.overdue_days > 0 AND t.status = 'opened')  AS overdue_untouched,
    count(*) FILTER (s.escalated_to = 'county')                   AS escalated_to_county,
    count(*) FILTER (s.escalated_to = 'city')                     AS escalated_to_city
FROM tickets AS t
LEFT JOIN supervision AS s ON s.ticket_id = t.ticket_id AND s.kind = 'overdue'
WHERE t.status <> 'closed'
GROUP BY t.as_of, t.county_code, t.township_code
ORDER BY overdue_tickets DESC, open_tickets DESC, t.township_code;
