-- 家庭经济状况变化线索:在册家庭收入或财产记录高于申报或标准的疑点(线索,待核实,不作认定)
-- Signals of means above what was declared or above the standard. Signals, to be verified; nothing is decided.
CREATE VIEW above_standard_signals AS
SELECT
    h.as_of,
    h.household_id,
    h.county_code,
    h.township_code,
    h.programme,
    count(*)                                                            AS signals,
    list(f.rule ORDER BY f.rule)                                        AS rules,
    list(f.label_zh ORDER BY f.rule)                                    AS rules_zh,
    p.income_per_head_month,
    p.standard_month,
    round(p.income_per_head_month::DOUBLE / p.standard_month::DOUBLE, 4) AS share_of_standard,
    p.dwellings,
    p.dwelling_area_m2,
    t.ticket_id,
    t.status                                                            AS ticket_status,
    t.due_on
FROM households AS h
JOIN findings AS f ON f.household_id = h.household_id AND f.result = 'hit' AND f.rule IN (
    'income_over_standard', 'undeclared_earnings', 'undeclared_pension',
    'undeclared_vehicle', 'undeclared_property', 'dwellings_over_limit')
LEFT JOIN household_profile AS p ON p.household_id = h.household_id
LEFT JOIN tickets AS t ON t.household_id = h.household_id AND t.direction = 'verify' AND t.status <> 'closed'
GROUP BY ALL
ORDER BY signals DESC, h.household_id;
