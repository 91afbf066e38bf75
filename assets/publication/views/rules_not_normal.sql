-- 未正常出单的规则:最新核对日期处于影子运行、暂停待签认或经签认发布的规则及其依据
-- Rules that did not simply open tickets on the newest check date: in shadow, held, or signed off, with the reason.
CREATE VIEW rules_not_normal AS
SELECT
    as_of, county_code, rule, rule_zh, mode, mode_zh, hits, checked, share, usual_share, limit_share,
    cases, confirmed, precision, precision_high, floor, reason_zh, reason_en
FROM rule_modes
WHERE mode <> 'normal' AND as_of = (SELECT max(as_of) FROM rule_modes)
ORDER BY county_code, rule;
