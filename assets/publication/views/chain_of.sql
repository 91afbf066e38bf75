-- 一户一条救助帮扶链:FROM chain_of('家庭编号'),按日期排列
-- One household's chain of support, in the order of days.
CREATE MACRO chain_of(wanted_household) AS TABLE
SELECT seq, "on" AS on_day, known_on, kind, what_zh, what_en, detail, "by" AS by_whom, ticket_id
FROM household_chain
WHERE household_id = wanted_household
ORDER BY seq;
