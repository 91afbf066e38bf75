-- 最新核对日期未核对的原因:各县各规则有多少户没有核对、为什么
-- Why households were not checked on the newest check date, by county and rule. It is not "nothing found".
CREATE VIEW not_checked_by_reason AS
SELECT
    as_of,
    county_code,
    rule,
    rule_zh,
    reason,
    CASE reason
        WHEN 'not_admitted'   THEN '不符合静默核对条件'
        WHEN 'feed_missing'   THEN '没有覆盖本县的数据'
        WHEN 'feed_stale'     THEN '数据过期'
        WHEN 'policy_missing' THEN '缺少政策参数'
        WHEN 'no_record'      THEN '成员无户籍记录'
        ELSE reason
    END AS reason_zh,
    households
FROM rule_results
WHERE result = 'not_checked' AND as_of = (SELECT max(as_of) FROM rule_results)
ORDER BY households DESC, county_code, rule, reason;
