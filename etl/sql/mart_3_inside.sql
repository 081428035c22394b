-- inside: by site and hour of the days of dirty_hour, what is certain of who is inside: occupied_seconds, the person-seconds
-- of matched stays (divided by 3600: their time-weighted mean); peak, the most persons of matched stays at one instant;
-- bound, the most at one instant if every open check-in lasted until the visitor's next scan anywhere, closing time or the
-- category's cap. Someone who leaves at an instant is not inside at it. From visit.

-- piece: who is inside on a day from second `since` of it to `until`; matched stays and open check-ins apart.
CREATE OR REPLACE TEMP TABLE piece AS
WITH reach AS (
    SELECT min(day)::TIMESTAMP AS first, max(day)::TIMESTAMP + INTERVAL 1 DAY AS last FROM dirty_hour
),
stay AS (  -- seconds from the beginning of the day of the check-in
    SELECT
        site, day, (left_at IS NOT NULL)::TINYINT AS matched, date_diff('second', day::TIMESTAMP, entered_at) AS since,
        date_diff('second', day::TIMESTAMP, coalesce(left_at, least(next_at, until))) AS until
    FROM visit
    WHERE entered_at < (SELECT last FROM reach)
        AND coalesce(left_at, least(next_at, until)) > (SELECT first FROM reach)
),
lasting AS MATERIALIZED (
    SELECT * FROM stay WHERE until > since
),
by_day AS (
    SELECT site, day, matched, since, until FROM lasting WHERE until <= 86400  -- nearly all
    UNION ALL
    SELECT site, day + later::INTEGER, matched, greatest(since - later * 86400, 0), least(until - later * 86400, 86400)
    FROM (SELECT *, unnest(range((until + 86399) // 86400)) AS later FROM lasting WHERE until > 86400)
)
SELECT site, day, matched, since::INTEGER AS since, until::INTEGER AS until
FROM by_day SEMI JOIN dirty_hour USING (day);

-- running: how many are inside from a second of a day on, by site. Everybody leaves at the end of the day at the latest, so
-- one sum runs on over all sites and days. It runs over rows in order, with no ORDER BY of its own: DuckDB keeps the order
-- of a subquery and need not sort twice, which takes four times as long; elsewhere the windows want it. Of rows of one
-- second only the last has it right. Each hour of a day with anything has a row, so that those who were inside before are
-- seen in it.
CREATE OR REPLACE TEMP TABLE running AS
WITH step AS (
    SELECT site, day, since AS second, matched, 1::TINYINT AS anybody FROM piece
    UNION ALL
    SELECT site, day, until, -matched, -1 FROM piece
    UNION ALL
    SELECT site, day, hour * 3600, 0, 0 FROM (SELECT DISTINCT site, day FROM piece), range(24) hours(hour)
)
SELECT
    site, day, second, matched AS more,
    sum(matched) OVER (ROWS UNBOUNDED PRECEDING)::INTEGER AS matched,
    sum(anybody) OVER (ROWS UNBOUNDED PRECEDING)::INTEGER AS anybody,
    (site, day, second) IS DISTINCT FROM (lead(site) OVER (), lead(day) OVER (), lead(second) OVER ()) AS last
FROM (SELECT site, day, second, matched, anybody FROM step ORDER BY site, day, second);
DROP TABLE piece;

CREATE OR REPLACE TEMP TABLE inside AS
SELECT
    site, day + to_hours(second // 3600) AS hour,
    max(matched) FILTER (last) AS peak, max(anybody) FILTER (last) AS bound,
    max(matched) FILTER (last AND second % 3600 = 0)::BIGINT * 3600
        + coalesce(sum(more * (3600 - second % 3600)) FILTER (second % 3600 > 0), 0) AS occupied_seconds
FROM running WHERE second < 86400
GROUP BY ALL
HAVING bound > 0;
DROP TABLE running;
