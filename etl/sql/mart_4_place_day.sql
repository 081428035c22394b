-- mart.place_day: counts by site and day (WIB).
-- From entry, departure and open_visit, covered (source, day) and qr_site. A site's day is covered where a file covers the source
-- of one of its codes of that day; without one and without a scan there is no row, and the figure is unknown, not 0.
-- status_unknown: visits of colour merah whose admission is missing; they count, and are shown as such.
CREATE OR REPLACE TABLE mart.place_day AS
WITH part AS (
    SELECT DISTINCT q.site_id, c.day, true AS covered, 0 AS visits, 0 AS refused, 0 AS repeats, 0 AS status_unknown,
        0 AS check_outs, 0 AS orphans, 0 AS unmatched
    FROM covered c
    JOIN qr_site q ON q.source_id = c.source_id AND c.day BETWEEN q.valid_from AND q.valid_to
    UNION ALL
    SELECT
        site_id, day_wib, false,
        count(*) FILTER (kind = 'visit'),
        count(*) FILTER (kind = 'refused'),
        count(*) FILTER (kind = 'repeat'),
        count(*) FILTER (kind = 'visit' AND colour = rules.status_unknown_colour AND admitted IS NULL),
        0, 0, 0
    FROM entry CROSS JOIN rules GROUP BY site_id, day_wib
    UNION ALL
    SELECT site_id, left_at::DATE, false, 0, 0, 0, 0, count(*), count(*) FILTER (NOT matched), 0
    FROM departure GROUP BY site_id, left_at::DATE
    UNION ALL
    SELECT site_id, entered_at::DATE, false, 0, 0, 0, 0, 0, 0, count(*)
    FROM open_visit GROUP BY site_id, entered_at::DATE
)
SELECT
    site_id, day,
    bool_or(covered) AS covered,
    sum(visits)::INTEGER AS visits,
    sum(refused)::INTEGER AS refused,
    sum(repeats)::INTEGER AS repeats,
    sum(status_unknown)::INTEGER AS status_unknown,
    sum(check_outs)::INTEGER AS check_outs,
    sum(orphans)::INTEGER AS orphans,
    sum(unmatched)::INTEGER AS unmatched
FROM part
GROUP BY site_id, day
ORDER BY site_id, day;
