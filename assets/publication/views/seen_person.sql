-- 同一人出现在何处:FROM seen_person('人员假名'),各表用同一假名,无需身份号码
-- Where one person appears: pseudonyms are the same in every table and on every check date; no identity number needed.
CREATE MACRO seen_person(wanted_person) AS TABLE
WITH places AS (
    SELECT 1 AS part, '成员' AS place_zh, 'household_members' AS source, household_id, programme AS what,
           started_on AS on_day, NULL AS ticket_id
    FROM household_members JOIN households USING (household_id) WHERE person_key = wanted_person
    UNION ALL
    SELECT 2, '申请人', 'households', household_id, programme, started_on, NULL
    FROM households WHERE applicant_key = wanted_person
    UNION ALL
    SELECT 3, '疑点要点', 'finding_items', household_id, rule, recorded_on, ticket_id
    FROM finding_items WHERE person_key = wanted_person
    UNION ALL
    SELECT 4, '标签', 'risk_labels', household_id, concat_ws(' ', label_zh, value_zh), source_date, NULL
    FROM risk_labels WHERE person_key = wanted_person
    UNION ALL
    SELECT 5, '缺项', 'silent_check_readiness', household_id, gap_zh, NULL, NULL
    FROM silent_check_readiness WHERE person_key = wanted_person
)
SELECT place_zh, source, household_id, what, on_day, ticket_id
FROM places
ORDER BY part, household_id, what, on_day, ticket_id;
