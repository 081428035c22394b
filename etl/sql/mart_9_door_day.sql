-- mart.door_day: check-ins (visits, refused entries and repeats alike) by the place a code stands for, a door or a site
-- with a code of its own, and day (WIB), of the days of dirty_scan. From scans, code and covered (source, day).
-- A row a place and day on which a code stands for it and a file covers any source, or it has a check-in: so the rows of
-- a site add up to its check-ins in place_day. covered: a file covers the source of one of the place's codes; where none
-- does, 0 is nothing that was counted. Several codes of a place add up; one that moves counts where it stands that day.
-- first_at: the hour of the day's first check-in, NULL without one; no instant of a person.
CREATE OR REPLACE TEMP TABLE door_count AS
SELECT code, day_wib AS day, count(*) AS check_ins, date_trunc('hour', min(ts_wib)) AS first_at
FROM scans SEMI JOIN dirty_scan ON day = day_wib
WHERE event = 0
GROUP BY ALL;

-- Names are numbers until the end, and stand in tables of their own before they are joined over (see mart_7_status.sql).
CREATE OR REPLACE TEMP TABLE door_covered AS FROM covered SEMI JOIN dirty_scan USING (day);
CREATE OR REPLACE TEMP TABLE door AS
SELECT *, dense_rank() OVER (ORDER BY place_id)::INTEGER AS door FROM code;
CREATE OR REPLACE TEMP TABLE door_name AS
SELECT door, min(place_id) AS place_id, min(site_id) AS site_id FROM door JOIN place_no USING (site) GROUP BY door;

DELETE FROM mart.door_day WHERE day IN (FROM dirty_scan);
INSERT INTO mart.door_day
WITH found AS (
    SELECT
        c.door, d.day, bool_or(k.day IS NOT NULL) AS covered, coalesce(sum(n.check_ins), 0)::INTEGER AS check_ins,
        min(n.first_at) AS first_at
    FROM dirty_scan d
    JOIN door c ON d.day BETWEEN c.valid_from AND c.valid_to
    LEFT JOIN door_covered k ON k.source_id = c.source_id AND k.day = d.day
    LEFT JOIN door_count n ON n.code = c.code AND n.day = d.day
    WHERE n.day IS NOT NULL OR d.day IN (SELECT day FROM door_covered)
    GROUP BY ALL
)
SELECT n.place_id, n.site_id, f.day, f.covered, f.check_ins, f.first_at
FROM found f JOIN door_name n USING (door)
ORDER BY f.day, n.place_id;  -- by day, so that a question about the last weeks reads the end alone
DROP TABLE door_count;
