-- mart.place_hour: counts and what is certain of who is inside, by site and hour (WIB, start of the hour), of the days of
-- dirty_hour; the estimate stands in mart.occupancy. From scans (check-ins, refused, check-outs), visit, inside
-- (occupied_seconds, peak) and mart.occupancy (its hours). unmatched: visits of the hour that no check-out closes.
-- Only hours with something in them have a row. peak_low and peak_high are of months sealed before schema 7.
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

DELETE FROM mart.place_hour WHERE hour::DATE IN (FROM dirty_hour);
INSERT INTO mart.place_hour
WITH part AS (
    SELECT site, hour, 0 AS visits, check_ins, refused, check_outs, 0 AS unmatched, 0 AS occupied_seconds, 0 AS peak
    FROM counted
    UNION ALL SELECT site, hour, visits, 0, 0, 0, unmatched, 0, 0 FROM visited
    UNION ALL SELECT site, hour, 0, 0, 0, 0, 0, occupied_seconds, peak FROM inside
    UNION ALL
    SELECT n.site, o.hour, 0, 0, 0, 0, 0, 0, 0 FROM mart.occupancy o JOIN place_no n USING (site_id)
    WHERE o.hour::DATE IN (FROM dirty_hour)
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
        sum(peak)::INTEGER AS peak
    FROM part
    GROUP BY ALL
)
SELECT n.site_id, w.* EXCLUDE (site), NULL, NULL
FROM whole w JOIN place_no n USING (site)
ORDER BY n.site_id, w.hour;
