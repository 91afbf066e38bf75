-- 静默核对准备情况:各乡镇每类缺项的户数与人数,及占在册家庭的比例(与是否符合救助条件无关)
-- Readiness by township and gap: households and people that lack something. It says nothing about eligibility.
CREATE VIEW readiness_by_gap AS
WITH listed AS (
    SELECT county_code, township_code, count(*) AS households
    FROM households
    GROUP BY county_code, township_code
)
SELECT
    r.as_of,
    r.county_code,
    r.township_code,
    r.gap,
    r.gap_zh,
    r.gap_en,
    count(DISTINCT r.household_id)                                              AS households,
    count(DISTINCT r.person_key)                                                AS persons,
    any_value(l.households)                                                     AS households_listed,
    round(count(DISTINCT r.household_id) / any_value(l.households), 4)          AS share
FROM silent_check_readiness AS r
JOIN listed AS l
    ON l.county_code IS NOT DISTINCT FROM r.county_code AND l.township_code IS NOT DISTINCT FROM r.township_code
GROUP BY r.as_of, r.county_code, r.township_code, r.gap, r.gap_zh, r.gap_en
ORDER BY households DESC, r.township_code, r.gap;
