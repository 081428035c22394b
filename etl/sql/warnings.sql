-- warning: what was loaded and yet looks wrong. file_id (NULL: of a source's day, whichever files it came in), kind,
-- source_id, day, n rows (of volume kinds: scans of the day), usual (scans of the median like day).
-- From the warehouse's tables, the register, `rules`, and `looked_at` (file_id): the files asked about.
CREATE OR REPLACE TEMP TABLE warning AS
WITH asked_day AS (
    SELECT DISTINCT source_id, day FROM file_day JOIN file USING (file_id) SEMI JOIN looked_at USING (file_id)
    WHERE shape <> 'count'
),
span AS (
    SELECT min(day) - 7 * any_value(like_days_weeks) AS first, max(day) AS last FROM asked_day, rules
),
known_day AS (
    SELECT DISTINCT source_id, day FROM file_day JOIN file USING (file_id), span
    WHERE state = 'loaded' AND shape <> 'count' AND day BETWEEN first AND last
),
quarter AS (
    SELECT source_id, day_wib AS day, date_diff('minute', day_wib::TIMESTAMP, ts_wib) // 15 AS q, count(*) AS n
    FROM scan, span WHERE day_wib BETWEEN first AND last GROUP BY ALL
),
volume AS (
    SELECT k.source_id, k.day, coalesce(sum(q.n), 0)::BIGINT AS n, max(q.q) AS last_q
    FROM known_day k LEFT JOIN quarter q USING (source_id, day) GROUP BY ALL
),
-- the same weekday of the weeks before
pair AS (
    SELECT v.source_id, v.day, v.n, v.last_q, l.day AS like_day, l.n AS like_n
    FROM volume v
    SEMI JOIN asked_day a ON a.source_id = v.source_id AND a.day = v.day
    JOIN volume l
        ON l.source_id = v.source_id AND l.day < v.day AND (v.day - l.day) % 7 = 0
        AND l.day >= v.day - 7 * (SELECT like_days_weeks FROM rules)
),
like_volume AS (
    SELECT source_id, day, any_value(n) AS n, any_value(last_q) AS last_q, median(like_n) AS usual
    FROM pair GROUP BY ALL HAVING count(*) >= (SELECT like_days_needed FROM rules)
),
later AS (
    SELECT p.source_id, p.day, sum(q.n) FILTER (q.q > p.last_q) / sum(q.n) AS share
    FROM pair p JOIN quarter q ON q.source_id = p.source_id AND q.day = p.like_day
    GROUP BY ALL
),
code_installed AS (
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
)
SELECT file_id, 'torn_end' AS kind, NULL::VARCHAR AS source_id, NULL::DATE AS day, 1::BIGINT AS n, NULL::BIGINT AS usual
FROM file SEMI JOIN looked_at USING (file_id) WHERE state = 'loaded' AND NOT ends_whole
UNION ALL
SELECT NULL, 'low_volume', source_id, day, n, round(usual)::BIGINT FROM like_volume, rules
WHERE usual >= low_volume_usual AND n < low_volume_under * usual
UNION ALL
SELECT NULL, 'cut_short', source_id, day, n, round(usual)::BIGINT FROM like_volume JOIN later USING (source_id, day), rules
WHERE usual >= low_volume_usual AND share >= cut_share
UNION ALL
SELECT file_id, 'clock_ahead', source_id, NULL, count(*), NULL FROM scan SEMI JOIN looked_at USING (file_id), rules
WHERE ts_wib > uploaded_at + to_seconds(ahead_of_upload_seconds) GROUP BY ALL
UNION ALL
SELECT file_id, 'before_installed', s.source_id, NULL, count(*), NULL
FROM scan s
SEMI JOIN looked_at l ON l.file_id = s.file_id
JOIN code_installed c
    ON c.qr_code = s.qr_code AND s.day_wib < c.installed_at::DATE
    AND s.day_wib BETWEEN coalesce(c.valid_from, DATE '0001-01-01') AND coalesce(c.valid_to, DATE '9999-12-31')
GROUP BY ALL
UNION ALL
SELECT d.file_id, 'scan_id_reused', d.source_id, NULL, count(*), NULL
FROM duplicate d SEMI JOIN looked_at l ON l.file_id = d.file_id
JOIN scan s
    ON s.source_id = d.source_id AND s.day_wib = d.day_wib AND s.scan_id = d.scan_id AND s.event = d.event
WHERE (d.qr_code <> s.qr_code OR d.visitor <> s.visitor OR d.ts_wib <> s.ts_wib) GROUP BY ALL
UNION ALL
SELECT s.file_id, 'other_days', s.source_id, NULL, count(*), NULL
FROM scan s SEMI JOIN looked_at l ON l.file_id = s.file_id
ANTI JOIN file_day d ON d.file_id = s.file_id AND d.source_id = s.source_id AND d.day = s.day_wib
WHERE s.event = 0 GROUP BY ALL
UNION ALL
-- Days that share their number in several months: perhaps months that were read as days.
SELECT file_id, 'turned_perhaps', source_id, NULL, count(*), NULL FROM scan SEMI JOIN looked_at USING (file_id)
WHERE event = 0 GROUP BY ALL HAVING count(DISTINCT day_wib) >= 3 AND count(DISTINCT day(day_wib)) = 1
UNION ALL
SELECT file_id, 'all_midnight', source_id, NULL, count(*), NULL FROM scan SEMI JOIN looked_at USING (file_id)
GROUP BY ALL HAVING count(*) >= 3 AND max(ts_wib - day_wib::TIMESTAMP) = INTERVAL 0 SECOND
UNION ALL
SELECT file_id, 'negative_reading', source_id, NULL, count(*), NULL FROM reading SEMI JOIN looked_at USING (file_id)
WHERE least(inside, n_in, n_out) < 0 GROUP BY ALL
UNION ALL
SELECT file_id, 'over_capacity', source_id, NULL, count(*), NULL FROM reading SEMI JOIN looked_at USING (file_id)
WHERE inside > capacity GROUP BY ALL
UNION ALL
SELECT r.file_id, 'place_unknown', r.source_id, NULL, count(*), NULL
FROM reading r SEMI JOIN looked_at l ON l.file_id = r.file_id ANTI JOIN place p ON p.place_id = r.place_code GROUP BY ALL;
