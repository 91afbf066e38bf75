-- 应救未救与家庭经济状况变化对照:各乡镇两类线索的户数(线索,待核实)
-- Unmet need against means above the standard, by township: households with signals of either kind. To be verified.
CREATE VIEW need_against_means AS
SELECT
    h.as_of,
    h.county_code,
    h.township_code,
    count(*)                                                                   AS households,
    count(*) FILTER (h.is_admitted)                                            AS admitted,
    count(*) FILTER (list_has_any(h.programmes, ['低保', '特困']))             AS in_basic_support,
    count(n.household_id)                                                      AS with_unmet_need,
    count(s.household_id)                                                      AS with_signals,
    count(*) FILTER (n.household_id IS NOT NULL AND s.household_id IS NOT NULL) AS with_both
FROM households AS h
LEFT JOIN unmet_need AS n ON n.household_id = h.household_id
LEFT JOIN above_standard_signals AS s ON s.household_id = h.household_id
GROUP BY h.as_of, h.county_code, h.township_code
ORDER BY h.township_code NULLS FIRST, h.county_code NULLS FIRST;
