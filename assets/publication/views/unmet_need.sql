-- 帮扶需求线索:有帮扶类疑点、尚未纳入低保或特困的家庭(线索,待核实)
-- Signals of unmet need: households with help findings and neither dibao nor tekun. Signals, to be verified.
CREATE VIEW unmet_need AS
SELECT
    h.as_of,
    h.household_id,
    h.county_code,
    h.township_code,
    h.programme,
    count(*)                                                            AS needs,
    list(f.rule ORDER BY f.rule)                                        AS rules,
    list(f.label_zh ORDER BY f.rule)                                    AS rules_zh,
    p.income_per_head_month,
    p.standard_month,
    round(p.income_per_head_month::DOUBLE / p.standard_month::DOUBLE, 4) AS share_of_standard,
    p.minors,
    p.elderly,
    p.with_disability,
    t.ticket_id,
    t.status                                                            AS ticket_status,
    t.due_on
FROM households AS h
JOIN findings AS f ON f.household_id = h.household_id AND f.direction = 'help' AND f.result = 'hit'
LEFT JOIN household_profile AS p ON p.household_id = h.household_id
LEFT JOIN tickets AS t ON t.household_id = h.household_id AND t.direction = 'help' AND t.status <> 'closed'
WHERE NOT list_has_any(h.programmes, ['低保', '特困'])
GROUP BY ALL
ORDER BY needs DESC, h.household_id;
