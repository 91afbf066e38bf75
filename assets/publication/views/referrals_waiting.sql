-- 转办待反馈:已转其他部门、尚无反馈的需求,以及结论为转办却未指明部门的单据
-- Referrals that wait: needs passed on to another department without an answer, or closed as referred to nobody named.
CREATE VIEW referrals_waiting AS
SELECT
    s.as_of,
    s.ticket_id,
    s.matter_key,
    s.kind,
    s.kind_zh,
    s.county_code,
    s.township_code,
    s.household_id,
    s.responsible_zh,
    m.text       AS need,
    s.since_on,
    s.waiting_days,
    s.to_do_zh
FROM supervision AS s
LEFT JOIN ticket_matters AS m
    ON m.ticket_id = s.ticket_id AND m.kind = 'referral' AND m.matter_key = s.matter_key
WHERE s.kind IN ('referral', 'referred_nowhere')
ORDER BY s.waiting_days DESC, s.ticket_id, s.matter_key;
