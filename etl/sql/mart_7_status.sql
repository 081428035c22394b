-- mart.status: check-ins by colour and entries refused, with the distinct persons behind each count, at the published
-- grains only: (day, city), (month, city), (month, kecamatan), (month, category). Of the days and months of
-- dirty_period. Not the build's: see etl/disclosure.py. From scans, visit and the site row valid on the day. Colours
-- count every check-in, refused and repeats included, so that they add up to the check-ins. 'status_unknown': merah let
-- in without a word on it. Zero has its row. at_most: what a cell can be at most by counts that are public: check-ins of
-- its group; for refused those that are no visits; visits.
CREATE OR REPLACE TEMP TABLE coloured AS
WITH said AS (
    SELECT
        s.visitor, s.day_wib AS day, s.site, coalesce(s.colour, 0)::TINYINT AS measure,
        coalesce(s.admitted = 0, s.colour = rules.refused_colour, false) AS refused
    FROM scans s SEMI JOIN month_day d ON d.day = s.day_wib CROSS JOIN rules
    WHERE s.event = 0
)
SELECT visitor, day, site, measure, count(*) AS n FROM said GROUP BY ALL
UNION ALL SELECT visitor, day, site, 5, count(*) FROM said WHERE refused GROUP BY ALL
UNION ALL
SELECT visitor, day, site, 6, count(*) FROM visit SEMI JOIN month_day USING (day)
WHERE status_unknown GROUP BY ALL;

-- grain: the groups of each day and site.
-- In steps: DuckDB 2.0.0 fails now and then ('dict-surviving join') on a join over a union or a DISTINCT of names.
CREATE OR REPLACE TEMP TABLE levelled AS
WITH wanted AS (
    SELECT DISTINCT d.day, date_trunc('month', d.day)::DATE AS month, p.site, p.kecamatan, p.category
    FROM month_day d JOIN place_row p ON d.day BETWEEN p.valid_from AND p.valid_to
)
SELECT day, site, 'day' AS period, day AS first, 'city' AS level, '' AS code FROM wanted
UNION ALL SELECT day, site, 'month', month, 'city', '' FROM wanted
UNION ALL SELECT day, site, 'month', month, 'kecamatan', kecamatan FROM wanted
UNION ALL SELECT day, site, 'month', month, 'category', category FROM wanted;

CREATE OR REPLACE TEMP TABLE grain AS
SELECT l.*, dense_rank() OVER (ORDER BY period, first, level, code)::INTEGER AS no
FROM levelled l
WHERE (period = 'day' AND first IN (SELECT first FROM dirty_period WHERE period = 'day'))
    OR (period = 'month' AND first IN (SELECT first FROM dirty_period WHERE period = 'month'));

CREATE OR REPLACE TEMP TABLE grain_name AS SELECT DISTINCT no, period, first, level, code FROM grain;

DELETE FROM mart.status USING dirty_period d WHERE d.period = status.period AND d.first = status.first;
INSERT INTO mart.status
WITH counted_status AS (
    SELECT g.no, c.measure, sum(c.n)::INTEGER AS check_ins, count(DISTINCT c.visitor)::INTEGER AS persons
    FROM coloured c JOIN grain g USING (day, site)
    GROUP BY ALL
),
public AS (
    SELECT g.no, sum(h.visits + h.refused + h.repeats) AS check_ins, sum(h.visits) AS visits
    FROM mart.place_day h
    JOIN place_no n USING (site_id)
    JOIN grain g ON g.day = h.day AND g.site = n.site
    GROUP BY ALL HAVING check_ins > 0
)
SELECT
    g.period, g.first, g.level, g.code, m.measure,
    coalesce(c.check_ins, 0), coalesce(c.persons, 0),
    CASE m.measure WHEN 'refused' THEN p.check_ins - p.visits WHEN 'status_unknown' THEN p.visits ELSE p.check_ins END
        ::INTEGER
FROM public p
JOIN grain_name g USING (no)
CROSS JOIN (
    VALUES (0, 'unknown'), (1, 'hijau'), (2, 'kuning'), (3, 'merah'), (4, 'hitam'), (5, 'refused'), (6, 'status_unknown')
) m(no, measure)
LEFT JOIN counted_status c ON c.no = p.no AND c.measure = m.no
ORDER BY ALL;
DROP TABLE coloured;
