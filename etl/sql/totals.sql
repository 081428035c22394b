-- total, changed_total: what the build being made says of each day of the city, and where that differs from what was
-- last published, with why.
-- From the build's own place_day, completeness, qr and site_of (schema half); publication and its tables; the
-- file ledger and scan; the register laid in temp; and `total_rule` (complete_share, program).
-- The figure is that of the screens: visits of places whose day is covered. A day is provisional from the first one whose
-- completeness is under complete_share, for provisional days are a trailing block.
CREATE OR REPLACE TEMP TABLE total AS
WITH of_day AS (
    SELECT
        day, sum(visits) FILTER (covered)::BIGINT AS visits, sum(check_ins) FILTER (covered)::BIGINT AS check_ins,
        count(*) FILTER (covered)::INTEGER AS places
    FROM half.place_day GROUP BY day
),
arrived AS (
    SELECT p.day, min(c.share) AS completeness
    FROM half.place_day p
    JOIN (SELECT DISTINCT o.site_id, q.source_id FROM half.qr q JOIN half.site_of o USING (place_id)) q USING (site_id)
    JOIN half.completeness c ON c.source_id = q.source_id AND c.day = p.day
    WHERE p.covered GROUP BY p.day
),
coded AS (
    SELECT d.day, count(DISTINCT o.site_id)::INTEGER AS known_places
    FROM of_day d
    JOIN half.qr q
        ON d.day BETWEEN coalesce(q.valid_from, DATE '0001-01-01') AND coalesce(q.valid_to, DATE '9999-12-31')
    JOIN half.site_of o USING (place_id)
    GROUP BY d.day
)
SELECT
    day, visits, check_ins, places, coalesce(known_places, 0)::INTEGER AS known_places, completeness,
    visits IS NOT NULL AND coalesce(bool_or(completeness < complete_share) OVER (
        ORDER BY day ROWS UNBOUNDED PRECEDING
    ), false) AS provisional
FROM of_day LEFT JOIN arrived USING (day) LEFT JOIN coded USING (day) CROSS JOIN total_rule
ORDER BY day;

-- differing: days to note, with what was last published of them. A day is noted where its figures differ, and where one
-- that was provisional or of some places only no longer is.
CREATE OR REPLACE TEMP TABLE differing AS
WITH last AS (
    SELECT * FROM published_total QUALIFY row_number() OVER (PARTITION BY day ORDER BY n DESC) = 1
)
SELECT
    day, t.visits, t.check_ins, coalesce(t.places, 0) AS places, coalesce(t.known_places, 0) AS known_places,
    t.completeness, coalesce(t.provisional, false) AS provisional, l.day IS NULL AS is_first,
    (t.visits, t.check_ins) IS DISTINCT FROM (l.visits, l.check_ins) AS differs
FROM total t FULL JOIN last l USING (day)
WHERE CASE WHEN l.day IS NULL THEN t.visits IS NOT NULL
    ELSE differs OR (t.visits IS NOT NULL
        AND (l.provisional OR l.places < l.known_places) AND NOT (t.provisional OR t.places < t.known_places)) END;

-- cause: what has changed since the last publication, by day: code, name of what (a file, a place), n check-ins.
CREATE OR REPLACE TEMP TABLE cause AS
WITH asked AS (  -- and the evenings before them
    SELECT day FROM differing WHERE differs AND NOT is_first
    UNION SELECT (day - 1)::DATE FROM differing WHERE differs AND NOT is_first
),
before AS (SELECT qr_code, site_id, valid_from, valid_to FROM publication_code),
now AS (SELECT qr_code, site_id, valid_from, valid_to FROM temp.qr_site),
changed_code AS (SELECT DISTINCT qr_code FROM ((FROM now EXCEPT FROM before) UNION ALL (FROM before EXCEPT FROM now))),
fresh AS (
    SELECT file_id, name FROM file
    WHERE state = 'loaded' AND shape <> 'count' AND file_id NOT IN (SELECT file_id FROM publication_file)
),
touched AS (
    SELECT s.day_wib AS day, s.qr_code, count(*) AS n
    FROM scan s SEMI JOIN changed_code USING (qr_code) SEMI JOIN publication_file USING (file_id)
    WHERE s.event = 0 AND s.day_wib IN (FROM asked) GROUP BY ALL
)
SELECT DISTINCT day, 'late_file' AS code, f.name, NULL::BIGINT AS n
FROM fresh f
JOIN (
    SELECT file_id, day FROM file_day
    UNION SELECT file_id, day_wib FROM scan
    WHERE file_id >= (SELECT min(file_id) FROM fresh) AND day_wib IN (FROM asked)
) USING (file_id)
UNION ALL
SELECT DISTINCT day, 'unloaded', f.name, NULL
FROM publication_file JOIN file f USING (file_id) JOIN unloaded_day USING (file_id) WHERE f.state = 'unloaded'
UNION ALL
SELECT t.day, CASE WHEN b.site_id IS NULL THEN 'taken_up' ELSE 'register' END, p.name, sum(t.n)
FROM touched t
LEFT JOIN before b ON b.qr_code = t.qr_code AND t.day BETWEEN b.valid_from AND b.valid_to
LEFT JOIN now w ON w.qr_code = t.qr_code AND t.day BETWEEN w.valid_from AND w.valid_to
LEFT JOIN place p ON p.place_id = coalesce(w.site_id, b.site_id)
WHERE b.site_id IS DISTINCT FROM w.site_id
GROUP BY ALL
UNION ALL
SELECT d.day, 'program', NULL, NULL
FROM differing d CROSS JOIN total_rule r
WHERE r.program <> (SELECT program FROM publication ORDER BY n DESC LIMIT 1);

-- why: JSON list of {code, names (three at most), of (how many names), n}. A chain of taps over midnight lets what came for
-- one day change the next one too. What nothing explains is 'unknown', not guessed.
CREATE OR REPLACE TEMP TABLE changed_total AS
WITH known AS (
    SELECT d.day, c.code, c.name, c.n FROM differing d JOIN cause c USING (day) WHERE d.differs AND NOT d.is_first
    UNION ALL
    SELECT d.day, c.code, c.name, c.n FROM differing d JOIN cause c ON c.day = d.day - 1
    WHERE d.differs AND NOT d.is_first AND d.day NOT IN (SELECT day FROM cause)
    UNION ALL SELECT day, 'first', NULL, NULL FROM differing WHERE is_first
    UNION ALL SELECT day, 'settled', NULL, NULL FROM differing WHERE NOT is_first AND NOT differs
),
gathered AS (
    SELECT day, code, coalesce(list(DISTINCT name ORDER BY name) FILTER (name IS NOT NULL), []) AS names, sum(n)::BIGINT AS n
    FROM known GROUP BY ALL
)
SELECT
    d.day, d.visits, d.check_ins, d.places, d.known_places, d.completeness, d.provisional,
    coalesce(
        to_json(list({'code': code, 'names': names[:3], 'of': len(names), 'n': g.n} ORDER BY code) FILTER (code IS NOT NULL)),
        '[{"code":"unknown","names":[],"of":0,"n":null}]'
    )::VARCHAR AS why
FROM differing d LEFT JOIN gathered g USING (day)
GROUP BY ALL
ORDER BY d.day;
