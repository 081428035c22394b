-- mart.place_hour: counts and occupancy by site and hour (WIB, start of the hour), of the days of dirty_hour.
-- From scans (check-ins, refused, check-outs), visit and mart.dwell. occupied_seconds is the person-seconds of matched
-- stays inside during the hour: divided by 3600 it is the time-weighted mean of persons inside. peak is the most persons
-- of matched stays inside at one instant; someone who leaves at an instant is not inside at it. peak_low and peak_high
-- add the open check-ins younger than the lower and the upper quartile of their category's matched stays: a rough range,
-- NULL where the category has too few of them. unmatched: visits of the hour that no check-out closes.
-- Only hours with something in them have a row.
CREATE OR REPLACE TEMP TABLE counted AS
SELECT
    site, date_trunc('hour', ts_wib) AS hour,
    count(*) FILTER (event = 0) AS check_ins,
    count(*) FILTER (event = 0 AND coalesce(admitted = 0, colour = rules.refused_colour, false)) AS refused,
    count(*) FILTER (event = 1) AS check_outs
FROM scans SEMI JOIN dirty_hour ON day = day_wib CROSS JOIN rules
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE visited AS
SELECT
    site, date_trunc('hour', entered_at) AS hour, count(*) AS visits, count(*) FILTER (left_at IS NULL) AS unmatched,
    count(*) FILTER (status_unknown) AS status_unknown
FROM visit SEMI JOIN dirty_hour USING (day)
GROUP BY ALL;

-- event: how many more are inside from a second on, by site and day; each hour of a day with anything has one, so that
-- those who were inside before are seen in it. low and high: with the open check-ins.
CREATE OR REPLACE TEMP TABLE event AS
WITH model AS (
    SELECT month, category, lower_seconds, upper_seconds FROM mart.dwell CROSS JOIN rules
    WHERE matched >= rules.stays_needed
),
reach AS (
    SELECT
        min(day)::TIMESTAMP AS first, max(day)::TIMESTAMP + INTERVAL 1 DAY AS last,
        to_seconds(coalesce((SELECT max(upper_seconds) FROM model), 0)) AS longest
    FROM dirty_hour
),
inside_for AS (
    SELECT v.site, v.entered_at AS since, v.left_at AS until_low, v.left_at AS until_high, 1 AS matched
    FROM visit v
    WHERE v.left_at > (SELECT first FROM reach) AND v.entered_at < (SELECT last FROM reach)
    UNION ALL
    SELECT
        v.site, v.entered_at,
        least(v.next_at, v.until, v.entered_at + to_seconds(m.lower_seconds)),
        least(v.next_at, v.until, v.entered_at + to_seconds(m.upper_seconds)), 0
    FROM visit v
    JOIN place_row p ON p.site = v.site AND v.day BETWEEN p.valid_from AND p.valid_to
    JOIN model m ON m.month = date_trunc('month', v.day)::DATE AND m.category = p.category
    WHERE v.left_at IS NULL AND v.entered_at >= (SELECT first - longest FROM reach)
        AND v.entered_at < (SELECT last FROM reach)
),
lasting AS MATERIALIZED (
    SELECT *, since::DATE AS first_day, (until_high - INTERVAL 1 MICROSECOND)::DATE AS last_day
    FROM inside_for WHERE until_high > since
),
by_day AS (
    SELECT *, first_day AS day FROM lasting WHERE first_day = last_day  -- nearly all
    UNION ALL
    SELECT *, unnest(range(first_day::TIMESTAMP, until_high, INTERVAL 1 DAY))::DATE FROM lasting
    WHERE first_day < last_day
),
piece AS MATERIALIZED (
    SELECT
        site, day, matched,
        greatest(date_diff('second', day::TIMESTAMP, since), 0)::INTEGER AS since,
        least(date_diff('second', day::TIMESTAMP, until_low), 86400)::INTEGER AS until_low,
        least(date_diff('second', day::TIMESTAMP, until_high), 86400)::INTEGER AS until_high
    FROM by_day SEMI JOIN dirty_hour USING (day)
),
step AS (
    SELECT site, day, since AS second, matched, CASE WHEN until_low > since THEN 1 ELSE 0 END AS low, 1 AS high
    FROM piece
    UNION ALL
    SELECT site, day, until_low, -matched, -1, CASE WHEN until_low = until_high THEN -1 ELSE 0 END
    FROM piece WHERE until_low > since AND until_low < 86400
    UNION ALL
    SELECT site, day, until_high, 0, 0, -1
    FROM piece WHERE until_high < 86400 AND (until_low <= since OR until_low < until_high)
    UNION ALL
    SELECT site, day, hour * 3600, 0, 0, 0
    FROM (SELECT DISTINCT site, day FROM piece), range(24) hours(hour)
)
SELECT site, day, second, matched::INTEGER AS matched, low::INTEGER AS low, high::INTEGER AS high FROM step;

CREATE OR REPLACE TEMP TABLE inside AS
WITH running AS (
    SELECT
        site, day, second, matched AS more,
        sum(matched) OVER so_far AS matched,
        sum(low) OVER so_far AS low,
        sum(high) OVER so_far AS high
    FROM event
    WINDOW so_far AS (PARTITION BY site, day ORDER BY second RANGE UNBOUNDED PRECEDING)
)
SELECT
    site, day + to_hours(second // 3600) AS hour,
    max(matched) AS peak, max(low) AS low, max(high) AS high,
    max(matched) FILTER (second % 3600 = 0) * 3600
        + coalesce(sum(more * (3600 - second % 3600)) FILTER (second % 3600 > 0), 0) AS occupied_seconds
FROM running
GROUP BY ALL;
DROP TABLE event;

DELETE FROM mart.place_hour WHERE hour::DATE IN (FROM dirty_hour);
INSERT INTO mart.place_hour
WITH part AS (
    SELECT site, hour, 0 AS visits, check_ins, refused, check_outs, 0 AS unmatched, 0 AS occupied_seconds, 0 AS peak,
        0 AS low, 0 AS high FROM counted
    UNION ALL SELECT site, hour, visits, 0, 0, 0, unmatched, 0, 0, 0, 0 FROM visited
    UNION ALL SELECT site, hour, 0, 0, 0, 0, 0, occupied_seconds, peak, low, high FROM inside WHERE high > 0
),
whole AS (
    SELECT
        site, hour,
        sum(visits)::INTEGER AS visits,
        sum(refused)::INTEGER AS refused,
        sum(check_ins - refused - visits)::INTEGER AS repeats,
        sum(check_outs)::INTEGER AS check_outs,
        sum(unmatched)::INTEGER AS unmatched,
        sum(occupied_seconds)::BIGINT AS occupied_seconds,
        sum(peak)::INTEGER AS peak,
        sum(low)::INTEGER AS low,
        sum(high)::INTEGER AS high
    FROM part
    GROUP BY ALL
)
SELECT
    n.site_id, w.* EXCLUDE (site, low, high),
    CASE WHEN m.matched >= rules.stays_needed THEN w.low END,
    CASE WHEN m.matched >= rules.stays_needed THEN w.high END
FROM whole w
CROSS JOIN rules
JOIN place_no n USING (site)
LEFT JOIN place_row p ON p.site = w.site AND w.hour::DATE BETWEEN p.valid_from AND p.valid_to
LEFT JOIN mart.dwell m ON m.month = date_trunc('month', w.hour)::DATE AND m.category = p.category
ORDER BY n.site_id, w.hour;
