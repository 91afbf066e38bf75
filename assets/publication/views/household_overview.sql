-- 一户概况:FROM household_overview('家庭编号'),在册情况、成员、收入财产、标签、疑点、缺项与单据,每项一行
-- Everything about one household, one row each: register, members, means, labels, findings, gaps, tickets.
CREATE MACRO household_overview(wanted_household) AS TABLE
WITH lines AS (
    SELECT 1 AS part, '在册' AS section_zh, 'register' AS section, programme AS item,
           concat_ws(', ', urban_rural, category, township_code,
               CASE WHEN is_admitted THEN '符合静默核对条件' ELSE '尚不符合静默核对条件' END) AS value,
           started_on AS on_day, NULL AS ticket_id
    FROM households WHERE household_id = wanted_household
    UNION ALL
    SELECT 2, '成员', 'member', concat_ws(' ', person_name, person),
           concat_ws(', ', sex, age || '岁', '残疾等级 ' || disability_grade), NULL, NULL
    FROM household_members WHERE household_id = wanted_household
    UNION ALL
    SELECT 3, '收入与财产', 'means', item, value::VARCHAR, NULL, NULL
    FROM (
        UNPIVOT (
            SELECT countable_income AS "年可计收入 countable_income", income_per_head_month AS "月人均 income_per_head_month",
                   standard_month AS "月标准 standard_month", dwelling_area_m2 AS "住房面积 dwelling_area_m2"
            FROM household_profile WHERE household_id = wanted_household
        ) ON * INTO NAME item VALUE value
    )
    UNION ALL
    SELECT 4, '标签', 'label', label_zh, value_zh, source_date, NULL
    FROM risk_labels WHERE household_id = wanted_household
    UNION ALL
    SELECT 5, '疑点', 'finding', label_zh,
           concat_ws(', ', result, items || ' 项', '申报 ' || declared, '记录 ' || observed, '界限 ' || limit_value, unit),
           as_of, ticket_id
    FROM findings WHERE household_id = wanted_household
    UNION ALL
    SELECT 6, '缺项', 'gap', gap_zh, concat_ws(' ', person_name, person), NULL, NULL
    FROM silent_check_readiness WHERE household_id = wanted_household
    UNION ALL
    SELECT 7, '单据', 'ticket', direction,
           concat_ws(', ', severity, status, '截止 ' || due_on, outcome), opened_on, ticket_id
    FROM tickets WHERE household_id = wanted_household
)
SELECT section_zh, section, item, value, on_day, ticket_id
FROM lines
ORDER BY part, on_day, item, value, ticket_id;
