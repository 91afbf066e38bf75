-- 某规则的疑点:FROM findings_of('undeclared_vehicle'),最新核对日期,含家庭、数额与单据
-- Findings of one rule on the newest check date, with household, figures and ticket.
CREATE MACRO findings_of(wanted_rule) AS TABLE
SELECT
    f.household_id, h.county_code, h.township_code, h.programme, f.result, f.severity, f.items, f.new_items,
    f.declared, f.observed, f.limit_value, f.unit, f.ticket_id, t.status AS ticket_status, t.due_on
FROM findings AS f
JOIN households AS h ON h.household_id = f.household_id
LEFT JOIN tickets AS t ON t.ticket_id = f.ticket_id
WHERE f.rule = wanted_rule
ORDER BY f.household_id;
