-- warning: what was loaded and yet looks wrong. file_id (NULL: of a source's day, whichever files it came in), kind,
-- source_id, day, n rows (of volume kinds: scans of the day), usual (scans of the median like day).
-- From file_found or what the mart store keeps of it (`found`), mart.quarter and, of days that changed since, scan;
-- file_day, `rules`, and asked_day (source_id, day): the days asked about.
CREATE OR REPLACE TEMP TABLE warning AS
WITH span AS (
    SELECT min(day) - 7 * any_value(like_days_weeks) AS first, max(day) AS last FROM asked_day, rules
),
known_day AS (
    SELECT DISTINCT source_id, day FROM file_day JOIN file USING (file_id), span
    WHERE state = 'loaded' AND shape <> 'count' AND day BETWEEN first AND last
),
quarter AS (
    SELECT source_id, day, q, n FROM mart.quarter ANTI JOIN changed_day USING (day), span WHERE day BETWEEN first AND last
    UNION ALL
    SELECT source_id, day_wib, date_diff('minute', day_wib::TIMESTAMP, ts_wib) // 15, count(*)
    FROM scan SEMI JOIN changed_day ON day = day_wib, span WHERE day_wib BETWEEN first AND last GROUP BY ALL
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
)
SELECT file_id, kind, source_id, NULL::DATE AS day, n, NULL::BIGINT AS usual FROM found
UNION ALL
SELECT NULL, 'low_volume', source_id, day, n, round(usual)::BIGINT FROM like_volume, rules
WHERE usual >= low_volume_usual AND n < low_volume_under * usual
UNION ALL
SELECT NULL, 'cut_short', source_id, day, n, round(usual)::BIGINT FROM like_volume JOIN later USING (source_id, day), rules
WHERE usual >= low_volume_usual AND share >= cut_share;
