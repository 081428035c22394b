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

-- piece: who is inside on a day from second `since` of it to `until_low`, or `until_high` for an open check-in that stays
-- as long as the upper quartile: matched stays are inside for the same time by both.
CREATE OR REPLACE TEMP TABLE piece AS
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
fit AS (
    SELECT
        p.site, m.lower_seconds, m.upper_seconds, greatest(p.valid_from, m.month) AS valid_from,
        least(p.valid_to, (m.month + INTERVAL 1 MONTH)::DATE - 1) AS valid_to
    FROM place_row p JOIN model m USING (category)
),
open_visit AS (
    SELECT
        v.site, v.day, date_diff('second', v.day::TIMESTAMP, v.entered_at) AS since,
        date_diff('second', v.day::TIMESTAMP, least(v.next_at, v.until)) AS at_most, f.lower_seconds, f.upper_seconds
    FROM visit v JOIN fit f ON f.site = v.site AND v.day BETWEEN f.valid_from AND f.valid_to
    WHERE v.left_at IS NULL AND v.entered_at >= (SELECT first - longest FROM reach)
        AND v.entered_at < (SELECT last FROM reach)
),
-- seconds from the beginning of the day of the check-in
stay AS (
    SELECT
        site, day, 1 AS matched, date_diff('second', day::TIMESTAMP, entered_at) AS since,
        date_diff('second', day::TIMESTAMP, left_at) AS until_low,
        date_diff('second', day::TIMESTAMP, left_at) AS until_high
    FROM visit
    WHERE left_at > (SELECT first FROM reach) AND entered_at < (SELECT last FROM reach)
    UNION ALL
    SELECT site, day, 0, since, least(at_most, since + lower_seconds), least(at_most, since + upper_seconds)
    FROM open_visit
),
lasting AS MATERIALIZED (
    SELECT * FROM stay WHERE until_high > since
),
by_day AS (
    SELECT site, day, matched, since, until_low, until_high FROM lasting WHERE until_high <= 86400  -- nearly all
    UNION ALL
    SELECT
        site, day + later::INTEGER, matched, greatest(since - later * 86400, 0), least(until_low - later * 86400, 86400),
        least(until_high - later * 86400, 86400)
    FROM (SELECT *, unnest(range((until_high + 86399) // 86400)) AS later FROM lasting WHERE until_high > 86400)
)
SELECT
    site, day, matched, since::INTEGER AS since, until_low::INTEGER AS until_low, until_high::INTEGER AS until_high
FROM by_day SEMI JOIN dirty_hour USING (day);

-- running: how many are inside from a second of a day on, by site. Everybody leaves at the end of the day at the latest, so
-- one sum runs on over all sites and days. It runs over rows in order, with no ORDER BY of its own: DuckDB keeps the order
-- of a subquery and need not sort twice, which takes four times as long; elsewhere the windows want it. Of rows of one
-- second only the last has it right. Each hour of a day with anything has a row, so that those who were inside before are
-- seen in it.
CREATE OR REPLACE TEMP TABLE running AS
WITH step AS (
    SELECT
        site, day, since AS second, matched::TINYINT AS matched, (until_low > since)::TINYINT AS low,
        1::TINYINT AS high
    FROM piece
    UNION ALL
    SELECT site, day, until_low, -matched, -1, -(until_low = until_high)::TINYINT FROM piece WHERE until_low > since
    UNION ALL
    SELECT site, day, until_high, 0, 0, -1 FROM piece WHERE until_low <= since OR until_low < until_high
    UNION ALL
    SELECT site, day, hour * 3600, 0, 0, 0 FROM (SELECT DISTINCT site, day FROM piece), range(24) hours(hour)
)
SELECT
    site, day, second, matched AS more,
    sum(matched) OVER (ROWS UNBOUNDED PRECEDING)::INTEGER AS matched,
    sum(low) OVER (ROWS UNBOUNDED PRECEDING)::INTEGER AS low,
    sum(high) OVER (ROWS UNBOUNDED PRECEDING)::INTEGER AS high,
    (site, day, second) IS DISTINCT FROM (lead(site) OVER (), lead(day) OVER (), lead(second) OVER ()) AS last
FROM (SELECT site, day, second, matched, low, high FROM step ORDER BY site, day, second);
DROP TABLE piece;

CREATE OR REPLACE TEMP TABLE inside AS
SELECT
    site, day + to_hours(second // 3600) AS hour,
    max(matched) FILTER (last) AS peak, max(low) FILTER (last) AS low, max(high) FILTER (last) AS high,
    max(matched) FILTER (last AND second % 3600 = 0)::BIGINT * 3600
        + coalesce(sum(more * (3600 - second % 3600)) FILTER (second % 3600 > 0), 0) AS occupied_seconds
FROM running WHERE second < 86400
GROUP BY ALL;
DROP TABLE running;

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
