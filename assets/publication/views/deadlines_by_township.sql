-- 各乡镇即将到期的单据:按截止日期列出未超期的未办结单据及剩余天数
-- What falls due when: open tickets that are not overdue, by township and deadline, with the days left.
CREATE VIEW deadlines_by_township AS
SELECT
    as_of,
    county_code,
    township_code,
    due_on,
    due_on - as_of                                     AS days_left,
    count(*)                                           AS tickets,
    count(*) FILTER (severity IN ('red', 'orange'))    AS red_or_orange,
    count(*) FILTER (direction = 'help')               AS help_tickets,
    count(*) FILTER (status = 'opened')                AS untouched,
    bool_or(deadline_provisional)                      AS is_provisional
FROM tickets
WHERE status <> 'closed' AND due_on >= as_of
GROUP BY as_of, county_code, township_code, due_on
ORDER BY due_on, township_code;
