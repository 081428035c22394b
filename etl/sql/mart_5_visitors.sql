-- mart.visitors: unique visitors (distinct pseudonyms with a visit) by day, ISO week and month, for the city and each
-- kecamatan, kelurahan, area, category and site, of the periods of dirty_period. They are not added up. code '' is the
-- city, '?' is not known. From visit and the site row valid on the day. A build gets them with small counts hidden: see
-- etl/disclosure.py. mart.belonging: which site belonged to what in each period, for the same.
CREATE OR REPLACE TEMP TABLE seen AS
SELECT DISTINCT v.visitor, v.day, p.place_row
FROM visit v
SEMI JOIN visit_day USING (day)
JOIN place_row p ON p.site = v.site AND v.day BETWEEN p.valid_from AND p.valid_to;

DELETE FROM mart.belonging USING dirty_period d WHERE d.period = belonging.period AND d.first = belonging.first;
INSERT INTO mart.belonging
SELECT DISTINCT d.period, d.first, n.site_id, p.kelurahan, p.kecamatan, p.area, p.category
FROM (SELECT DISTINCT day, place_row FROM seen) s
JOIN period_day i USING (day)
JOIN dirty_period d USING (no)
JOIN place_row p USING (place_row)
JOIN place_no n USING (site)
ORDER BY ALL;

-- cell: each level's code of a site row as a number, for the count.
CREATE OR REPLACE TEMP TABLE cell AS
WITH levelled AS (
    SELECT place_row, 'city' AS level, '' AS code FROM place_row
    UNION ALL SELECT place_row, 'kecamatan', kecamatan FROM place_row
    UNION ALL SELECT place_row, 'kelurahan', kelurahan FROM place_row
    UNION ALL SELECT place_row, 'area', area FROM place_row WHERE area IS NOT NULL
    UNION ALL SELECT place_row, 'category', category FROM place_row
    UNION ALL SELECT place_row, 'site', site_id FROM place_row JOIN place_no USING (site)
)
SELECT *, dense_rank() OVER (ORDER BY level, code)::INTEGER AS cell FROM levelled;

CREATE OR REPLACE TEMP TABLE cell_name AS SELECT DISTINCT cell, level, code FROM cell;

DELETE FROM mart.visitors USING dirty_period d WHERE d.period = visitors.period AND d.first = visitors.first;
INSERT INTO mart.visitors
WITH once AS (
    SELECT DISTINCT d.no, s.place_row, s.visitor FROM seen s JOIN period_day d USING (day)
),
found AS (
    SELECT no, cell, count(*)::INTEGER AS visitors
    FROM (SELECT DISTINCT o.no, c.cell, o.visitor FROM once o JOIN cell c USING (place_row))
    GROUP BY ALL
)
SELECT d.period, d.first, c.level, c.code, f.visitors
FROM found f
JOIN dirty_period d USING (no)
JOIN cell_name c USING (cell)
ORDER BY ALL;
DROP TABLE seen;
