-- mart.completeness: the share of a source's scans of a day that has usually arrived by the time its last scan arrived.
-- From scan (uploaded_at) and covered: the delays, in whole days, of all scans of the source give the share usually
-- arrived after n days; the source's clock is its latest upload. Unknown (no row) without `uploaded_at`.
CREATE OR REPLACE TABLE mart.completeness AS
WITH delay AS (
    SELECT source_id, greatest(date_diff('day', day_wib, uploaded_at::DATE), 0) AS days, count(*) AS scans
    FROM scan WHERE uploaded_at IS NOT NULL GROUP BY ALL
),
arrived AS (
    SELECT
        source_id, days,
        sum(scans) OVER (PARTITION BY source_id ORDER BY days) / sum(scans) OVER (PARTITION BY source_id) AS share
    FROM delay
),
clock AS (
    SELECT source_id, max(uploaded_at)::DATE AS today FROM scan WHERE uploaded_at IS NOT NULL GROUP BY ALL
)
SELECT c.source_id, c.day, coalesce(max(a.share) FILTER (a.days <= date_diff('day', c.day, k.today)), 0)::DOUBLE AS share
FROM covered c
JOIN clock k USING (source_id)
JOIN arrived a USING (source_id)
GROUP BY ALL
ORDER BY ALL;
