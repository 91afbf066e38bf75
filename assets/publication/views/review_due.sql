-- 分类定期复核:A类每年、B类每半年,自纳入日期与最近一次申报中较晚的一天起算(乌民政发〔2025〕23号 二(一)4)
-- Who is due for the periodic review: A yearly, B half-yearly, counted from enrolment or the newest declaration,
-- whichever is later. Only programmes that give aid. A household without a class is listed, not left out.
CREATE VIEW review_due AS
WITH counted AS (
    SELECT
        *,
        greatest(started_on, coalesce(declared_on, started_on)) AS counted_from_on,
        CASE category WHEN 'A' THEN 12 WHEN 'B' THEN 6 END       AS every_months
    FROM households
    WHERE programme IN ('低保', '特困', '低保边缘', '刚性支出困难')
),
dated AS (
    SELECT *, (counted_from_on + to_months(every_months))::DATE AS review_due_on
    FROM counted
)
SELECT
    as_of,
    household_id,
    county_code,
    township_code,
    programme,
    category,
    started_on,
    declared_on,
    counted_from_on,
    every_months::BIGINT AS every_months,
    review_due_on,
    CASE
        WHEN review_due_on IS NULL THEN 'no_category'
        WHEN review_due_on < as_of THEN 'late'
        WHEN review_due_on <= as_of + 30 THEN 'due_soon'
        ELSE 'later'
    END AS state,
    CASE WHEN review_due_on < as_of THEN as_of - review_due_on END AS days_late
FROM dated
ORDER BY review_due_on NULLS LAST, household_id;
