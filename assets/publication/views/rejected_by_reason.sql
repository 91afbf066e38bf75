-- 退回数据行的原因:按部门、数据、列与原因统计,供向部门反馈
-- Why rows were set aside, by department, feed, column and reason: what to tell the department.
CREATE VIEW rejected_by_reason AS
WITH departments AS (
    SELECT DISTINCT feed, feed_zh, department_zh FROM deliveries WHERE feed IS NOT NULL
)
SELECT
    r.as_of,
    d.department_zh,
    r.feed,
    d.feed_zh,
    coalesce(r.column_name, '')  AS column_name,
    r.code,
    r.reason_zh,
    r.reason_en,
    count(*)                     AS rows,
    count(DISTINCT r.file)       AS files
FROM rejected_rows AS r
LEFT JOIN departments AS d ON d.feed = r.feed
GROUP BY ALL
ORDER BY rows DESC, r.feed, column_name, r.code;
