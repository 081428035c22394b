-- mart.place_hour: counts and occupancy by site and hour (WIB, start of the hour).
-- From entry, departure, stay, open_visit and mart.dwell. occupied_seconds is the person-seconds of matched stays inside
-- during the hour: divided by 3600 it is the time-weighted mean of persons inside. peak is the most persons of matched
-- stays inside at one instant; someone who leaves at an instant is not inside at it, so a check-out counts before a
-- check-in of the same second. peak_low and peak_high add the open check-ins younger than the lower and the upper
-- quartile of their category's matched stays: a rough range, NULL where the category has too few of them.
-- unmatched: visits of the hour that no check-out closes. Only hours with something in them have a row.
CREATE OR REPLACE TABLE mart.place_hour AS
WITH inside_for AS (
    SELECT site_id, entered_at AS since, left_at AS until_low, left_at AS until_high, 1 AS matched
    FROM stay
    UNION ALL
    SELECT
        o.site_id, o.entered_at,
        least(o.until, o.entered_at + to_seconds(d.lower_seconds)),
        least(o.until, o.entered_at + to_seconds(d.upper_seconds)), 0
    FROM open_visit o
    LEFT JOIN site s
        ON s.place_id = o.site_id
        AND o.entered_at::DATE
            BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
    JOIN mart.dwell d ON d.category = coalesce(s.category, '?')
    CROSS JOIN rules
    WHERE d.matched >= rules.stays_needed
),
piece AS (
    SELECT
        site_id, hour, matched,
        greatest(since, hour) AS since,
        least(until_low, hour + INTERVAL 1 HOUR) AS until_low,
        least(until_high, hour + INTERVAL 1 HOUR) AS until_high
    FROM inside_for,
        unnest(generate_series(date_trunc('hour', since), until_high, INTERVAL 1 HOUR)) AS hours(hour)
    WHERE until_high > hour AND until_high > since
),
step AS (
    SELECT site_id, hour, since AS moment, 1 AS arrival, matched, CASE WHEN until_low > since THEN 1 ELSE 0 END AS low,
        1 AS high
    FROM piece
    UNION ALL
    SELECT site_id, hour, until_low, 0, -matched, -1, 0 FROM piece WHERE until_low > since
    UNION ALL
    SELECT site_id, hour, until_high, 0, 0, 0, -1 FROM piece
),
inside AS (
    SELECT
        site_id, hour,
        sum(matched) OVER so_far AS matched,
        sum(low) OVER so_far AS low,
        sum(high) OVER so_far AS high
    FROM step
    WINDOW so_far AS (PARTITION BY site_id, hour ORDER BY moment, arrival ROWS UNBOUNDED PRECEDING)
),
part AS (
    SELECT
        site_id, date_trunc('hour', ts_wib) AS hour,
        count(*) FILTER (kind = 'visit') AS visits,
        count(*) FILTER (kind = 'refused') AS refused,
        count(*) FILTER (kind = 'repeat') AS repeats,
        0 AS check_outs, 0 AS unmatched, 0 AS occupied_seconds, 0 AS peak, 0 AS low, 0 AS high
    FROM entry GROUP BY ALL
    UNION ALL
    SELECT site_id, date_trunc('hour', left_at), 0, 0, 0, count(*), 0, 0, 0, 0, 0
    FROM departure GROUP BY ALL
    UNION ALL
    SELECT site_id, date_trunc('hour', entered_at), 0, 0, 0, 0, count(*), 0, 0, 0, 0
    FROM open_visit GROUP BY ALL
    UNION ALL
    SELECT site_id, hour, 0, 0, 0, 0, 0, coalesce(sum(date_diff('second', since, until_low)) FILTER (matched = 1), 0),
        0, 0, 0
    FROM piece GROUP BY ALL
    UNION ALL
    SELECT site_id, hour, 0, 0, 0, 0, 0, 0, max(matched), max(low), max(high)
    FROM inside GROUP BY ALL
),
whole AS (
    SELECT
        site_id, hour,
        sum(visits)::INTEGER AS visits,
        sum(refused)::INTEGER AS refused,
        sum(repeats)::INTEGER AS repeats,
        sum(check_outs)::INTEGER AS check_outs,
        sum(unmatched)::INTEGER AS unmatched,
        sum(occupied_seconds)::BIGINT AS occupied_seconds,
        sum(peak)::INTEGER AS peak,
        sum(low)::INTEGER AS low,
        sum(high)::INTEGER AS high
    FROM part
    GROUP BY site_id, hour
)
SELECT
    w.* EXCLUDE (low, high),
    CASE WHEN d.matched >= rules.stays_needed THEN w.low END AS peak_low,
    CASE WHEN d.matched >= rules.stays_needed THEN w.high END AS peak_high
FROM whole w
CROSS JOIN rules
LEFT JOIN site s
    ON s.place_id = w.site_id
    AND w.hour::DATE BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
LEFT JOIN mart.dwell d ON d.category = coalesce(s.category, '?')
ORDER BY w.site_id, w.hour;
