-- completeness: the share of a source's scans of a day that has usually arrived by the time its last scan arrived.
-- From mart.arrival and covered: the delays, in whole days, of all scans of the source give the share usually arrived
-- after n days; the source's clock is its latest upload. Unknown (no row) without `uploaded_at`.
CREATE OR REPLACE TEMP TABLE completeness AS
WITH delay AS (
    SELECT source_id, days, sum(scans) AS scans FROM mart.arrival GROUP BY ALL
),
arrived AS (
    SELECT
        source_id, days,
        sum(scans) OVER (PARTITION BY source_id ORDER BY days) / sum(scans) OVER (PARTITION BY source_id) AS share
    FROM delay
),
clock AS (
    SELECT source_id, max(last_upload) AS today FROM mart.source_clock GROUP BY ALL HAVING today IS NOT NULL
)
SELECT c.source_id, c.day, coalesce(max(a.share) FILTER (a.days <= date_diff('day', c.day, k.today)), 0)::DOUBLE AS share
FROM covered c
JOIN clock k USING (source_id)
JOIN arrived a USING (source_id)
GROUP BY ALL
ORDER BY ALL;
