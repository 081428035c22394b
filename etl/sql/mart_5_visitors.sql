-- mart.visitors: unique visitors (distinct pseudonyms with a visit) by day, ISO week and month, for the city and each
-- kecamatan, kelurahan, area, category and site, of the periods of dirty_period. They are not added up. code '' is the
-- city, '?' is not known. From seen_visit and the site row valid on the day. A build gets them with small counts hidden:
-- see etl/disclosure.py.
-- seen_visit(way, visitor, site, day): visits to count, way 1: all of the periods; or, by seen_how (only_changes), those of
-- persons alone whose visits changed, and with way -1 what was counted of them before: then found_visitors are differences
-- to what stood.
CREATE OR REPLACE TEMP TABLE once AS
SELECT DISTINCT s.way, d.no, p.place_row, s.visitor
FROM seen_visit s
JOIN period_day d USING (day)
JOIN place_row p ON p.site = s.site AND s.day BETWEEN p.valid_from AND p.valid_to;

-- cell: each level's code of a site row as a number, for the count; place_cell: those of a site row side by side.
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

CREATE OR REPLACE TEMP TABLE place_cell AS
SELECT
    place_row, any_value(cell) FILTER (level = 'city') AS city,
    any_value(cell) FILTER (level = 'kecamatan') AS kecamatan, any_value(cell) FILTER (level = 'kelurahan') AS kelurahan,
    any_value(cell) FILTER (level = 'area') AS area, any_value(cell) FILTER (level = 'category') AS category,
    any_value(cell) FILTER (level = 'site') AS site
FROM cell GROUP BY place_row;

-- Most were at one place in a period, and count once at each level of it: only of the others it is asked who is the same.
CREATE OR REPLACE TEMP TABLE found_visitors AS
WITH places AS MATERIALIZED (
    SELECT way, no, visitor, min(place_row) AS place_row, count(*) AS places FROM once GROUP BY ALL
),
single AS (
    SELECT no, place_row, sum(way) AS n FROM places WHERE places = 1 GROUP BY ALL
),
several AS MATERIALIZED (
    SELECT o.way, o.no, o.visitor, c.* EXCLUDE (place_row)
    FROM once o SEMI JOIN (FROM places WHERE places > 1) USING (way, no, visitor) JOIN place_cell c USING (place_row)
),
counted_cell AS (
    SELECT s.no, c.cell, sum(s.n) AS n FROM single s JOIN cell c USING (place_row) GROUP BY ALL
    UNION ALL SELECT no, city, way * count(DISTINCT visitor) FROM several GROUP BY no, city, way
    UNION ALL SELECT no, kecamatan, way * count(DISTINCT visitor) FROM several GROUP BY no, kecamatan, way
    UNION ALL SELECT no, kelurahan, way * count(DISTINCT visitor) FROM several GROUP BY no, kelurahan, way
    UNION ALL
    SELECT no, area, way * count(DISTINCT visitor) FROM several WHERE area IS NOT NULL GROUP BY no, area, way
    UNION ALL SELECT no, category, way * count(DISTINCT visitor) FROM several GROUP BY no, category, way
    UNION ALL SELECT no, site, way * count(DISTINCT visitor) FROM several GROUP BY no, site, way
)
SELECT no, cell, sum(n)::INTEGER AS visitors FROM counted_cell GROUP BY ALL;
DROP TABLE once;

CREATE OR REPLACE TEMP TABLE stood AS
SELECT v.period, v.first, v.level, v.code, v.visitors
FROM mart.visitors v JOIN dirty_period d ON d.period = v.period AND d.first = v.first
WHERE (SELECT only_changes FROM seen_how);
DELETE FROM mart.visitors USING dirty_period d WHERE d.period = visitors.period AND d.first = visitors.first;
INSERT INTO mart.visitors
WITH named AS (
    SELECT d.period, d.first, c.level, c.code, f.visitors
    FROM found_visitors f JOIN dirty_period d USING (no) JOIN cell_name c USING (cell)
    UNION ALL SELECT period, first, level, code, visitors FROM stood
)
SELECT period, first, level, code, sum(visitors)::INTEGER FROM named
GROUP BY ALL HAVING sum(visitors) <> 0
ORDER BY ALL;
DROP TABLE found_visitors;

-- mart.belonging: which site with visits belonged to what in each period. From mart.place_day, for what is hidden.
DELETE FROM mart.belonging USING dirty_period d WHERE d.period = belonging.period AND d.first = belonging.first;
INSERT INTO mart.belonging
SELECT DISTINCT d.period, d.first, h.site_id, p.kelurahan, p.kecamatan, p.area, p.category
FROM mart.place_day h
JOIN period_day i USING (day)
JOIN dirty_period d USING (no)
JOIN place_no n USING (site_id)
JOIN place_row p ON p.site = n.site AND h.day BETWEEN p.valid_from AND p.valid_to
WHERE h.visits > 0
ORDER BY ALL;
