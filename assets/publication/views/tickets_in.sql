-- 某地的未办结单据:FROM tickets_in('150626101000'),可用县(6位)或乡镇(12位)代码
-- Open tickets of a county (6 digits) or township (12 digits), the most urgent first, with what holds today.
CREATE MACRO tickets_in(wanted_area) AS TABLE
WITH named AS (
    SELECT ticket_id, list(label_zh ORDER BY rule) AS rules_zh
    FROM findings
    WHERE ticket_id IS NOT NULL
    GROUP BY ticket_id
)
SELECT
    t.ticket_id, t.township_code, t.household_id, t.programme, t.direction, t.severity, t.status,
    t.opened_on, t.due_on, t.due_on - t.as_of AS days_left, n.rules_zh
FROM tickets AS t
LEFT JOIN named AS n ON n.ticket_id = t.ticket_id
WHERE t.status <> 'closed' AND starts_with(t.township_code, wanted_area)
ORDER BY t.due_on, array_position(['red', 'orange', 'yellow', 'blue'], t.severity), t.ticket_id;
