-- file_found: of files looked at, what their rows say that looks wrong. file_id, kind, source_id, n rows.
-- From the warehouse's tables, the register, `rules`, and `looked_at` (file_id): the files asked about.
CREATE OR REPLACE TEMP TABLE file_found AS
WITH code_installed AS (
    -- A door's own record counts before its site's; an event that another corrects does not count.
    SELECT q.qr_code, q.valid_from, q.valid_to, coalesce(min(d.at), min(s.at)) AS installed_at
    FROM qr q
    JOIN site_of o USING (place_id)
    LEFT JOIN (
        FROM stage_event WHERE stage = 'installed'
        AND event_id NOT IN (SELECT corrects FROM stage_event WHERE corrects IS NOT NULL)
    ) d ON d.place_id = q.place_id
    LEFT JOIN (
        FROM stage_event WHERE stage = 'installed'
        AND event_id NOT IN (SELECT corrects FROM stage_event WHERE corrects IS NOT NULL)
    ) s ON s.place_id = o.site_id
    GROUP BY ALL
),
-- By day first: a day's scans are many, its days few.
of_day AS MATERIALIZED (
    SELECT
        file_id, source_id, day_wib, count(*) AS scans, count(*) FILTER (event = 0) AS check_ins,
        count(*) FILTER (ts_wib > uploaded_at + to_seconds(ahead_of_upload_seconds)) AS ahead,
        max(date_diff('second', day_wib::TIMESTAMP, ts_wib)) AS latest
    FROM scan SEMI JOIN looked_at USING (file_id), rules
    GROUP BY ALL
),
of_scan AS (
    SELECT
        file_id, source_id, sum(scans)::BIGINT AS scans, sum(check_ins)::BIGINT AS check_ins,
        sum(ahead)::BIGINT AS ahead, count(*) FILTER (check_ins > 0) AS days,
        count(DISTINCT day(day_wib)) FILTER (check_ins > 0) AS n_same, max(latest) AS latest
    FROM of_day GROUP BY ALL
)
SELECT file_id, 'torn_end' AS kind, NULL::VARCHAR AS source_id, 1::BIGINT AS n
FROM file SEMI JOIN looked_at USING (file_id) WHERE state = 'loaded' AND NOT ends_whole
UNION ALL
SELECT file_id, 'before_installed', s.source_id, count(*)
FROM scan s
SEMI JOIN looked_at l ON l.file_id = s.file_id
JOIN code_installed c
    ON c.qr_code = s.qr_code AND s.day_wib < c.installed_at::DATE
    AND s.day_wib BETWEEN coalesce(c.valid_from, DATE '0001-01-01') AND coalesce(c.valid_to, DATE '9999-12-31')
GROUP BY ALL
UNION ALL
SELECT d.file_id, 'scan_id_reused', d.source_id, count(*)
FROM duplicate d SEMI JOIN looked_at l ON l.file_id = d.file_id
JOIN scan s
    ON s.source_id = d.source_id AND s.day_wib = d.day_wib AND s.scan_id = d.scan_id AND s.event = d.event
WHERE (d.qr_code <> s.qr_code OR d.visitor <> s.visitor OR d.ts_wib <> s.ts_wib) GROUP BY ALL
UNION ALL
SELECT s.file_id, 'other_days', s.source_id, sum(s.check_ins)::BIGINT
FROM of_day s ANTI JOIN file_day d ON d.file_id = s.file_id AND d.source_id = s.source_id AND d.day = s.day_wib
WHERE s.check_ins > 0 GROUP BY ALL
UNION ALL
SELECT file_id, kind, source_id, n FROM (
    SELECT
        file_id, source_id,
        -- Days that share their number in several months: perhaps months that were read as days.
        unnest(['clock_ahead', 'turned_perhaps', 'all_midnight']) AS kind,
        unnest([
            ahead,
            CASE WHEN days >= 3 AND n_same = 1 THEN check_ins END,
            CASE WHEN scans >= 3 AND latest = 0 THEN scans END
        ]) AS n
    FROM of_scan
) WHERE n > 0
UNION ALL
SELECT file_id, 'negative_reading', source_id, count(*) FROM reading SEMI JOIN looked_at USING (file_id)
WHERE least(inside, n_in, n_out) < 0 GROUP BY ALL
UNION ALL
SELECT file_id, 'over_capacity', source_id, count(*) FROM reading SEMI JOIN looked_at USING (file_id)
WHERE inside > capacity GROUP BY ALL
UNION ALL
SELECT r.file_id, 'place_unknown', r.source_id, count(*)
FROM reading r SEMI JOIN looked_at l ON l.file_id = r.file_id ANTI JOIN place p ON p.place_id = r.place_code GROUP BY ALL;
