-- mart.place_day: counts by site and day (WIB), of the days of dirty_hour.
-- From counted and visited (mart.place_hour), visit, covered (source, day) and code. A site's day is covered where a
-- file covers the source of one of its codes of that day; without one and without a scan there is no row, and the figure
-- is unknown, not 0. orphans: check-outs that close no visit. status_unknown: visits of colour merah whose admission is
-- missing; they count, and are shown as such.
DELETE FROM mart.place_day WHERE day IN (FROM dirty_hour);
INSERT INTO mart.place_day
WITH part AS (
    SELECT DISTINCT q.site, c.day, true AS covered, 0 AS visits, 0 AS check_ins, 0 AS refused, 0 AS status_unknown,
        0 AS check_outs, 0 AS closing, 0 AS unmatched
    FROM covered c
    SEMI JOIN dirty_hour USING (day)
    JOIN code q ON q.source_id = c.source_id AND c.day BETWEEN q.valid_from AND q.valid_to
    UNION ALL
    SELECT site, hour::DATE, false, 0, check_ins, refused, 0, check_outs, 0, 0 FROM counted
    UNION ALL
    SELECT site, hour::DATE, false, visits, 0, 0, status_unknown, 0, 0, unmatched FROM visited
    UNION ALL
    SELECT v.site, v.left_at::DATE, false, 0, 0, 0, 0, 0, count(*), 0
    FROM visit v SEMI JOIN dirty_hour d ON d.day = v.left_at::DATE
    WHERE v.left_at >= (SELECT min(day) FROM dirty_hour)
    GROUP BY ALL
)
SELECT
    n.site_id, day,
    bool_or(covered),
    sum(visits)::INTEGER,
    sum(refused)::INTEGER,
    sum(check_ins - refused - visits)::INTEGER,
    sum(status_unknown)::INTEGER,
    sum(check_outs)::INTEGER,
    sum(check_outs - closing)::INTEGER,
    sum(unmatched)::INTEGER
FROM part JOIN place_no n USING (site)
GROUP BY ALL
ORDER BY ALL;
