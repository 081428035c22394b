-- mart.place_hour: counts and occupancy of matched stays by site and hour (WIB, start of the hour).
-- From entry, departure and stay. occupied_seconds is the person-seconds inside during the hour: divided by 3600 it is
-- the time-weighted mean of persons inside. peak is the most persons inside at one instant; someone who leaves at an
-- instant is not inside at it, so a check-out counts before a check-in of the same second.
-- Only hours with something in them have a row.
CREATE OR REPLACE TABLE mart.place_hour AS
WITH piece AS (
    SELECT
        site_id,
        hour,
        greatest(entered_at, hour) AS since,
        least(left_at, hour + INTERVAL 1 HOUR) AS until
    FROM stay,
        unnest(generate_series(date_trunc('hour', entered_at), left_at, INTERVAL 1 HOUR)) AS hours(hour)
    WHERE left_at > hour AND left_at > entered_at
),
step AS (
    SELECT site_id, hour, since AS moment, 1 AS change FROM piece
    UNION ALL
    SELECT site_id, hour, until, -1 FROM piece
),
inside AS (
    SELECT
        site_id, hour,
        sum(change) OVER (
            PARTITION BY site_id, hour ORDER BY moment, change ROWS UNBOUNDED PRECEDING
        ) AS persons
    FROM step
),
part AS (
    SELECT
        site_id, date_trunc('hour', ts_wib) AS hour,
        count(*) FILTER (kind = 'visit') AS visits,
        count(*) FILTER (kind = 'refused') AS refused,
        count(*) FILTER (kind = 'repeat') AS repeats,
        0 AS check_outs, 0 AS occupied_seconds, 0 AS peak
    FROM entry GROUP BY ALL
    UNION ALL
    SELECT site_id, date_trunc('hour', left_at), 0, 0, 0, count(*), 0, 0
    FROM departure GROUP BY ALL
    UNION ALL
    SELECT site_id, hour, 0, 0, 0, 0, sum(date_diff('second', since, until)), 0
    FROM piece GROUP BY ALL
    UNION ALL
    SELECT site_id, hour, 0, 0, 0, 0, 0, max(persons)
    FROM inside GROUP BY ALL
)
SELECT
    site_id, hour,
    sum(visits)::INTEGER AS visits,
    sum(refused)::INTEGER AS refused,
    sum(repeats)::INTEGER AS repeats,
    sum(check_outs)::INTEGER AS check_outs,
    sum(occupied_seconds)::BIGINT AS occupied_seconds,
    sum(peak)::INTEGER AS peak
FROM part
GROUP BY site_id, hour
ORDER BY site_id, hour;
