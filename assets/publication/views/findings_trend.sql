-- 疑点走势:历次核对日期各县各规则的命中、已核实不重复、无、未核对户数(未核对不等于没有问题)
-- The trend of findings: households by check date, county and rule. Not checked is not "nothing found".
CREATE VIEW findings_trend AS
SELECT
    as_of,
    county_code,
    rule,
    any_value(rule_zh)                                                          AS rule_zh,
    coalesce(sum(households) FILTER (result = 'hit'), 0)::BIGINT                AS hits,
    coalesce(sum(households) FILTER (result = 'suppressed'), 0)::BIGINT         AS suppressed,
    coalesce(sum(households) FILTER (result = 'no_hit'), 0)::BIGINT             AS no_hit,
    coalesce(sum(households) FILTER (result = 'not_checked'), 0)::BIGINT        AS not_checked,
    round(sum(households) FILTER (result IN ('hit', 'suppressed'))
        / sum(households) FILTER (result <> 'not_checked'), 6)                  AS share
FROM rule_results
GROUP BY as_of, county_code, rule
ORDER BY rule, county_code, as_of;
