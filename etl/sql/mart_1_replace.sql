-- Replaces in `visit` what found_visit says otherwise, and notes on which days that tells. gone, came: visits that are
-- no more, and that are new; a visit that only ends otherwise is both.
CREATE OR REPLACE TEMP TABLE known AS
SELECT v.rowid AS place, v.* FROM visit v JOIN bound b USING (visitor)
WHERE v.entered_at >= (SELECT moment FROM looked_from)
    AND v.entered_at < coalesce(b.last, TIMESTAMP '9999-12-31')
UNION ALL FROM prior;

CREATE OR REPLACE TEMP TABLE came AS
SELECT f.* FROM found_visit f JOIN bound b USING (visitor)
WHERE f.entered_at < coalesce(b.last, TIMESTAMP '9999-12-31')
EXCEPT ALL SELECT * EXCLUDE (place) FROM known;
CREATE OR REPLACE TEMP TABLE gone AS
SELECT * EXCLUDE (place) FROM known
EXCEPT ALL SELECT f.* FROM found_visit f JOIN bound b USING (visitor)
WHERE f.entered_at < coalesce(b.last, TIMESTAMP '9999-12-31');

-- Equal rows are one as good as the other: of each kind that is gone, as many as are gone.
DELETE FROM visit WHERE rowid IN (
    SELECT place FROM (
        SELECT
            k.place, g.n,
            row_number() OVER (PARTITION BY k.visitor, k.site, k.entered_at, k.left_at, k.next_at, k.until,
                k.status_unknown ORDER BY k.place) AS nth
        FROM known k JOIN (SELECT *, count(*) AS n FROM gone GROUP BY ALL) g
            ON (k.visitor, k.site, k.entered_at) = (g.visitor, g.site, g.entered_at)
            AND k.left_at IS NOT DISTINCT FROM g.left_at AND k.next_at IS NOT DISTINCT FROM g.next_at
            AND k.until IS NOT DISTINCT FROM g.until AND k.status_unknown = g.status_unknown
    ) WHERE nth <= n
);
INSERT INTO visit FROM came;

-- Days on which somebody is inside, or counted as open, otherwise than before: when an open visit's person was next seen
-- matters only if it is before the visit's end by hours and cap.
INSERT INTO dirty_hour
WITH told AS (
    SELECT
        way, site, day, entered_at, left_at,
        coalesce(left_at, least(next_at, until)) AS ends
    FROM (SELECT 'gone' AS way, * FROM gone UNION ALL SELECT 'came', * FROM came)
),
changed_visit AS (
    SELECT * EXCLUDE (way) FROM told WHERE way = 'gone' EXCEPT ALL SELECT * EXCLUDE (way) FROM told WHERE way = 'came'
    UNION ALL (
        SELECT * EXCLUDE (way) FROM told WHERE way = 'came'
        EXCEPT ALL SELECT * EXCLUDE (way) FROM told WHERE way = 'gone'
    )
)
SELECT DISTINCT d.day::DATE
FROM (SELECT DISTINCT day AS first, greatest(ends, entered_at)::DATE AS last FROM changed_visit),
    unnest(generate_series(first, last, INTERVAL 1 DAY)) d(day)
WHERE d.day::DATE NOT IN (FROM dirty_hour) AND d.day > (SELECT sealed_until FROM sealed_to);
-- Days whose visitors changed, or the status of one; a visit that only ends otherwise is nobody new.
INSERT INTO dirty_visit
SELECT DISTINCT day FROM (
    (
        SELECT visitor, site, day, status_unknown FROM gone
        EXCEPT ALL SELECT visitor, site, day, status_unknown FROM came
    )
    UNION ALL (
        SELECT visitor, site, day, status_unknown FROM came
        EXCEPT ALL SELECT visitor, site, day, status_unknown FROM gone
    )
) WHERE day NOT IN (FROM dirty_visit) AND day > (SELECT sealed_until FROM sealed_to);
DROP TABLE known;
DROP TABLE found_visit;
