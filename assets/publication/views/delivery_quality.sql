-- 部门数据质量:各部门每类数据的文件、退回、行数、退回比例、数据日期与未授权行数
-- Quality of what departments delivered: files, rejected files, rows read and set aside, age of the data, rows of
-- people who have not consented (dropped before anything was stored).
CREATE VIEW delivery_quality AS
WITH newest AS (  -- 各地区在用的最新批次 / the newest delivery in force of each area
    SELECT feed, area, max(data_date) AS data_date
    FROM deliveries
    WHERE is_in_force
    GROUP BY feed, area
)
SELECT
    d.as_of,
    d.department_zh,
    d.feed,
    d.feed_zh,
    count(*)                                                                    AS files,
    count(*) FILTER (d.status NOT IN ('accepted', 'accepted_with_errors'))      AS files_not_taken,
    count(*) FILTER (d.is_in_force)                                             AS files_in_force,
    sum(d.read)::BIGINT                                                         AS rows_read,
    sum(d.accepted)::BIGINT                                                     AS rows_accepted,
    sum(d.set_aside)::BIGINT                                                    AS rows_set_aside,
    round(sum(d.set_aside) / nullif(sum(d.read), 0), 6)                         AS set_aside_share,
    (SELECT min(n.data_date) FROM newest AS n WHERE n.feed = d.feed)            AS oldest_data_date,
    d.as_of - (SELECT min(n.data_date) FROM newest AS n WHERE n.feed = d.feed)  AS oldest_days,
    sum(d.of_which_not_consented)::BIGINT                                       AS rows_not_consented
FROM deliveries AS d
WHERE d.feed IS NOT NULL
GROUP BY d.as_of, d.department_zh, d.feed, d.feed_zh
ORDER BY set_aside_share DESC NULLS LAST, d.feed;
