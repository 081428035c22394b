-- mart.door_day: check-ins (visits, refused entries and repeats alike) by the place a code stands for, a door or a site
-- with a code of its own, and day (WIB), of the days of dirty_scan. From scans, code and covered (source, day).
-- A row a place and day on which a code stands for it and a file covers any source, or it has a check-in: so the rows of
-- a site add up to its check-ins in place_day. covered: a file covers the source of one of the place's codes; where none
-- does, 0 is nothing that was counted. Several codes of a place add up; one that moves counts where it stands that day.
-- first_at: the hour of the day's first check-in, NULL without one; no instant of a person.
-- Names are numbers until the end, and stand in tables of their own before they are joined over (see mart_7_status.sql).
CREATE OR REPLACE TEMP TABLE door_code AS
SELECT *, dense_rank() OVER (ORDER BY place_id)::INTEGER AS door FROM code;

-- kind: places whose codes are of the same sources and days are covered alike; there are few kinds and many places.
CREATE OR REPLACE TEMP TABLE door AS
WITH named AS (
    SELECT
        door, min(place_id) AS place_id, min(site) AS site,
        list_sort(list(DISTINCT concat_ws(' ', valid_from, valid_to, source_id)))::VARCHAR AS codes
    FROM door_code
    GROUP BY door
)
SELECT d.door, d.place_id, n.site_id, dense_rank() OVER (ORDER BY d.codes)::INTEGER AS kind
FROM named d JOIN place_no n USING (site);

CREATE OR REPLACE TEMP TABLE door_covered AS FROM covered SEMI JOIN dirty_scan USING (day);
CREATE OR REPLACE TEMP TABLE kind_day AS
WITH one AS (
    SELECT kind, min(door) AS door FROM door GROUP BY kind
)
SELECT k.kind, d.day, bool_or(s.day IS NOT NULL) AS covered, d.day IN (SELECT day FROM door_covered) AS any_covered
FROM one k
JOIN door_code c USING (door)
JOIN dirty_scan d ON d.day BETWEEN c.valid_from AND c.valid_to
LEFT JOIN door_covered s ON s.source_id = c.source_id AND s.day = d.day
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE door_count AS
WITH by_code AS (
    SELECT code, day_wib AS day, count(*) AS check_ins, date_trunc('hour', min(ts_wib)) AS first_at
    FROM scans SEMI JOIN dirty_scan ON day = day_wib
    WHERE event = 0
    GROUP BY ALL
)
SELECT c.door, n.day, sum(n.check_ins)::INTEGER AS check_ins, min(n.first_at) AS first_at
FROM by_code n JOIN door_code c ON c.code = n.code AND n.day BETWEEN c.valid_from AND c.valid_to
GROUP BY ALL;

DELETE FROM mart.door_day WHERE day IN (FROM dirty_scan);
INSERT INTO mart.door_day
SELECT d.place_id, d.site_id, k.day, k.covered, coalesce(n.check_ins, 0), n.first_at
FROM kind_day k
JOIN door d USING (kind)
LEFT JOIN door_count n ON n.door = d.door AND n.day = k.day
WHERE k.any_covered OR n.day IS NOT NULL
ORDER BY k.day, d.door;  -- by day, so that a question about the last weeks reads the end alone
DROP TABLE door_count;
